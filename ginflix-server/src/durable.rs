//! Writes that survive a power cut.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// Writes a small file whole or not at all: temp, fsync, rename, fsync of the directory.
///
/// # Errors
/// Where the disk refuses; the file then is as it was.
pub fn write(folder: &Path, name: &str, content: &[u8]) -> io::Result<()> {
    put(folder, name, content)?;
    sync_folder(folder)
}

fn put(folder: &Path, name: &str, content: &[u8]) -> io::Result<()> {
    let file = written(folder, content)?;
    file.as_file().sync_all()?;
    file.persist(folder.join(name))?;
    Ok(())
}

/// As [`write`](write()), but after a power cut the file may be torn or as it was before:
/// for what can be found out again.
///
/// # Errors
/// Where the disk refuses; the file then is as it was.
pub fn write_loosely(folder: &Path, name: &str, content: &[u8]) -> io::Result<()> {
    written(folder, content)?.persist(folder.join(name))?;
    Ok(())
}

fn written(folder: &Path, content: &[u8]) -> io::Result<tempfile::NamedTempFile> {
    let mut file = tempfile::Builder::new().prefix(".tmp-").tempfile_in(folder)?;
    file.write_all(content)?;
    Ok(file)
}

/// Makes renames and removals in a directory durable.
///
/// # Errors
/// Where the disk refuses.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Removes a file; that is no error where it is not there.
///
/// # Errors
/// Where the disk refuses.
pub fn remove(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
        _ => Ok(()),
    }
}

/// A directory in which many files change at once: one sync serves all who
/// asked for it before it began.
#[derive(Debug)]
pub struct FolderSync {
    folder: PathBuf,
    /// The sync that has not begun yet, once somebody waits for it.
    next: Mutex<Option<Arc<Round>>>,
    /// Held by the one that runs.
    turn: Mutex<()>,
}

/// One sync and what came of it.
type Round = OnceLock<Result<(), (io::ErrorKind, String)>>;

impl FolderSync {
    /// Of this directory.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder, next: Mutex::default(), turn: Mutex::default() }
    }

    /// Writes a small file as [`write`](write()) does.
    ///
    /// # Errors
    /// Where the disk refuses; the file then is as it was.
    pub fn write(&self, name: &str, content: &[u8]) -> io::Result<()> {
        put(&self.folder, name, content)?;
        self.sync()
    }

    /// Makes what was renamed or removed before this call durable.
    ///
    /// # Errors
    /// Where the disk refuses: then none of those who waited may trust in it.
    pub fn sync(&self) -> io::Result<()> {
        self.sync_by(|| sync_folder(&self.folder))
    }

    fn sync_by(&self, sync: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
        let (round, leads) = self.join();
        if leads {
            let _turn = lock(&self.turn);
            // Whoever comes from now on may be too late for this one.
            lock(&self.next).take();
            let _ = round.set(sync().map_err(|error| (error.kind(), error.to_string())));
        }
        round.wait().clone().map_err(|(kind, words)| io::Error::new(kind, words))
    }

    /// The next round, and whether the caller is the one to run it.
    fn join(&self) -> (Arc<Round>, bool) {
        let mut next = lock(&self.next);
        match &*next {
            Some(round) => (Arc::clone(round), false),
            None => (Arc::clone(next.insert(Arc::default())), true),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// What each thread changed before it asked is in a sync that began later.
    #[test]
    fn one_sync_serves_all_who_came_before_it() {
        const THREADS: usize = 8;
        const TIMES: usize = 200;
        let folder = FolderSync::new(PathBuf::new());
        let (changes, synced, syncs) =
            (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    for _ in 0..TIMES {
                        let mine = changes.fetch_add(1, Ordering::SeqCst) + 1;
                        let sync = || {
                            let seen = changes.load(Ordering::SeqCst);
                            std::thread::yield_now(); // pace: lets others in between
                            synced.fetch_max(seen, Ordering::SeqCst);
                            syncs.fetch_add(1, Ordering::SeqCst);
                            Ok(())
                        };
                        folder.sync_by(sync).unwrap();
                        assert!(synced.load(Ordering::SeqCst) >= mine);
                    }
                });
            }
        });
        assert!(syncs.into_inner() <= THREADS * TIMES);
    }

    #[test]
    fn all_who_wait_for_a_sync_hear_of_its_failure() {
        let folder = FolderSync::new(PathBuf::new());
        let running = lock(&folder.turn);
        let failed = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    let full = || Err(io::ErrorKind::StorageFull.into());
                    let error = folder.sync_by(full).unwrap_err();
                    assert_eq!(error.kind(), io::ErrorKind::StorageFull);
                    failed.fetch_add(1, Ordering::SeqCst);
                });
            }
            // All three wait for the same round, which `next` has as well.
            crate::test_wait::until("all to wait", || {
                lock(&folder.next).as_ref().is_some_and(|round| Arc::strong_count(round) == 4)
            });
            drop(running);
        });
        assert_eq!(failed.into_inner(), 3);
        folder.sync_by(|| Ok(())).unwrap();
    }
}
