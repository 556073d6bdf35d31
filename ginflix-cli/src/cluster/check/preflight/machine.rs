//! Checks this machine: its programs, and the port of the cluster.

use std::net::{IpAddr, Ipv4Addr};

use super::super::finding::{Category, Check};
use super::version::major_minor;
use crate::cluster::kind::tools::{docker_version, kind_version};
use crate::cluster::state::DEFAULT_PORT;
use crate::cluster::{port, server_binary};
use crate::global::Global;

/// The oldest version of kind that was tested, as major and minor number.
const OLDEST_KIND: (u32, u32) = (0, 20);
/// The programs that `scripts/image` runs to build the server's image.
const IMAGE_TOOLS: [&str; 4] = ["bash", "tar", "ldd", "sha256sum"];

/// Checks the programs that a cluster on kind needs.
pub async fn check_kind_tools() -> Vec<Check> {
    let (docker, kind) = (docker_version().await, kind_version().await);
    let mut checks = vec![check_docker(docker.as_deref()), check_kind(kind.as_deref())];
    checks.push(check_server_program());
    checks.extend(check_image_tools());
    checks
}

/// Checks that `ginflix-server` is installed.
pub fn check_server_program() -> Check {
    match server_binary::find() {
        Ok(path) => Check::passed(Category::Tools, "ginflix-server", path.display().to_string()),
        Err(failure) => Check::failed(
            Category::Tools,
            "ginflix-server",
            failure.message,
            failure.hint.unwrap_or_default(),
        ),
    }
}

/// Checks that no other program listens on the port of the cluster.
pub fn check_port(global: &Global, number: Option<u16>) -> Check {
    let number = number.unwrap_or(DEFAULT_PORT);
    let listen = IpAddr::V4(Ipv4Addr::LOCALHOST);
    match port::ensure_free(listen, number, &global.cluster) {
        Ok(()) => Check::passed(Category::Ports, format!("port {number}"), "is free"),
        Err(failure) => Check::failed(
            Category::Ports,
            format!("port {number}"),
            failure.message,
            failure.hint.unwrap_or_default(),
        ),
    }
}

fn check_docker(version: Option<&str>) -> Check {
    match version {
        Some(version) => Check::passed(Category::Tools, "docker", version),
        None => Check::failed(
            Category::Tools,
            "docker",
            "does not respond",
            "start it and check that you may use it: docker info",
        ),
    }
}

fn check_kind(version: Option<&str>) -> Check {
    let Some(text) = version else {
        return Check::failed(
            Category::Tools,
            "kind",
            "is not on PATH",
            "install it: https://kind.sigs.k8s.io",
        );
    };
    match major_minor(text) {
        Some(found) if found < OLDEST_KIND => Check::warning(
            Category::Tools,
            "kind",
            format!("{text} is older than {}.{}", OLDEST_KIND.0, OLDEST_KIND.1),
            "install a newer version: https://kind.sigs.k8s.io",
        ),
        _ => Check::passed(Category::Tools, "kind", text),
    }
}

fn check_image_tools() -> Vec<Check> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<_> = std::env::split_paths(&path).collect();
    IMAGE_TOOLS
        .into_iter()
        .filter(|tool| !folders.iter().any(|folder| folder.join(tool).is_file()))
        .map(|tool| {
            Check::warning(
                Category::Tools,
                tool,
                "is not on PATH, and is needed to build the server's image",
                "install it, or use an image of your own: --image",
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::finding::CheckOutcome;
    use super::*;

    #[test]
    fn old_and_missing_programs_are_reported() {
        assert_eq!(check_kind(Some("kind v0.11.1 go1.16")).outcome, CheckOutcome::Warning);
        assert_eq!(check_kind(None).outcome, CheckOutcome::Failed);
        assert_eq!(check_docker(None).outcome, CheckOutcome::Failed);
    }
}
