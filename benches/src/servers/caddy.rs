//! Caddy as a gateway, with the Caddyfile of `k8s/base`.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::caddyfile::Caddyfile;
use super::{Server, free_port};

/// Starts Caddy in front of a streamer on this port, with these environment variables.
///
/// # Errors
/// If this version of Caddy rejects the Caddyfile, and the same as those of [`Server::start`].
pub fn start(
    binary: &Path,
    folder: &Path,
    caddyfile: &Caddyfile,
    streamer: u16,
    environment: &[(&str, &str)],
) -> Result<Server> {
    let port = free_port()?;
    let folder = folder.join(format!("caddy-{port}"));
    fs::create_dir_all(&folder)?;
    let file = folder.join("Caddyfile");
    caddyfile.write(&file, port, free_port()?, streamer)?;
    let caddy = |verb: &str| {
        let mut command = Command::new(binary);
        command.arg(verb).arg("--config").arg(&file).args(["--adapter", "caddyfile"]);
        // Caddy writes certificates and its last configuration to these folders.
        command.env("XDG_DATA_HOME", &folder).env("XDG_CONFIG_HOME", &folder);
        command
    };
    let output = caddy("validate").output().with_context(|| format!("cannot run {binary:?}"))?;
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr);
        // The message comes after the path of the file, which is different each time.
        let message = stderr.lines().last().and_then(|line| line.rsplit(" - ").next());
        bail!("{}", message.unwrap_or("caddy rejects the Caddyfile"));
    }
    let mut command = caddy("run");
    command.envs(environment.iter().copied());
    // Caddy logs its start, and requests if the Caddyfile has the directive `log`.
    command.stderr(fs::File::create(folder.join("log"))?);
    Server::start("Caddy", command, port)
}

/// Returns the version that Caddy prints.
///
/// # Errors
/// If Caddy cannot be run or prints no version.
pub fn version(binary: &Path) -> Result<String> {
    let output = Command::new(binary).arg("version").output();
    let output = output.with_context(|| format!("cannot run {binary:?}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(text.split_whitespace().next().context("caddy prints no version")?.to_owned())
}
