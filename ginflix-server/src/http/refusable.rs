//! A request's body that may be refused before its end.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt};

use super::request::BodyStream;

/// How long a client may go on sending what was refused already.
const LINGER: Duration = Duration::from_secs(5);

/// A body that may be refused before its end. What still comes then is thrown
/// away for a while: were the connection cut at once, the client would see
/// that and not the answer that says why.
pub struct Refusable(Option<BodyStream>);

impl Refusable {
    /// This body.
    pub fn new(body: BodyStream) -> Self {
        Self(Some(body))
    }
}

impl Stream for Refusable {
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

impl Drop for Refusable {
    fn drop(&mut self) {
        let (Some(mut body), Ok(runtime)) = (self.0.take(), tokio::runtime::Handle::try_current())
        else {
            return;
        };
        let rest = async move { while let Some(Ok(_)) = body.next().await {} };
        drop(runtime.spawn(tokio::time::timeout(LINGER, rest)));
    }
}
