//! The nodes of a kind cluster: created if there are none, and started if they are stopped.

use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, Instant};

use super::{kind_cluster, tools};
use crate::cluster::kubernetes::{KubernetesProvider, NODE_PORT, find_context};
use crate::cluster::port;
use crate::cluster::progress::{Progress, ProgressEvent};
use crate::cluster::provider::{Provider, UpOptions};
use crate::cluster::state::{
    DEFAULT_PORT, KindCluster, KubeContext, KubernetesState, LockedRecord,
};
use crate::error::{ExitStatus, Failure, Result};
use crate::hint::suggested_command;

/// Number of worker nodes of a new cluster, by default.
const DEFAULT_WORKERS: u8 = 2;
/// How long the Kubernetes API may take to respond after the nodes were started.
const START_TIMEOUT: Duration = Duration::from_secs(120);
/// Interval between two requests to the Kubernetes API meanwhile.
const START_POLL_INTERVAL: Duration = Duration::from_secs(1);

/// Returns whether there is a kind cluster of this name.
///
/// # Errors
/// `kind` fails.
pub async fn exist(cluster: &str) -> Result<bool> {
    Ok(tools::clusters().await?.iter().any(|name| name == cluster))
}

/// Creates the kind cluster unless it exists, and starts its nodes.
///
/// # Errors
/// `kind` or `docker` fails, or the port is in use. Fails with [`ExitStatus::Conflict`] if there is
/// a kind cluster of that name that `ginflix` did not create.
pub async fn ensure_running(
    kubernetes: &KubernetesProvider,
    cluster: &mut LockedRecord,
    options: &UpOptions,
    progress: &dyn Progress,
) -> Result<()> {
    match (exist(cluster.name()).await?, kind_cluster(&cluster.state)) {
        (true, None) => return Err(foreign_cluster(cluster.name())),
        (true, Some(kind)) if !kind.is_incomplete => {
            warn_about_ignored_options(kind, options, cluster.name(), progress);
            return start(kubernetes, cluster, progress).await;
        }
        (true, Some(_)) => {
            let step = progress.start("Removing an incomplete kind cluster");
            tools::delete(cluster.name(), &cluster.dir.kubeconfig()).await?;
            step.done("Removed an incomplete kind cluster");
        }
        (false, Some(kind)) if !kind.is_incomplete => progress.report(ProgressEvent::Warning(
            "the kind cluster no longer exists, and its data is lost; creating a new one",
        )),
        (false, _) => {}
    }
    create(kubernetes, cluster, options, progress).await
}

fn foreign_cluster(name: &str) -> Failure {
    Failure::new(
        ExitStatus::Conflict,
        format!("there is a kind cluster `{name}` that was not created by `ginflix`"),
    )
    .hint(format!(
        "use it as it is: ginflix --context kind-{name} cluster up; or choose another \
         name with --cluster"
    ))
}

fn warn_about_ignored_options(
    kind: &KindCluster,
    options: &UpOptions,
    name: &str,
    progress: &dyn Progress,
) {
    let differs = options.listen.is_some_and(|listen| listen != kind.listen)
        || options.port.is_some_and(|port| port != 0 && port != kind.port)
        || options.workers.is_some()
        || options.node_image.is_some();
    if differs {
        progress.report(ProgressEvent::Warning(&format!(
            "nodes, address and port of a kind cluster cannot be changed; to create it with \
             others, delete it first, with all its data: {}",
            suggested_command(name, "cluster down --delete-data")
        )));
    }
}

async fn create(
    kubernetes: &KubernetesProvider,
    cluster: &mut LockedRecord,
    options: &UpOptions,
    progress: &dyn Progress,
) -> Result<()> {
    let mut kind = new_kind_cluster(cluster, options)?;
    let mut context = KubeContext {
        name: format!("kind-{}", cluster.name()),
        kubeconfig: Some(cluster.dir.kubeconfig()),
        server: String::new(),
    };
    let state = &mut cluster.state;
    (state.listen, state.port, state.url) = (kind.listen, kind.port, None);
    state.kubernetes = Some(KubernetesState { context: context.clone(), kind: Some(kind.clone()) });
    // Saved before kind runs: if this command is killed, the next `up` removes what kind left.
    cluster.save()?;

    let started = Instant::now();
    let step = progress.start("Creating a kind cluster");
    let workers = options.workers.unwrap_or(DEFAULT_WORKERS);
    let config = config(kind.listen, kind.port, workers);
    let (image, kubeconfig) = (options.node_image.as_deref(), cluster.dir.kubeconfig());
    tools::create(cluster.name(), &config, image, &kubeconfig, &*step).await?;
    context = find_context(&kubeconfig, &context.name).await?;
    kind.is_incomplete = false;
    cluster.state.kubernetes = Some(KubernetesState { context, kind: Some(kind) });
    cluster.save()?;
    wait_until_responding(kubernetes, cluster).await?;
    let nodes = if workers == 0 { "one node".to_owned() } else { format!("{} nodes", workers + 1) };
    step.done(&format!("Created a kind cluster of {nodes} ({} s)", started.elapsed().as_secs()));
    Ok(())
}

/// Returns the kind cluster to create: it listens as `options` say, else as the former one did.
fn new_kind_cluster(cluster: &LockedRecord, options: &UpOptions) -> Result<KindCluster> {
    let former = kind_cluster(&cluster.state);
    let listen = options.listen.or(former.map(|kind| kind.listen));
    let listen = listen.unwrap_or(Ipv4Addr::LOCALHOST.into());
    let port = match options.port.or(former.map(|kind| kind.port)).unwrap_or(DEFAULT_PORT) {
        0 => port::find_free(listen)?,
        port => {
            port::ensure_free(listen, port, cluster.name())?;
            port
        }
    };
    Ok(KindCluster { is_incomplete: true, listen, port, loaded: Default::default() })
}

/// Starts the nodes that are stopped, by the user or by a restart of the machine.
async fn start(
    kubernetes: &KubernetesProvider,
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
    wait_until_responding(kubernetes, cluster).await?;
    step.done(&format!("Started {}", stopped.join(", ")));
    Ok(())
}

async fn wait_until_responding(
    kubernetes: &KubernetesProvider,
    cluster: &LockedRecord,
) -> Result<()> {
    let deadline = Instant::now() + START_TIMEOUT;
    while let Err(failure) = kubernetes.status(cluster).await {
        if Instant::now() >= deadline {
            let context = "the nodes of the kind cluster were started, but do not respond";
            return Err(failure.context(context));
        }
        tokio::time::sleep(START_POLL_INTERVAL).await;
    }
    Ok(())
}

/// Returns kind's configuration, which maps [`NODE_PORT`] of the first node to this machine.
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
    fn the_port_of_the_first_node_is_mapped() {
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
