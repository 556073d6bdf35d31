//! A cluster as a command holds it: its folder, and the state that was loaded from there once.
//! A command that changes the cluster holds its lock from before it loads the state until it ends.

use std::fs::{self, File, TryLockError};
use std::io;
use std::ops::{Deref, DerefMut};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::{State, StateDir, io_failure};
use crate::cluster::progress::{Progress, Step};
use crate::error::{ExitStatus, Failure, Result};

/// How often a lock that another command holds is tried.
const LOCK_INTERVAL: Duration = Duration::from_millis(20);

/// A cluster that a command looks at.
pub struct ClusterRecord {
    /// Its folder.
    pub dir: StateDir,
    /// What was loaded from there, or is to be saved there.
    pub state: State,
}

impl ClusterRecord {
    /// The cluster's name.
    pub fn name(&self) -> &str {
        self.dir.name()
    }
}

/// A cluster that a command changes: no other command changes it until this is dropped.
pub struct LockedRecord {
    record: ClusterRecord,
    is_new: bool,
    _lock: Lock,
}

impl LockedRecord {
    /// The record of a state that was loaded under this lock.
    pub fn new(dir: StateDir, lock: Lock, state: State) -> Self {
        Self { record: ClusterRecord { dir, state }, is_new: false, _lock: lock }
    }

    /// The record of a cluster of which nothing was saved yet.
    pub fn create(dir: StateDir, lock: Lock, state: State) -> Self {
        Self { is_new: true, ..Self::new(dir, lock, state) }
    }

    /// Whether nothing of it was ever saved.
    pub fn is_new(&self) -> bool {
        self.is_new
    }

    /// Saves the state, so that other commands find it even if this one is killed.
    ///
    /// # Errors
    /// Where it cannot be written.
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

/// Keeps other commands from changing the same cluster, until dropped.
#[derive(Debug)]
pub struct Lock {
    file: File,
    dir: StateDir,
}

impl Drop for Lock {
    /// A command that saved nothing leaves no folder behind.
    fn drop(&mut self) {
        let path = lock_path(&self.dir);
        if !self.dir.file().exists() && is_same_file(&self.file, &path) {
            let _ = fs::remove_file(&path);
            // Refused where anything else is in it.
            let _ = fs::remove_dir(&self.dir.path);
        }
    }
}

impl StateDir {
    /// Waits for other commands that change this cluster, and reports that. Creates the folder
    /// where there is none.
    ///
    /// # Errors
    /// Timed out, where another command holds the lock for longer.
    pub async fn lock(&self, timeout: Duration, progress: &dyn Progress) -> Result<Lock> {
        let path = lock_path(self);
        let deadline = Instant::now() + timeout;
        let mut waiting: Option<Box<dyn Step>> = None;
        loop {
            let file = match open_lock(&path) {
                // The command that held it may have deleted the folder.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    self.create()?;
                    continue;
                }
                other => other.map_err(|e| io_failure("open", &path, &e))?,
            };
            match file.try_lock() {
                Ok(()) if is_same_file(&file, &path) => {
                    if let Some(step) = waiting {
                        step.done("The other command has ended");
                    }
                    return Ok(Lock { file, dir: self.clone() });
                }
                // It was deleted between opening and locking it.
                Ok(()) => continue,
                Err(TryLockError::WouldBlock) if Instant::now() < deadline => {
                    waiting.get_or_insert_with(|| {
                        progress.start(&format!(
                            "Waiting for another command that changes `{}`",
                            self.name
                        ))
                    });
                }
                Err(TryLockError::WouldBlock) => {
                    return Err(Failure::new(
                        ExitStatus::TimedOut,
                        format!("another command starts or stops `{}` right now", self.name),
                    )
                    .hint("wait for it and repeat the command"));
                }
                Err(TryLockError::Error(error)) => return Err(io_failure("lock", &path, &error)),
            }
            tokio::time::sleep(LOCK_INTERVAL).await;
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
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::super::Home;
    use super::*;
    use crate::cluster::options::ProviderName;
    use crate::cluster::progress::Event;

    /// Counts the steps that begin and those that are done.
    #[derive(Debug, Default, Clone)]
    struct Steps(Arc<[AtomicUsize; 2]>);

    impl Steps {
        fn counts(&self) -> [usize; 2] {
            [0, 1].map(|index: usize| self.0[index].load(Ordering::Relaxed))
        }
    }

    impl Progress for Steps {
        fn report(&self, _: Event<'_>) {}

        fn start(&self, _: &str) -> Box<dyn Step> {
            self.0[0].fetch_add(1, Ordering::Relaxed);
            Box::new(self.clone())
        }
    }

    impl Step for Steps {
        fn update(&self, _: &str) {}

        fn transient(&self, _: &str) {}

        fn done(self: Box<Self>, _: &str) {
            self.0[1].fetch_add(1, Ordering::Relaxed);
        }
    }

    fn dir() -> (tempfile::TempDir, StateDir) {
        let root = tempfile::tempdir().unwrap();
        let dir = Home::at(root.path()).cluster("test");
        (root, dir)
    }

    async fn create(dir: &StateDir) -> LockedRecord {
        let lock = dir.lock(Duration::ZERO, &Steps::default()).await.unwrap();
        LockedRecord::create(dir.clone(), lock, State::new(ProviderName::Local))
    }

    #[tokio::test]
    async fn only_one_holds_the_lock() {
        let (_root, dir) = dir();
        let held = dir.lock(Duration::ZERO, &Steps::default()).await.unwrap();
        let second = dir.lock(Duration::ZERO, &Steps::default()).await.unwrap_err();
        assert_eq!(second.status, ExitStatus::TimedOut);
        drop(held);
        dir.lock(Duration::ZERO, &Steps::default()).await.unwrap();
    }

    #[tokio::test]
    async fn waiting_for_the_lock_is_reported_once() {
        let (_root, dir) = dir();
        let steps = Steps::default();
        let held = dir.lock(Duration::ZERO, &steps).await.unwrap();
        assert_eq!(steps.counts(), [0, 0]);
        let second = dir.lock(Duration::from_secs(30), &steps);
        // Polled in this order, so that it is released while the second one waits.
        let (second, ()) = tokio::join!(second, async { drop(held) });
        second.unwrap();
        assert_eq!(steps.counts(), [1, 1]);
    }

    #[tokio::test]
    async fn a_folder_without_a_state_goes_with_its_lock() {
        let (_root, dir) = dir();
        drop(create(&dir).await);
        assert!(!dir.exists().unwrap());

        let mut saved = create(&dir).await;
        assert!(saved.is_new());
        saved.save().unwrap();
        assert!(!saved.is_new());
        drop(saved);
        assert!(dir.load().unwrap().is_some());
    }

    /// The next holder of the lock may have made the folder anew.
    #[tokio::test]
    async fn the_lock_of_another_command_stays() {
        let (_root, dir) = dir();
        let first = dir.lock(Duration::ZERO, &Steps::default()).await.unwrap();
        dir.delete().unwrap();
        let second = dir.lock(Duration::ZERO, &Steps::default()).await.unwrap();
        drop(first);
        assert!(lock_path(&dir).exists());
        drop(second);
        assert!(!dir.exists().unwrap());
    }
}
