//! Clusters of servers: the trait [`provider::Provider`], one implementation for each place where
//! a cluster can run, and the state that this machine keeps of each cluster.

pub mod check;
mod kind;
pub mod kubernetes;
mod local;
mod log_file;
pub mod options;
mod port;
pub mod process;
pub mod progress;
pub mod provider;
mod provider_choice;
mod secret;
mod server_binary;
pub mod settings;
pub mod state;

use std::time::Duration;

use self::options::ProviderName;
use self::progress::{Progress, ProgressEvent};
use self::provider::Provider;
use self::state::{ClusterRecord, Home, LockedRecord, StateDir, StoredState, not_found};
use crate::error::{ExitStatus, Failure, Result};
use crate::global::Global;

/// Loads the cluster that the command line names, to read from it.
///
/// # Errors
/// Fails with [`ExitStatus::NotFound`] if there is no such cluster, else if its state cannot be
/// read.
pub fn load(global: &Global) -> Result<(Box<dyn Provider>, ClusterRecord)> {
    let dir = dir(global)?;
    let state = dir.load()?.ok_or_else(|| not_found(dir.name()))?;
    Ok((provider_of(state.provider, global), ClusterRecord { dir, state }))
}

/// Locks and loads the cluster that the command line names, to change it; `None` if there is no
/// such cluster.
///
/// # Errors
/// The state cannot be read, or another command holds the lock for longer than `timeout`.
pub async fn lock(
    global: &Global,
    timeout: Duration,
    progress: &dyn Progress,
) -> Result<Option<(Box<dyn Provider>, LockedRecord)>> {
    let dir = dir(global)?;
    // Checked first, because taking the lock would create the folder.
    if !dir.exists()? {
        return Ok(None);
    }
    let lock = dir.lock(timeout, progress).await?;
    // Another command may have deleted the cluster while this one waited for the lock.
    let Some(state) = dir.load()? else { return Ok(None) };
    Ok(Some((provider_of(state.provider, global), LockedRecord::new(dir, lock, state))))
}

/// Locks and loads the cluster that the command line names, to bring it up. If there is no such
/// cluster, returns a new one with the `requested` provider, else with the one that suits this
/// machine.
///
/// # Errors
/// As [`lock`]; also fails with [`ExitStatus::Conflict`] if the cluster has another provider than
/// the requested one.
pub async fn lock_or_new(
    global: &Global,
    requested: Option<ProviderName>,
    timeout: Duration,
    progress: &dyn Progress,
) -> Result<(Box<dyn Provider>, LockedRecord)> {
    let dir = dir(global)?;
    let lock = dir.lock(timeout, progress).await?;
    let loaded = dir.load()?;
    let name = choose_provider(loaded.as_ref(), global, requested, progress).await?;
    let record = match loaded {
        Some(state) => LockedRecord::new(dir, lock, state),
        None => LockedRecord::create(dir, lock, StoredState::new(name)),
    };
    Ok((provider_of(name, global), record))
}

/// As [`lock_or_new`], but without the lock, for a dry run.
///
/// # Errors
/// The state cannot be read. Fails with [`ExitStatus::Conflict`] if the cluster has another
/// provider than the requested one.
pub async fn load_or_new(
    global: &Global,
    requested: Option<ProviderName>,
    progress: &dyn Progress,
) -> Result<(Box<dyn Provider>, ClusterRecord)> {
    let dir = dir(global)?;
    let loaded = dir.load()?;
    let name = choose_provider(loaded.as_ref(), global, requested, progress).await?;
    let state = loaded.unwrap_or_else(|| StoredState::new(name));
    Ok((provider_of(name, global), ClusterRecord { dir, state }))
}

fn dir(global: &Global) -> Result<StateDir> {
    Ok(Home::find(global)?.cluster(&global.cluster))
}

async fn choose_provider(
    state: Option<&StoredState>,
    global: &Global,
    requested: Option<ProviderName>,
    progress: &dyn Progress,
) -> Result<ProviderName> {
    match (state.map(|state| state.provider), requested) {
        (Some(used), Some(requested)) if used != requested => Err(Failure::new(
            ExitStatus::Conflict,
            format!("the cluster `{}` runs on another provider: {}", global.cluster, used.as_str()),
        )
        .hint("leave out --provider, or choose another name with --cluster")),
        (Some(used), _) => Ok(used),
        (None, Some(requested)) => Ok(requested),
        (None, None) => {
            let picked = provider_choice::pick(global.context.is_some()).await;
            progress.report(ProgressEvent::Note(&format!(
                "Provider {}: {}. To use another one: --provider local|kind|kubernetes",
                picked.provider.as_str(),
                picked.reason
            )));
            Ok(picked.provider)
        }
    }
}

fn provider_of(name: ProviderName, global: &Global) -> Box<dyn Provider> {
    match name {
        ProviderName::Local => Box::new(local::LocalProvider),
        ProviderName::Kind => Box::new(kind::KindProvider::new(global)),
        ProviderName::Kubernetes => Box::new(kubernetes::KubernetesProvider::new(global)),
    }
}
