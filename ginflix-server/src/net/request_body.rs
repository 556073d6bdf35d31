//! A request body that has to arrive at a minimum rate.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;

use super::connection_context::ConnectionContext;
use super::socket::timed_out;
use super::stall_timer::StallTimer;
use crate::metrics::DisconnectReason;

/// How long the first byte of a body may take.
const FIRST_BYTE_TIMEOUT: Duration = Duration::from_secs(20);

/// The bytes that extend the time limit by one second, so that a body that stays below this rate
/// is cut off. Apache's `RequestReadTimeout` has the same two values by default.
const MIN_BYTES_PER_SECOND: f64 = 500.0;

/// A request body that fails if too little of it arrives for too long, so that no handler waits
/// for a client that has stopped sending.
#[derive(Debug)]
pub struct RequestBody {
    incoming: Incoming,
    connection: ConnectionContext,
    budget: WaitBudget,
    timer: StallTimer,
}

impl RequestBody {
    /// Wraps the body of a request. It is never waited for longer than `stall` at a time.
    pub fn new(incoming: Incoming, connection: ConnectionContext, stall: Duration) -> Self {
        let budget = WaitBudget::new(stall);
        Self { incoming, connection, timer: StallTimer::new(budget.left), budget }
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let body = self.get_mut();
        match Pin::new(&mut body.incoming).poll_frame(cx) {
            Poll::Pending => {
                ready!(body.timer.poll_stalled(cx));
                body.connection.metrics().record_disconnect(DisconnectReason::NotSending);
                Poll::Ready(Some(Err(timed_out("the request body arrives too slowly"))))
            }
            Poll::Ready(frame) => {
                let since = body.timer.waiting_since();
                let waited = since.map_or(Duration::ZERO, |since| since.elapsed());
                let data = frame.as_ref().and_then(|frame| frame.as_ref().ok()?.data_ref());
                body.budget.record(data.map_or(0, Bytes::len), waited);
                body.timer.reset_to(body.budget.left);
                Poll::Ready(frame.map(|frame| frame.map_err(io::Error::other)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}

/// How long the server still waits for a client. Only waiting uses up the budget; the time that the
/// handler takes does not count.
#[derive(Debug)]
struct WaitBudget {
    left: Duration,
    limit: Duration,
}

impl WaitBudget {
    fn new(limit: Duration) -> Self {
        Self { left: FIRST_BYTE_TIMEOUT.min(limit), limit }
    }

    /// Records that bytes arrived after a wait.
    fn record(&mut self, bytes: usize, waited: Duration) {
        let earned = Duration::from_secs_f64(bytes as f64 / MIN_BYTES_PER_SECOND);
        self.left = self.left.saturating_sub(waited).saturating_add(earned).min(self.limit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND_PERIOD: Duration = Duration::from_secs(1);

    /// Returns after how many chunks of `bytes` bytes, one in each `period`, the budget is used up;
    /// `None` if it lasts.
    fn chunks_until_empty(bytes: usize, period: Duration) -> Option<u32> {
        let mut budget = WaitBudget::new(SECOND_PERIOD * 60);
        (0..10_000).find(|_| {
            let is_empty = budget.left <= period;
            budget.record(bytes, period);
            is_empty
        })
    }

    #[test]
    fn a_byte_now_and_then_is_not_enough() {
        assert_eq!(chunks_until_empty(1, SECOND_PERIOD), Some(20));
        assert_eq!(chunks_until_empty(1, SECOND_PERIOD * 19), Some(1));
        assert_eq!(chunks_until_empty(0, SECOND_PERIOD * 21), Some(0));
        assert_eq!(chunks_until_empty(490, SECOND_PERIOD), Some(950));
    }

    #[test]
    fn a_slow_connection_is_enough_and_may_pause() {
        assert_eq!(chunks_until_empty(500, SECOND_PERIOD), None);
        assert_eq!(chunks_until_empty(5_000, SECOND_PERIOD * 10), None);
        let mut budget = WaitBudget::new(SECOND_PERIOD * 60);
        budget.record(1 << 20, SECOND_PERIOD);
        assert_eq!(budget.left, SECOND_PERIOD * 60, "a fast start does not buy hours");
    }

    #[test]
    fn a_limit_below_the_time_for_the_first_byte_holds_from_the_start() {
        assert_eq!(WaitBudget::new(SECOND_PERIOD).left, SECOND_PERIOD);
    }
}
