//! Commands that hints suggest, with the flags that the user needs.

use crate::global::{DEFAULT_CLUSTER, Global};

/// Returns a `ginflix` command for this cluster.
pub fn suggested_command(cluster: &str, rest: &str) -> String {
    if cluster == DEFAULT_CLUSTER
        || std::env::var("GINFLIX_CLUSTER").is_ok_and(|name| name == cluster)
    {
        format!("ginflix {rest}")
    } else {
        format!("ginflix --cluster {cluster} {rest}")
    }
}

/// Returns a `ginflix` command for the cluster or server of the current command.
pub fn suggested_command_for(global: &Global, rest: &str) -> String {
    match &global.server {
        Some(server) if std::env::var_os("GINFLIX_SERVER").is_none() => {
            format!("ginflix --server {server} {rest}")
        }
        Some(_) => format!("ginflix {rest}"),
        None => suggested_command(&global.cluster, rest),
    }
}
