//! This project's server.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use super::{Server, free_port};

/// Starts it over a data directory, with more flags.
///
/// # Errors
/// As [`Server::start`].
pub fn start(binary: &Path, name: &str, data_dir: &Path, flags: &[&str]) -> Result<Server> {
    let port = free_port()?;
    let mut command = Command::new(binary);
    // No log line for a request or a connection: nginx writes no access log here either.
    command.args(["--log", "error", "--drain-seconds", "0", "--max-connections", "15000"]);
    command.arg("--data-dir").arg(data_dir);
    command.args(["--listen", &format!("127.0.0.1:{port}")]).args(flags);
    Server::start(name, command, port)
}
