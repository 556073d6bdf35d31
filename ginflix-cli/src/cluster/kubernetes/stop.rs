//! Stops all of a cluster's pods, or deletes its namespace; waits for either.

use std::time::{Duration, Instant};

use k8s_openapi::api::apps::v1::{Deployment, StatefulSet};
use k8s_openapi::api::batch::v1::CronJob;
use k8s_openapi::api::core::v1::{Namespace, Pod};
use kube::Client;
use kube::api::{Api, DeleteParams, ListParams, Patch, PatchParams};
use serde_json::json;

use super::access::{failure, is_absent};
use super::manifests::APP;
use crate::cluster::progress::Progress;
use crate::cluster::provider::DownOptions;
use crate::cluster::settings::PartName;
use crate::error::{ExitStatus, Failure, Result};
use crate::hint::suggested_command;

/// How long running responses may take if nothing else is said.
const DOWN_TIMEOUT: Duration = Duration::from_secs(180);
const POLL: Duration = Duration::from_millis(300);
/// What a killed pod may take to be gone.
const KILLED: Duration = Duration::from_secs(30);

/// Scales everything to zero: first who answers viewers, who may finish what
/// runs; then the database. `false` if nothing ran.
///
/// # Errors
/// Where the API says no, or pods do not end in time.
pub async fn scale_all_to_zero(
    client: &Client,
    cluster: &str,
    stop: &DownOptions,
    progress: &dyn Progress,
) -> Result<bool> {
    let timeout = stop.timeout.unwrap_or(DOWN_TIMEOUT);
    let deadline = Instant::now() + timeout;
    let ran = !pods(client, cluster).await?.is_empty();
    suspend_backups(client, cluster).await?;
    let first = [PartName::Gateway, PartName::Web, PartName::Streamer];
    let step = progress.start("Stopping; running streams may finish");
    for parts in [first.as_slice(), &[PartName::Database]] {
        for part in parts {
            scale_to_zero(client, cluster, *part).await?;
        }
        loop {
            let left = names_of(pods(client, cluster).await?, parts);
            if left.is_empty() {
                break;
            }
            step.update(&format!("Stopping; still to end: {}", left.join(", ")));
            if Instant::now() >= deadline {
                if !stop.force {
                    return Err(still_running(cluster, timeout, &left));
                }
                kill(client, cluster, &left).await?;
                if Instant::now() >= deadline + KILLED {
                    return Err(unkillable(&left));
                }
            }
            tokio::time::sleep(POLL).await;
        }
    }
    step.done("Stopped");
    Ok(ran)
}

fn names_of(pods: Vec<(String, String)>, parts: &[PartName]) -> Vec<String> {
    let of_parts = |app: &String| parts.iter().any(|part| part.as_str() == app);
    pods.into_iter().filter(|(app, _)| of_parts(app)).map(|(_, name)| name).collect()
}

fn still_running(cluster: &str, timeout: Duration, pods: &[String]) -> Failure {
    let (seconds, pods) = (timeout.as_secs(), pods.join(", "));
    Failure::new(ExitStatus::TimedOut, format!("still running after {seconds} s: {pods}")).hint(
        format!("cut them off: {}", suggested_command(cluster, "cluster down --force --timeout 0")),
    )
}

fn unkillable(pods: &[String]) -> Failure {
    Failure::new(
        ExitStatus::TimedOut,
        format!("pods do not end although they were killed: {}", pods.join(", ")),
    )
    .hint("see whether their nodes are up: kubectl get nodes")
}

/// App label and name of all pods.
async fn pods(client: &Client, cluster: &str) -> Result<Vec<(String, String)>> {
    let all = Api::<Pod>::namespaced(client.clone(), cluster)
        .list(&ListParams::default())
        .await
        .map_err(|e| failure("list pods", &e))?;
    Ok(all
        .items
        .into_iter()
        .filter_map(|pod| {
            let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref());
            if matches!(phase, Some("Succeeded" | "Failed")) {
                return None;
            }
            Some((pod.metadata.labels?.remove(APP)?, pod.metadata.name?))
        })
        .collect())
}

async fn scale_to_zero(client: &Client, cluster: &str, part: PartName) -> Result<()> {
    let patch = Patch::Merge(json!({ "spec": { "replicas": 0 } }));
    let (name, params) = (part.as_str(), PatchParams::default());
    let result = match part {
        PartName::Database | PartName::Streamer => {
            let api: Api<StatefulSet> = Api::namespaced(client.clone(), cluster);
            api.patch_scale(name, &params, &patch).await
        }
        PartName::Web | PartName::Gateway => {
            let api: Api<Deployment> = Api::namespaced(client.clone(), cluster);
            api.patch_scale(name, &params, &patch).await
        }
    };
    match result {
        Err(error) if !is_absent(&error) => Err(failure(&format!("stop the {part}"), &error)),
        _ => Ok(()),
    }
}

/// A backup that starts meanwhile would find no database.
async fn suspend_backups(client: &Client, cluster: &str) -> Result<()> {
    let api: Api<CronJob> = Api::namespaced(client.clone(), cluster);
    let jobs = api.list(&ListParams::default()).await.map_err(|e| failure("list cron jobs", &e))?;
    for name in jobs.items.into_iter().filter_map(|job| job.metadata.name) {
        let patch = Patch::Merge(json!({ "spec": { "suspend": true } }));
        api.patch(&name, &PatchParams::default(), &patch)
            .await
            .map_err(|e| failure(&format!("suspend {name}"), &e))?;
    }
    Ok(())
}

async fn kill(client: &Client, cluster: &str, names: &[String]) -> Result<()> {
    let api: Api<Pod> = Api::namespaced(client.clone(), cluster);
    for name in names {
        match api.delete(name, &DeleteParams::default().grace_period(0)).await {
            Err(error) if !is_absent(&error) => {
                return Err(failure(&format!("kill {name}"), &error));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Deletes the namespace with all that is in it, and waits until it is gone.
///
/// # Errors
/// Where the API says no, or it is not gone in time.
pub async fn delete_namespace(client: &Client, cluster: &str, timeout: Duration) -> Result<()> {
    let api: Api<Namespace> = Api::all(client.clone());
    match api.delete(cluster, &DeleteParams::background()).await {
        Err(error) if is_absent(&error) => return Ok(()),
        Err(error) => return Err(failure(&format!("delete the namespace `{cluster}`"), &error)),
        Ok(_) => {}
    }
    until_gone(client, cluster, timeout).await
}

/// Waits until the namespace is gone.
///
/// # Errors
/// Where it is not in time.
pub async fn until_gone(client: &Client, cluster: &str, timeout: Duration) -> Result<()> {
    let api: Api<Namespace> = Api::all(client.clone());
    let deadline = Instant::now() + timeout;
    loop {
        match api.get(cluster).await {
            Err(error) if is_absent(&error) => return Ok(()),
            Err(error) => {
                return Err(failure(&format!("look for the namespace `{cluster}`"), &error));
            }
            Ok(namespace) if Instant::now() >= deadline => {
                let conditions = namespace.status.and_then(|s| s.conditions).unwrap_or_default();
                let why: Vec<String> = conditions
                    .into_iter()
                    .filter(|condition| condition.status == "True")
                    .filter_map(|condition| condition.message)
                    .collect();
                return Err(Failure::new(
                    ExitStatus::TimedOut,
                    format!("the namespace `{cluster}` is not gone yet: {}", why.join("; ")),
                )
                .hint(format!("see what keeps it: kubectl get all,pvc -n {cluster}")));
            }
            Ok(_) => tokio::time::sleep(POLL).await,
        }
    }
}
