//! A response body made of parts of one file and text between them, for the HTTP library: it is
//! read into buffers, which are large once the client has shown that it reads, and as far as there
//! is memory for them.

use std::collections::VecDeque;
use std::future::Future;
use std::io;
use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use super::held::{Held, hold};
use super::link::Link;
use super::transfer::Transfer;
use crate::delivery::pieces::{Piece, Pieces};
use crate::fair_share::{Client, FairShare};
use crate::media::Source;
use crate::media::buffer::{Buffer, LARGE_BYTES, SMALL_BYTES};
use crate::media::loading::{Loading, Supply};

/// What a body consists of: made by a handler, found by the connection among
/// the response's extensions.
#[derive(Debug, Clone)]
pub struct FileParts {
    /// The file.
    pub source: Arc<Source>,
    /// Parts of it and text, in order.
    pub pieces: Pieces,
}

/// The body. An error says that the file is not what it was: the connection
/// ends, so that nobody takes what came for the whole.
#[derive(Debug)]
pub struct FileBody {
    source: Arc<Source>,
    supply: Supply,
    pieces: VecDeque<Piece>,
    limits: BodyLimits,
    transfer: Arc<Transfer>,
    /// The next frame, while another thread waits for the disk.
    coming: Option<(Loading, Unread)>,
}

/// What a body takes of the limits while its bytes wait for the client.
#[derive(Debug, Clone)]
pub struct BodyLimits {
    /// The memory that large buffers take.
    pub memory: FairShare,
    /// The client that they count for.
    pub client: Client,
    /// The connection, where its socket does not tell whether the client reads: HTTP/2.
    pub link: Option<Link>,
}

impl FileBody {
    /// Sends these parts.
    pub fn new(parts: FileParts, limits: BodyLimits, transfer: Arc<Transfer>) -> Self {
        let pieces = parts.pieces.into_iter().filter(|piece| !piece.is_empty()).collect();
        Self {
            source: parts.source,
            supply: Supply::default(),
            pieces,
            limits,
            transfer,
            coming: None,
        }
    }

    /// Takes the next bytes of the file off the list, with what to wait for first.
    fn next_part(&mut self, most: usize) -> Option<(Range<u64>, Option<Loading>)> {
        let Some(Piece::File(part)) = self.pieces.front_mut() else { return None };
        let (next, is_cold) = self.supply.next(&self.source, part, most);
        let loading = is_cold.then(|| Loading::start(&self.source, &next));
        if part.is_empty() {
            self.pieces.pop_front();
        }
        Some((next, loading))
    }

    fn next_copy(&mut self) -> Option<Next> {
        let BodyLimits { memory, client, .. } = &self.limits;
        let reads = self.transfer.has_taken_some();
        let memory = reads.then(|| memory.take(*client, LARGE_BYTES as u64));
        let share = memory.flatten();
        let most = if share.is_some() { LARGE_BYTES } else { SMALL_BYTES };
        let (part, loading) = self.next_part(most)?;
        let held = Held::new(share.map(Arc::new), &self.transfer, self.limits.link.as_ref());
        Some(match loading {
            None => Next::Now(self.copy(&part, held)),
            Some(loading) => Next::Later(loading, Unread { part, held }),
        })
    }

    fn copy(&self, part: &Range<u64>, held: Held) -> io::Result<Bytes> {
        let mut buffer = Buffer::take((part.end - part.start) as usize);
        self.source.read(part.start, buffer.to_fill()).map_err(|e| self.transfer.failed(e))?;
        self.transfer.add_copied(part.end - part.start);
        Ok(hold(buffer, held))
    }

    fn next(&mut self) -> Option<Next> {
        if let Some(Piece::Text(text)) = self.pieces.front_mut() {
            let text = std::mem::take(text);
            self.pieces.pop_front();
            self.transfer.add_copied(text.len() as u64);
            return Some(Next::Now(Ok(text)));
        }
        self.next_copy()
    }
}

enum Next {
    Now(io::Result<Bytes>),
    Later(Loading, Unread),
}

/// A part that is read once it is in memory.
#[derive(Debug)]
struct Unread {
    part: Range<u64>,
    held: Held,
}

impl Body for FileBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if self.coming.is_none() {
            match self.next() {
                None => return Poll::Ready(None),
                Some(Next::Now(bytes)) => return Poll::Ready(Some(bytes.map(Frame::data))),
                Some(Next::Later(loading, then)) => self.coming = Some((loading, then)),
            }
        }
        let Some((loading, _)) = &mut self.coming else { return Poll::Ready(None) };
        let loaded = ready!(Pin::new(loading).poll(cx)).map_err(|e| self.transfer.failed(e));
        let bytes = match (loaded, self.coming.take()) {
            (Ok(()), Some((_, Unread { part, held }))) => self.copy(&part, held),
            (loaded, _) => loaded.map(|()| Bytes::new()),
        };
        Poll::Ready(Some(bytes.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        self.pieces.is_empty() && self.coming.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        match self.coming {
            Some(_) => SizeHint::default(),
            None => SizeHint::with_exact(self.pieces.iter().map(Piece::len).sum()),
        }
    }
}
