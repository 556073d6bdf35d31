//! The global flags, which every command has and every module may read.

use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueEnum};
use url::Url;

use crate::format::InvalidValue;

/// The name of the cluster if no other is given.
pub const DEFAULT_CLUSTER: &str = "ginflix";

/// Checks the name of a cluster, which becomes the name of a folder and of
/// Kubernetes objects.
///
/// # Errors
/// Fails unless the name is 1 to 40 lowercase letters, digits and hyphens, and
/// neither starts nor ends with a hyphen.
pub fn parse_cluster_name(name: &str) -> Result<String, InvalidValue> {
    let is_valid = (1..=40).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !name.starts_with('-')
        && !name.ends_with('-');
    if is_valid {
        return Ok(name.to_owned());
    }
    Err(InvalidValue(
        "it must have at most 40 characters: lowercase letters, digits and hyphens, \
         with no hyphen at the start or end",
    ))
}

/// Parses the address of a server. Without a scheme, `http://` is assumed.
///
/// # Errors
/// Fails unless the result is an http or https URL with a host.
pub fn parse_server(address: &str) -> Result<Url, InvalidValue> {
    const EXPECTED: InvalidValue =
        InvalidValue("write it as http://HOST:PORT, https://HOST or HOST:PORT");
    // `localhost:4463` would parse as a URL with the scheme `localhost`.
    let url = match address.contains("://") {
        true => address.parse::<Url>(),
        false => format!("http://{address}").parse(),
    };
    let url = url.map_err(|_| EXPECTED)?;
    match url.scheme() {
        "http" | "https" if url.has_host() => Ok(url),
        _ => Err(EXPECTED),
    }
}

/// The flags of every command.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// Work with this cluster of this machine
    #[arg(
        long,
        global = true,
        env = "GINFLIX_CLUSTER",
        default_value = DEFAULT_CLUSTER,
        value_parser = parse_cluster_name,
        value_name = "NAME"
    )]
    pub cluster: String,

    /// Work with the server at this address instead, such as http://HOST:4463
    #[arg(
        long,
        global = true,
        env = "GINFLIX_SERVER",
        value_parser = parse_server,
        value_name = "URL"
    )]
    pub server: Option<Url>,

    /// Create a new cluster in this Kubernetes context [default: the current one]
    #[arg(long, global = true, env = "GINFLIX_CONTEXT", value_name = "NAME")]
    pub context: Option<String>,

    /// Create a new cluster with this kubeconfig file [default: the one of kubectl]
    #[arg(long, global = true, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,

    /// Keep clusters and log-ins in this folder [default: ginflix in the user's data folder]
    #[arg(long, global = true, env = "GINFLIX_HOME", value_name = "DIR", hide = true)]
    pub home: Option<PathBuf>,

    /// Print results in this format
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

    /// Print only results and errors
    #[arg(short, long, global = true)]
    pub quiet: bool,

    /// Print more about each step
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    pub verbose: bool,

    /// Answer every question with yes
    #[arg(long, global = true)]
    pub yes: bool,

    /// Show no progress bars
    #[arg(long, global = true)]
    pub no_progress: bool,
}

/// The format of results.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// Tables for people.
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
    fn cluster_names_contain_no_path() {
        for name in ["ginflix", "a", "films-2"] {
            assert!(parse_cluster_name(name).is_ok(), "{name}");
        }
        for name in ["", ".", "..", "a/b", "A", "-a", "a-", "a b", "ä", &"a".repeat(41)] {
            assert!(parse_cluster_name(name).is_err(), "{name}");
        }
    }

    #[test]
    fn a_server_address_needs_no_scheme() {
        for (address, url) in [
            ("127.0.0.1:4571", "http://127.0.0.1:4571/"),
            ("localhost:4463", "http://localhost:4463/"),
            ("[::1]:1", "http://[::1]:1/"),
            ("movies.example", "http://movies.example/"),
            ("http://host:1/", "http://host:1/"),
            ("https://host/base/", "https://host/base/"),
        ] {
            assert_eq!(parse_server(address).unwrap().as_str(), url, "{address}");
        }
        for address in ["", "http://", "ftp://host", "host:port", "a b"] {
            assert!(parse_server(address).is_err(), "{address}");
        }
    }
}
