//! The nodes of a kind cluster: made where there are none, and started where they are stopped.

use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, Instant};

use super::{kind_cluster, tools};
use crate::cluster::kubernetes::{Kubernetes, NODE_PORT, find_context};
use crate::cluster::port;
use crate::cluster::progress::{Event, Progress};
use crate::cluster::provider::{Provider, UpOptions};
use crate::cluster::state::{Context, DEFAULT_PORT, KindCluster, KubernetesState, LockedRecord};
use crate::error::{ExitStatus, Failure, Result};
use crate::hint::suggested_command;

/// Workers of a cluster if nothing else is said.
const WORKERS: u8 = 2;
/// How long nodes may take from their start until they answer.
const START_TIMEOUT: Duration = Duration::from_secs(120);
/// How often they are asked meanwhile.
const START_INTERVAL: Duration = Duration::from_secs(1);

/// Whether there is a kind cluster of this name.
///
/// # Errors
/// Where kind fails.
pub async fn exist(cluster: &str) -> Result<bool> {
    Ok(tools::clusters().await?.iter().any(|name| name == cluster))
}

/// Makes the kind cluster unless it is there, and starts its nodes.
///
/// # Errors
/// Where kind or Docker fails, or a kind cluster of that name is somebody else's.
pub async fn ensure(
    kubernetes: &Kubernetes,
    cluster: &mut LockedRecord,
    wanted: &UpOptions,
    progress: &dyn Progress,
) -> Result<()> {
    match (exist(cluster.name()).await?, kind_cluster(&cluster.state)) {
        (true, None) => return Err(foreign(cluster.name())),
        (true, Some(made)) if !made.is_half_made => {
            say_what_differs(made, wanted, cluster.name(), progress);
            return start(kubernetes, cluster, progress).await;
        }
        (true, Some(_)) => {
            let step = progress.start("Removing a kind cluster that is half made");
            tools::delete(cluster.name(), &cluster.dir.kubeconfig()).await?;
            step.done("Removed a kind cluster that was half made");
        }
        (false, Some(made)) if !made.is_half_made => progress
            .report(Event::Warning("its kind cluster is gone, with all its data; it is made anew")),
        (false, _) => {}
    }
    create(kubernetes, cluster, wanted, progress).await
}

fn foreign(name: &str) -> Failure {
    Failure::new(
        ExitStatus::Conflict,
        format!("a kind cluster `{name}` exists that was not made by `ginflix`"),
    )
    .hint(format!(
        "use it as it is: ginflix --context kind-{name} cluster up; or choose another \
         name with --cluster"
    ))
}

fn say_what_differs(made: &KindCluster, wanted: &UpOptions, name: &str, progress: &dyn Progress) {
    let differs = wanted.listen.is_some_and(|listen| listen != made.listen)
        || wanted.port.is_some_and(|port| port != 0 && port != made.port)
        || wanted.workers.is_some()
        || wanted.node_image.is_some();
    if differs {
        progress.report(Event::Warning(&format!(
            "nodes and port of a kind cluster stay as they were made; for others: {} first",
            suggested_command(name, "cluster down --delete-data")
        )));
    }
}

async fn create(
    kubernetes: &Kubernetes,
    cluster: &mut LockedRecord,
    wanted: &UpOptions,
    progress: &dyn Progress,
) -> Result<()> {
    let mut made = to_make(cluster, wanted)?;
    let mut context = Context {
        name: format!("kind-{}", cluster.name()),
        kubeconfig: Some(cluster.dir.kubeconfig()),
        server: String::new(),
    };
    let state = &mut cluster.state;
    (state.listen, state.port, state.url) = (made.listen, made.port, None);
    state.kubernetes = Some(KubernetesState { context: context.clone(), kind: Some(made.clone()) });
    // Known from now on, even if this command is killed while kind works.
    cluster.save()?;

    let started = Instant::now();
    let step = progress.start("Making a kind cluster");
    let workers = wanted.workers.unwrap_or(WORKERS);
    let config = config(made.listen, made.port, workers);
    let (image, kubeconfig) = (wanted.node_image.as_deref(), cluster.dir.kubeconfig());
    // What kind leaves where it fails is removed by the next `up`.
    tools::create(cluster.name(), &config, image, &kubeconfig, &*step).await?;
    context = find_context(&kubeconfig, &context.name).await?;
    made.is_half_made = false;
    cluster.state.kubernetes = Some(KubernetesState { context, kind: Some(made) });
    cluster.save()?;
    wait_until_they_answer(kubernetes, cluster).await?;
    let nodes = if workers == 0 { "one node".to_owned() } else { format!("{} nodes", workers + 1) };
    step.done(&format!("Made a kind cluster of {nodes} ({} s)", started.elapsed().as_secs()));
    Ok(())
}

/// The kind cluster that is to be made: where it listens is as wanted, else as before.
fn to_make(cluster: &LockedRecord, wanted: &UpOptions) -> Result<KindCluster> {
    let before = kind_cluster(&cluster.state);
    let listen = wanted.listen.or(before.map(|made| made.listen));
    let listen = listen.unwrap_or(Ipv4Addr::LOCALHOST.into());
    let port = match wanted.port.or(before.map(|made| made.port)).unwrap_or(DEFAULT_PORT) {
        0 => port::any(listen)?,
        port => {
            port::check(listen, port, cluster.name())?;
            port
        }
    };
    Ok(KindCluster { is_half_made: true, listen, port, loaded: Default::default() })
}

/// Nodes may have been stopped, or the machine restarted.
async fn start(
    kubernetes: &Kubernetes,
    cluster: &LockedRecord,
    progress: &dyn Progress,
) -> Result<()> {
    let stopped: Vec<String> = tools::nodes(cluster.name())
        .await?
        .into_iter()
        .filter(|node| !node.is_running)
        .map(|node| node.name)
        .collect();
    if stopped.is_empty() {
        return Ok(());
    }
    let step = progress.start(&format!("Starting {}", stopped.join(", ")));
    tools::start(&stopped).await?;
    wait_until_they_answer(kubernetes, cluster).await?;
    step.done(&format!("Started {}", stopped.join(", ")));
    Ok(())
}

async fn wait_until_they_answer(kubernetes: &Kubernetes, cluster: &LockedRecord) -> Result<()> {
    let deadline = Instant::now() + START_TIMEOUT;
    while let Err(failure) = kubernetes.status(cluster).await {
        if Instant::now() >= deadline {
            return Err(failure.context("the kind cluster's nodes were started"));
        }
        tokio::time::sleep(START_INTERVAL).await;
    }
    Ok(())
}

/// kind's configuration: the gateway's port of the first node is this machine's.
fn config(listen: IpAddr, port: u16, workers: u8) -> String {
    let mut text = format!(
        "kind: Cluster\n\
         apiVersion: kind.x-k8s.io/v1alpha4\n\
         nodes:\n\
         - role: control-plane\n\
         \x20 extraPortMappings:\n\
         \x20 - containerPort: {NODE_PORT}\n\
         \x20   hostPort: {port}\n\
         \x20   listenAddress: \"{listen}\"\n\
         \x20   protocol: TCP\n"
    );
    for _ in 0..workers {
        text.push_str("- role: worker\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_of_the_nodes_is_mapped() {
        let text = config(Ipv4Addr::LOCALHOST.into(), 4463, 2);
        let value: serde_json::Value = serde_saphyr::from_str(&text).unwrap();
        let mapping = &value["nodes"][0]["extraPortMappings"][0];
        assert_eq!(mapping["hostPort"], 4463);
        assert_eq!(mapping["containerPort"], NODE_PORT);
        assert_eq!(mapping["listenAddress"], "127.0.0.1");
        let roles: Vec<&str> = value["nodes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|n| n["role"].as_str().unwrap())
            .collect();
        assert_eq!(roles, ["control-plane", "worker", "worker"]);
    }
}
