//! How long a connection that hyper serves may take to send the next request.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

use super::in_flight::InFlightRequests;

/// How long the head of a request may take, counted from its first byte; for the first request of a
/// connection, counted from the beginning of the connection.
pub const REQUEST_HEAD_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a connection without a request is kept. Under hyper the real time is up to twice as
/// long, because one timer serves for several requests. Common reverse proxies close idle
/// connections earlier, so they never send a request into one that is closing.
pub const KEEP_ALIVE_TIMEOUT: Duration = Duration::from_secs(75);

/// Limits the time between requests. While a request is in flight there is no limit here: its body
/// has one of its own.
#[derive(Debug)]
pub struct RequestTimer {
    requests: InFlightRequests,
    /// The number of requests that had begun at the last check.
    begun: usize,
    has_head_begun: bool,
    /// When the current wait began; `None` if it is not known yet.
    waiting_since: Option<Instant>,
    timer: Option<Pin<Box<Sleep>>>,
}

impl RequestTimer {
    /// Creates the timer of a new connection.
    pub fn new(requests: InFlightRequests) -> Self {
        Self { requests, begun: 0, has_head_begun: true, waiting_since: None, timer: None }
    }

    /// Notes that bytes have arrived.
    pub fn received(&mut self) {
        self.check_for_request();
        if !self.has_head_begun {
            self.has_head_begun = true;
            self.waiting_since = None;
        }
    }

    /// Waits while nothing arrives. Becomes ready when that takes too long.
    pub fn poll_expired(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.check_for_request();
        // Between requests a timer that is armed already will do: the beginning of the wait is
        // only looked up when it fires. This saves arming one for each request.
        if self.waiting_since.is_none()
            && !self.has_head_begun
            && let Some(timer) = &mut self.timer
            && timer.as_mut().poll(cx).is_pending()
        {
            return Poll::Pending;
        }
        loop {
            let now = Instant::now();
            let due = if self.requests.is_busy() {
                self.waiting_since = None;
                // Nothing wakes this task when the response ends, so it is checked again.
                now + KEEP_ALIVE_TIMEOUT
            } else {
                let head_begun = self.has_head_begun;
                let limit = if head_begun { REQUEST_HEAD_TIMEOUT } else { KEEP_ALIVE_TIMEOUT };
                *self.waiting_since.get_or_insert(now) + limit
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

    /// Begins a new wait if a request has begun since the last check: the bytes that arrived before
    /// belong to it.
    fn check_for_request(&mut self) {
        let begun = self.requests.begun();
        if begun != self.begun {
            self.begun = begun;
            self.has_head_begun = false;
            self.waiting_since = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Metrics;
    use std::future::poll_fn;

    const SECOND_PERIOD: Duration = Duration::from_secs(1);

    fn timer() -> (InFlightRequests, RequestTimer) {
        let requests = InFlightRequests::new(Metrics::default());
        (requests.clone(), RequestTimer::new(requests))
    }

    /// Waits until the timer expires. Returns after how many seconds that was.
    async fn expires_after(timer: &mut RequestTimer) -> u64 {
        let start = Instant::now();
        poll_fn(|cx| timer.poll_expired(cx)).await;
        start.elapsed().as_secs()
    }

    /// Waits for this many seconds, during which the timer must not expire.
    async fn wait(timer: &mut RequestTimer, seconds: u32) {
        let expired = poll_fn(|cx| timer.poll_expired(cx));
        assert!(tokio::time::timeout(SECOND_PERIOD * seconds, expired).await.is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_head_has_a_limit_however_slowly_it_arrives() {
        let (_, mut timer) = timer();
        for _ in 0..9 {
            wait(&mut timer, 1).await;
            timer.received();
        }
        assert_eq!(expires_after(&mut timer).await, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn an_idle_connection_is_kept_and_a_later_head_has_a_limit_of_its_own() {
        let (requests, mut timer) = timer();
        timer.received();
        drop(requests.begin());
        wait(&mut timer, 70).await;
        timer.received();
        assert_eq!(expires_after(&mut timer).await, 10);
    }

    #[tokio::test(start_paused = true)]
    async fn an_idle_connection_expires() {
        let (requests, mut timer) = timer();
        drop(requests.begin());
        assert_eq!(expires_after(&mut timer).await, 75);
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_in_flight_has_no_limit() {
        let (requests, mut timer) = timer();
        let request = requests.begin();
        wait(&mut timer, 10_000).await;
        drop(request);
        assert!(expires_after(&mut timer).await <= 150);
    }
}
