//! The threads that send films: as many as there are processors, each with an
//! event loop of its own.
//!
//! Where loops share their work, as those for all else do, they wake each other
//! for it; that costs more than it gains where each piece of work takes a few
//! microseconds.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use tokio::runtime::{Builder, Handle};
use tokio_util::sync::{CancellationToken, DropGuard};

/// End with what runs on them soon after they are dropped; one that waits for a
/// disk that does not answer keeps nobody waiting.
#[derive(Debug)]
pub struct Lanes {
    lanes: Vec<Lane>,
    next: AtomicUsize,
}

/// One of them.
#[derive(Debug)]
pub struct Lane {
    /// To run something there.
    pub handle: Handle,
    /// Told by whoever started them; tokens of its own, so that they do not wait
    /// for each other to look at them.
    pub stopping: CancellationToken,
    /// As that.
    pub cut: CancellationToken,
    _end: DropGuard,
}

impl Lanes {
    /// Starts them, to be told of the stop and of the end of it.
    ///
    /// # Errors
    /// Where the system gives no more threads or descriptors.
    pub fn start(stopping: &CancellationToken, cut: &CancellationToken) -> io::Result<Self> {
        let count = thread::available_parallelism().map_or(1, |count| count.get());
        let lanes = (0..count)
            .map(|number| Lane::start(number, stopping.child_token(), cut.child_token()))
            .collect::<io::Result<_>>()?;
        Ok(Self { lanes, next: AtomicUsize::new(0) })
    }

    /// Where the next connection goes: each in turn, as nobody knows what one
    /// will ask for.
    pub fn next(&self) -> &Lane {
        let next = self.next.fetch_add(1, Ordering::Relaxed);
        &self.lanes[next % self.lanes.len()]
    }
}

impl Lane {
    fn start(
        number: usize,
        stopping: CancellationToken,
        cut: CancellationToken,
    ) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let (handle, ended) = (runtime.handle().clone(), CancellationToken::new());
        let _end = ended.clone().drop_guard();
        let thread = thread::Builder::new().name(format!("films-{number}"));
        thread.spawn(move || runtime.block_on(ended.cancelled_owned()))?;
        Ok(Self { handle, stopping, cut, _end })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn connections_go_to_all_of_them_and_end_with_them() {
        let lanes = Lanes::start(&CancellationToken::new(), &CancellationToken::new()).unwrap();
        let count = lanes.lanes.len();
        let mut names = HashSet::new();
        let (waits, ended) = oneshot::channel::<()>();
        for _ in 0..count {
            let name = async { thread::current().name().map(str::to_owned) };
            names.insert(lanes.next().handle.spawn(name).await.unwrap());
        }
        assert_eq!(names.len(), count);
        lanes.next().handle.spawn(async move {
            let _waits = waits;
            std::future::pending::<()>().await;
        });
        drop(lanes);
        assert!(ended.await.is_err());
    }
}
