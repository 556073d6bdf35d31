//! File system writes that survive a crash of the machine.
//!
//! A file is durable when its content and its directory entry are on the disk, so both are synced:
//! see fsync(2).

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;

/// The beginning of the names of temporary files.
const TEMPORARY_PREFIX: &str = ".tmp-";

/// Writes a small file atomically and durably: a temporary file is written and synced, takes the
/// name, and the directory is synced.
///
/// # Errors
/// Fails if the file system fails. An earlier file of this name is then unchanged, unless only the
/// fsync of the directory failed: then the new file is visible, but may be lost in a power cut.
pub fn write(dir: &Path, name: &str, content: &[u8]) -> io::Result<()> {
    replace_synced(dir, name, content)?;
    sync_dir(dir)
}

fn replace_synced(dir: &Path, name: &str, content: &[u8]) -> io::Result<()> {
    let file = write_temporary(dir, content)?;
    file.as_file().sync_all()?;
    file.persist(dir.join(name))?;
    Ok(())
}

/// Writes a small file atomically, but not durably: after a power cut it may be torn, or have its
/// earlier content. Use it for content that can be computed again.
///
/// # Errors
/// Fails if the file system fails. An earlier file of this name is then unchanged.
pub fn write_without_fsync(dir: &Path, name: &str, content: &[u8]) -> io::Result<()> {
    write_temporary(dir, content)?.persist(dir.join(name))?;
    Ok(())
}

/// As [`write_without_fsync`], for content that `write_content` writes in many parts.
///
/// # Errors
/// Fails if the file system or `write_content` fails. An earlier file of this name is then unchanged.
pub fn stream_without_fsync(
    dir: &Path,
    name: &str,
    write_content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let mut file = temporary(dir)?;
    let mut buffer = BufWriter::new(file.as_file_mut());
    write_content(&mut buffer)?;
    buffer.flush()?;
    drop(buffer);
    file.persist(dir.join(name))?;
    Ok(())
}

fn write_temporary(dir: &Path, content: &[u8]) -> io::Result<tempfile::NamedTempFile> {
    let mut file = temporary(dir)?;
    file.write_all(content)?;
    Ok(file)
}

fn temporary(dir: &Path) -> io::Result<tempfile::NamedTempFile> {
    tempfile::Builder::new().prefix(TEMPORARY_PREFIX).tempfile_in(dir)
}

/// Removes the temporary files that a process left in a directory when it was killed. No process may write to the directory
/// meanwhile.
///
/// # Errors
/// Fails if the directory cannot be read, or a file in it cannot be removed.
pub fn remove_temporary(dir: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_name().as_encoded_bytes().starts_with(TEMPORARY_PREFIX.as_bytes()) {
            remove_if_exists(&entry.path())?;
        }
    }
    Ok(())
}

/// Makes earlier renames and removals in a directory durable.
///
/// # Errors
/// Fails if the directory cannot be opened or synced.
pub fn sync_dir(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

/// Removes a file if it exists.
///
/// # Errors
/// Fails if the file exists and cannot be removed.
pub fn remove_if_exists(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
        _ => Ok(()),
    }
}

/// A directory in which many threads rename files, with group commit: one fsync serves all threads
/// that requested it before it began.
#[derive(Debug)]
pub struct DirSync {
    dir: PathBuf,
    /// The batch whose fsync has not begun; `None` while no thread waits for one.
    next: Mutex<Option<Arc<SyncBatch>>>,
    /// Held while an fsync runs.
    running: Mutex<()>,
}

/// The outcome of one fsync, which all threads of the batch wait for. `io::Error` is not `Clone`,
/// so an error is kept as its kind and message.
type SyncBatch = OnceLock<Result<(), (io::ErrorKind, String)>>;

impl DirSync {
    /// Creates the group commit of a directory.
    pub fn new(dir: PathBuf) -> Self {
        Self { dir, next: Mutex::default(), running: Mutex::default() }
    }

    /// Writes a small file as [`write`](write()) does, with a shared fsync of the directory.
    ///
    /// # Errors
    /// Fails if the file system fails. If only the fsync of the directory failed, the new file is
    /// visible, but may be lost in a power cut.
    pub fn write(&self, name: &str, content: &[u8]) -> io::Result<()> {
        replace_synced(&self.dir, name, content)?;
        self.sync()
    }

    /// Makes the renames and removals before this call durable.
    ///
    /// # Errors
    /// Fails for the whole batch if the fsync fails.
    pub fn sync(&self) -> io::Result<()> {
        self.sync_with(|| sync_dir(&self.dir))
    }

    fn sync_with(&self, sync: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
        let (batch, is_leader) = self.join_batch();
        if is_leader {
            let _running = self.running.lock();
            // The batch closes before its fsync begins, because the fsync may not cover what a
            // thread changes from now on.
            self.next.lock().take();
            let _ = batch.set(sync().map_err(|error| (error.kind(), error.to_string())));
        }
        batch.wait().clone().map_err(|(kind, message)| io::Error::new(kind, message))
    }

    /// Joins the next batch. The thread that opens a batch is its leader, which runs the fsync.
    fn join_batch(&self) -> (Arc<SyncBatch>, bool) {
        let mut next = self.next.lock();
        match &*next {
            Some(batch) => (Arc::clone(batch), false),
            None => (Arc::clone(next.insert(Arc::default())), true),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn only_temporary_files_are_removed() {
        let dir = tempfile::tempdir().unwrap();
        write_without_fsync(dir.path(), "kept", b"content").unwrap();
        stream_without_fsync(dir.path(), "streamed", |to| to.write_all(b"more")).unwrap();
        temporary(dir.path()).unwrap().keep().unwrap();
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 3);
        remove_temporary(dir.path()).unwrap();
        let read = |name: &str| std::fs::read_to_string(dir.path().join(name)).unwrap();
        assert_eq!((read("kept"), read("streamed")), ("content".to_owned(), "more".to_owned()));
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 2);
    }

    /// Each thread's change is covered by an fsync that began after the change.
    #[test]
    fn one_fsync_serves_all_threads_that_requested_it_before_it_began() {
        const THREADS: usize = 8;
        const TIMES: usize = 200;
        let dir = DirSync::new(PathBuf::new());
        let (changes, synced, syncs) =
            (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    for _ in 0..TIMES {
                        let own_change = changes.fetch_add(1, Ordering::SeqCst) + 1;
                        let sync = || {
                            let seen = changes.load(Ordering::SeqCst);
                            std::thread::yield_now(); // pace: lets other threads in between
                            synced.fetch_max(seen, Ordering::SeqCst);
                            syncs.fetch_add(1, Ordering::SeqCst);
                            Ok(())
                        };
                        dir.sync_with(sync).unwrap();
                        assert!(synced.load(Ordering::SeqCst) >= own_change);
                    }
                });
            }
        });
        assert!(syncs.into_inner() <= THREADS * TIMES);
    }

    #[test]
    fn all_threads_that_wait_for_an_fsync_get_its_error() {
        let dir = DirSync::new(PathBuf::new());
        let running = dir.running.lock();
        let failed = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    let full = || Err(io::ErrorKind::StorageFull.into());
                    let error = dir.sync_with(full).unwrap_err();
                    assert_eq!(error.kind(), io::ErrorKind::StorageFull);
                    failed.fetch_add(1, Ordering::SeqCst);
                });
            }
            // All three wait for the same batch, which `next` holds as well.
            crate::test_wait::until("all to wait", || {
                dir.next.lock().as_ref().is_some_and(|batch| Arc::strong_count(batch) == 4)
            });
            drop(running);
        });
        assert_eq!(failed.into_inner(), 3);
        dir.sync_with(|| Ok(())).unwrap();
    }
}
