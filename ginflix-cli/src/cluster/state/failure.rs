//! What failed operations on files mean to the user.

use std::io;
use std::path::Path;

use crate::error::{ExitStatus, Failure};
use crate::format::size;

/// What a failed file operation means, and what to do about it.
pub fn io_failure(doing: &str, path: &Path, error: &io::Error) -> Failure {
    let message = format!("cannot {doing} {}: {error}", path.display());
    let (status, hint) = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            return Failure::failed(message).hint(room_hint(path));
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

/// What to do where a file system is full.
pub fn room_hint(path: &Path) -> String {
    let free = free_bytes(path).map_or_else(|| "little".to_owned(), size);
    format!(
        "there is hardly any room where {} is ({free} free): make room and repeat the command, \
         or choose another folder: GINFLIX_HOME=DIR",
        path.display()
    )
}

/// Bytes that may still be written where a path is or would be; `None` where that cannot be told.
pub fn free_bytes(path: &Path) -> Option<u64> {
    let there = path.ancestors().find(|path| path.exists())?;
    let facts = rustix::fs::statvfs(there).ok()?;
    Some(facts.f_bavail.saturating_mul(facts.f_frsize))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_names_the_way_out() {
        let failure = io_failure("write", Path::new("/x/y"), &io::ErrorKind::StorageFull.into());
        let hint = failure.hint.unwrap();
        assert!(hint.contains("GINFLIX_HOME") && hint.contains("B free)"), "{hint}");
    }
}
