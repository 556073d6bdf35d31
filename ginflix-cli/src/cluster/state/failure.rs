//! Failures of the command that result from I/O errors.

use std::io;
use std::path::Path;

use crate::error::{ExitStatus, Failure};
use crate::format::size;

/// Returns the failure of a file operation, with a hint that says what the user can do about it.
/// `operation` is a verb, such as `write`.
pub fn io_failure(operation: &str, path: &Path, error: &io::Error) -> Failure {
    let message = format!("cannot {operation} {}: {error}", path.display());
    let (status, hint) = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            return Failure::failed(message).hint(disk_full_hint(path));
        }
        io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::NotADirectory => {
            (ExitStatus::Failed, "choose a folder that can be written: GINFLIX_HOME=DIR")
        }
        io::ErrorKind::PermissionDenied => {
            (ExitStatus::NotAllowed, "choose a folder of your own: GINFLIX_HOME=DIR")
        }
        _ => return Failure::failed(message),
    };
    Failure::new(status, message).hint(hint)
}

/// Returns what to do about a full file system.
pub fn disk_full_hint(path: &Path) -> String {
    let free = free_bytes(path).map_or(String::new(), |free| format!(" ({} free)", size(free)));
    format!(
        "the file system of {} is nearly full{free}: free some space and repeat the command, \
         or choose another folder: GINFLIX_HOME=DIR",
        path.display()
    )
}

/// Returns the free bytes of the file system where a path is or would be created; `None` if they
/// cannot be determined.
pub fn free_bytes(path: &Path) -> Option<u64> {
    let existing = path.ancestors().find(|path| path.exists())?;
    let stat = rustix::fs::statvfs(existing).ok()?;
    Some(stat.f_bavail.saturating_mul(stat.f_frsize))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_reported_with_a_hint() {
        let failure = io_failure("write", Path::new("/x/y"), &io::ErrorKind::StorageFull.into());
        let hint = failure.hint.unwrap();
        assert!(hint.contains("GINFLIX_HOME") && hint.contains("B free)"), "{hint}");
    }
}
