//! Where clusters run: one trait, one file for each provider.

mod local;
mod log_file;
pub mod process;
mod secret;
pub mod state;

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use serde::Serialize;
use url::Url;

use crate::args::{ClusterAccess, Global, ProviderName};
use crate::error::{ExitStatus, Failure, Result};
use crate::printer::Printer;
use state::{Home, StateDir};

/// Runs one cluster. Every method may be called again without harm.
#[async_trait]
pub trait Provider: Send + Sync {
    /// Starts the cluster if it does not run, and waits until it is ready.
    async fn up(&self, wanted: &Wanted, printer: &Printer) -> Result<Up>;

    /// The password that `up` gave away was shown: it is kept no longer.
    fn password_shown(&self) -> Result<()>;

    /// Lets running responses finish and stops; `false` if nothing ran.
    async fn down(&self, stop: &Stop, printer: &Printer) -> Result<bool>;

    /// Deletes films, catalogue, accounts and views of a stopped cluster.
    async fn delete_data(&self) -> Result<()>;

    /// What [`Provider::delete_data`] would delete.
    async fn holdings(&self) -> Result<Holdings>;

    /// Whether the cluster's processes run, without asking them.
    async fn condition(&self) -> Result<Condition>;

    /// Where the cluster is reached, and the token of its administrator.
    async fn endpoint(&self) -> Result<Endpoint>;

    /// Prints the last lines of the log, and what is added if asked to follow.
    async fn logs(&self, lines: usize, follow: bool, printer: &Printer) -> Result<()>;
}

/// How a cluster shall run; what is absent stays as it was.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Address to listen on.
    pub listen: Option<IpAddr>,
    /// Port to listen on; 0 for any.
    pub port: Option<u16>,
    /// Where the catalogue is, if not in a file.
    pub database_url: Option<String>,
    /// Who may watch.
    pub access: Option<ClusterAccess>,
    /// How long to wait for it.
    pub timeout: Duration,
}

/// A cluster that is up.
pub struct Up {
    /// It ran before.
    pub already_running: bool,
    /// Where it is reached.
    pub url: Url,
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
    /// How long running responses may take.
    pub timeout: Duration,
    /// Kill what has not stopped by then.
    pub force: bool,
}

/// What a cluster holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Holdings {
    /// Files.
    pub media: u64,
    /// Bytes of all that would be deleted.
    pub bytes: u64,
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

/// The cluster of that name, whether it exists or not.
///
/// # Errors
/// Where its state cannot be read.
pub fn open(global: &Global, wanted: Option<ProviderName>) -> Result<Box<dyn Provider>> {
    let dir = Home::find(global)?.cluster(&global.cluster);
    let used = dir.load()?.map(|state| state.provider);
    match (used, wanted) {
        (Some(used), Some(wanted)) if used != wanted => Err(Failure::new(
            ExitStatus::Conflict,
            format!("the cluster `{}` is of another provider", global.cluster),
        )
        .hint("choose another name with --cluster")),
        (used, wanted) => Ok(match used.or(wanted).unwrap_or(ProviderName::Local) {
            ProviderName::Local => Box::new(local::Local::new(dir)),
        }),
    }
}

/// The cluster of that name.
///
/// # Errors
/// Where there is none, not found.
pub fn existing(global: &Global) -> Result<(ProviderName, Box<dyn Provider>)> {
    let dir = Home::find(global)?.cluster(&global.cluster);
    let state = dir.load()?.ok_or_else(|| not_found(&dir))?;
    Ok((state.provider, open(global, None)?))
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
