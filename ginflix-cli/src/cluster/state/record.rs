//! The state of a cluster while a command uses it. Each command loads the state once. A command
//! that changes the cluster holds its lock from before the load until it ends.

use std::fs::{self, File, TryLockError};
use std::io;
use std::ops::{Deref, DerefMut};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::{StateDir, StoredState, io_failure};
use crate::cluster::progress::{Progress, ProgressStep};
use crate::error::{ExitStatus, Failure, Result};

/// Interval between two attempts to take a lock that another command holds.
const LOCK_INTERVAL: Duration = Duration::from_millis(20);

/// A cluster that a command reads.
pub struct ClusterRecord {
    /// Its folder.
    pub dir: StateDir,
    /// Its state, as loaded from the folder and changed since.
    pub state: StoredState,
}

impl ClusterRecord {
    /// Returns the cluster's name.
    pub fn name(&self) -> &str {
        self.dir.name()
    }
}

/// A cluster that a command changes. No other command can lock it until this is dropped.
pub struct LockedRecord {
    record: ClusterRecord,
    is_new: bool,
    _lock: ClusterLock,
}

impl LockedRecord {
    /// Returns the record of a state that was loaded under this lock.
    pub fn new(dir: StateDir, lock: ClusterLock, state: StoredState) -> Self {
        Self { record: ClusterRecord { dir, state }, is_new: false, _lock: lock }
    }

    /// Returns the record of a cluster whose state was never saved.
    pub fn create(dir: StateDir, lock: ClusterLock, state: StoredState) -> Self {
        Self { is_new: true, ..Self::new(dir, lock, state) }
    }

    /// Returns whether the state was never saved.
    pub fn is_new(&self) -> bool {
        self.is_new
    }

    /// Saves the state, so that later commands find it even if this one is killed.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn save(&mut self) -> Result<()> {
        self.record.dir.save(&self.record.state)?;
        self.is_new = false;
        Ok(())
    }
}

impl Deref for LockedRecord {
    type Target = ClusterRecord;

    fn deref(&self) -> &ClusterRecord {
        &self.record
    }
}

impl DerefMut for LockedRecord {
    fn deref_mut(&mut self) -> &mut ClusterRecord {
        &mut self.record
    }
}

/// The exclusive right to change a cluster, released on drop.
#[derive(Debug)]
pub struct ClusterLock {
    file: File,
    dir: StateDir,
}

impl Drop for ClusterLock {
    /// Removes the lock file, and then the folder, if the command saved no state.
    fn drop(&mut self) {
        let path = lock_path(&self.dir);
        if !self.dir.file().exists() && is_same_file(&self.file, &path) {
            let _ = fs::remove_file(&path);
            // Fails if the folder has other files, which are kept.
            let _ = fs::remove_dir(&self.dir.path);
        }
    }
}

impl StateDir {
    /// Takes the lock of this cluster, and reports when it has to wait for another command.
    /// Creates the folder if there is none.
    ///
    /// # Errors
    /// The folder or the lock file cannot be created. Fails with [`ExitStatus::TimedOut`] if
    /// another command holds the lock for longer than `timeout`.
    pub async fn lock(&self, timeout: Duration, progress: &dyn Progress) -> Result<ClusterLock> {
        let deadline = Instant::now() + timeout;
        let mut waiting: Option<Box<dyn ProgressStep>> = None;
        loop {
            if let Some(lock) = self.try_lock()? {
                if let Some(step) = waiting {
                    step.done("The other command has ended");
                }
                return Ok(lock);
            }
            if Instant::now() >= deadline {
                return Err(Failure::new(
                    ExitStatus::TimedOut,
                    format!("another command is changing the cluster `{}`", self.name),
                )
                .hint("wait for it and repeat the command"));
            }
            waiting.get_or_insert_with(|| {
                progress.start(&format!("Waiting for another command that changes `{}`", self.name))
            });
            tokio::time::sleep(LOCK_INTERVAL).await;
        }
    }

    /// Takes the lock unless another command holds it.
    fn try_lock(&self) -> Result<Option<ClusterLock>> {
        let path = lock_path(self);
        loop {
            let file = match open_lock(&path) {
                // The command that held the lock may have deleted the folder.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    self.create()?;
                    continue;
                }
                other => other.map_err(|e| io_failure("open", &path, &e))?,
            };
            match file.try_lock() {
                Ok(()) if is_same_file(&file, &path) => {
                    return Ok(Some(ClusterLock { file, dir: self.clone() }));
                }
                // The file was deleted after it was opened: a lock on it excludes nobody.
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Ok(None),
                Err(TryLockError::Error(error)) => return Err(io_failure("lock", &path, &error)),
            }
        }
    }
}

fn open_lock(path: &Path) -> io::Result<File> {
    File::options().create(true).truncate(false).write(true).open(path)
}

fn lock_path(dir: &StateDir) -> PathBuf {
    dir.path.join("lock")
}

fn is_same_file(file: &File, path: &Path) -> bool {
    match (file.metadata(), fs::metadata(path)) {
        (Ok(a), Ok(b)) => (a.dev(), a.ino()) == (b.dev(), b.ino()),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
