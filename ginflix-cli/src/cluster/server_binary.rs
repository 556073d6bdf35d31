//! Where the server's program is.

use std::path::PathBuf;

use crate::error::{ExitStatus, Failure, Result};

/// The server beside this program, else the one on the search path.
///
/// # Errors
/// Not found.
pub fn find() -> Result<PathBuf> {
    const NAME: &str = "ginflix-server";
    let beside = std::env::current_exe().ok().and_then(|exe| Some(exe.parent()?.join(NAME)));
    let path = std::env::var_os("PATH").unwrap_or_default();
    beside
        .into_iter()
        .chain(
            std::env::split_paths(&path).filter(|dir| dir.is_absolute()).map(|dir| dir.join(NAME)),
        )
        .find(|candidate| candidate.is_file())
        .ok_or_else(|| {
            Failure::new(
                ExitStatus::NotFound,
                "ginflix-server is neither beside ginflix nor on PATH",
            )
            .hint("build it (cargo build --release) or put it on PATH")
        })
}
