//! This project's server.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use super::{Server, free_port};

/// Starts the server on a data directory, with more flags.
///
/// # Errors
/// The same as those of [`Server::start`].
pub fn start(binary: &Path, name: &str, data_dir: &Path, flags: &[&str]) -> Result<Server> {
    let port = free_port()?;
    let mut command = Command::new(binary);
    // No access log, because nginx has none here either.
    command.args(["--log", "error", "--drain-seconds", "0", "--max-connections", "15000"]);
    command.arg("--data-dir").arg(data_dir);
    command.args(["--listen", &format!("127.0.0.1:{port}")]).args(flags);
    Server::start(name, command, port)
}
