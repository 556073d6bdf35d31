//! Whether a cluster can be made: programs, permissions, storage, ports.

mod kubernetes;
mod machine;
mod version;

use super::finding::{Category, Check};
use crate::cluster::choice;
use crate::cluster::options::ProviderName;
use crate::cluster::progress::Progress;
use crate::cluster::state::Home;
use crate::error::Result;
use crate::global::Global;

/// Whether a cluster can be made.
///
/// # Errors
/// Where the user's own files cannot be read.
pub async fn run(
    global: &Global,
    provider: Option<ProviderName>,
    wanted_port: Option<u16>,
    progress: &dyn Progress,
) -> Result<Vec<Check>> {
    let dir = Home::find(global)?.cluster(&global.cluster);
    let state = dir.load()?;
    let (provider, why) = match (provider, &state) {
        (Some(provider), _) => (provider, "asked for".to_owned()),
        (None, Some(state)) => (state.provider, "the cluster is there already".to_owned()),
        (None, None) => {
            let chosen = choice::choose(global.context.is_some()).await;
            (chosen.provider, chosen.why.to_owned())
        }
    };
    let runs = state.as_ref().is_some_and(|state| state.provider == provider);
    let step = progress.start("Looking");
    let chosen = format!("{}: {why}", provider.as_str());
    let mut checks = vec![Check::passed(Category::Tools, "provider", chosen)];
    match provider {
        ProviderName::Local => checks.push(machine::server_program()),
        ProviderName::Kind => checks.extend(machine::kind().await),
        ProviderName::Kubernetes => {
            let remembered = state.and_then(|state| state.kubernetes).map(|known| known.context);
            checks.extend(kubernetes::kubernetes(global, remembered.as_ref()).await);
        }
    }
    // A cluster that runs holds its port itself.
    if provider != ProviderName::Kubernetes && !runs {
        checks.push(machine::free_port(global, wanted_port));
    }
    drop(step);
    checks.sort_by_key(|check| check.category);
    Ok(checks)
}
