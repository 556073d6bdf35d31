//! A limit on how long a transfer may make no progress.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

/// Fires when there was no progress for the limit. Costs almost nothing while bytes move: the first
/// wait arms the timer, and it is extended only when it fires.
#[derive(Debug)]
pub struct StallTimer {
    limit: Duration,
    waiting_since: Option<Instant>,
    timer: Option<Pin<Box<Sleep>>>,
}

impl StallTimer {
    /// Creates a timer that fires after `limit` without progress.
    pub fn new(limit: Duration) -> Self {
        Self { limit, waiting_since: None, timer: None }
    }

    /// Returns the beginning of the current wait, if there is one.
    pub fn waiting_since(&self) -> Option<Instant> {
        self.waiting_since
    }

    /// Notes progress, and changes the limit.
    pub fn reset_to(&mut self, limit: Duration) {
        self.limit = limit;
        self.reset();
    }

    /// Notes progress.
    pub fn reset(&mut self) {
        self.waiting_since = None;
    }

    /// Waits while there is no progress. Becomes ready when that has lasted for the limit.
    pub fn poll_stalled(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let due = *self.waiting_since.get_or_insert_with(Instant::now) + self.limit;
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(due)));
        if timer.deadline() > due {
            timer.as_mut().reset(due); // the limit has become shorter
        }
        loop {
            ready!(timer.as_mut().poll(cx));
            if timer.deadline() >= due {
                return Poll::Ready(());
            }
            timer.as_mut().reset(due);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn fires_only_after_the_whole_limit_without_progress() {
        let start = Instant::now();
        let mut timer = StallTimer::new(Duration::from_secs(60));
        for _ in 0..5 {
            let stalled = poll_fn(|cx| timer.poll_stalled(cx));
            assert!(tokio::time::timeout(Duration::from_secs(40), stalled).await.is_err());
            timer.reset();
        }
        // The time before the first wait does not count.
        tokio::time::sleep(Duration::from_secs(500)).await; // pace: the clock is paused
        poll_fn(|cx| timer.poll_stalled(cx)).await;
        assert_eq!(start.elapsed().as_secs(), 5 * 40 + 500 + 60);
    }
}
