//! Time limits for the streams of HTTP/2 (RFC 9113).
//!
//! Over HTTP/1.1 a client that does not read fills its socket, and that is noticed there. Over
//! HTTP/2 the socket stays writable: the client withholds the flow-control window of a stream,
//! and the library waits. So each stream runs under a timer, and is reset (RST_STREAM) when the
//! client has taken nothing of its response for too long. Other streams of the connection go on.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Poll, ready};
use std::time::Duration;

use hyper::rt::Executor;

use super::stall::Stall;
use crate::metrics::{Cut, Metrics};

/// Streams that one connection may have open at once: what RFC 9113, section 6.5.2, recommends
/// as the least.
pub const MAX_STREAMS: u32 = 100;

/// Bytes of a stream that the library takes from a response before the client has room for them.
pub const SEND_BUFFER_BYTES: usize = 64 << 10;

tokio::task_local! {
    /// Set while a stream's task is polled.
    static PROGRESS: Arc<Progress>;
}

/// How far the response of a stream is.
#[derive(Debug, Default)]
struct Progress {
    /// Whether the client is to read before anything else can happen.
    waits_for_client: AtomicBool,
    /// Parts of the body that were handed to the library.
    parts: AtomicU64,
}

/// Notes what a response's body gave to the library. Does nothing on a connection that is not
/// HTTP/2.
pub fn note_poll<T>(polled: &Poll<Option<T>>) {
    let gave = matches!(polled, Poll::Ready(Some(_)));
    let _ = PROGRESS.try_with(|progress| {
        progress.waits_for_client.store(gave, Ordering::Relaxed);
        progress.parts.fetch_add(u64::from(gave), Ordering::Relaxed);
    });
}

/// Runs each stream of a connection as a task of its own.
#[derive(Debug, Clone)]
pub struct StreamExecutor {
    /// A stream is reset when its client takes nothing for this long.
    pub stall: Duration,
    /// Counts the streams that are reset.
    pub metrics: Metrics,
}

impl<F> Executor<F> for StreamExecutor
where
    F: Future<Output: Send> + Send + 'static,
{
    fn execute(&self, stream: F) {
        let progress = Arc::<Progress>::default();
        let Self { stall, metrics } = self.clone();
        let stream = PROGRESS.scope(Arc::clone(&progress), stream);
        tokio::spawn(until_stalled(stream, progress, stall, metrics));
    }
}

/// Runs the stream to its end, or drops it when the client stalls. Dropped, it is reset.
async fn until_stalled(
    stream: impl Future,
    progress: Arc<Progress>,
    limit: Duration,
    metrics: Metrics,
) {
    let (mut stream, mut stall, mut parts) = (pin!(stream), Stall::new(limit), 0);
    poll_fn(|cx| {
        if stream.as_mut().poll(cx).is_ready() {
            return Poll::Ready(());
        }
        let given = progress.parts.load(Ordering::Relaxed);
        if given != parts || !progress.waits_for_client.load(Ordering::Relaxed) {
            parts = given;
            stall.moved();
        }
        if progress.waits_for_client.load(Ordering::Relaxed) {
            ready!(stall.poll_waiting(cx));
            metrics.cut(Cut::NotReading);
            return Poll::Ready(());
        }
        Poll::Pending
    })
    .await;
}

#[cfg(test)]
mod tests {
    use std::task::Context;

    use tokio::time::Instant;

    use super::*;

    const LIMIT: Duration = Duration::from_secs(60);

    /// Polls to the end a stream that does what `poll` says; how many seconds that took.
    async fn seconds_of(poll: impl FnMut(&mut Context<'_>) -> Poll<()>) -> u64 {
        let start = Instant::now();
        let progress = Arc::<Progress>::default();
        let stream = PROGRESS.scope(Arc::clone(&progress), poll_fn(poll));
        until_stalled(stream, progress, LIMIT, Metrics::default()).await;
        start.elapsed().as_secs()
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_takes_nothing_is_waited_for_no_longer() {
        let mut has_given = false;
        let took = seconds_of(|_| {
            if !std::mem::replace(&mut has_given, true) {
                note_poll(&Poll::Ready(Some(())));
            }
            Poll::Pending
        });
        assert_eq!(took.await, 60);
    }

    #[tokio::test(start_paused = true)]
    async fn a_handler_that_takes_its_time_is_not_the_client() {
        let mut slow = Box::pin(tokio::time::sleep(LIMIT * 5)); // pace: the clock is paused
        let took = seconds_of(|cx| {
            note_poll::<()>(&Poll::Pending);
            slow.as_mut().poll(cx)
        });
        assert_eq!(took.await, 300);
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_reads_slowly_keeps_its_stream() {
        let mut reads = tokio::time::interval(LIMIT - Duration::from_secs(1));
        let mut count = 0;
        let took = seconds_of(|cx| {
            while reads.poll_tick(cx).is_ready() {
                note_poll(&Poll::Ready(Some(())));
                count += 1;
                if count == 11 {
                    return Poll::Ready(());
                }
            }
            Poll::Pending
        });
        assert_eq!(took.await, 590);
    }
}
