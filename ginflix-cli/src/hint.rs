//! Commands that hints suggest, with the flags that the user needs.

use crate::global::{DEFAULT_CLUSTER, Global};

/// The subcommands of `ginflix`.
const SUBCOMMANDS: [&str; 18] = [
    "cluster",
    "upload",
    "movie",
    "collection",
    "media",
    "views",
    "user",
    "token",
    "link",
    "audit",
    "backup",
    "restore",
    "subtitles",
    "library",
    "login",
    "logout",
    "open",
    "completions",
];

/// Returns a `ginflix` command for this cluster. `rest` is what follows the global flags.
pub fn suggested_command(cluster: &str, rest: &str) -> String {
    format!("ginflix {}{rest}", cluster_flag(cluster))
}

/// Returns a `ginflix` command for the cluster or server of the current command. `rest`
/// is what follows the global flags.
pub fn suggested_command_for(global: &Global, rest: &str) -> String {
    TargetFlags::new(global).complete(&format!("ginflix {rest}"))
}

/// The flags by which a suggested command works with the same cluster or server as the current one.
/// Both end with a space, unless they are empty.
#[derive(Debug, Clone)]
pub struct TargetFlags {
    /// For `ginflix cluster`.
    cluster: String,
    /// For all other commands.
    server: String,
}

impl TargetFlags {
    /// Returns the flags for the target of the current command.
    pub fn new(global: &Global) -> Self {
        let cluster = cluster_flag(&global.cluster);
        let server = match &global.server {
            Some(server) if std::env::var_os("GINFLIX_SERVER").is_none() => {
                format!("--server {server} ")
            }
            Some(_) => String::new(),
            None => cluster.clone(),
        };
        Self { cluster, server }
    }

    /// Adds the flags to each `ginflix` command in a text that has none yet.
    pub fn complete(&self, text: &str) -> String {
        let mut parts = text.split("ginflix ");
        let mut completed = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let word = part.split(|c: char| !c.is_ascii_lowercase()).next().unwrap_or_default();
            let flags = match word {
                "cluster" => &*self.cluster,
                word if SUBCOMMANDS.contains(&word) => &*self.server,
                _ => "",
            };
            completed = completed + "ginflix " + flags + part;
        }
        completed
    }
}

fn cluster_flag(cluster: &str) -> String {
    // The user's next command finds the same default and the same environment.
    match cluster == DEFAULT_CLUSTER || std::env::var("GINFLIX_CLUSTER").is_ok_and(|n| n == cluster)
    {
        true => String::new(),
        false => format!("--cluster {cluster} "),
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::*;
    use crate::args::Args;

    #[test]
    fn all_subcommands_are_known() {
        let command = Args::command();
        let visible = command.get_subcommands().filter(|sub| !sub.is_hide_set());
        let mut names: Vec<_> = visible.map(clap::Command::get_name).collect();
        let mut known = SUBCOMMANDS.to_vec();
        names.sort_unstable();
        known.sort_unstable();
        assert_eq!(known, names);
    }

    #[test]
    fn a_suggested_command_has_the_target_of_the_current_one() {
        let complete = |flags: &[&str], text: &str| {
            let args = [&["ginflix"], flags, &["logout"]].concat();
            TargetFlags::new(&Args::try_parse_from(args).unwrap().global).complete(text)
        };
        let text =
            "restart it: ginflix cluster down, then ginflix cluster up; see `ginflix media list`";
        assert_eq!(complete(&[], text), text);
        let named = complete(&["--cluster", "films"], text);
        assert_eq!(
            named,
            "restart it: ginflix --cluster films cluster down, then ginflix --cluster films cluster up; \
             see `ginflix --cluster films media list`"
        );
        assert_eq!(complete(&["--cluster", "films"], &named), named);
        assert_eq!(
            complete(&["--server", "https://films.example"], "log in: ginflix login"),
            "log in: ginflix --server https://films.example/ login"
        );
        // No commands.
        let text = "upgrade ginflix; ginflix reads formats up to 1; ginflix clusters; a ginflix ";
        assert_eq!(complete(&["--cluster", "films"], text), text);
    }
}
