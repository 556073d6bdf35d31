//! A response body made of parts of one file and text between them.

use std::collections::VecDeque;
use std::future::Future;
use std::io;
use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::task::{JoinHandle, spawn_blocking};

use super::buffer::{BUFFER_BYTES, Buffer};
use super::source::Source;

/// What a body consists of: made by a handler, found by the connection among
/// the response's extensions.
#[derive(Debug, Clone)]
pub struct FileParts {
    /// The file.
    pub source: Arc<Source>,
    /// Parts of it and text, in order.
    pub pieces: Vec<Piece>,
}

/// A piece of such a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// These bytes.
    Text(Bytes),
    /// These bytes of the file.
    File(Range<u64>),
}

impl Piece {
    /// Bytes.
    pub fn len(&self) -> u64 {
        match self {
            Self::Text(text) => text.len() as u64,
            Self::File(part) => part.end - part.start,
        }
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The body. An error says that the file is not what it was: the connection
/// ends, so that nobody takes what came for the whole.
#[derive(Debug)]
pub struct FileBody {
    source: Arc<Source>,
    pieces: VecDeque<Piece>,
    reading: Option<JoinHandle<io::Result<Bytes>>>,
}

impl FileBody {
    /// Sends these parts.
    pub fn new(parts: FileParts) -> Self {
        let pieces = parts.pieces.into_iter().filter(|piece| !piece.is_empty()).collect();
        Self { source: parts.source, pieces, reading: None }
    }

    /// Takes the next bytes of the file off the list.
    fn next_part(&mut self, most: usize) -> Option<Range<u64>> {
        let Some(Piece::File(part)) = self.pieces.front_mut() else { return None };
        let end = part.end.min(part.start + most as u64);
        let next = part.start..end;
        part.start = end;
        if part.is_empty() {
            self.pieces.pop_front();
        }
        Some(next)
    }
}

impl Body for FileBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if let Some(Piece::Text(_)) = self.pieces.front()
            && self.reading.is_none()
            && let Some(Piece::Text(text)) = self.pieces.pop_front()
        {
            return Poll::Ready(Some(Ok(Frame::data(text))));
        }
        if self.reading.is_none() {
            let Some(part) = self.next_part(BUFFER_BYTES) else { return Poll::Ready(None) };
            let source = Arc::clone(&self.source);
            self.reading = Some(spawn_blocking(move || {
                let mut buffer = Buffer::take((part.end - part.start) as usize);
                source.read(part.start, buffer.as_mut())?;
                Ok(buffer.into_bytes())
            }));
        }
        let Some(reading) = &mut self.reading else { return Poll::Ready(None) };
        let read = ready!(Pin::new(reading).poll(cx)).unwrap_or_else(|e| Err(io::Error::other(e)));
        self.reading = None;
        Poll::Ready(Some(read.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        self.pieces.is_empty() && self.reading.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        if self.reading.is_some() {
            return SizeHint::default();
        }
        SizeHint::with_exact(self.pieces.iter().map(Piece::len).sum())
    }
}
