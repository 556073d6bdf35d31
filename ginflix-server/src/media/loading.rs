//! Parts of films that are brought into memory before they are sent, on threads
//! of their own: whoever waits for the disk keeps nobody else waiting.

use std::future::Future;
use std::io;
use std::ops::Range;
use std::pin::Pin;
use std::sync::{Arc, LazyLock};
use std::task::{Context, Poll};

use tokio::sync::oneshot;

use super::disk::Line;
use super::source::Source;

/// The most that is read and then sent at a time: who waits for the disk anyway
/// takes short turns with those who do not.
const MOST_LOADED_BYTES: u64 = 256 * 1024;

static LINE: LazyLock<Line> = LazyLock::new(Line::start);

/// Starts the threads, if they are not yet: they inherit from whoever calls.
pub fn start_threads() {
    LazyLock::force(&LINE);
}

/// A file on its way to one client, part by part.
#[derive(Debug)]
pub struct Supply {
    source: Arc<Source>,
    from_disk: bool,
}

impl Supply {
    /// Of this file.
    pub fn of(source: Arc<Source>) -> Self {
        Self { source, from_disk: false }
    }

    /// The file.
    pub fn source(&self) -> &Arc<Source> {
        &self.source
    }

    /// Takes off what comes next of a part, at most so many bytes, and what to wait
    /// for before that is sent; nothing where it is in memory.
    ///
    /// Who had to wait once is taken to be sent the rest from the disk as well: then
    /// the kernel reads ahead, and it is to do so on the threads here.
    pub fn next(&mut self, left: &mut Range<u64>, most: usize) -> (Range<u64>, Option<Loading>) {
        let upto = |most: u64| left.start..left.end.min(left.start + most);
        let mut next = upto(most as u64);
        self.from_disk = self.from_disk || !self.source.is_in_memory(&next);
        let loading = self.from_disk.then(|| {
            next = upto(MOST_LOADED_BYTES.min(most as u64));
            Loading::start(&self.source, &next)
        });
        left.start = next.end;
        (next, loading)
    }
}

/// A part on its way into memory. Dropped, it is left where it is, if nobody has
/// begun to read it.
#[derive(Debug)]
pub struct Loading(oneshot::Receiver<io::Result<()>>);

impl Loading {
    /// Waits in line for the disk, in the order in which this is called.
    fn start(source: &Arc<Source>, part: &Range<u64>) -> Self {
        let (done, loading) = oneshot::channel();
        let (source, part) = (Arc::clone(source), part.clone());
        LINE.push(Box::new(move || {
            if !done.is_closed() {
                let _ = done.send(source.load(&part));
            }
        }));
        Self(loading)
    }
}

impl Future for Loading {
    type Output = io::Result<()>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let lost = || Err(io::Error::other("nobody reads from the disk"));
        Pin::new(&mut self.0).poll(cx).map(|done| done.unwrap_or_else(|_| lost()))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use rustix::fs::{Advice, fadvise};

    use super::*;
    use crate::media::source::Changed;

    #[tokio::test]
    async fn what_is_only_on_the_disk_is_brought_into_memory() {
        let size = 3 << 20;
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&vec![7; size]).unwrap();
        file.as_file().sync_all().unwrap();
        fadvise(file.as_file(), 0, None, Advice::DontNeed).unwrap();
        let modified = file.path().metadata().unwrap().modified().unwrap();
        let source = Arc::new(Source::new(file.reopen().unwrap(), size as u64, modified));
        let part = 1000..size as u64;
        Loading::start(&source, &part).await.unwrap();
        assert!(source.is_in_memory(&part));
        // Nobody waits for this one any more, and the next has its turn.
        drop(Loading::start(&source, &part));
        file.as_file().set_len(5).unwrap();
        let error = Loading::start(&source, &part).await.unwrap_err();
        assert!(error.get_ref().unwrap().is::<Changed>());
    }
    #[tokio::test]
    async fn who_waited_once_goes_on_from_the_disk_in_short_turns() {
        let size = 1 << 20;
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&vec![7; size]).unwrap();
        let modified = file.path().metadata().unwrap().modified().unwrap();
        let mut supply =
            Supply::of(Arc::new(Source::new(file.reopen().unwrap(), size as u64, modified)));
        let mut left = 0..size as u64;
        let (part, loading) = supply.next(&mut left, 1000);
        assert_eq!((part, left.start, loading.is_none()), (0..1000, 1000, true));
        supply.from_disk = true;
        let (part, loading) = supply.next(&mut left, size);
        assert_eq!((part, left.start), (1000..1000 + MOST_LOADED_BYTES, 1000 + MOST_LOADED_BYTES));
        loading.unwrap().await.unwrap();
        let (part, loading) = supply.next(&mut left, 10);
        assert_eq!((part.end - part.start, loading.is_some()), (10, true));
    }
}
