//! Stops the pods of a cluster, or deletes its namespace, and waits until they are gone.

use std::time::{Duration, Instant};

use k8s_openapi::api::apps::v1::{Deployment, StatefulSet};
use k8s_openapi::api::batch::v1::CronJob;
use k8s_openapi::api::core::v1::{Namespace, Pod};
use kube::Client;
use kube::api::{Api, DeleteParams, ListParams, Patch, PatchParams};
use serde_json::json;

use super::access::{failure, is_not_found};
use super::manifests::APP_LABEL;
use crate::cluster::progress::{Progress, ProgressStep};
use crate::cluster::provider::DownOptions;
use crate::cluster::settings::ComponentName;
use crate::error::{ExitStatus, Failure, Result};
use crate::hint::suggested_command;

/// How long `down` waits for running responses, by default.
const DOWN_TIMEOUT: Duration = Duration::from_secs(180);
/// Interval between two requests to the API while something ends.
const POLL_INTERVAL: Duration = Duration::from_millis(300);
/// How long a killed pod may take to end.
const KILL_TIMEOUT: Duration = Duration::from_secs(30);
/// The components that stop first. The database follows when they have ended, because they use it
/// until then.
const SERVING_COMPONENTS: [ComponentName; 3] =
    [ComponentName::Gateway, ComponentName::Web, ComponentName::Streamer];

/// Scales all components to zero and waits until their pods have ended; `false` if none ran.
///
/// # Errors
/// The API refuses, or pods do not end in time.
pub async fn scale_all_to_zero(
    client: &Client,
    cluster: &str,
    options: &DownOptions,
    progress: &dyn Progress,
) -> Result<bool> {
    let deadline = Instant::now() + options.timeout.unwrap_or(DOWN_TIMEOUT);
    let was_running = !running_pods(client, cluster).await?.is_empty();
    suspend_backups(client, cluster).await?;
    let step = progress.start("Stopping; running streams may finish");
    for components in [SERVING_COMPONENTS.as_slice(), &[ComponentName::Database]] {
        for component in components {
            scale_to_zero(client, cluster, *component).await?;
        }
        wait_for_end(client, cluster, components, deadline, options, &*step).await?;
    }
    step.done("Stopped");
    Ok(was_running)
}

/// Waits until the pods of these components have ended; kills them after the deadline if the
/// options say so.
async fn wait_for_end(
    client: &Client,
    cluster: &str,
    components: &[ComponentName],
    deadline: Instant,
    options: &DownOptions,
    step: &dyn ProgressStep,
) -> Result<()> {
    loop {
        let running = names_of(running_pods(client, cluster).await?, components);
        if running.is_empty() {
            return Ok(());
        }
        step.update(&format!("Stopping; still running: {}", running.join(", ")));
        if Instant::now() >= deadline {
            if !options.force {
                return Err(still_running(cluster, options, &running));
            }
            // Repeated until the pods are gone: a pod may have been replaced meanwhile.
            kill(client, cluster, &running).await?;
            if Instant::now() >= deadline + KILL_TIMEOUT {
                return Err(unkillable(&running));
            }
        }
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}

fn names_of(pods: Vec<(String, String)>, components: &[ComponentName]) -> Vec<String> {
    let is_of_components = |app: &String| components.iter().any(|c| c.as_str() == app);
    pods.into_iter().filter(|(app, _)| is_of_components(app)).map(|(_, name)| name).collect()
}

fn still_running(cluster: &str, options: &DownOptions, pods: &[String]) -> Failure {
    let timeout = options.timeout.unwrap_or(DOWN_TIMEOUT);
    let (seconds, pods) = (timeout.as_secs(), pods.join(", "));
    Failure::new(ExitStatus::TimedOut, format!("still running after {seconds} s: {pods}")).hint(
        format!("cut them off: {}", suggested_command(cluster, "cluster down --force --timeout 0")),
    )
}

fn unkillable(pods: &[String]) -> Failure {
    Failure::new(
        ExitStatus::TimedOut,
        format!("pods were killed, but have not ended: {}", pods.join(", ")),
    )
    .hint("check that their nodes are ready: kubectl get nodes")
}

/// Returns the component label and the name of each pod that has not ended.
async fn running_pods(client: &Client, cluster: &str) -> Result<Vec<(String, String)>> {
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
            Some((pod.metadata.labels?.remove(APP_LABEL)?, pod.metadata.name?))
        })
        .collect())
}

async fn scale_to_zero(client: &Client, cluster: &str, component: ComponentName) -> Result<()> {
    let patch = Patch::Merge(json!({ "spec": { "replicas": 0 } }));
    let (name, params) = (component.as_str(), PatchParams::default());
    let result = match component {
        ComponentName::Database | ComponentName::Streamer => {
            let api: Api<StatefulSet> = Api::namespaced(client.clone(), cluster);
            api.patch_scale(name, &params, &patch).await
        }
        ComponentName::Web | ComponentName::Gateway => {
            let api: Api<Deployment> = Api::namespaced(client.clone(), cluster);
            api.patch_scale(name, &params, &patch).await
        }
    };
    match result {
        Err(error) if !is_not_found(&error) => {
            Err(failure(&format!("stop the {component}"), &error))
        }
        _ => Ok(()),
    }
}

/// Suspends the backups: one that starts while the cluster is stopped would find no database.
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
            Err(error) if !is_not_found(&error) => {
                return Err(failure(&format!("kill {name}"), &error));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Deletes the namespace with everything in it, and waits until it is gone.
///
/// # Errors
/// The API refuses, or the namespace is not gone in time.
pub async fn delete_namespace(client: &Client, cluster: &str, timeout: Duration) -> Result<()> {
    let api: Api<Namespace> = Api::all(client.clone());
    match api.delete(cluster, &DeleteParams::background()).await {
        Err(error) if is_not_found(&error) => return Ok(()),
        Err(error) => return Err(failure(&format!("delete the namespace `{cluster}`"), &error)),
        Ok(_) => {}
    }
    wait_until_gone(client, cluster, timeout).await
}

/// Waits until the namespace is gone.
///
/// # Errors
/// The API refuses, or the namespace is not gone in time.
pub async fn wait_until_gone(client: &Client, cluster: &str, timeout: Duration) -> Result<()> {
    let api: Api<Namespace> = Api::all(client.clone());
    let deadline = Instant::now() + timeout;
    loop {
        match api.get(cluster).await {
            Err(error) if is_not_found(&error) => return Ok(()),
            Err(error) => return Err(failure(&format!("read the namespace `{cluster}`"), &error)),
            Ok(namespace) if Instant::now() >= deadline => {
                return Err(still_terminating(cluster, namespace));
            }
            Ok(_) => tokio::time::sleep(POLL_INTERVAL).await,
        }
    }
}

/// Returns the failure for a namespace that is not gone in time, with what its conditions say.
fn still_terminating(cluster: &str, namespace: Namespace) -> Failure {
    let conditions = namespace.status.and_then(|status| status.conditions).unwrap_or_default();
    let messages: Vec<String> = conditions
        .into_iter()
        .filter(|condition| condition.status == "True")
        .filter_map(|condition| condition.message)
        .collect();
    Failure::new(
        ExitStatus::TimedOut,
        format!("the namespace `{cluster}` is not gone yet: {}", messages.join("; ")),
    )
    .hint(format!("see what is left in it: kubectl get all,pvc -n {cluster}"))
}
