//! This program in other roles: the floor, and what warp offers for files.

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use super::{Server, free_port};
use crate::files::{Files, LARGE_NAME};

/// Starts the bare sendfile(2) loop.
///
/// # Errors
/// As [`Server::start`].
pub fn start_floor(files: &Files) -> Result<Server> {
    start("sendfile", "floor", &files.media().join(LARGE_NAME))
}

/// Starts `warp::fs`.
///
/// # Errors
/// As [`Server::start`].
pub fn start_warp(files: &Files) -> Result<Server> {
    start("warp::fs", "warp-fs", &files.media())
}

fn start(name: &str, role: &str, path: &Path) -> Result<Server> {
    let port = free_port()?;
    let mut command = Command::new(std::env::current_exe()?);
    command.arg(role).arg(port.to_string()).arg(path);
    Server::start(name, command, port)
}

/// `warp::fs`, as its documentation has it.
///
/// # Errors
/// Where there is no runtime.
pub fn serve_by_warp(port: u16, folder: PathBuf) -> Result<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    let route = warp::Filter::and(warp::path("stream"), warp::fs::dir(folder));
    runtime.block_on(warp::serve(route).run((Ipv4Addr::LOCALHOST, port)));
    Ok(())
}
