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
pub mod provider;
mod secret;
mod server_binary;
pub mod settings;
pub mod state;

use self::options::ProviderName;
use self::provider::Provider;
use self::state::{Home, StateDir};
use crate::error::{ExitStatus, Failure, Result};
use crate::global::Global;
use crate::printer::Printer;

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
    let state = dir.load()?.ok_or_else(|| dir.not_found())?;
    Ok((state.provider, provider_of(state.provider, dir, global)))
}
