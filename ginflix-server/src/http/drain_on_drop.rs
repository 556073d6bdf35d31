//! A request body that a handler may reject before its end.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt};

use super::request::BodyStream;

/// Upper bound on the time for which the rest of a rejected body is read.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);

/// A request body whose rest is read and discarded when it is dropped. If the connection were
/// closed at once, the client would see a reset and not the response that says why its request
/// was rejected.
pub struct DrainOnDrop(Option<BodyStream>);

impl DrainOnDrop {
    /// Wraps a body.
    pub fn new(body: BodyStream) -> Self {
        Self(Some(body))
    }
}

impl Stream for DrainOnDrop {
    type Item = Result<Bytes, warp::Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(body) = &mut self.0 else { return Poll::Ready(None) };
        let next = body.poll_next_unpin(cx);
        if matches!(next, Poll::Ready(None | Some(Err(_)))) {
            self.0 = None;
        }
        next
    }
}

impl Drop for DrainOnDrop {
    fn drop(&mut self) {
        // Outside of a runtime, nothing could read the rest.
        let (Some(mut body), Ok(runtime)) = (self.0.take(), tokio::runtime::Handle::try_current())
        else {
            return;
        };
        let read_to_end = async move { while let Some(Ok(_)) = body.next().await {} };
        drop(runtime.spawn(tokio::time::timeout(DRAIN_TIMEOUT, read_to_end)));
    }
}
