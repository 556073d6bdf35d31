//! Images on a kind cluster's nodes: what Docker has is brought there, and the
//! server's own is made where there is none, so that no registry is needed.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;

use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use super::tools;
use crate::cluster::kubernetes::is_server;
use crate::cluster::progress::{Event, Progress};
use crate::cluster::server_binary;
use crate::error::{Failure, Result};

/// How an image is made of a program, with no registry to pull from.
const SCRIPT: &str = include_str!("../../../../scripts/image");

/// Brings images onto the nodes. `loaded` says which of Docker's they have.
///
/// # Errors
/// Where one cannot be made, or the nodes do not take it.
pub async fn bring(
    cluster: &str,
    images: &[String],
    loaded: &mut BTreeMap<String, String>,
    progress: &dyn Progress,
) -> Result<()> {
    let mut on_all: Option<Vec<String>> = None;
    for node in tools::nodes(cluster).await?.into_iter().filter(|node| node.is_running) {
        let has = tools::images_of(&node.name).await?;
        on_all = Some(match on_all {
            None => has,
            Some(all) => all.into_iter().filter(|image| has.contains(image)).collect(),
        });
    }
    let on_all = on_all.unwrap_or_default();
    for image in images {
        let on_nodes = on_all.contains(&full_name(image));
        let mut id = tools::image_id(image).await?;
        if id.is_none() && !on_nodes && is_server(image) && is_of_this_version(image) {
            make(image, progress).await?;
            id = tools::image_id(image).await?;
        }
        let Some(id) = id else {
            if !on_nodes {
                progress.report(Event::Detail(&format!(
                    "Docker has no {image}: the nodes will pull it"
                )));
            }
            continue;
        };
        if on_nodes && loaded.get(image) == Some(&id) {
            continue;
        }
        let step = progress.start(&format!("Bringing {image} onto the nodes"));
        tools::load(cluster, image).await?;
        loaded.insert(image.clone(), id);
        step.done(&format!("The nodes have {image}"));
    }
    Ok(())
}

/// Another version's image is not to be made of this version's program.
fn is_of_this_version(image: &str) -> bool {
    image.rsplit_once(':').is_some_and(|(_, tag)| tag == env!("CARGO_PKG_VERSION"))
}

async fn make(image: &str, progress: &dyn Progress) -> Result<()> {
    let binary = server_binary::find()?;
    let step = progress.start(&format!("Making {image} of {}", binary.display()));
    let said = run_script(image, &binary).await?;
    let size = said.lines().find_map(|line| line.strip_prefix("image: ")).unwrap_or_default();
    let size = size.split(';').next().unwrap_or_default();
    step.done(&format!("Made {image} ({size})"));
    Ok(())
}

async fn run_script(image: &str, binary: &Path) -> Result<String> {
    let failed = |e: std::io::Error| Failure::failed(format!("cannot make {image}: {e}"));
    let mut child = Command::new("bash")
        .args(["-s", "--", "--tag", image, "--binary"])
        .arg(binary)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(failed)?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(SCRIPT.as_bytes()).await.map_err(failed)?;
    }
    let output = child.wait_with_output().await.map_err(failed)?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() {
        return Ok(said);
    }
    Err(Failure::failed(format!("cannot make {image}:{}", tools::end_of(&said)))
        .hint("make or pull it yourself, or name another with --image"))
}

/// As the nodes name it: with registry and folder.
fn full_name(image: &str) -> String {
    let (first, rest) = image.split_once('/').unwrap_or(("", image));
    let has_registry = first.contains(['.', ':']) || first == "localhost";
    match (has_registry, first) {
        (true, _) => image.to_owned(),
        (false, "") => format!("docker.io/library/{rest}"),
        (false, _) => format!("docker.io/{image}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_completed_as_docker_does() {
        assert_eq!(full_name("postgres:17.6"), "docker.io/library/postgres:17.6");
        assert_eq!(full_name("ginflix/server:0.1.0"), "docker.io/ginflix/server:0.1.0");
        assert_eq!(full_name("localhost/a:1"), "localhost/a:1");
        assert_eq!(full_name("registry.example:5000/a/b:1"), "registry.example:5000/a/b:1");
    }

    #[test]
    fn only_this_versions_image_is_made_here() {
        let this = env!("CARGO_PKG_VERSION");
        assert!(is_of_this_version(&format!("ginflix/server:{this}")));
        assert!(!is_of_this_version("ginflix/server:99.0.0"));
        assert!(!is_of_this_version("ginflix/server"));
    }
}
