//! Sends one response, in as many steps as its client needs.

use std::io;
use std::iter;
use std::mem;
use std::net::TcpStream;
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use rustix::net::sockopt::set_tcp_cork;

use super::super::pacing::Pacing;
use super::super::request_tracker::RequestTracker;
use super::media_handler::PreparedResponse;
use super::range_pipe::{PipeOutcome, RangePipe};
use super::send_buffer::{MAX_SEND_BYTES, SendBuffer, SendOutcome};
use super::target_cache::MediaTarget;
use crate::delivery::segments::Segment;
use crate::media::SharedFile;
use crate::media::loading::{ChunkPlanner, LoadGuard};
use crate::media::packages::COPIED_RANGE_BYTES;

/// The fewest bytes that are moved into the pipe at once, if there are as many.
const MIN_PIPE_BYTES: usize = 128 * 1024;

/// The unsent rest of a response.
#[derive(Debug)]
pub struct ResponseWriter {
    target: Rc<MediaTarget>,
    tracker: RequestTracker,
    planner: ChunkPlanner,
    /// The part that is sent next. After it come the rest of its segment, and the other segments.
    buffer: SendBuffer,
    segment_rest: Range<u64>,
    segments: smallvec::IntoIter<[Segment; 1]>,
    /// Whether the body has several parts: short ranges are copied, and the socket is corked.
    has_parts: bool,
    /// Whether the socket holds back what does not fill a packet.
    is_corked: bool,
    /// About how many bytes are moved into the pipe at once: more than the socket takes would be wasted.
    pipe_limit: usize,
    /// The number of the send for which a disk thread has the buffer, and the guard of its read.
    disk_send: Option<(u64, LoadGuard)>,
}

/// The state of a response after a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriteStep {
    /// All of it is sent.
    Complete,
    /// The socket is full.
    Blocked {
        /// Whether the socket took some bytes before that.
        made_progress: bool,
    },
    /// The next part could be sent, but other connections have their turn first.
    Yield,
    /// The next part is not in memory.
    NeedsDisk,
}

impl ResponseWriter {
    /// Creates the writer of a response with this head.
    pub fn new(response: PreparedResponse, head: Vec<u8>) -> Self {
        let PreparedResponse { target, segments, tracker, .. } = response;
        Self {
            target,
            tracker,
            planner: ChunkPlanner::default(),
            buffer: SendBuffer::with_bytes(head),
            segment_rest: 0..0,
            has_parts: segments.len() > 1,
            is_corked: false,
            pipe_limit: MAX_SEND_BYTES,
            segments: segments.into_iter(),
            disk_send: None,
        }
    }

    /// Takes the memory of the head, to use it again after the response was sent.
    pub fn take_memory(&mut self) -> Vec<u8> {
        self.buffer.take_memory()
    }

    /// Returns the file that the response is sent from.
    pub fn file(&self) -> &Arc<SharedFile> {
        &self.target.media.file
    }

    /// Returns why the rest of the response cannot be sent, if the file has changed. Counts that.
    /// `None` while a disk thread has the buffer, because the thread checks the file itself.
    pub fn file_error(&self) -> Option<io::Error> {
        if self.disk_send.is_some() {
            return None;
        }
        let error = self.file().check_unless_fresh().err()?;
        Some(self.tracker.record_failure(error))
    }

    /// Takes the buffer for a disk thread; [`ResponseWriter::finish_disk_send`] gives it back.
    pub fn take_buffer(&mut self) -> SendBuffer {
        mem::take(&mut self.buffer)
    }

    /// Notes that a disk thread has the buffer. Dropping the writer drops `guard`, which cancels
    /// the read.
    pub fn begin_disk_send(&mut self, id: u64, guard: LoadGuard) {
        self.disk_send = Some((id, guard));
    }

    /// Returns whether the response waits for this send of a disk thread.
    pub fn awaits_disk_send(&self, id: u64) -> bool {
        self.disk_send.as_ref().is_some_and(|(own, _)| *own == id)
    }

    /// Takes the buffer back from a disk thread.
    ///
    /// # Errors
    /// If the disk thread failed: the connection broke, or the file changed.
    pub fn finish_disk_send(
        &mut self,
        buffer: SendBuffer,
        outcome: io::Result<SendOutcome>,
    ) -> io::Result<()> {
        (self.disk_send, self.buffer) = (None, buffer);
        self.record(outcome).map(drop)
    }

    /// Sends until the socket is full, the next part is not in memory, or the turn is over.
    ///
    /// # Errors
    /// If the connection broke, or the file changed.
    pub fn resume(
        &mut self,
        socket: &TcpStream,
        pacing: Pacing,
        pipe: &mut RangePipe,
    ) -> io::Result<WriteStep> {
        let (mut made_progress, mut sent) = (false, 0);
        self.cork(socket, pacing)?;
        loop {
            let mut next = NextPart::FileRange;
            if self.buffer.file_range().is_empty() {
                let has_more = !self.segment_rest.is_empty() || self.segments.len() > 0;
                if has_more && sent >= MAX_SEND_BYTES {
                    return Ok(WriteStep::Yield);
                }
                next = self.fill_buffer()?;
                if next == NextPart::FileRange && self.begin_chunk() {
                    return Ok(WriteStep::NeedsDisk);
                }
            }
            let unsent = self.buffer.unsent_bytes();
            let outcome = match next {
                NextPart::FileRange => self.send_ranges(socket, pacing, pipe),
                NextPart::Bytes | NextPart::End => {
                    self.buffer.send_bytes(socket, next == NextPart::Bytes, pacing)
                }
            };
            let outcome = self.record(outcome)?;
            made_progress |= outcome.made_progress;
            if outcome.is_blocked {
                self.buffer.free_unused();
                return Ok(WriteStep::Blocked { made_progress });
            }
            if next == NextPart::End {
                self.uncork(socket)?;
                return Ok(WriteStep::Complete);
            }
            sent += outcome.file_bytes as usize + unsent - self.buffer.unsent_bytes();
        }
    }

    /// Sends the file range of the buffer, and others that follow it at once.
    fn send_ranges(
        &mut self,
        socket: &TcpStream,
        pacing: Pacing,
        pipe: &mut RangePipe,
    ) -> io::Result<SendOutcome> {
        let file = &self.target.media.file;
        let is_run = self.segment_rest.is_empty()
            && self.buffer.unsent_bytes() == 0
            && matches!(self.segments.as_slice().first(), Some(Segment::FileRange(_)));
        if !is_run || pacing != Pacing::None {
            return self.buffer.send(file, socket, pacing);
        }
        let following = self.segments.as_slice().iter().map_while(|segment| match segment {
            Segment::FileRange(range) if file.is_in_memory(range) => Some(range.clone()),
            _ => None,
        });
        let ranges = iter::once(self.buffer.file_range().clone()).chain(following);
        let Some(outcome) = pipe.send(file, socket, ranges, self.pipe_limit)? else {
            return self.buffer.send(file, socket, pacing);
        };
        let PipeOutcome { sent, is_blocked } = outcome;
        self.pipe_limit = match is_blocked {
            true => sent.max(MIN_PIPE_BYTES),
            false => (2 * self.pipe_limit).min(MAX_SEND_BYTES),
        };
        self.advance(sent as u64);
        Ok(SendOutcome { file_bytes: sent as u64, made_progress: sent > 0, is_blocked })
    }

    /// Removes bytes that were sent from the file range of the buffer, and from the segments after it.
    fn advance(&mut self, mut sent: u64) {
        loop {
            let mut range = self.buffer.file_range().clone();
            let part = sent.min(range.end - range.start);
            range.start += part;
            sent -= part;
            if sent > 0
                && let Some(Segment::FileRange(next)) = self.segments.next()
            {
                range = next;
            }
            self.buffer.set_file_range(range);
            if sent == 0 {
                return;
            }
        }
    }

    /// Makes the socket send full packets only (`TCP_CORK`, tcp(7)), if the response has many parts: each part would otherwise
    /// end with a packet that is not full. With pacing by the kernel, larger bursts cost more.
    fn cork(&mut self, socket: &TcpStream, pacing: Pacing) -> io::Result<()> {
        if self.has_parts && !self.is_corked && pacing == Pacing::None {
            set_tcp_cork(socket, true)?;
            self.is_corked = true;
        }
        Ok(())
    }

    /// Makes the socket send the last packet, which may not be full.
    fn uncork(&mut self, socket: &TcpStream) -> io::Result<()> {
        if self.is_corked {
            set_tcp_cork(socket, false)?;
            self.is_corked = false;
        }
        Ok(())
    }

    /// Moves the next chunk of the current range into the buffer. Returns whether it needs the disk.
    fn begin_chunk(&mut self) -> bool {
        let file = &self.target.media.file;
        let (range, needs_disk) =
            self.planner.next_chunk(file, &mut self.segment_rest, MAX_SEND_BYTES);
        self.buffer.set_file_range(range);
        needs_disk
    }

    /// Counts the bytes that were sent, or a failure.
    fn record(&self, outcome: io::Result<SendOutcome>) -> io::Result<SendOutcome> {
        let outcome = outcome.map_err(|error| self.tracker.record_failure(error))?;
        self.tracker.add_zero_copy_bytes(outcome.file_bytes);
        Ok(outcome)
    }

    /// Moves on to the next range that is sent from the file, and puts what is before it into the buffer, as far as it has
    /// room.
    fn fill_buffer(&mut self) -> io::Result<NextPart> {
        self.buffer.discard_sent();
        while self.segment_rest.is_empty() {
            if self.buffer.is_full() {
                // The last bytes must not be sent with `MSG_MORE`, which would hold them back.
                return Ok(if self.segments.len() > 0 { NextPart::Bytes } else { NextPart::End });
            }
            match self.segments.next() {
                None => return Ok(NextPart::End),
                Some(Segment::FileRange(range)) => {
                    if !self.copy_short(&range)? {
                        self.segment_rest = range;
                    }
                }
                Some(Segment::Bytes(bytes)) => {
                    self.tracker.add_copied_bytes(bytes.len() as u64);
                    self.buffer.push_bytes(bytes);
                }
            }
        }
        Ok(NextPart::FileRange)
    }

    /// Copies a short range that is in memory into the buffer, and returns whether it did.
    fn copy_short(&mut self, range: &Range<u64>) -> io::Result<bool> {
        let length = range.end - range.start;
        if !self.has_parts || length > COPIED_RANGE_BYTES {
            return Ok(false);
        }
        let copied = self.buffer.push_copy(&self.target.media.file, range);
        let is_copied = copied.map_err(|error| self.tracker.record_failure(error))?;
        if is_copied {
            self.tracker.add_copied_bytes(length);
        }
        Ok(is_copied)
    }
}

/// The part of a response that is sent next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NextPart {
    /// The bytes of the buffer, and a range of the file after them.
    FileRange,
    /// The bytes of the buffer, which is full.
    Bytes,
    /// The bytes of the buffer, after which nothing follows.
    End,
}
