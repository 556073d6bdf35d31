//! Commands that hints suggest, with the flags that the user needs.

use crate::global::{DEFAULT_CLUSTER, Global};

/// Returns a `ginflix` command for this cluster. `rest` is what follows the global flags.
pub fn suggested_command(cluster: &str, rest: &str) -> String {
    // The user's next command finds the same default and the same environment.
    if cluster == DEFAULT_CLUSTER
        || std::env::var("GINFLIX_CLUSTER").is_ok_and(|name| name == cluster)
    {
        format!("ginflix {rest}")
    } else {
        format!("ginflix --cluster {cluster} {rest}")
    }
}

/// Returns a `ginflix` command for the cluster or server of the current command. `rest`
/// is what follows the global flags.
pub fn suggested_command_for(global: &Global, rest: &str) -> String {
    match &global.server {
        Some(server) if std::env::var_os("GINFLIX_SERVER").is_none() => {
            format!("ginflix --server {server} {rest}")
        }
        Some(_) => format!("ginflix {rest}"),
        None => suggested_command(&global.cluster, rest),
    }
}
