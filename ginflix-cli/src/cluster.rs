//! Where clusters run: one trait, one file for each provider.

pub mod check;
mod choice;
mod kind;
pub mod kubernetes;
mod local;
mod log_file;
pub mod options;
mod port;
pub mod process;
pub mod progress;
pub mod provider;
mod secret;
mod server_binary;
pub mod settings;
pub mod state;

use std::time::Duration;

use self::options::ProviderName;
use self::progress::{Event, Progress};
use self::provider::Provider;
use self::state::{ClusterRecord, Home, LockedRecord, State, StateDir, not_found};
use crate::error::{ExitStatus, Failure, Result};
use crate::global::Global;

/// Loads the cluster that the command line names, to look at it.
///
/// # Errors
/// Not found where there is none, and where its state cannot be read.
pub fn load(global: &Global) -> Result<(Box<dyn Provider>, ClusterRecord)> {
    let dir = dir(global)?;
    let state = dir.load()?.ok_or_else(|| not_found(dir.name()))?;
    Ok((provider_of(state.provider, global), ClusterRecord { dir, state }))
}

/// Locks and loads the cluster that the command line names, to change it; `None` where there is
/// none.
///
/// # Errors
/// Where its state cannot be read, or another command holds its lock for longer than `timeout`.
pub async fn lock(
    global: &Global,
    timeout: Duration,
    progress: &dyn Progress,
) -> Result<Option<(Box<dyn Provider>, LockedRecord)>> {
    let dir = dir(global)?;
    if !dir.exists()? {
        return Ok(None);
    }
    let lock = dir.lock(timeout, progress).await?;
    let Some(state) = dir.load()? else { return Ok(None) };
    Ok(Some((provider_of(state.provider, global), LockedRecord::new(dir, lock, state))))
}

/// Locks and loads the cluster that the command line names, to bring it up. Where there is none,
/// it is a new one of the provider that is wanted, else of the one that suits this machine.
///
/// # Errors
/// As [`lock`], and where it is of another provider than wanted.
pub async fn lock_or_new(
    global: &Global,
    wanted: Option<ProviderName>,
    timeout: Duration,
    progress: &dyn Progress,
) -> Result<(Box<dyn Provider>, LockedRecord)> {
    let dir = dir(global)?;
    let lock = dir.lock(timeout, progress).await?;
    let loaded = dir.load()?;
    let name = choose_provider(loaded.as_ref(), global, wanted, progress).await?;
    let record = match loaded {
        Some(state) => LockedRecord::new(dir, lock, state),
        None => LockedRecord::create(dir, lock, State::new(name)),
    };
    Ok((provider_of(name, global), record))
}

/// As [`lock_or_new`], but without the lock, to look at what would be brought up.
///
/// # Errors
/// Where its state cannot be read, or it is of another provider than wanted.
pub async fn load_or_new(
    global: &Global,
    wanted: Option<ProviderName>,
    progress: &dyn Progress,
) -> Result<(Box<dyn Provider>, ClusterRecord)> {
    let dir = dir(global)?;
    let loaded = dir.load()?;
    let name = choose_provider(loaded.as_ref(), global, wanted, progress).await?;
    let state = loaded.unwrap_or_else(|| State::new(name));
    Ok((provider_of(name, global), ClusterRecord { dir, state }))
}

fn dir(global: &Global) -> Result<StateDir> {
    Ok(Home::find(global)?.cluster(&global.cluster))
}

async fn choose_provider(
    state: Option<&State>,
    global: &Global,
    wanted: Option<ProviderName>,
    progress: &dyn Progress,
) -> Result<ProviderName> {
    match (state.map(|state| state.provider), wanted) {
        (Some(used), Some(wanted)) if used != wanted => Err(Failure::new(
            ExitStatus::Conflict,
            format!("the cluster `{}` is of another provider: {}", global.cluster, used.as_str()),
        )
        .hint("choose another name with --cluster")),
        (Some(used), _) => Ok(used),
        (None, Some(wanted)) => Ok(wanted),
        (None, None) => {
            let chosen = choice::choose(global.context.is_some()).await;
            progress.report(Event::Note(&format!(
                "Provider {}: {}. Another: --provider local|kind|kubernetes",
                chosen.provider.as_str(),
                chosen.why
            )));
            Ok(chosen.provider)
        }
    }
}

fn provider_of(name: ProviderName, global: &Global) -> Box<dyn Provider> {
    match name {
        ProviderName::Local => Box::new(local::Local),
        ProviderName::Kind => Box::new(kind::Kind::new(global)),
        ProviderName::Kubernetes => Box::new(kubernetes::Kubernetes::new(global)),
    }
}
