//! Checks whether a cluster can be created: programs, permissions, storage, ports.

mod kubernetes;
mod machine;
mod version;

use super::finding::{Category, Check};
use crate::cluster::options::ProviderName;
use crate::cluster::progress::Progress;
use crate::cluster::provider_choice;
use crate::cluster::state::Home;
use crate::error::Result;
use crate::global::Global;

/// Checks what the cluster needs on `provider`, else on the one that `cluster up` would pick.
///
/// # Errors
/// The state of an existing cluster cannot be read.
pub async fn preflight(
    global: &Global,
    provider: Option<ProviderName>,
    port: Option<u16>,
    progress: &dyn Progress,
) -> Result<Vec<Check>> {
    let dir = Home::find(global)?.cluster(&global.cluster);
    let state = dir.load()?;
    let (provider, reason) = match (provider, &state) {
        (Some(provider), _) => (provider, "as requested".to_owned()),
        (None, Some(state)) => (state.provider, "the cluster exists already".to_owned()),
        (None, None) => {
            let picked = provider_choice::pick(global.context.is_some()).await;
            (picked.provider, picked.reason.to_owned())
        }
    };
    let exists = state.as_ref().is_some_and(|state| state.provider == provider);
    let step = progress.start("Checking");
    let detail = format!("{}: {reason}", provider.as_str());
    let mut checks = vec![Check::passed(Category::Tools, "provider", detail)];
    match provider {
        ProviderName::Local => checks.push(machine::check_server_program()),
        ProviderName::Kind => checks.extend(machine::check_kind_tools().await),
        ProviderName::Kubernetes => {
            let stored = state.and_then(|state| state.kubernetes).map(|stored| stored.context);
            checks.extend(kubernetes::check_kubernetes(global, stored.as_ref()).await);
        }
    }
    // The port of an existing cluster may be in use by the cluster itself.
    if provider != ProviderName::Kubernetes && !exists {
        checks.push(machine::check_port(global, port));
    }
    drop(step);
    checks.sort_by_key(|check| check.category);
    Ok(checks)
}
