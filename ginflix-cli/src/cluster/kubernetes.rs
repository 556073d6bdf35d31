//! Clusters on Kubernetes: the manifests of `k8s/`, applied and waited for.
//!
//! # Layout
//! - `context`: whose Kubernetes cluster; `access`: connections to it
//! - `up`: how a cluster is brought up; `plan` and `manifests`: what it is to be, from
//!   `files`; `apply`, `secrets`, `rollback`, `wait`: the steps; `address`: where it is
//!   reached then
//! - `observe`, `objects`, `nodes` and `parts`: what runs; `problem`: what is wrong with it; `logs`
//! - `stop`: how it ends; `survey`: what the cluster itself offers
//! - `forward`: ways into pods

pub(super) mod access;
mod address;
mod apply;
pub(super) mod context;
mod files;
mod forward;
mod kinds;
mod logs;
pub mod manifests;
#[cfg(test)]
mod mock;
pub mod nodes;
mod objects;
mod observe;
pub mod parts;
pub(super) mod plan;
pub mod problem;
mod rollback;
mod secrets;
mod stop;
pub mod survey;
mod up;
mod wait;

use std::path::{Path, PathBuf};
use std::time::Duration;

use async_trait::async_trait;
use ginflix_api::client::Client as ServerClient;
use url::Url;

use super::secret;
use super::settings::{PartName, Settings};
use super::state::{ClusterRecord, Context, LockedRecord, io_failure};
use crate::cluster::kubernetes::manifests::Plan;
use crate::cluster::progress::Progress;
use crate::cluster::provider::{
    ClusterStatus, Condition, DataSummary, DownOptions, Endpoint, LogOptions, LogReader, Provider,
    Target, UpOptions, UpReport,
};
use crate::error::{ExitStatus, Failure, Result};
use crate::global::Global;
use crate::hint::suggested_command;

pub use manifests::{NODE_PORT, is_server};
pub(super) use up::Rollout;

/// How long the deletion of a namespace may take.
const DELETE_TIMEOUT: Duration = Duration::from_secs(180);
/// Where a gateway's container listens.
const GATEWAY_PORT: u16 = 8080;
/// Where a server's container listens.
const SERVER_PORT: u16 = 4463;

/// Clusters in a namespace of a Kubernetes cluster that is there already.
pub struct Kubernetes {
    /// What the command line names.
    context: Option<String>,
    kubeconfig: Option<PathBuf>,
    yes: bool,
}

/// What differs where another provider made the Kubernetes cluster.
#[derive(Debug, Default)]
pub struct Overrides {
    /// Where the gateway is reached, whatever its service says.
    pub gateway_url: Option<String>,
}

impl Kubernetes {
    /// The provider of a command line: on the context that is remembered, else on the one that
    /// it names.
    pub fn new(global: &Global) -> Self {
        Self {
            context: global.context.clone(),
            kubeconfig: global.kubeconfig.clone(),
            yes: global.yes,
        }
    }

    /// A provider that only knows the context that is remembered.
    pub(super) fn of_remembered_context() -> Self {
        Self { context: None, kubeconfig: None, yes: false }
    }
}

/// What a context of that file stands for.
///
/// # Errors
/// Where there is no such context.
pub async fn find_context(kubeconfig: &Path, name: &str) -> Result<Context> {
    Ok(access::find(Some(kubeconfig), Some(name)).await?.0)
}

/// The server's image that the manifests name.
///
/// # Errors
/// Where the manifests are broken, which is a fault of this program.
pub fn default_image() -> Result<String> {
    let objects = manifests::render(&files::base()?, "ginflix", &Settings::default())?;
    Plan(objects)
        .images()
        .into_iter()
        .find(|image| is_server(image))
        .ok_or_else(|| Failure::failed("the manifests of this program name no server"))
}

#[async_trait]
impl Provider for Kubernetes {
    async fn up(
        &self,
        cluster: &mut LockedRecord,
        wanted: &UpOptions,
        progress: &dyn Progress,
    ) -> Result<UpReport> {
        if wanted.listen.is_some() {
            return Err(Failure::new(
                ExitStatus::Usage,
                "--listen is for clusters on this machine",
            )
            .hint("on Kubernetes: --service load-balancer|node-port|cluster-ip"));
        }
        let client = self.confirm_context(cluster, progress).await?;
        let rollout = Rollout::plan(client, cluster.name(), wanted, progress).await?;
        self.carry_out(rollout, cluster, wanted, &Overrides::default(), progress).await
    }

    async fn plan(
        &self,
        cluster: &ClusterRecord,
        wanted: &UpOptions,
        progress: &dyn Progress,
    ) -> Result<Option<Plan>> {
        let client = self.client_to_plan(cluster).await.map(Some);
        plan::dry_run(client, cluster.name(), wanted, progress).await.map(Some)
    }

    async fn down(
        &self,
        cluster: &mut LockedRecord,
        stop: &DownOptions,
        progress: &dyn Progress,
    ) -> Result<bool> {
        let client = self.client(cluster).await?;
        let ran = match apply::owner(&client, cluster.name()).await? {
            apply::Owner::Foreign => return Err(apply::foreign(cluster.name())),
            apply::Owner::Absent | apply::Owner::Leaving => false,
            apply::Owner::Ours(_) => {
                stop::scale_all_to_zero(&client, cluster.name(), stop, progress).await?
            }
        };
        cluster.state.url = None;
        cluster.save()?;
        Ok(ran)
    }

    async fn delete_data(&self, cluster: LockedRecord) -> Result<()> {
        let client = self.client(&cluster).await?;
        match apply::owner(&client, cluster.name()).await? {
            apply::Owner::Foreign => return Err(apply::foreign(cluster.name())),
            apply::Owner::Absent => {}
            apply::Owner::Ours(_) | apply::Owner::Leaving => {
                stop::delete_namespace(&client, cluster.name(), DELETE_TIMEOUT).await?;
            }
        }
        cluster.dir.delete()
    }

    async fn data_summary(&self, cluster: &ClusterRecord) -> Result<DataSummary> {
        // Stopped pods tell nothing of their volumes.
        let status = async {
            let Endpoint { url, token } = self.endpoint(cluster, Target::Cluster).await?;
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
        let mut parts = parts::parts(&observed);
        for problem in parts.iter_mut().filter_map(|part| part.problem.as_mut()) {
            if let (Some(pod), true) = (&problem.pod, problem.kind.is_told_by_log()) {
                problem.log = logs::last_lines(&client, cluster.name(), pod).await;
            }
        }
        Ok(ClusterStatus {
            dns_ready: observe::dns_is_ready(&client).await,
            condition: condition(&parts),
            parts,
            nodes: nodes::nodes(&observed),
            volumes: parts::volumes(&observed),
        })
    }

    async fn endpoint(&self, cluster: &ClusterRecord, of: Target) -> Result<Endpoint> {
        let path = cluster.dir.token();
        let token =
            secret::read(&path).map_err(|e| io_failure("read", &path, &e))?.unwrap_or_default();
        let (to, port) = match (of, &cluster.state.url) {
            (Target::Cluster, Some(url)) => return Ok(Endpoint { url: url.clone(), token }),
            (Target::Cluster, None) => {
                (forward::Destination::Part(PartName::Gateway), GATEWAY_PORT)
            }
            (Target::Pod(name), _) => (forward::Destination::Pod(name), SERVER_PORT),
        };
        let client = self.client(cluster).await?;
        let port = forward::open(&client, cluster.name(), to, port).await.map_err(|failure| {
            let start = suggested_command(cluster.name(), "cluster up");
            match failure.status {
                ExitStatus::Failed => failure.hint(format!("start it: {start}")),
                _ => failure,
            }
        })?;
        let url = Url::parse(&format!("http://127.0.0.1:{port}/"))
            .map_err(|e| Failure::failed(e.to_string()))?;
        Ok(Endpoint { url, token })
    }

    async fn logs(
        &self,
        cluster: &ClusterRecord,
        wanted: &LogOptions,
        reader: &mut dyn LogReader,
    ) -> Result<()> {
        let client = self.client(cluster).await?;
        logs::read(&client, cluster.name(), wanted, reader).await
    }
}

/// Whether the whole may serve viewers.
fn condition(parts: &[parts::Part]) -> Condition {
    if parts.iter().all(|part| part.wanted == 0) {
        return Condition::Stopped(None);
    }
    let dead = parts.iter().find(|part| part.wanted > 0 && part.ready == 0);
    match dead {
        None => Condition::Running,
        Some(part) => {
            let why = part.problem.as_ref().map_or(String::new(), |p| format!(": {}", p.text));
            Condition::Broken(format!("no pod of the {} is ready{why}", part.name))
        }
    }
}
