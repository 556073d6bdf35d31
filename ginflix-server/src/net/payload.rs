//! The body of any response: a handler's own, or parts of a file.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use http_body_util::combinators::UnsyncBoxBody;

use super::file_body::FileBody;
use super::held::{Held, hold};
use super::http2;
use super::link::Link;
use super::transfer::Transfer;
use crate::fair_share::Share;
use crate::media::buffer::SMALL_BYTES;

/// Either kind of body.
#[derive(Debug)]
pub enum Payload {
    /// A handler's own.
    Made(MadeBody),
    /// Parts of a file.
    File(FileBody),
}

/// A body as a handler made it, in parts that count against limits until they are sent.
#[derive(Debug)]
pub struct MadeBody {
    body: UnsyncBoxBody<Bytes, io::Error>,
    transfer: Arc<Transfer>,
    /// The memory that all of it takes, unless it is little.
    share: Option<Arc<Share>>,
    /// The connection, where its socket does not tell whether the client reads: HTTP/2.
    link: Option<Link>,
    /// The rest of a frame.
    rest: Bytes,
}

impl MadeBody {
    /// Sends this body.
    pub fn new<B>(
        body: B,
        transfer: Arc<Transfer>,
        share: Option<Share>,
        link: Option<Link>,
    ) -> Self
    where
        B: Body<Data = Bytes, Error: std::error::Error + Send + Sync + 'static> + Send + 'static,
    {
        let body = body.map_err(io::Error::other).boxed_unsync();
        Self { body, transfer, share: share.map(Arc::new), link, rest: Bytes::new() }
    }

    /// The next part of a frame: all of it over HTTP/1.1, where the socket tells what the
    /// client takes, else little enough for that to show.
    fn next_part(&mut self) -> Bytes {
        let most = if self.link.is_some() { SMALL_BYTES } else { usize::MAX };
        let part = self.rest.split_to(self.rest.len().min(most));
        self.transfer.add_copied(part.len() as u64);
        if self.share.is_none() && self.link.is_none() {
            return part;
        }
        let held = Held::new(self.share.clone(), &self.transfer, self.link.as_ref());
        hold(part, held)
    }
}

impl Body for MadeBody {
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

impl Body for Payload {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let polled = match self.get_mut() {
            Self::Made(body) => Pin::new(body).poll_frame(cx),
            Self::File(body) => Pin::new(body).poll_frame(cx),
        };
        http2::note_poll(&polled);
        polled
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Made(body) => body.is_end_stream(),
            Self::File(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Made(body) => body.size_hint(),
            Self::File(body) => body.size_hint(),
        }
    }
}
