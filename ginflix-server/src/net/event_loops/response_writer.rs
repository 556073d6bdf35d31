//! Sends one response, in as many steps as its client needs.

use std::io;
use std::mem;
use std::net::TcpStream;
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use super::super::pacing::Pacing;
use super::super::request_tracker::RequestTracker;
use super::media_handler::PreparedResponse;
use super::send_buffer::{MAX_SEND_BYTES, SendBuffer, SendOutcome};
use super::target_cache::MediaTarget;
use crate::delivery::segments::Segment;
use crate::media::SharedFile;
use crate::media::loading::{ChunkPlanner, LoadGuard};

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
    pub fn resume(&mut self, socket: &TcpStream, pacing: Pacing) -> io::Result<WriteStep> {
        let mut made_progress = false;
        loop {
            if self.buffer.file_range().is_empty() {
                if !self.segment_rest.is_empty() && made_progress {
                    return Ok(WriteStep::Yield);
                }
                if !self.next_file_range() {
                    let outcome = self.buffer.send_bytes(socket)?;
                    made_progress |= outcome.made_progress;
                    return Ok(match outcome.is_blocked {
                        true => WriteStep::Blocked { made_progress },
                        false => WriteStep::Complete,
                    });
                }
                let file = &self.target.media.file;
                let (range, needs_disk) =
                    self.planner.next_chunk(file, &mut self.segment_rest, MAX_SEND_BYTES);
                self.buffer.set_file_range(range);
                if needs_disk {
                    return Ok(WriteStep::NeedsDisk);
                }
            }
            let outcome = self.buffer.send(&self.target.media.file, socket, pacing);
            let outcome = self.record(outcome)?;
            made_progress |= outcome.made_progress;
            if outcome.is_blocked {
                return Ok(WriteStep::Blocked { made_progress });
            }
        }
    }

    /// Counts the bytes that were sent, or a failure.
    fn record(&self, outcome: io::Result<SendOutcome>) -> io::Result<SendOutcome> {
        let outcome = outcome.map_err(|error| self.tracker.record_failure(error))?;
        self.tracker.add_zero_copy_bytes(outcome.file_bytes);
        Ok(outcome)
    }

    /// Moves on to the next file range, and puts the bytes before it into the buffer. Returns
    /// `false` if there is none; then only bytes are left to send.
    fn next_file_range(&mut self) -> bool {
        while self.segment_rest.is_empty() {
            match self.segments.next() {
                None => return false,
                Some(Segment::FileRange(range)) => self.segment_rest = range,
                Some(Segment::Bytes(bytes)) => {
                    self.tracker.add_copied_bytes(bytes.len() as u64);
                    self.buffer.push_bytes(&bytes);
                }
            }
        }
        true
    }
}
