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

/// What of a file goes to one client next, and whether that is in memory.
#[derive(Debug, Default)]
pub struct Supply {
    from_disk: bool,
}

impl Supply {
    /// Takes off what comes next of a part, at most so many bytes; and whether that
    /// has to be loaded before it is sent.
    ///
    /// Who had to wait once is taken to be sent the rest from the disk as well: then
    /// the kernel reads ahead, and it is to do so on the threads here.
    pub fn next(
        &mut self,
        source: &Source,
        left: &mut Range<u64>,
        most: usize,
    ) -> (Range<u64>, bool) {
        let upto = |most: u64| left.start..left.end.min(left.start + most);
        let mut next = upto(most as u64);
        self.from_disk = self.from_disk || !source.is_in_memory(&next);
        if self.from_disk {
            next = upto(MOST_LOADED_BYTES.min(most as u64));
        }
        left.start = next.end;
        (next, self.from_disk)
    }
}

/// A place in the line for the disk. Dropped, what it is for is left where it is,
/// if nobody has begun to read it.
#[derive(Debug)]
pub struct Ticket(#[expect(dead_code, reason = "lives as long as somebody waits")] Arc<()>);

/// Brings a part into memory: waits in line for the disk, in the order in which
/// this is called, and says on a thread of the disk what came of it.
pub fn load(
    source: &Arc<Source>,
    part: &Range<u64>,
    then: impl FnOnce(io::Result<()>) + Send + 'static,
) -> Ticket {
    let ticket = Arc::new(());
    let waits = Arc::downgrade(&ticket);
    let (source, part) = (Arc::clone(source), part.clone());
    LINE.push(Box::new(move || {
        if waits.strong_count() > 0 {
            then(source.load(&part));
        }
    }));
    Ticket(ticket)
}

/// A part on its way into memory, for tasks that wait for it.
#[derive(Debug)]
pub struct Loading {
    done: oneshot::Receiver<io::Result<()>>,
    _ticket: Ticket,
}

impl Loading {
    /// As [`load`].
    pub fn start(source: &Arc<Source>, part: &Range<u64>) -> Self {
        let (tell, done) = oneshot::channel();
        // Whoever waited may be gone.
        let _ticket = load(source, part, |result| drop(tell.send(result)));
        Self { done, _ticket }
    }
}

impl Future for Loading {
    type Output = io::Result<()>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let lost = || Err(io::Error::other("nobody reads from the disk"));
        Pin::new(&mut self.done).poll(cx).map(|done| done.unwrap_or_else(|_| lost()))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use rustix::fs::{Advice, fadvise};

    use super::*;
    use crate::media::source::Changed;

    /// An empty file beside the tests' program: temporary folders may be of a file system that does
    /// not tell what is in memory, such as overlayfs.
    fn file() -> tempfile::NamedTempFile {
        let program = std::env::current_exe().unwrap();
        tempfile::NamedTempFile::new_in(program.parent().unwrap()).unwrap()
    }

    #[tokio::test]
    async fn what_is_only_on_the_disk_is_brought_into_memory() {
        let size = 3 << 20;
        let mut file = file();
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

    #[test]
    fn who_waited_once_goes_on_from_the_disk_in_short_turns() {
        let size = 1 << 20;
        let mut file = file();
        file.write_all(&vec![7; size]).unwrap();
        let modified = file.path().metadata().unwrap().modified().unwrap();
        let source = Source::new(file.reopen().unwrap(), size as u64, modified);
        let (mut supply, mut left) = (Supply::default(), 0..size as u64);
        assert_eq!(supply.next(&source, &mut left, 1000), (0..1000, false));
        assert_eq!(left.start, 1000);
        supply.from_disk = true;
        let end = 1000 + MOST_LOADED_BYTES;
        assert_eq!(supply.next(&source, &mut left, size), (1000..end, true));
        assert_eq!(supply.next(&source, &mut left, 10), (end..end + 10, true));
        assert_eq!(left, end + 10..size as u64);
    }
}
