//! A request's body that has to keep coming.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;

use super::link::Link;
use super::metrics::Cut;
use super::socket::cut;
use super::stall::Stall;

/// Fails where no byte comes for too long, so that a handler is never left
/// waiting for a client that has stopped sending.
#[derive(Debug)]
pub struct RequestBody {
    incoming: Incoming,
    link: Link,
    stall: Stall,
}

impl RequestBody {
    /// Waits for at most `stall` at a time.
    pub fn new(incoming: Incoming, link: Link, stall: Duration) -> Self {
        Self { incoming, link, stall: Stall::new(stall) }
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
                this.stall.moved();
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
