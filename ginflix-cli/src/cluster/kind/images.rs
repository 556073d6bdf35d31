//! Images on the nodes of a kind cluster. Images that Docker has are loaded from there, and the
//! server's image is built if Docker has none, so that no registry is needed.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;

use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use super::tools;
use crate::cluster::kubernetes::is_server;
use crate::cluster::progress::{Progress, ProgressEvent};
use crate::cluster::server_binary;
use crate::error::{Failure, Result};

/// The script that builds an image from a program, without a base image from a registry.
const BUILD_SCRIPT: &str = include_str!("../../../../scripts/image");

/// Loads images from Docker onto the nodes, unless they are there already. `loaded` maps each
/// image that was loaded before to its Docker id.
///
/// # Errors
/// An image cannot be built, or cannot be loaded onto the nodes.
pub async fn load(
    cluster: &str,
    images: &[String],
    loaded: &mut BTreeMap<String, String>,
    progress: &dyn Progress,
) -> Result<()> {
    let present = images_on_all_nodes(cluster).await?;
    for image in images {
        let is_present = present.contains(&full_name(image));
        let mut id = tools::image_id(image).await?;
        if id.is_none() && !is_present && is_server(image) && is_of_this_version(image) {
            build(image, progress).await?;
            id = tools::image_id(image).await?;
        }
        let Some(id) = id else {
            if !is_present {
                progress.report(ProgressEvent::Detail(&format!(
                    "Docker has no {image}: the nodes will pull it"
                )));
            }
            continue;
        };
        if is_present && loaded.get(image) == Some(&id) {
            continue;
        }
        let step = progress.start(&format!("Loading {image} onto the nodes"));
        tools::load(cluster, image).await?;
        loaded.insert(image.clone(), id);
        step.done(&format!("Loaded {image} onto the nodes"));
    }
    Ok(())
}

async fn images_on_all_nodes(cluster: &str) -> Result<Vec<String>> {
    let mut common: Option<Vec<String>> = None;
    for node in tools::nodes(cluster).await?.into_iter().filter(|node| node.is_running) {
        let images = tools::images_of(&node.name).await?;
        common = Some(match common {
            None => images,
            Some(common) => common.into_iter().filter(|image| images.contains(image)).collect(),
        });
    }
    Ok(common.unwrap_or_default())
}

/// Returns whether an image has the version of this program as its tag. Only that image can be
/// built from the installed `ginflix-server`.
fn is_of_this_version(image: &str) -> bool {
    image.rsplit_once(':').is_some_and(|(_, tag)| tag == env!("CARGO_PKG_VERSION"))
}

async fn build(image: &str, progress: &dyn Progress) -> Result<()> {
    let binary = server_binary::find()?;
    let step = progress.start(&format!("Building {image} from {}", binary.display()));
    let output = run_build_script(image, &binary).await?;
    let size = output.lines().find_map(|line| line.strip_prefix("image: ")).unwrap_or_default();
    let size = size.split(';').next().unwrap_or_default();
    step.done(&format!("Built {image} ({size})"));
    Ok(())
}

async fn run_build_script(image: &str, binary: &Path) -> Result<String> {
    let failed = |e: std::io::Error| Failure::failed(format!("cannot build {image}: {e}"));
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
        stdin.write_all(BUILD_SCRIPT.as_bytes()).await.map_err(failed)?;
    }
    let output = child.wait_with_output().await.map_err(failed)?;
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() {
        return Ok(text);
    }
    Err(Failure::failed(format!("cannot build {image}:{}", tools::last_lines(&text)))
        .hint("build or pull it yourself, or name another image with --image"))
}

/// Returns the full name of an image, with registry and folder, as containerd stores it.
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
    fn names_are_completed_as_docker_completes_them() {
        assert_eq!(full_name("postgres:17.6"), "docker.io/library/postgres:17.6");
        assert_eq!(full_name("ginflix/server:0.1.0"), "docker.io/ginflix/server:0.1.0");
        assert_eq!(full_name("localhost/a:1"), "localhost/a:1");
        assert_eq!(full_name("registry.example:5000/a/b:1"), "registry.example:5000/a/b:1");
    }

    #[test]
    fn only_the_image_of_this_version_is_built() {
        let version = env!("CARGO_PKG_VERSION");
        assert!(is_of_this_version(&format!("ginflix/server:{version}")));
        assert!(!is_of_this_version("ginflix/server:99.0.0"));
        assert!(!is_of_this_version("ginflix/server"));
    }
}
