//! Time limits for the streams of HTTP/2 (RFC 9113).
//!
//! Over HTTP/1.1 a client that does not read fills its socket, and that is noticed there. Over
//! HTTP/2 the socket stays writable: the client withholds the flow-control window of a stream,
//! and hyper waits. So each stream runs under a timer, and is reset (RST_STREAM) when the client
//! has read nothing of its response for too long. Other streams of the connection go on.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Poll, ready};
use std::time::Duration;

use hyper::rt::Executor;

use super::stall_timer::StallTimer;
use crate::metrics::{DisconnectReason, Metrics};

/// Streams that one connection may have open at once: the least that RFC 9113, section 6.5.2,
/// recommends.
pub const MAX_CONCURRENT_STREAMS: u32 = 100;

/// Bytes of a response that hyper buffers for a stream before the client has room for them.
pub const SEND_BUFFER_BYTES: usize = 64 << 10;

tokio::task_local! {
    /// The progress of the stream whose task is polled.
    static PROGRESS: Arc<StreamProgress>;
}

/// How far a stream has got with its response.
#[derive(Debug, Default)]
struct StreamProgress {
    /// Whether the stream waits for the client to read.
    waits_for_client: AtomicBool,
    /// The number of body frames that hyper has taken.
    frames: AtomicU64,
}

/// Records the result of polling a response body for hyper. Does nothing on a connection that is
/// not HTTP/2.
pub fn record_poll<T>(polled: &Poll<Option<T>>) {
    let has_frame = matches!(polled, Poll::Ready(Some(_)));
    let _ = PROGRESS.try_with(|progress| {
        // hyper polls again once the client has made room for the frame, so until then it waits.
        progress.waits_for_client.store(has_frame, Ordering::Relaxed);
        progress.frames.fetch_add(u64::from(has_frame), Ordering::Relaxed);
    });
}

/// Runs each stream of a connection as a task of its own.
#[derive(Debug, Clone)]
pub struct StreamExecutor {
    /// A stream is reset when its client reads nothing for this long.
    pub stall: Duration,
    /// Counts the streams that were reset.
    pub metrics: Metrics,
}

impl<F> Executor<F> for StreamExecutor
where
    F: Future<Output: Send> + Send + 'static,
{
    fn execute(&self, stream: F) {
        let progress = Arc::<StreamProgress>::default();
        let Self { stall, metrics } = self.clone();
        let stream = PROGRESS.scope(Arc::clone(&progress), stream);
        tokio::spawn(run_until_stalled(stream, progress, stall, metrics));
    }
}

/// Runs a stream to its end, or until its client stalls. Dropping the stream then resets it.
async fn run_until_stalled(
    stream: impl Future,
    progress: Arc<StreamProgress>,
    limit: Duration,
    metrics: Metrics,
) {
    let (mut stream, mut timer, mut last_frames) = (pin!(stream), StallTimer::new(limit), 0);
    poll_fn(|cx| {
        if stream.as_mut().poll(cx).is_ready() {
            return Poll::Ready(());
        }
        let frames = progress.frames.load(Ordering::Relaxed);
        if frames != last_frames || !progress.waits_for_client.load(Ordering::Relaxed) {
            last_frames = frames;
            timer.reset();
        }
        if progress.waits_for_client.load(Ordering::Relaxed) {
            ready!(timer.poll_stalled(cx));
            metrics.record_disconnect(DisconnectReason::NotReading);
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

    const STALL_TIMEOUT: Duration = Duration::from_secs(60);

    /// Runs a stream whose task is `poll` until it ends. Returns how many seconds that took.
    async fn seconds_of(poll: impl FnMut(&mut Context<'_>) -> Poll<()>) -> u64 {
        let start = Instant::now();
        let progress = Arc::<StreamProgress>::default();
        let stream = PROGRESS.scope(Arc::clone(&progress), poll_fn(poll));
        run_until_stalled(stream, progress, STALL_TIMEOUT, Metrics::default()).await;
        start.elapsed().as_secs()
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_whose_client_reads_nothing_ends_after_the_limit() {
        let mut has_frame = false;
        let took = seconds_of(|_| {
            if !std::mem::replace(&mut has_frame, true) {
                record_poll(&Poll::Ready(Some(())));
            }
            Poll::Pending
        });
        assert_eq!(took.await, 60);
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_with_a_slow_handler_has_no_limit() {
        let mut slow = Box::pin(tokio::time::sleep(STALL_TIMEOUT * 5)); // pace: the clock is paused
        let took = seconds_of(|cx| {
            record_poll::<()>(&Poll::Pending);
            slow.as_mut().poll(cx)
        });
        assert_eq!(took.await, 300);
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_reads_slowly_keeps_its_stream() {
        let mut reads = tokio::time::interval(STALL_TIMEOUT - Duration::from_secs(1));
        let mut count = 0;
        let took = seconds_of(|cx| {
            while reads.poll_tick(cx).is_ready() {
                record_poll(&Poll::Ready(Some(())));
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
