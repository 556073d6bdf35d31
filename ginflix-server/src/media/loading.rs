//! Loads ranges of files into the page cache before they are sent. Separate threads do this, so
//! that event loops and async tasks do not block on the disk.

use std::future::Future;
use std::io;
use std::ops::Range;
use std::pin::Pin;
use std::sync::{Arc, LazyLock};
use std::task::{Context, Poll};

use tokio::sync::oneshot;

use super::disk::DiskQueue;
use super::shared_file::SharedFile;

/// The chunk size for a response that needs the disk, in bytes: small, so that the responses take
/// short turns at the disk.
const DISK_CHUNK_BYTES: u64 = 256 * 1024;

static DISK_QUEUE: LazyLock<DiskQueue> = LazyLock::new(DiskQueue::start);

/// Starts the disk threads, unless they run. They inherit the CPU affinity of the caller.
pub fn start_threads() {
    LazyLock::force(&DISK_QUEUE);
}

/// Splits the body of one response into chunks, and decides which have to be loaded first.
#[derive(Debug, Default)]
pub struct ChunkPlanner {
    from_disk: bool,
}

impl ChunkPlanner {
    /// Removes the next chunk of at most `max_bytes` from the front of `left`. Returns it, and
    /// whether it has to be loaded before it is sent.
    pub fn next_chunk(
        &mut self,
        file: &SharedFile,
        left: &mut Range<u64>,
        max_bytes: usize,
    ) -> (Range<u64>, bool) {
        let up_to = |bytes: u64| left.start..left.end.min(left.start + bytes);
        let mut chunk = up_to(max_bytes as u64);
        // A response that needed the disk once is assumed to need it for the rest: the kernel then
        // reads ahead for it, which has to happen on the disk threads.
        self.from_disk = self.from_disk || !file.is_in_memory(&chunk);
        if self.from_disk {
            chunk = up_to(DISK_CHUNK_BYTES.min(max_bytes as u64));
        }
        left.start = chunk.end;
        (chunk, self.from_disk)
    }
}

/// A queued load. Dropping the guard cancels the load, unless a thread has begun it.
#[derive(Debug)]
pub struct LoadGuard(#[expect(dead_code, reason = "the queue holds a weak reference")] Arc<()>);

/// Queues a range to be loaded. Calls `on_loaded` with the result, on a disk thread. Loads run in
/// the order of the calls.
pub fn enqueue(
    file: &Arc<SharedFile>,
    range: &Range<u64>,
    on_loaded: impl FnOnce(io::Result<()>) + Send + 'static,
) -> LoadGuard {
    let guard = Arc::new(());
    let is_wanted = Arc::downgrade(&guard);
    let (file, range) = (Arc::clone(file), range.clone());
    DISK_QUEUE.push(Box::new(move || {
        if is_wanted.strong_count() > 0 {
            on_loaded(file.load(&range));
        }
    }));
    LoadGuard(guard)
}

/// A queued load as a future, for async tasks. Dropping it cancels the load, unless a thread has
/// begun it.
#[derive(Debug)]
pub struct PendingLoad {
    loaded: oneshot::Receiver<io::Result<()>>,
    _guard: LoadGuard,
}

impl PendingLoad {
    /// Queues a range to be loaded.
    pub fn start(file: &Arc<SharedFile>, range: &Range<u64>) -> Self {
        let (sender, loaded) = oneshot::channel();
        // The receiver may have been dropped; then nobody needs the result.
        let _guard = enqueue(file, range, |result| drop(sender.send(result)));
        Self { loaded, _guard }
    }
}

impl Future for PendingLoad {
    type Output = io::Result<()>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // The queue drops the sender without a result only when a disk thread panics.
        let panicked = || Err(io::Error::other("a thread that reads from the disk panicked"));
        Pin::new(&mut self.loaded).poll(cx).map(|loaded| loaded.unwrap_or_else(|_| panicked()))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use rustix::fs::{Advice, fadvise};

    use super::*;
    use crate::media::shared_file::FileChanged;

    /// Creates an empty file beside the test program. A temporary directory may be on a file system
    /// that does not support `RWF_NOWAIT`, such as overlayfs.
    fn file() -> tempfile::NamedTempFile {
        let program = std::env::current_exe().unwrap();
        tempfile::NamedTempFile::new_in(program.parent().unwrap()).unwrap()
    }

    #[tokio::test]
    async fn a_range_on_the_disk_is_loaded_into_memory() {
        let size = 3 << 20;
        let mut file = file();
        file.write_all(&vec![7; size]).unwrap();
        file.as_file().sync_all().unwrap();
        fadvise(file.as_file(), 0, None, Advice::DontNeed).unwrap();
        let modified = file.path().metadata().unwrap().modified().unwrap();
        let shared =
            Arc::new(SharedFile::new("film.mp4", file.reopen().unwrap(), size as u64, modified));
        let range = 1000..size as u64;
        PendingLoad::start(&shared, &range).await.unwrap();
        assert!(shared.is_in_memory(&range));
        // A cancelled load does not keep the next one from running.
        drop(PendingLoad::start(&shared, &range));
        file.as_file().set_len(5).unwrap();
        let error = PendingLoad::start(&shared, &range).await.unwrap_err();
        assert!(error.get_ref().unwrap().is::<FileChanged>());
    }

    #[test]
    fn a_response_that_needed_the_disk_goes_on_in_small_chunks() {
        let size = 1 << 20;
        let mut file = file();
        file.write_all(&vec![7; size]).unwrap();
        let modified = file.path().metadata().unwrap().modified().unwrap();
        let shared = SharedFile::new("film.mp4", file.reopen().unwrap(), size as u64, modified);
        let (mut planner, mut left) = (ChunkPlanner::default(), 0..size as u64);
        assert_eq!(planner.next_chunk(&shared, &mut left, 1000), (0..1000, false));
        assert_eq!(left.start, 1000);
        planner.from_disk = true;
        let end = 1000 + DISK_CHUNK_BYTES;
        assert_eq!(planner.next_chunk(&shared, &mut left, size), (1000..end, true));
        assert_eq!(planner.next_chunk(&shared, &mut left, 10), (end..end + 10, true));
        assert_eq!(left, end + 10..size as u64);
    }
}
