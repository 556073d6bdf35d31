//! Finds the server's program.

use std::path::PathBuf;

use crate::error::{ExitStatus, Failure, Result};

/// Returns the path of `ginflix-server`: beside this program, else on the search path.
///
/// # Errors
/// Fails with [`ExitStatus::NotFound`] if it is in neither place.
pub fn find() -> Result<PathBuf> {
    const NAME: &str = "ginflix-server";
    let beside = std::env::current_exe().ok().and_then(|exe| Some(exe.parent()?.join(NAME)));
    let path = std::env::var_os("PATH").unwrap_or_default();
    // A relative folder of the search path would depend on where the command was started.
    let folders = std::env::split_paths(&path).filter(|dir| dir.is_absolute());
    beside
        .into_iter()
        .chain(folders.map(|dir| dir.join(NAME)))
        .find(|candidate| candidate.is_file())
        .ok_or_else(|| {
            Failure::new(
                ExitStatus::NotFound,
                "ginflix-server is neither beside ginflix nor on PATH",
            )
            .hint("build it (cargo build --release) or put it on PATH")
        })
}
