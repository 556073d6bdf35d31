//! Parts of films that are brought into memory before they are sent, on threads
//! of their own: whoever waits for the disk keeps nobody else waiting.
//!
//! They are few, however many wait: a disk gains nothing from more than these,
//! and those who watch what is in memory want the processors too.

use std::future::Future;
use std::io;
use std::ops::Range;
use std::pin::Pin;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::thread;

use tokio::sync::oneshot;

use super::source::Source;

/// As many as keep a disk busy, each with what it reads ahead.
const THREADS: usize = 4;

/// They come after whoever sends what is in memory already.
const NICENESS: i32 = 10;

static QUEUE: LazyLock<Sender<Job>> = LazyLock::new(|| {
    let (sender, jobs) = channel();
    let jobs = Arc::new(Mutex::new(jobs));
    for number in 0..THREADS {
        let jobs = Arc::clone(&jobs);
        let thread = thread::Builder::new().name(format!("disk-{number}"));
        if let Err(error) = thread.spawn(move || work(&jobs)) {
            tracing::warn!(%error, "cannot start a thread that reads from the disk");
        }
    }
    sender
});

struct Job {
    source: Arc<Source>,
    part: Range<u64>,
    done: oneshot::Sender<io::Result<()>>,
}

/// A part on its way into memory. Dropped, it is left where it is, if nobody has
/// begun to read it.
#[derive(Debug)]
pub struct Loading(oneshot::Receiver<io::Result<()>>);

impl Loading {
    /// Waits in line for the disk, in the order in which this is called.
    pub fn start(source: &Arc<Source>, part: &Range<u64>) -> Self {
        let (done, loading) = oneshot::channel();
        // If no thread could be started, the job comes back and is dropped.
        let _ = QUEUE.send(Job { source: Arc::clone(source), part: part.clone(), done });
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

fn work(jobs: &Mutex<Receiver<Job>>) {
    // Of this thread alone, on Linux. If it may not be, all is as it was.
    let _ = rustix::process::nice(NICENESS);
    loop {
        let next = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(Job { source, part, done }) = next else { return };
        if !done.is_closed() {
            let _ = done.send(source.load(&part));
        }
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
}
