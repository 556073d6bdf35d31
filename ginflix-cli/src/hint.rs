//! Commands as the user would type them, for hints.

use crate::global::{DEFAULT_NAME, Global};

/// A command as the user would type it for this cluster.
pub fn suggested_command(cluster: &str, rest: &str) -> String {
    if cluster == DEFAULT_NAME || std::env::var("GINFLIX_CLUSTER").is_ok_and(|name| name == cluster)
    {
        format!("ginflix {rest}")
    } else {
        format!("ginflix --cluster {cluster} {rest}")
    }
}

/// A command as the user would type it to reach the same server again.
pub fn suggested_command_for(global: &Global, rest: &str) -> String {
    match &global.server {
        Some(server) if std::env::var_os("GINFLIX_SERVER").is_none() => {
            format!("ginflix --server {server} {rest}")
        }
        Some(_) => format!("ginflix {rest}"),
        None => suggested_command(&global.cluster, rest),
    }
}
