//! What every provider of clusters does, and in which words.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use serde::Serialize;
use url::Url;

use super::kubernetes::manifests::Plan;
use super::kubernetes::nodes::NodeState;
use super::kubernetes::parts::{Part, VolumeState};
use super::options::ClusterAccess;
use super::progress::Progress;
use super::settings::{PartName, Settings};
use super::state::{ClusterRecord, LockedRecord};
use crate::error::Result;

/// Runs clusters. Every method may be called again without harm.
#[async_trait]
pub trait Provider: Send + Sync {
    /// Starts the cluster if it does not run, changes it where it is not as
    /// wanted, and waits until it is ready.
    async fn up(
        &self,
        cluster: &mut LockedRecord,
        wanted: &UpOptions,
        progress: &dyn Progress,
    ) -> Result<UpReport>;

    /// What [`Provider::up`] would apply now; `None` where that is nothing that can be listed.
    async fn plan(
        &self,
        cluster: &ClusterRecord,
        wanted: &UpOptions,
        progress: &dyn Progress,
    ) -> Result<Option<Plan>>;

    /// Lets running responses finish and stops; `false` if nothing ran.
    async fn down(
        &self,
        cluster: &mut LockedRecord,
        stop: &DownOptions,
        progress: &dyn Progress,
    ) -> Result<bool>;

    /// Deletes films, catalogue, accounts and views of a stopped cluster, and what is
    /// remembered of it.
    async fn delete_data(&self, cluster: LockedRecord) -> Result<()>;

    /// What [`Provider::delete_data`] would delete.
    async fn data_summary(&self, cluster: &ClusterRecord) -> Result<DataSummary>;

    /// How the cluster's processes are, without asking them.
    async fn status(&self, cluster: &ClusterRecord) -> Result<ClusterStatus>;

    /// Where the cluster, or one pod of it, is reached as long as this command
    /// runs, and the token of its administrator.
    async fn endpoint(&self, cluster: &ClusterRecord, of: Target) -> Result<Endpoint>;

    /// Passes on the last lines of the log, and what is added if asked to follow.
    async fn logs(
        &self,
        cluster: &ClusterRecord,
        wanted: &LogOptions,
        log: &mut dyn LogReader,
    ) -> Result<()>;
}

/// Takes what [`Provider::logs`] finds.
pub trait LogReader: Send {
    /// One or more lines, of a pod where there are several.
    fn lines(&mut self, pod: Option<&str>, text: &str);

    /// There is no log: why.
    fn nothing(&mut self, why: &str);
}

/// How a cluster shall run; what is absent stays as it was.
#[derive(Debug, Clone, Default)]
pub struct UpOptions {
    /// Address to listen on.
    pub listen: Option<IpAddr>,
    /// Port to listen on; 0 for any.
    pub port: Option<u16>,
    /// Where the catalogue is, if not in a file.
    pub database_url: Option<String>,
    /// The clients that may watch.
    pub access: Option<ClusterAccess>,
    /// How long to wait for it, if not as the provider does.
    pub timeout: Option<Duration>,
    /// What differs from the manifests.
    pub kubernetes: Settings,
    /// Workers of a new kind cluster.
    pub workers: Option<u8>,
    /// Node image of a new kind cluster.
    pub node_image: Option<String>,
    /// Go back to what ran before if it does not get ready.
    pub rollback: bool,
}

/// A cluster that is up.
pub struct UpReport {
    /// It ran before.
    pub already_running: bool,
    /// Where it is reached; absent where commands open a port-forward.
    pub url: Option<Url>,
    /// Its Kubernetes context, where it has one.
    pub context: Option<String>,
    /// The file of that context, where it is not the usual one.
    pub kubeconfig: Option<PathBuf>,
    /// Its process, where it is one.
    pub pid: Option<u32>,
    /// Where its data is, where that is a folder.
    pub data_dir: Option<PathBuf>,
    /// Password of the account `admin`, until it was shown once.
    pub admin_password: Option<String>,
}

/// How a cluster shall stop.
#[derive(Debug, Clone, Copy)]
pub struct DownOptions {
    /// How long running responses may take, if not as the provider says.
    pub timeout: Option<Duration>,
    /// Kill what has not stopped by then.
    pub force: bool,
}

/// What a cluster holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct DataSummary {
    /// Files; absent where they cannot be counted.
    pub media: Option<u64>,
    /// Bytes of all that would be deleted.
    pub bytes: Option<u64>,
}

/// How a cluster is.
pub struct ClusterStatus {
    /// As a whole.
    pub condition: Condition,
    /// Its parts, on Kubernetes.
    pub parts: Vec<Part>,
    /// The nodes, on Kubernetes and where they may be seen.
    pub nodes: Option<Vec<NodeState>>,
    /// The volumes, on Kubernetes.
    pub volumes: Vec<VolumeState>,
    /// Whether names can be looked up, on Kubernetes and where that may be seen.
    pub dns_ready: Option<bool>,
}

impl ClusterStatus {
    /// The state of a cluster without parts.
    pub fn of(condition: Condition) -> Self {
        Self { condition, parts: Vec::new(), nodes: None, volumes: Vec::new(), dns_ready: None }
    }
}

/// The whole cluster, or one pod of it, as something to connect to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// All of it, as viewers do.
    Cluster,
    /// One pod alone.
    Pod(String),
}

/// Which logs.
#[derive(Debug, Clone, Copy)]
pub struct LogOptions {
    /// How many of the last lines.
    pub lines: usize,
    /// Whether to go on as the log grows.
    pub follow: bool,
    /// Of this part alone.
    pub part: Option<PartName>,
}

/// Whether a cluster's processes run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// They do.
    Running,
    /// They were stopped, or the machine was restarted; why, if there is more to say.
    Stopped(Option<String>),
    /// They should run and do not: why.
    Broken(String),
}

/// Where a cluster is reached, and as whom.
pub struct Endpoint {
    /// Its address.
    pub url: Url,
    /// Token of the administrators' programs.
    pub token: String,
}
