//! Where clusters run: one trait, one file for each provider.

pub mod check;
mod choice;
mod kind;
pub mod kubernetes;
mod local;
mod log_file;
mod port;
pub mod process;
mod secret;
mod server_binary;
pub mod settings;
pub mod state;

use std::fs;
use std::io;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use serde::Serialize;
use url::Url;

use crate::args::{ClusterAccess, Global, ProviderName};
use crate::error::{ExitStatus, Failure, Result};
use crate::printer::Printer;
pub use kubernetes::manifests::Plan;
use kubernetes::parts::{NodeState, Part, VolumeState};
use settings::{PartName, Settings};
use state::{Home, StateDir, io_failure};

/// Runs one cluster. Every method may be called again without harm.
#[async_trait]
pub trait Provider: Send + Sync {
    /// Starts the cluster if it does not run, changes it where it is not as
    /// wanted, and waits until it is ready.
    async fn up(&self, wanted: &Wanted, printer: &Printer) -> Result<Up>;

    /// The password that `up` gave away was shown: it is kept no longer.
    fn password_shown(&self) -> Result<()>;

    /// Lets running responses finish and stops; `false` if nothing ran.
    async fn down(&self, stop: &Stop, printer: &Printer) -> Result<bool>;

    /// Deletes films, catalogue, accounts and views of a stopped cluster.
    async fn delete_data(&self) -> Result<()>;

    /// What [`Provider::delete_data`] would delete.
    async fn holdings(&self) -> Result<Holdings>;

    /// How the cluster's processes are, without asking them.
    async fn look(&self) -> Result<Look>;

    /// Where the cluster, or one pod of it, is reached as long as this command
    /// runs, and the token of its administrator.
    async fn endpoint(&self, of: Target) -> Result<Endpoint>;

    /// Prints the last lines of the log, and what is added if asked to follow.
    async fn logs(&self, wanted: &LogsWanted, printer: &Printer) -> Result<()>;
}

/// How a cluster shall run; what is absent stays as it was.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Address to listen on.
    pub listen: Option<IpAddr>,
    /// Port to listen on; 0 for any.
    pub port: Option<u16>,
    /// Where the catalogue is, if not in a file.
    pub database_url: Option<String>,
    /// Who may watch.
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
pub struct Up {
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
pub struct Stop {
    /// How long running responses may take, if not as the provider says.
    pub timeout: Option<Duration>,
    /// Kill what has not stopped by then.
    pub force: bool,
}

/// What a cluster holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Holdings {
    /// Files; absent where they cannot be counted.
    pub media: Option<u64>,
    /// Bytes of all that would be deleted.
    pub bytes: Option<u64>,
}

/// How a cluster is.
pub struct Look {
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

impl Look {
    /// Of a cluster without parts.
    pub fn of(condition: Condition) -> Self {
        Self { condition, parts: Vec::new(), nodes: None, volumes: Vec::new(), dns_ready: None }
    }
}

/// What of a cluster is to be reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// All of it, as viewers do.
    Cluster,
    /// One pod alone.
    Pod(String),
}

/// Which logs.
#[derive(Debug, Clone, Copy)]
pub struct LogsWanted {
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

/// The cluster that shall be up: of the provider that is used, wanted or chosen.
///
/// # Errors
/// Where its state cannot be read, or it is of another provider than wanted.
pub async fn to_start(
    global: &Global,
    wanted: Option<ProviderName>,
    printer: &Printer,
) -> Result<Box<dyn Provider>> {
    let dir = Home::find(global)?.cluster(&global.cluster);
    let provider = provider_to_start(&dir, global, wanted, printer).await?;
    Ok(provider_of(provider, dir, global))
}

/// What `cluster up` would apply, as YAML; `None` where that is no Kubernetes.
///
/// # Errors
/// As [`to_start`], and where the namespace is of somebody else.
pub async fn plan(
    global: &Global,
    provider: Option<ProviderName>,
    wanted: &Wanted,
    printer: &Printer,
) -> Result<Option<Plan>> {
    let dir = Home::find(global)?.cluster(&global.cluster);
    match provider_to_start(&dir, global, provider, printer).await? {
        ProviderName::Local => Ok(None),
        ProviderName::Kind => kind::Kind::new(dir, global).plan(wanted, printer).await.map(Some),
        ProviderName::Kubernetes => {
            kubernetes::Kubernetes::new(dir, global).plan(wanted, printer).await.map(Some)
        }
    }
}

async fn provider_to_start(
    dir: &StateDir,
    global: &Global,
    wanted: Option<ProviderName>,
    printer: &Printer,
) -> Result<ProviderName> {
    match (dir.load()?.map(|state| state.provider), wanted) {
        (Some(used), Some(wanted)) if used != wanted => Err(Failure::new(
            ExitStatus::Conflict,
            format!("the cluster `{}` is of another provider: {}", global.cluster, used.as_str()),
        )
        .hint("choose another name with --cluster")),
        (Some(used), _) => Ok(used),
        (None, Some(wanted)) => Ok(wanted),
        (None, None) => {
            let chosen = choice::choose(global.context.is_some()).await;
            printer.note(&format!(
                "Provider {}: {}. Another: --provider local|kind|kubernetes",
                chosen.provider.as_str(),
                chosen.why
            ));
            Ok(chosen.provider)
        }
    }
}

fn provider_of(name: ProviderName, dir: StateDir, global: &Global) -> Box<dyn Provider> {
    match name {
        ProviderName::Local => Box::new(local::Local::new(dir)),
        ProviderName::Kind => Box::new(kind::Kind::new(dir, global)),
        ProviderName::Kubernetes => Box::new(kubernetes::Kubernetes::new(dir, global)),
    }
}

/// The cluster of that name.
///
/// # Errors
/// Where there is none, not found.
pub fn existing(global: &Global) -> Result<(ProviderName, Box<dyn Provider>)> {
    let dir = Home::find(global)?.cluster(&global.cluster);
    let state = dir.load()?.ok_or_else(|| not_found(&dir))?;
    Ok((state.provider, provider_of(state.provider, dir, global)))
}

/// The password that `up` gave away is kept no longer.
fn forget_password(dir: &StateDir) -> Result<()> {
    let path = dir.admin_password();
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(io_failure("delete", &path, &error))
        }
        _ => Ok(()),
    }
}

fn not_found(dir: &StateDir) -> Failure {
    Failure::new(ExitStatus::NotFound, format!("there is no cluster `{}`", dir.name()))
        .hint(format!("start one: {}", command(dir.name(), "cluster up")))
}

/// A command as the user would type it for this cluster.
pub fn command(cluster: &str, rest: &str) -> String {
    if cluster == DEFAULT_NAME || std::env::var("GINFLIX_CLUSTER").is_ok_and(|name| name == cluster)
    {
        format!("ginflix {rest}")
    } else {
        format!("ginflix --cluster {cluster} {rest}")
    }
}

/// A command as the user would type it to reach the same server again.
pub fn command_for(global: &Global, rest: &str) -> String {
    match &global.server {
        Some(server) if std::env::var_os("GINFLIX_SERVER").is_none() => {
            format!("ginflix --server {server} {rest}")
        }
        Some(_) => format!("ginflix {rest}"),
        None => command(&global.cluster, rest),
    }
}

/// Name of the cluster where none is given.
pub const DEFAULT_NAME: &str = "ginflix";

/// Checks a cluster's name: it names a folder here and objects on Kubernetes.
///
/// # Errors
/// What a name may be.
pub fn parse_name(name: &str) -> std::result::Result<String, String> {
    let legal = (1..=40).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !name.starts_with('-')
        && !name.ends_with('-');
    if legal {
        return Ok(name.to_owned());
    }
    Err("it may have small letters, digits and hyphens within, at most 40".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_make_no_paths() {
        for name in ["ginflix", "a", "films-2"] {
            assert!(parse_name(name).is_ok(), "{name}");
        }
        for name in ["", ".", "..", "a/b", "A", "-a", "a-", "a b", "ä", &"a".repeat(41)] {
            assert!(parse_name(name).is_err(), "{name}");
        }
    }
}
