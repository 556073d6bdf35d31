//! How long a connection may take to send the next request.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

use super::in_flight::Requests;

/// A request's head has to be there this long after its first byte, and the
/// first one this long after the connection.
pub const HEAD: Duration = Duration::from_secs(10);

/// A connection without a request is kept this long, and up to twice as long where
/// it had some: longer than the common reverse proxies keep theirs, so that they
/// never send into a closing one.
pub const IDLE: Duration = Duration::from_secs(75);

/// Watches the reading side between requests. While one is being answered,
/// reading has no limit here: its body has one of its own.
#[derive(Debug)]
pub struct Patience {
    requests: Requests,
    /// Requests that had begun when last looked at.
    begun: usize,
    head_begun: bool,
    since: Option<Instant>,
    timer: Option<Pin<Box<Sleep>>>,
}

impl Patience {
    /// From the moment of the connection.
    pub fn new(requests: Requests) -> Self {
        Self { requests, begun: 0, head_begun: true, since: None, timer: None }
    }

    /// Bytes came.
    pub fn moved(&mut self) {
        self.look();
        if !self.head_begun {
            self.head_begun = true;
            self.since = None;
        }
    }

    /// Nothing comes right now. Ready when that takes too long; else the task
    /// is woken by then.
    pub fn poll_waiting(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.look();
        // Between requests any timer does: since when it is, matters when that fires.
        if self.since.is_none()
            && !self.head_begun
            && let Some(timer) = &mut self.timer
            && timer.as_mut().poll(cx).is_pending()
        {
            return Poll::Pending;
        }
        loop {
            let now = Instant::now();
            let due = if self.requests.is_busy() {
                self.since = None;
                now + IDLE // to look again: nobody tells when the answer ends
            } else {
                let limit = if self.head_begun { HEAD } else { IDLE };
                *self.since.get_or_insert(now) + limit
            };
            if due <= now {
                return Poll::Ready(());
            }
            match &mut self.timer {
                None => self.timer = Some(Box::pin(sleep_until(due))),
                Some(timer) if timer.deadline() > due || timer.is_elapsed() => {
                    timer.as_mut().reset(due);
                }
                Some(_) => {}
            }
            let Some(timer) = &mut self.timer else { return Poll::Pending };
            ready!(timer.as_mut().poll(cx));
        }
    }

    /// A request that has begun since has taken the bytes that came before.
    fn look(&mut self) {
        let begun = self.requests.begun();
        if begun != self.begun {
            self.begun = begun;
            self.head_begun = false;
            self.since = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Metrics;
    use std::future::poll_fn;

    const SECOND: Duration = Duration::from_secs(1);

    fn patience() -> (Requests, Patience) {
        let requests = Requests::new(Metrics::default());
        (requests.clone(), Patience::new(requests))
    }

    async fn lost(patience: &mut Patience) -> u64 {
        let start = Instant::now();
        poll_fn(|cx| patience.poll_waiting(cx)).await;
        start.elapsed().as_secs()
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_head_has_its_time_however_slowly_it_drips() {
        let (_, mut patience) = patience();
        for _ in 0..9 {
            let wait = poll_fn(|cx| patience.poll_waiting(cx));
            assert!(tokio::time::timeout(SECOND, wait).await.is_err());
            patience.moved();
        }
        assert_eq!(lost(&mut patience).await, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn an_idle_connection_is_kept_and_a_later_head_has_its_time_again() {
        let (requests, mut patience) = patience();
        patience.moved();
        drop(requests.begin());
        let wait = poll_fn(|cx| patience.poll_waiting(cx));
        assert!(tokio::time::timeout(SECOND * 70, wait).await.is_err());
        patience.moved();
        assert_eq!(lost(&mut patience).await, 10);
    }

    #[tokio::test(start_paused = true)]
    async fn an_idle_connection_ends_at_last() {
        let (requests, mut patience) = patience();
        drop(requests.begin());
        assert_eq!(lost(&mut patience).await, 75);
    }

    #[tokio::test(start_paused = true)]
    async fn a_running_answer_has_no_limit() {
        let (requests, mut patience) = patience();
        let running = requests.begin();
        let wait = poll_fn(|cx| patience.poll_waiting(cx));
        assert!(tokio::time::timeout(SECOND * 10_000, wait).await.is_err());
        drop(running);
        assert!(lost(&mut patience).await <= 150);
    }
}
