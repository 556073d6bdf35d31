//! The flags of every command, which any layer may read.

use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueEnum};
use url::Url;

use crate::format::InvalidValue;

/// Name of the cluster where none is given.
pub const DEFAULT_NAME: &str = "ginflix";

/// Checks a cluster's name: it names a folder here and objects on Kubernetes.
///
/// # Errors
/// What a name may be.
pub fn parse_name(name: &str) -> Result<String, InvalidValue> {
    let legal = (1..=40).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !name.starts_with('-')
        && !name.ends_with('-');
    if legal {
        return Ok(name.to_owned());
    }
    Err(InvalidValue("it may have small letters, digits and hyphens within, at most 40"))
}

/// Flags of every command.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// Cluster to work with
    #[arg(
        long,
        global = true,
        env = "GINFLIX_CLUSTER",
        default_value = DEFAULT_NAME,
        value_parser = parse_name,
        value_name = "NAME"
    )]
    pub cluster: String,

    /// Server to talk to instead of a cluster of this machine
    #[arg(long, global = true, env = "GINFLIX_SERVER", value_name = "URL")]
    pub server: Option<Url>,

    /// Kubernetes context of a new cluster [default: the kubeconfig's current one]
    #[arg(long, global = true, env = "GINFLIX_CONTEXT", value_name = "NAME")]
    pub context: Option<String>,

    /// Kubeconfig of a new cluster [default: where kubectl looks]
    #[arg(long, global = true, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,

    /// Folder of what is remembered [default: ginflix in the user's data folder]
    #[arg(long, global = true, env = "GINFLIX_HOME", value_name = "DIR", hide = true)]
    pub home: Option<PathBuf>,

    /// How results are printed
    #[arg(
        short,
        long,
        global = true,
        value_enum,
        default_value_t,
        hide_possible_values = true,
        value_name = "table|json|yaml"
    )]
    pub output: Output,

    /// Say nothing but results and errors
    #[arg(short, long, global = true)]
    pub quiet: bool,

    /// Say more about what is done
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    pub verbose: bool,

    /// Answer every question with yes
    #[arg(long, global = true)]
    pub yes: bool,

    /// No progress bars
    #[arg(long, global = true)]
    pub no_progress: bool,
}

/// How results are printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// For people.
    #[default]
    Table,
    /// One JSON document.
    Json,
    /// One YAML document.
    Yaml,
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
