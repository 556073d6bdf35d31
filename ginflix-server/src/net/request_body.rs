//! A request's body that has to keep coming, at a minimum rate.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;

use super::link::Link;
use super::socket::cut;
use super::stall::Stall;
use crate::metrics::Cut;

/// How long a body may be waited for before its first byte.
const START_TIMEOUT: Duration = Duration::from_secs(20);

/// Bytes that buy one more second of waiting: a body that comes more slowly than this for long
/// is cut. Apache's `RequestReadTimeout` has the same two figures by default.
const MIN_BYTES_PER_SECOND: f64 = 500.0;

/// Fails where too little of it comes for too long, so that a handler is never left
/// waiting for a client that has stopped sending.
#[derive(Debug)]
pub struct RequestBody {
    incoming: Incoming,
    link: Link,
    credit: Credit,
    stall: Stall,
}

impl RequestBody {
    /// Waits for at most `stall` at a time.
    pub fn new(incoming: Incoming, link: Link, stall: Duration) -> Self {
        let credit = Credit::new(stall);
        Self { incoming, link, stall: Stall::new(credit.left), credit }
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let this = self.get_mut();
        match Pin::new(&mut this.incoming).poll_frame(cx) {
            Poll::Pending => {
                ready!(this.stall.poll_waiting(cx));
                this.link.metrics().cut(Cut::NotSending);
                Poll::Ready(Some(Err(cut("the client does not send"))))
            }
            Poll::Ready(frame) => {
                let waited = this.stall.waiting_since().map_or(Duration::ZERO, |s| s.elapsed());
                let data = frame.as_ref().and_then(|frame| frame.as_ref().ok()?.data_ref());
                this.credit.received(data.map_or(0, Bytes::len), waited);
                this.stall.restart(this.credit.left);
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

/// How long a client may still be waited for. Only waiting uses it up: what the handler does
/// meanwhile is not the client's doing.
#[derive(Debug)]
struct Credit {
    left: Duration,
    most: Duration,
}

impl Credit {
    fn new(most: Duration) -> Self {
        Self { left: START_TIMEOUT.min(most), most }
    }

    /// So many bytes came after `waited`.
    fn received(&mut self, bytes: usize, waited: Duration) {
        let earned = Duration::from_secs_f64(bytes as f64 / MIN_BYTES_PER_SECOND);
        self.left = self.left.saturating_sub(waited).saturating_add(earned).min(self.most);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// After how many pieces of so many bytes, one every so often, it is cut.
    fn pieces_until_cut(bytes: usize, every: Duration) -> Option<u32> {
        let mut credit = Credit::new(SECOND * 60);
        (0..10_000).find(|_| {
            let is_cut = credit.left <= every;
            credit.received(bytes, every);
            is_cut
        })
    }

    #[test]
    fn a_byte_now_and_then_is_not_enough() {
        assert_eq!(pieces_until_cut(1, SECOND), Some(20));
        assert_eq!(pieces_until_cut(1, SECOND * 19), Some(1));
        assert_eq!(pieces_until_cut(0, SECOND * 21), Some(0));
        assert_eq!(pieces_until_cut(490, SECOND), Some(950));
    }

    #[test]
    fn a_slow_line_is_enough_and_may_pause() {
        assert_eq!(pieces_until_cut(500, SECOND), None);
        assert_eq!(pieces_until_cut(5_000, SECOND * 10), None);
        let mut credit = Credit::new(SECOND * 60);
        credit.received(1 << 20, SECOND);
        assert_eq!(credit.left, SECOND * 60, "a fast start does not buy hours");
    }

    #[test]
    fn a_shorter_limit_holds_from_the_start() {
        assert_eq!(Credit::new(SECOND).left, SECOND);
    }
}
