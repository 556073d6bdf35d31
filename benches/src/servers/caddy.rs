//! Caddy as a gateway, by the Caddyfile of `k8s/base`.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::caddyfile::Caddyfile;
use super::{Server, free_port};

/// Starts it before a streamer that listens on this port, with these variables in its environment.
///
/// # Errors
/// Where this Caddy does not take the Caddyfile, and as [`Server::start`].
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
        // Where it keeps certificates and its last configuration.
        command.env("XDG_DATA_HOME", &folder).env("XDG_CONFIG_HOME", &folder);
        command
    };
    let output = caddy("validate").output().with_context(|| format!("cannot run {binary:?}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        // Before it stands the file's path, which is another one each time.
        let why = said.lines().last().and_then(|line| line.rsplit(" - ").next());
        bail!("{}", why.unwrap_or("caddy does not take the Caddyfile"));
    }
    let mut command = caddy("run");
    command.envs(environment.iter().copied());
    // It logs its start, and requests where a Caddyfile says so.
    command.stderr(fs::File::create(folder.join("log"))?);
    Server::start("Caddy", command, port)
}

/// The version of this Caddy, as it says.
///
/// # Errors
/// Where it does not run.
pub fn version(binary: &Path) -> Result<String> {
    let output = Command::new(binary).arg("version").output();
    let output = output.with_context(|| format!("cannot run {binary:?}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(text.split_whitespace().next().context("caddy says no version")?.to_owned())
}
