//! The interface of every provider of clusters, and the types of its arguments and results.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use serde::Serialize;
use url::Url;

use super::kubernetes::components::{Component, VolumeState};
use super::kubernetes::manifests::ManifestPlan;
use super::kubernetes::nodes::NodeState;
use super::options::ClusterAccess;
use super::progress::Progress;
use super::settings::{ComponentName, KubernetesSettings};
use super::state::{ClusterRecord, LockedRecord};
use crate::error::Result;

/// Runs clusters. Every method is idempotent: it may be called again after a failure.
#[async_trait]
pub trait Provider: Send + Sync {
    /// Starts the cluster if it does not run, applies the options that differ from its state, and
    /// waits until it is ready.
    async fn up(
        &self,
        cluster: &mut LockedRecord,
        options: &UpOptions,
        progress: &dyn Progress,
    ) -> Result<UpReport>;

    /// Returns the objects that [`Provider::up`] would apply now; `None` if this provider applies
    /// none.
    async fn plan(
        &self,
        cluster: &ClusterRecord,
        options: &UpOptions,
        progress: &dyn Progress,
    ) -> Result<Option<ManifestPlan>>;

    /// Stops the cluster after the running responses; `false` if it did not run.
    async fn down(
        &self,
        cluster: &mut LockedRecord,
        options: &DownOptions,
        progress: &dyn Progress,
    ) -> Result<bool>;

    /// Deletes the media, catalogue, accounts and views of a stopped cluster, and its state.
    async fn delete_data(&self, cluster: LockedRecord) -> Result<()>;

    /// Returns how much [`Provider::delete_data`] would delete.
    async fn data_summary(&self, cluster: &ClusterRecord) -> Result<DataSummary>;

    /// Returns whether the cluster can serve files of this machine from where they lie.
    fn has_libraries(&self) -> bool {
        false
    }

    /// Returns the state of the cluster's processes, without a request to them.
    async fn status(&self, cluster: &ClusterRecord) -> Result<ClusterStatus>;

    /// Returns an address of the cluster, or of one pod of it, that can be reached as long as this
    /// command runs, and the token of its administrator.
    async fn endpoint(&self, cluster: &ClusterRecord, target: EndpointTarget) -> Result<Endpoint>;

    /// Writes the last lines of the log to `sink`, and new lines if asked to follow.
    async fn logs(
        &self,
        cluster: &ClusterRecord,
        options: &LogOptions,
        sink: &mut dyn LogSink,
    ) -> Result<()>;
}

/// Receives the lines that [`Provider::logs`] reads.
pub trait LogSink: Send {
    /// Receives one or more lines, with the name of their pod if there are several logs.
    fn write_lines(&mut self, pod: Option<&str>, text: &str);

    /// Receives the reason why there is no log.
    fn no_log(&mut self, reason: &str);
}

/// Settings of a cluster to bring up; an absent one keeps its former value.
#[derive(Debug, Clone, Default)]
pub struct UpOptions {
    /// The address to listen on.
    pub listen: Option<IpAddr>,
    /// The port to listen on; 0 for any free one.
    pub port: Option<u16>,
    /// The URL of a PostgreSQL database, or `own` or `file` for the cluster's own database.
    pub database_url: Option<String>,
    /// The clients that may watch.
    pub access: Option<ClusterAccess>,
    /// How long to wait until the cluster is ready; `None` for the provider's default.
    pub timeout: Option<Duration>,
    /// Settings that only clusters on Kubernetes have.
    pub kubernetes: KubernetesSettings,
    /// Number of worker nodes of a new kind cluster.
    pub workers: Option<u8>,
    /// Node image of a new kind cluster.
    pub node_image: Option<String>,
    /// Whether to restore what ran before if the cluster does not become ready.
    pub rollback: bool,
}

/// The result of [`Provider::up`]: a cluster that is ready.
pub struct UpReport {
    /// Whether it was running already.
    pub already_running: bool,
    /// Its address; absent if each command opens a port-forward.
    pub url: Option<Url>,
    /// The name of its Kubernetes context, if it runs on Kubernetes.
    pub context: Option<String>,
    /// The kubeconfig with that context; absent if it is the one of `kubectl`.
    pub kubeconfig: Option<PathBuf>,
    /// The id of its process, if it is one process.
    pub pid: Option<u32>,
    /// Its data directory, if it is on this machine.
    pub data_dir: Option<PathBuf>,
    /// The password of the account `admin`, until it has been shown once.
    pub admin_password: Option<String>,
}

/// Options of [`Provider::down`].
#[derive(Debug, Clone, Copy)]
pub struct DownOptions {
    /// How long running responses may take; `None` for the provider's default.
    pub timeout: Option<Duration>,
    /// Whether to kill what has not stopped by then.
    pub force: bool,
}

/// The amount of data that a cluster holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct DataSummary {
    /// Number of media files; absent if they cannot be counted.
    pub media: Option<u64>,
    /// Bytes of everything that would be deleted; absent if they cannot be counted.
    pub bytes: Option<u64>,
}

/// The state of a cluster.
pub struct ClusterStatus {
    /// The state of the cluster as a whole.
    pub condition: ClusterCondition,
    /// The components; only on Kubernetes.
    pub components: Vec<Component>,
    /// The nodes; only on Kubernetes, and absent if the user may not list them.
    pub nodes: Option<Vec<NodeState>>,
    /// The volumes; only on Kubernetes.
    pub volumes: Vec<VolumeState>,
    /// Whether the cluster's name server is ready; absent if that is not known.
    pub dns_ready: Option<bool>,
}

impl ClusterStatus {
    /// Returns the status of a cluster that is one process.
    pub fn of_process(condition: ClusterCondition) -> Self {
        let (components, volumes) = (Vec::new(), Vec::new());
        Self { condition, components, nodes: None, volumes, dns_ready: None }
    }
}

/// The part of a cluster that an [`Endpoint`] leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EndpointTarget {
    /// The address that viewers use.
    Cluster,
    /// The pod with this name, without the gateway.
    Pod(String),
}

/// Options of [`Provider::logs`].
#[derive(Debug, Clone, Copy)]
pub struct LogOptions {
    /// How many of the last lines to read.
    pub lines: usize,
    /// Whether to continue as the log grows.
    pub follow: bool,
    /// The only component to read from; `None` for all.
    pub component: Option<ComponentName>,
}

/// Whether a cluster's processes run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClusterCondition {
    /// They run.
    Running,
    /// They were stopped, or the machine was restarted; with the reason unless a command stopped
    /// them.
    Stopped(Option<String>),
    /// They should run and do not; with the reason.
    Broken(String),
}

/// An address of a cluster and the credential for it.
pub struct Endpoint {
    /// The address.
    pub url: Url,
    /// The token of the cluster's administrator.
    pub token: String,
}
