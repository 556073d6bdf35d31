//! Runs the programs `docker` and `kind` and parses their output.

use std::path::Path;
use std::process::{Output, Stdio};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::Command;

use crate::cluster::progress::ProgressStep;
use crate::error::{ExitStatus, Failure, Result};

/// How long a program may take to print its version; Docker asks its daemon for it.
const VERSION_TIMEOUT: Duration = Duration::from_secs(30);
/// Number of lines of a program's output that are shown when it fails.
const SHOWN_LINES: usize = 6;

/// A container that is a node of a kind cluster.
pub struct NodeContainer {
    pub name: String,
    pub is_running: bool,
}

/// Returns whether Docker runs and this user may use it.
pub async fn is_docker_running() -> bool {
    docker_version().await.is_some()
}

/// Returns the version of Docker's daemon; `None` if it does not respond.
pub async fn docker_version() -> Option<String> {
    version_of("docker", &["version", "--format", "{{.Server.Version}}"]).await
}

/// Returns whether kind is installed.
pub async fn is_kind_installed() -> bool {
    kind_version().await.is_some()
}

/// Returns what `kind version` prints; `None` if kind is not installed.
pub async fn kind_version() -> Option<String> {
    version_of("kind", &["version"]).await
}

async fn version_of(program: &str, args: &[&str]) -> Option<String> {
    let output = Command::new(program).args(args).stdin(Stdio::null()).kill_on_drop(true).output();
    let output = tokio::time::timeout(VERSION_TIMEOUT, output).await.ok()?.ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Checks that both programs can be used.
///
/// # Errors
/// kind is not installed or Docker does not respond; with a hint.
pub async fn ensure_installed() -> Result<()> {
    if !is_kind_installed().await {
        return Err(Failure::new(ExitStatus::NotFound, "the program `kind` is not on PATH").hint(
            "install it (https://kind.sigs.k8s.io), or run without Kubernetes: --provider local",
        ));
    }
    if !is_docker_running().await {
        return Err(Failure::failed("Docker does not respond").hint(
            "start it and check that you may use it: docker info; or run without it: --provider local",
        ));
    }
    Ok(())
}

/// Lists the names of all kind clusters.
///
/// # Errors
/// `kind` fails.
pub async fn clusters() -> Result<Vec<String>> {
    let text = run("kind", &["get", "clusters"]).await?;
    Ok(text.lines().map(|line| line.trim().to_owned()).collect())
}

/// Creates a kind cluster and updates `step` with kind's own steps.
///
/// # Errors
/// `kind` fails; with the end of its output.
pub async fn create(
    name: &str,
    config: &str,
    image: Option<&str>,
    kubeconfig: &Path,
    step: &dyn ProgressStep,
) -> Result<()> {
    let mut failed_output = try_create(name, config, image, kubeconfig, step).await?;
    // kind waits for half a minute until a node has started, which is not enough on a busy machine.
    if failed_output.as_ref().is_some_and(|output| output.contains("could not find a log line")) {
        step.update("Creating a kind cluster: the nodes were slow to start; trying once more");
        failed_output = try_create(name, config, image, kubeconfig, step).await?;
    }
    match failed_output {
        None => Ok(()),
        Some(output) => {
            let output = last_lines(&output);
            Err(Failure::failed(format!("kind could not create the cluster:{output}"))
                .hint("repeat the command: it removes what kind left and starts again"))
        }
    }
}

/// Runs `kind create cluster` once; returns its output if it fails.
async fn try_create(
    name: &str,
    config: &str,
    image: Option<&str>,
    kubeconfig: &Path,
    step: &dyn ProgressStep,
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
        .map_err(|e| start_failure("kind", &e))?;
    if let Some(mut stdin) = child.stdin.take() {
        let written = stdin.write_all(config.as_bytes()).await;
        written
            .map_err(|e| Failure::failed(format!("kind does not read its configuration: {e}")))?;
    }
    let mut output = Vec::new();
    if let Some(stderr) = child.stderr.take() {
        let mut lines = BufReader::new(stderr).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            // A bullet marks a step; the other lines are advice for a user of kind.
            if line.contains('\u{2022}') {
                step.update(&format!("Creating a kind cluster: {}", plain_text(&line)));
            }
            output.push(line);
        }
    }
    let status =
        child.wait().await.map_err(|e| Failure::failed(format!("cannot wait for kind: {e}")))?;
    Ok((!status.success()).then(|| output.join("\n")))
}

/// Returns a line of kind's output without colours, bullets and emoji.
fn plain_text(line: &str) -> String {
    let plain = console::strip_ansi_codes(line);
    let kept: String = plain.chars().filter(|c| c.is_ascii()).collect();
    kept.trim().trim_end_matches('.').trim().to_owned()
}

/// Deletes a kind cluster.
///
/// # Errors
/// `kind` fails.
pub async fn delete(name: &str, kubeconfig: &Path) -> Result<()> {
    let kubeconfig = kubeconfig.to_string_lossy();
    run("kind", &["delete", "cluster", "--name", name, "--kubeconfig", &kubeconfig]).await.map(drop)
}

/// Lists the containers that are the nodes of a kind cluster.
///
/// # Errors
/// `docker` fails.
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
/// `docker` fails.
pub async fn start(containers: &[String]) -> Result<()> {
    let mut args = vec!["start"];
    args.extend(containers.iter().map(String::as_str));
    run("docker", &args).await.map(drop)
}

/// Returns Docker's id of an image; `None` if Docker has no image of that name.
///
/// # Errors
/// `docker` cannot be started.
pub async fn image_id(image: &str) -> Result<Option<String>> {
    let output = output("docker", &["image", "inspect", "--format", "{{.Id}}", image]).await?;
    Ok(output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned()))
}

/// Lists the full names of the images on a node.
///
/// # Errors
/// `docker` fails.
pub async fn images_of(node: &str) -> Result<Vec<String>> {
    let text = run("docker", &["exec", node, "ctr", "--namespace", "k8s.io", "images", "ls", "-q"])
        .await?;
    Ok(text.lines().map(str::to_owned).collect())
}

/// Loads an image from Docker onto all nodes.
///
/// # Errors
/// Neither `kind load` nor a direct import works; with the errors of both.
pub async fn load(cluster: &str, image: &str) -> Result<()> {
    let Err(failure) = run("kind", &["load", "docker-image", image, "--name", cluster]).await
    else {
        return Ok(());
    };
    // With Docker's containerd image store, an archive lists platforms whose content it lacks,
    // and kind requires the content of all platforms (kind issue 3795).
    for node in nodes(cluster).await?.into_iter().filter(|node| node.is_running) {
        import(&node.name, image).await.map_err(|second| second.context(&failure.message))?;
    }
    Ok(())
}

/// Runs `docker save IMAGE | docker exec -i NODE ctr images import -`.
async fn import(node: &str, image: &str) -> Result<()> {
    let mut save = Command::new("docker")
        .args(["save", image])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(|e| start_failure("docker", &e))?;
    let archive: Stdio = save
        .stdout
        .take()
        .and_then(|stdout| stdout.try_into().ok())
        .ok_or_else(|| Failure::failed("docker save has no output"))?;
    let imported = Command::new("docker")
        .args(["exec", "-i", node, "ctr", "--namespace", "k8s.io", "images", "import"])
        .args(["--digests", "--snapshotter", "overlayfs", "-"])
        .stdin(archive)
        .output()
        .await
        .map_err(|e| start_failure("docker", &e))?;
    let saved = save.wait().await.map_err(|e| start_failure("docker", &e))?;
    if imported.status.success() && saved.success() {
        return Ok(());
    }
    let output = String::from_utf8_lossy(&imported.stderr).into_owned();
    Err(Failure::failed(format!("cannot load {image} onto {node}:{}", last_lines(&output))))
}

/// Runs a program to its end and returns its standard output.
///
/// # Errors
/// The program cannot be started, or fails; with the end of its standard error.
async fn run(program: &str, args: &[&str]) -> Result<String> {
    let output = output(program, args).await?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    let subcommand = args.first().copied().unwrap_or_default();
    Err(Failure::failed(format!("`{program} {subcommand}` failed:{}", last_lines(&errors))))
}

async fn output(program: &str, args: &[&str]) -> Result<Output> {
    Command::new(program)
        .args(args)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .map_err(|e| start_failure(program, &e))
}

fn start_failure(program: &str, error: &std::io::Error) -> Failure {
    Failure::failed(format!("cannot start {program}: {error}"))
        .hint(format!("check that it is installed: {program} version"))
}

/// Returns the last lines of a program's output, each indented after a line break.
pub fn last_lines(output: &str) -> String {
    let lines: Vec<&str> = output.lines().filter(|line| !line.trim().is_empty()).collect();
    let from = lines.len().saturating_sub(SHOWN_LINES);
    lines[from..].iter().map(|line| format!("\n  {}", line.trim_end())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_output_of_kind_loses_its_ornaments() {
        assert_eq!(
            plain_text(" \u{2022} Preparing nodes \u{1f4e6} \u{1f4e6}  ..."),
            "Preparing nodes"
        );
        assert_eq!(
            plain_text("\u{1b}[32m \u{2713}\u{1b}[0m Starting control-plane"),
            "Starting control-plane"
        );
        assert_eq!(plain_text(""), "");
    }

    #[test]
    fn only_the_last_lines_are_shown() {
        let output: String = (0..20).map(|n| format!("line {n}\n\n")).collect();
        let end = last_lines(&output);
        assert_eq!(end.lines().count(), SHOWN_LINES + 1);
        assert!(end.ends_with("\n  line 19"));
    }
}
