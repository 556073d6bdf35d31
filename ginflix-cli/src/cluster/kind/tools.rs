//! The programs `docker` and `kind`, and what they say.

use std::path::Path;
use std::process::{Output, Stdio};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::Command;

use crate::cluster::progress::Step;
use crate::error::{ExitStatus, Failure, Result};

/// How long Docker may take to say that it is there.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);
/// Lines of a program's output that are shown when it fails.
const LINES: usize = 6;

/// A container that is a node.
pub struct NodeContainer {
    pub name: String,
    pub is_running: bool,
}

/// Whether Docker runs, and may be used.
pub async fn docker_answers() -> bool {
    let asked = Command::new("docker")
        .args(["version", "--format", "{{.Server.Version}}"])
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    matches!(tokio::time::timeout(ANSWER_TIMEOUT, asked).await, Ok(Ok(output)) if output.status.success())
}

/// Whether kind is installed.
pub async fn kind_is_there() -> bool {
    version_of("kind", &["version"]).await.is_some()
}

/// What a program says of its version; `None` if it is not there.
pub async fn version_of(program: &str, args: &[&str]) -> Option<String> {
    let asked = Command::new(program).args(args).stdin(Stdio::null()).kill_on_drop(true).output();
    let output = tokio::time::timeout(ANSWER_TIMEOUT, asked).await.ok()?.ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Both programs are there.
///
/// # Errors
/// Not found, with where to get it.
pub async fn require() -> Result<()> {
    if !kind_is_there().await {
        return Err(Failure::new(ExitStatus::NotFound, "the program `kind` is not on PATH").hint(
            "install it (https://kind.sigs.k8s.io), or run without Kubernetes: --provider local",
        ));
    }
    if !docker_answers().await {
        return Err(Failure::failed("Docker does not answer").hint(
            "start it, and see whether you may use it: docker info; or run without: --provider local",
        ));
    }
    Ok(())
}

/// Names of all kind clusters.
///
/// # Errors
/// Where kind fails.
pub async fn clusters() -> Result<Vec<String>> {
    let text = run("kind", &["get", "clusters"]).await?;
    Ok(text.lines().map(|line| line.trim().to_owned()).collect())
}

/// Makes a kind cluster, and says how far it is.
///
/// # Errors
/// Where kind fails, with the end of what it said.
pub async fn create(
    name: &str,
    config: &str,
    image: Option<&str>,
    kubeconfig: &Path,
    step: &dyn Step,
) -> Result<()> {
    let mut said = attempt(name, config, image, kubeconfig, step).await?;
    // It gives nodes half a minute to start, which a busy machine may not keep.
    if said.as_ref().is_some_and(|said| said.contains("could not find a log line")) {
        step.update("Making a kind cluster: the nodes were slow to start; once more");
        said = attempt(name, config, image, kubeconfig, step).await?;
    }
    match said {
        None => Ok(()),
        Some(said) => {
            Err(Failure::failed(format!("kind could not make the cluster:{}", end_of(&said)))
                .hint("repeat the command; it starts anew"))
        }
    }
}

/// Makes a kind cluster, or returns what kind said where it could not.
async fn attempt(
    name: &str,
    config: &str,
    image: Option<&str>,
    kubeconfig: &Path,
    step: &dyn Step,
) -> Result<Option<String>> {
    let mut command = Command::new("kind");
    command.args(["create", "cluster", "--name", name, "--config", "-", "--wait", "0s"]);
    command.arg("--kubeconfig").arg(kubeconfig);
    if let Some(image) = image {
        command.args(["--image", image]);
    }
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|e| no_start("kind", &e))?;
    if let Some(mut stdin) = child.stdin.take() {
        let written = stdin.write_all(config.as_bytes()).await;
        written.map_err(|e| Failure::failed(format!("kind takes no configuration: {e}")))?;
    }
    let mut said = Vec::new();
    if let Some(stderr) = child.stderr.take() {
        let mut lines = BufReader::new(stderr).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            // Its own steps; the rest is advice for whoever runs it by hand.
            if line.contains('\u{2022}') {
                step.update(&format!("Making a kind cluster: {}", in_words(&line)));
            }
            said.push(line);
        }
    }
    let status =
        child.wait().await.map_err(|e| Failure::failed(format!("cannot wait for kind: {e}")))?;
    Ok((!status.success()).then(|| said.join("\n")))
}

/// What kind says, without its ornaments.
fn in_words(line: &str) -> String {
    let plain = console::strip_ansi_codes(line);
    let kept: String = plain.chars().filter(|c| c.is_ascii()).collect();
    kept.trim().trim_end_matches('.').trim().to_owned()
}

/// Deletes a kind cluster.
///
/// # Errors
/// Where kind fails.
pub async fn delete(name: &str, kubeconfig: &Path) -> Result<()> {
    let kubeconfig = kubeconfig.to_string_lossy();
    run("kind", &["delete", "cluster", "--name", name, "--kubeconfig", &kubeconfig]).await.map(drop)
}

/// The containers that are a kind cluster's nodes.
///
/// # Errors
/// Where Docker fails.
pub async fn nodes(cluster: &str) -> Result<Vec<NodeContainer>> {
    let label = format!("label=io.x-k8s.kind.cluster={cluster}");
    let text =
        run("docker", &["ps", "-a", "--filter", &label, "--format", "{{.Names}} {{.State}}"])
            .await?;
    Ok(text
        .lines()
        .filter_map(|line| line.split_once(' '))
        .map(|(name, state)| NodeContainer {
            name: name.to_owned(),
            is_running: state == "running",
        })
        .collect())
}

/// Starts containers.
///
/// # Errors
/// Where Docker fails.
pub async fn start(containers: &[String]) -> Result<()> {
    let mut args = vec!["start"];
    args.extend(containers.iter().map(String::as_str));
    run("docker", &args).await.map(drop)
}

/// Docker's id of an image; `None` if it has none of that name.
///
/// # Errors
/// Where Docker cannot be started.
pub async fn image_id(image: &str) -> Result<Option<String>> {
    let output = output("docker", &["image", "inspect", "--format", "{{.Id}}", image]).await?;
    Ok(output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned()))
}

/// Full names of the images that a node has.
///
/// # Errors
/// Where Docker fails.
pub async fn images_of(node: &str) -> Result<Vec<String>> {
    let text = run("docker", &["exec", node, "ctr", "--namespace", "k8s.io", "images", "ls", "-q"])
        .await?;
    Ok(text.lines().map(str::to_owned).collect())
}

/// Brings an image of Docker's onto all nodes.
///
/// # Errors
/// Where neither way works, with what both said.
pub async fn load(cluster: &str, image: &str) -> Result<()> {
    let Err(failure) = run("kind", &["load", "docker-image", image, "--name", cluster]).await
    else {
        return Ok(());
    };
    // Where Docker keeps images as containerd does, an archive names platforms
    // whose content it lacks, and kind insists on all of them (kind #3795).
    for node in nodes(cluster).await?.into_iter().filter(|node| node.is_running) {
        import(&node.name, image).await.map_err(|second| second.context(&failure.message))?;
    }
    Ok(())
}

/// `docker save IMAGE | docker exec -i NODE ctr images import -`.
async fn import(node: &str, image: &str) -> Result<()> {
    let mut save = Command::new("docker")
        .args(["save", image])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(|e| no_start("docker", &e))?;
    let archive: Stdio = save
        .stdout
        .take()
        .and_then(|stdout| stdout.try_into().ok())
        .ok_or_else(|| Failure::failed("docker save has no output"))?;
    let taken = Command::new("docker")
        .args(["exec", "-i", node, "ctr", "--namespace", "k8s.io", "images", "import"])
        .args(["--digests", "--snapshotter", "overlayfs", "-"])
        .stdin(archive)
        .output()
        .await
        .map_err(|e| no_start("docker", &e))?;
    let saved = save.wait().await.map_err(|e| no_start("docker", &e))?;
    if taken.status.success() && saved.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&taken.stderr).into_owned();
    Err(Failure::failed(format!("{node} does not take {image}:{}", end_of(&said))))
}

/// Runs a program to its end.
///
/// # Errors
/// Where it cannot be started, or fails: with the end of what it said.
pub async fn run(program: &str, args: &[&str]) -> Result<String> {
    let output = output(program, args).await?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let what = args.first().copied().unwrap_or_default();
    Err(Failure::failed(format!("`{program} {what}` failed:{}", end_of(&said))))
}

async fn output(program: &str, args: &[&str]) -> Result<Output> {
    Command::new(program)
        .args(args)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .map_err(|e| no_start(program, &e))
}

fn no_start(program: &str, error: &std::io::Error) -> Failure {
    Failure::failed(format!("cannot start {program}: {error}"))
        .hint(format!("see whether it is installed: {program} version"))
}

/// The last lines of what a program said, each on a line of its own.
pub fn end_of(said: &str) -> String {
    let lines: Vec<&str> = said.lines().filter(|line| !line.trim().is_empty()).collect();
    let from = lines.len().saturating_sub(LINES);
    lines[from..].iter().map(|line| format!("\n  {}", line.trim_end())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_kind_says_is_plain() {
        assert_eq!(
            in_words(" \u{2022} Preparing nodes \u{1f4e6} \u{1f4e6}  ..."),
            "Preparing nodes"
        );
        assert_eq!(
            in_words("\u{1b}[32m \u{2713}\u{1b}[0m Starting control-plane"),
            "Starting control-plane"
        );
        assert_eq!(in_words(""), "");
    }

    #[test]
    fn only_the_end_is_shown() {
        let said: String = (0..20).map(|n| format!("line {n}\n\n")).collect();
        let end = end_of(&said);
        assert_eq!(end.lines().count(), LINES + 1);
        assert!(end.ends_with("\n  line 19"));
    }
}
