//! What this machine must have: programs, and a free port.

use std::net::{IpAddr, Ipv4Addr};

use super::super::finding::{Category, Check};
use super::version::major_minor;
use crate::cluster::kind::tools::version_of;
use crate::cluster::state::DEFAULT_PORT;
use crate::cluster::{port, server_binary};
use crate::global::Global;

/// The oldest kind that was tried.
const OLDEST_KIND: (u32, u32) = (0, 20);
/// What makes the server's image.
const IMAGE_TOOLS: [&str; 4] = ["bash", "tar", "ldd", "sha256sum"];

/// Checks what a cluster on kind needs: Docker, kind, and what makes the server's image.
pub async fn kind() -> Vec<Check> {
    let server = version_of("docker", &["version", "--format", "{{.Server.Version}}"]).await;
    let kind = version_of("kind", &["version"]).await;
    let mut checks = vec![docker(server.as_deref()), kind_program(kind.as_deref())];
    checks.push(server_program());
    checks.extend(image_tools());
    checks
}

/// Checks that there is a server to run.
pub fn server_program() -> Check {
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

/// Checks that nothing else listens on the port of the cluster.
pub fn free_port(global: &Global, wanted: Option<u16>) -> Check {
    let number = wanted.unwrap_or(DEFAULT_PORT);
    let listen = IpAddr::V4(Ipv4Addr::LOCALHOST);
    match port::check(listen, number, &global.cluster) {
        Ok(()) => Check::passed(Category::Ports, format!("port {number}"), "is free"),
        Err(failure) => Check::failed(
            Category::Ports,
            format!("port {number}"),
            failure.message,
            failure.hint.unwrap_or_default(),
        ),
    }
}

fn docker(version: Option<&str>) -> Check {
    match version {
        Some(version) => Check::passed(Category::Tools, "docker", version),
        None => Check::failed(
            Category::Tools,
            "docker",
            "does not answer",
            "start it, and see whether you may use it: docker info",
        ),
    }
}

fn kind_program(version: Option<&str>) -> Check {
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
            "install a newer one: https://kind.sigs.k8s.io",
        ),
        _ => Check::passed(Category::Tools, "kind", text),
    }
}

fn image_tools() -> Vec<Check> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<_> = std::env::split_paths(&path).collect();
    IMAGE_TOOLS
        .into_iter()
        .filter(|tool| !folders.iter().any(|folder| folder.join(tool).is_file()))
        .map(|tool| {
            Check::warning(
                Category::Tools,
                tool,
                "is not on PATH; it is needed where the server's image is to be made",
                "install it, or bring an image of your own: --image",
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::finding::Outcome;
    use super::*;

    #[test]
    fn programs_that_are_old_or_missing_are_told() {
        assert_eq!(kind_program(Some("kind v0.11.1 go1.16")).outcome, Outcome::Warning);
        assert_eq!(kind_program(None).outcome, Outcome::Failed);
        assert_eq!(docker(None).outcome, Outcome::Failed);
    }
}
