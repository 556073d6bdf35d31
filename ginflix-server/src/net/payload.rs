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
use super::transfer::Transfer;

/// Either kind of body.
#[derive(Debug)]
pub enum Payload {
    /// As the handler made it, and where its bytes are counted.
    Made(UnsyncBoxBody<Bytes, io::Error>, Arc<Transfer>),
    /// Parts of a file.
    File(FileBody),
}

impl Payload {
    /// A handler's own body.
    pub fn made<B>(body: B, transfer: Arc<Transfer>) -> Self
    where
        B: Body<Data = Bytes, Error: std::error::Error + Send + Sync + 'static> + Send + 'static,
    {
        Self::Made(body.map_err(io::Error::other).boxed_unsync(), transfer)
    }
}

impl Body for Payload {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        match self.get_mut() {
            Self::Made(body, transfer) => {
                let polled = Pin::new(body).poll_frame(cx);
                if let Poll::Ready(Some(Ok(frame))) = &polled {
                    transfer.add_copied(frame.data_ref().map_or(0, Bytes::len) as u64);
                }
                polled
            }
            Self::File(body) => Pin::new(body).poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Made(body, _) => body.is_end_stream(),
            Self::File(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Made(body, _) => body.size_hint(),
            Self::File(body) => body.size_hint(),
        }
    }
}
