//! The body of any response that hyper sends: one that a handler made, or parts of a file.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use http_body_util::combinators::UnsyncBoxBody;

use super::connection_context::ConnectionContext;
use super::file_body::FileBody;
use super::http2;
use super::request_tracker::RequestTracker;
use super::unsent_guard::{UnsentGuard, guarded};
use crate::fair_share::SharePermit;
use crate::media::buffer::SMALL_BUFFER_BYTES;

/// The body of a response.
#[derive(Debug)]
pub enum ResponseBody {
    /// A body that a handler made.
    Handler(HandlerBody),
    /// Parts of a file.
    File(FileBody),
}

/// A body that a handler made, in parts that count against limits until they are sent.
#[derive(Debug)]
pub struct HandlerBody {
    body: UnsyncBoxBody<Bytes, io::Error>,
    tracker: Arc<RequestTracker>,
    /// The memory of the whole body; `None` if it is small.
    share: Option<Arc<SharePermit>>,
    /// The connection, if its socket does not show whether the client reads: HTTP/2.
    connection: Option<ConnectionContext>,
    /// The rest of the current frame.
    rest: Bytes,
}

impl HandlerBody {
    /// Wraps a handler's body.
    pub fn new<B>(
        body: B,
        tracker: Arc<RequestTracker>,
        share: Option<SharePermit>,
        connection: Option<ConnectionContext>,
    ) -> Self
    where
        B: Body<Data = Bytes, Error: std::error::Error + Send + Sync + 'static> + Send + 'static,
    {
        let body = body.map_err(io::Error::other).boxed_unsync();
        Self { body, tracker, share: share.map(Arc::new), connection, rest: Bytes::new() }
    }

    /// Takes the next part of the current frame. Over HTTP/1.1 that is all of it, because the
    /// socket shows what the client reads; over HTTP/2 the parts have to be small for that.
    fn next_part(&mut self) -> Bytes {
        let limit = if self.connection.is_some() { SMALL_BUFFER_BYTES } else { usize::MAX };
        let part = self.rest.split_to(self.rest.len().min(limit));
        self.tracker.add_copied_bytes(part.len() as u64);
        if self.share.is_none() && self.connection.is_none() {
            return part;
        }
        guarded(part, UnsentGuard::new(self.share.clone(), &self.tracker, self.connection.as_ref()))
    }
}

impl Body for HandlerBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if self.rest.is_empty() {
            match Pin::new(&mut self.body).poll_frame(cx) {
                Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                    Ok(data) => self.rest = data,
                    Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
                },
                other => return other,
            }
        }
        Poll::Ready(Some(Ok(Frame::data(self.next_part()))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let rest = self.rest.len() as u64;
        let inner = self.body.size_hint();
        let mut hint = SizeHint::new();
        hint.set_lower(inner.lower().saturating_add(rest));
        if let Some(upper) = inner.upper() {
            hint.set_upper(upper.saturating_add(rest));
        }
        hint
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let polled = match self.get_mut() {
            Self::Handler(body) => Pin::new(body).poll_frame(cx),
            Self::File(body) => Pin::new(body).poll_frame(cx),
        };
        http2::record_poll(&polled);
        polled
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Handler(body) => body.is_end_stream(),
            Self::File(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Handler(body) => body.size_hint(),
            Self::File(body) => body.size_hint(),
        }
    }
}
