//! A limit on how long nothing may move.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

/// Costs next to nothing while things move: the timer is armed by the first
/// wait and looked after only when it fires.
#[derive(Debug)]
pub struct Stall {
    limit: Duration,
    waiting_since: Option<Instant>,
    timer: Option<Pin<Box<Sleep>>>,
}

impl Stall {
    /// Nothing may stand still for longer than this.
    pub fn new(limit: Duration) -> Self {
        Self { limit, waiting_since: None, timer: None }
    }

    /// Since when nothing can move, if that is so.
    pub fn waiting_since(&self) -> Option<Instant> {
        self.waiting_since
    }

    /// Something moved, and from now on this is the limit.
    pub fn restart(&mut self, limit: Duration) {
        self.limit = limit;
        self.moved();
    }

    /// Something moved.
    pub fn moved(&mut self) {
        self.waiting_since = None;
    }

    /// Nothing can move right now. Ready when that has been so for too long;
    /// else the task is woken by then.
    pub fn poll_waiting(&mut self, cx: &mut Context<'_>) -> Poll<()> {
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
    async fn fires_only_when_nothing_moved_for_the_whole_limit() {
        let start = Instant::now();
        let mut stall = Stall::new(Duration::from_secs(60));
        for _ in 0..5 {
            let waited =
                tokio::time::timeout(Duration::from_secs(40), poll_fn(|cx| stall.poll_waiting(cx)));
            assert!(waited.await.is_err());
            stall.moved();
        }
        // Idle for long without waiting is no stall.
        tokio::time::sleep(Duration::from_secs(500)).await; // pace: the clock is paused
        poll_fn(|cx| stall.poll_waiting(cx)).await;
        assert_eq!(start.elapsed().as_secs(), 5 * 40 + 500 + 60);
    }
}
