//! The lock that keeps two servers from using the same data directory.

use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::fs::{FlockOperation, flock};

use crate::file_modes::{self, PRIVATE_FILE_MODE};

/// An exclusive lock on a data directory, by flock(2). The kernel releases it when it is dropped or
/// the process ends.
#[derive(Debug)]
pub struct VolumeLock {
    _file: File,
}

/// The data directory cannot be locked or created.
#[derive(Debug, thiserror::Error)]
pub enum VolumeLockError {
    /// Another process holds the lock.
    #[error("another ginflix-server{0} is using it; stop that one, or choose another directory")]
    Held(String),
    /// The lock file or a subdirectory cannot be created or used.
    #[error("cannot create or lock files in it: {0}")]
    Io(#[from] io::Error),
}

impl VolumeLock {
    /// Locks a data directory and writes the process id to the lock file.
    ///
    /// # Errors
    /// Fails if another process holds the lock, or if the lock file cannot be written.
    pub fn acquire(data_dir: &Path) -> Result<Self, VolumeLockError> {
        let path = data_dir.join("lock");
        file_modes::make_private([path.clone()]);
        let mut options = File::options();
        options.read(true).write(true).create(true).truncate(false).mode(PRIVATE_FILE_MODE);
        let mut file = options.open(path)?;
        // The lock belongs to the open file, which is therefore kept open and never replaced.
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => {
                return Err(VolumeLockError::Held(holder(&mut file)));
            }
            Err(other) => return Err(VolumeLockError::Io(other.into())),
        }
        file.set_len(0)?;
        file.rewind()?;
        writeln!(file, "{}", std::process::id())?;
        Ok(Self { _file: file })
    }
}

/// Returns ` (pid N)`, or an empty string if the holder has not written its process id yet.
fn holder(file: &mut File) -> String {
    let mut pid = String::new();
    match file.take(20).read_to_string(&mut pid) {
        Ok(_) if !pid.trim().is_empty() => format!(" (pid {})", pid.trim()),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_lock_fails_with_the_holders_pid_until_the_first_is_dropped() {
        let dir = tempfile::tempdir().unwrap();
        let lock = VolumeLock::acquire(dir.path()).unwrap();
        let refused = VolumeLock::acquire(dir.path()).unwrap_err().to_string();
        assert!(refused.contains(&format!("pid {}", std::process::id())), "{refused}");
        drop(lock);
        VolumeLock::acquire(dir.path()).unwrap();
    }
}
