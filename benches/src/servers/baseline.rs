//! Baselines that this program serves itself: a bare sendfile(2) loop, and `warp::fs`.

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use super::{Server, free_port};
use crate::files::{BenchFiles, LARGE_NAME};

/// Starts the bare sendfile(2) loop.
///
/// # Errors
/// The same as those of [`Server::start`].
pub fn start_sendfile(files: &BenchFiles) -> Result<Server> {
    start("sendfile", "sendfile", &files.media().join(LARGE_NAME))
}

/// Starts `warp::fs`.
///
/// # Errors
/// The same as those of [`Server::start`].
pub fn start_warp(files: &BenchFiles) -> Result<Server> {
    start("warp::fs", "warp-fs", &files.media())
}

/// Starts this program in another role.
fn start(name: &str, role: &str, path: &Path) -> Result<Server> {
    let port = free_port()?;
    let mut command = Command::new(std::env::current_exe()?);
    command.arg(role).arg(port.to_string()).arg(path);
    Server::start(name, command, port)
}

/// Serves a folder with `warp::fs`, as its documentation shows.
///
/// # Errors
/// If the runtime cannot be created.
pub fn serve_by_warp(port: u16, folder: PathBuf) -> Result<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    let route = warp::Filter::and(warp::path("stream"), warp::fs::dir(folder));
    runtime.block_on(warp::serve(route).run((Ipv4Addr::LOCALHOST, port)));
    Ok(())
}
