//! The provider `kubernetes`: applies the manifests of `k8s/` in a namespace of a Kubernetes
//! cluster, and waits until the pods are ready.
//!
//! # Layout
//! - `context`: selects the Kubernetes cluster; `access`: connects to it
//! - `up`: brings a cluster up; `plan` and `manifests`: render the objects from `files`; `apply`,
//!   `secrets`, `wait`, `rollback`: its steps; `address`: finds the address at the end
//! - `observe`, `objects`, `nodes` and `components`: the observed state; `problem`: what keeps a
//!   component from being ready; `logs`
//! - `stop`: stops or deletes a cluster; `capabilities`: what the Kubernetes cluster offers
//! - `forward`: port-forwards to pods

pub(super) mod access;
mod address;
mod apply;
pub mod capabilities;
pub mod components;
pub(super) mod context;
mod files;
mod forward;
mod logs;
pub mod manifests;
#[cfg(test)]
mod mock;
pub mod nodes;
mod objects;
mod observe;
pub(super) mod plan;
pub mod problem;
mod resource_kinds;
mod rollback;
mod secrets;
mod stop;
mod up;
mod wait;

use std::path::{Path, PathBuf};
use std::time::Duration;

use async_trait::async_trait;
use ginflix_api::client::Client as ServerClient;
use url::Url;

use self::apply::NamespaceOwner;
use super::secret;
use super::settings::{ComponentName, KubernetesSettings};
use super::state::{ClusterRecord, KubeContext, LockedRecord, io_failure};
use crate::cluster::kubernetes::manifests::ManifestPlan;
use crate::cluster::progress::Progress;
use crate::cluster::provider::{
    ClusterCondition, ClusterStatus, DataSummary, DownOptions, Endpoint, EndpointTarget,
    LogOptions, LogSink, Provider, UpOptions, UpReport,
};
use crate::error::{ExitStatus, Failure, Result};
use crate::global::Global;

pub use manifests::{NODE_PORT, is_server};
pub(super) use up::Rollout;

/// How long the deletion of a namespace may take.
const DELETE_TIMEOUT: Duration = Duration::from_secs(180);
/// The port of the gateway's container.
const GATEWAY_PORT: u16 = 8080;
/// The port of a server's container.
const SERVER_PORT: u16 = 4463;

/// Runs clusters in namespaces of a Kubernetes cluster that exists already.
pub struct KubernetesProvider {
    /// The context that the command line names.
    context: Option<String>,
    /// The kubeconfig that the command line names.
    kubeconfig: Option<PathBuf>,
    /// Whether the user confirmed all questions in advance.
    yes: bool,
}

/// Overrides for a Kubernetes cluster that another provider created.
#[derive(Debug, Default)]
pub struct RolloutOverrides {
    /// The URL of the gateway, instead of the one of its Service.
    pub gateway_url: Option<String>,
}

impl KubernetesProvider {
    /// Returns the provider for a command line: it uses the stored context of a cluster, else the
    /// context that the command line names.
    pub fn new(global: &Global) -> Self {
        Self {
            context: global.context.clone(),
            kubeconfig: global.kubeconfig.clone(),
            yes: global.yes,
        }
    }

    /// Returns a provider that uses only the stored context of a cluster.
    pub(super) fn of_stored_context() -> Self {
        Self { context: None, kubeconfig: None, yes: false }
    }
}

/// Reads a context from a kubeconfig.
///
/// # Errors
/// There is no such context.
pub async fn find_context(kubeconfig: &Path, name: &str) -> Result<KubeContext> {
    Ok(access::find(Some(kubeconfig), Some(name)).await?.0)
}

/// Returns the server's image that the manifests name.
///
/// # Errors
/// The embedded manifests are broken, which is a bug of this program.
pub fn default_image() -> Result<String> {
    let objects = manifests::render(&files::base()?, "ginflix", &KubernetesSettings::default())?;
    ManifestPlan(objects)
        .images()
        .into_iter()
        .find(|image| is_server(image))
        .ok_or_else(|| Failure::failed("the manifests of this program have no image of the server"))
}

#[async_trait]
impl Provider for KubernetesProvider {
    async fn up(
        &self,
        cluster: &mut LockedRecord,
        options: &UpOptions,
        progress: &dyn Progress,
    ) -> Result<UpReport> {
        if options.listen.is_some() {
            return Err(Failure::new(
                ExitStatus::Usage,
                "--listen is for clusters on this machine",
            )
            .hint("on Kubernetes: --service load-balancer|node-port|cluster-ip"));
        }
        let client = self.confirm_context(cluster, progress).await?;
        let rollout = Rollout::plan(client, cluster.name(), options, progress).await?;
        self.roll_out(rollout, cluster, options, &RolloutOverrides::default(), progress).await
    }

    async fn plan(
        &self,
        cluster: &ClusterRecord,
        options: &UpOptions,
        progress: &dyn Progress,
    ) -> Result<Option<ManifestPlan>> {
        let client = self.client_to_plan(cluster).await.map(Some);
        plan::dry_run(client, cluster.name(), options, progress).await.map(Some)
    }

    async fn down(
        &self,
        cluster: &mut LockedRecord,
        options: &DownOptions,
        progress: &dyn Progress,
    ) -> Result<bool> {
        let (client, name) = (self.client(cluster).await?, cluster.name());
        let was_running = match apply::owner(&client, name).await? {
            NamespaceOwner::Foreign => return Err(apply::foreign_namespace(name)),
            NamespaceOwner::Absent | NamespaceOwner::Terminating => false,
            NamespaceOwner::Ours(_) => {
                stop::scale_all_to_zero(&client, name, options, progress).await?
            }
        };
        cluster.state.url = None;
        cluster.save()?;
        Ok(was_running)
    }

    async fn delete_data(&self, cluster: LockedRecord) -> Result<()> {
        let (client, name) = (self.client(&cluster).await?, cluster.name());
        match apply::owner(&client, name).await? {
            NamespaceOwner::Foreign => return Err(apply::foreign_namespace(name)),
            NamespaceOwner::Absent => {}
            NamespaceOwner::Ours(_) | NamespaceOwner::Terminating => {
                stop::delete_namespace(&client, name, DELETE_TIMEOUT).await?;
            }
        }
        cluster.dir.delete()
    }

    async fn data_summary(&self, cluster: &ClusterRecord) -> Result<DataSummary> {
        // Only the server knows the sizes, so they are absent while the cluster is stopped.
        let status = async {
            let Endpoint { url, token } = self.endpoint(cluster, EndpointTarget::Cluster).await?;
            Ok::<_, Failure>(ServerClient::new(url, Some(&token))?.status().await?)
        };
        let status = status.await.ok();
        Ok(DataSummary {
            media: status.as_ref().map(|status| status.media),
            bytes: status.as_ref().map(|status| status.media_bytes),
        })
    }

    async fn status(&self, cluster: &ClusterRecord) -> Result<ClusterStatus> {
        let client = self.client(cluster).await?;
        let observed = observe::observe(&client, cluster.name()).await?;
        let mut components = components::components(&observed);
        for problem in components.iter_mut().filter_map(|component| component.problem.as_mut()) {
            if let (Some(pod), true) = (&problem.pod, problem.kind.is_explained_by_log()) {
                problem.log = logs::last_lines(&client, cluster.name(), pod).await;
            }
        }
        Ok(ClusterStatus {
            dns_ready: observe::is_dns_ready(&client).await,
            condition: condition(&components),
            components,
            nodes: nodes::nodes(&observed),
            volumes: components::volumes(&observed),
        })
    }

    async fn endpoint(&self, cluster: &ClusterRecord, target: EndpointTarget) -> Result<Endpoint> {
        let path = cluster.dir.token();
        let token =
            secret::read(&path).map_err(|e| io_failure("read", &path, &e))?.unwrap_or_default();
        let (target, port) = match (target, &cluster.state.url) {
            (EndpointTarget::Cluster, Some(url)) => {
                return Ok(Endpoint { url: url.clone(), token });
            }
            (EndpointTarget::Cluster, None) => {
                (forward::ForwardTarget::Component(ComponentName::Gateway), GATEWAY_PORT)
            }
            (EndpointTarget::Pod(name), _) => (forward::ForwardTarget::Pod(name), SERVER_PORT),
        };
        let client = self.client(cluster).await?;
        let port = forward::open(&client, cluster.name(), target, port).await?;
        let url = Url::parse(&format!("http://127.0.0.1:{port}/"))
            .map_err(|e| Failure::failed(e.to_string()))?;
        Ok(Endpoint { url, token })
    }

    async fn logs(
        &self,
        cluster: &ClusterRecord,
        options: &LogOptions,
        sink: &mut dyn LogSink,
    ) -> Result<()> {
        let client = self.client(cluster).await?;
        logs::read(&client, cluster.name(), options, sink).await
    }
}

/// Returns the condition of the whole cluster, which is broken if a component that should run has
/// no ready pod.
fn condition(components: &[components::Component]) -> ClusterCondition {
    // This includes a cluster without components, whose namespace somebody may have deleted.
    if components.iter().all(|component| component.desired == 0) {
        return ClusterCondition::Stopped(None);
    }
    let unready = components.iter().find(|component| component.desired > 0 && component.ready == 0);
    match unready {
        None => ClusterCondition::Running,
        Some(component) => {
            let reason =
                component.problem.as_ref().map_or(String::new(), |p| format!(": {}", p.text));
            ClusterCondition::Broken(format!("no pod of the {} is ready{reason}", component.name))
        }
    }
}
