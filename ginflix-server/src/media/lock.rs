//! One server a volume: two on the same directory would undo each other's work.

use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::path::Path;

use rustix::fs::{FlockOperation, flock};

/// Holds the volume until dropped, or until the process ends however it may.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// Why the volume is not to be had.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process holds it.
    #[error("another ginflix-server{0} is using it; stop that one, or choose another directory")]
    Held(String),
    /// The lock file cannot be used.
    #[error("cannot lock it: {0}")]
    Io(#[from] io::Error),
}

impl Lock {
    /// Takes the lock of a data directory, or says who has it.
    ///
    /// # Errors
    /// Where another process holds it or the file cannot be written.
    pub fn take(data_dir: &Path) -> Result<Self, LockError> {
        let path = data_dir.join("lock");
        let mut file =
            File::options().read(true).write(true).create(true).truncate(false).open(path)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => return Err(LockError::Held(holder(&mut file))),
            Err(other) => return Err(LockError::Io(other.into())),
        }
        file.set_len(0)?;
        file.rewind()?;
        writeln!(file, "{}", std::process::id())?;
        Ok(Self { _file: file })
    }
}

/// ` (pid N)`, or nothing where the holder has not written it yet.
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
    fn a_second_lock_names_the_holder_and_the_end_frees_it() {
        let dir = tempfile::tempdir().unwrap();
        let lock = Lock::take(dir.path()).unwrap();
        let refused = Lock::take(dir.path()).unwrap_err().to_string();
        assert!(refused.contains(&format!("pid {}", std::process::id())), "{refused}");
        drop(lock);
        Lock::take(dir.path()).unwrap();
    }
}
