//! A response body for hyper that is made of ranges of one file and bytes between them.
//!
//! The file is read into buffers. They are large once the client has shown that it reads, and only
//! while there is memory for them.

use std::collections::VecDeque;
use std::future::Future;
use std::io;
use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use smallvec::SmallVec;

use super::connection_context::ConnectionContext;
use super::request_tracker::RequestTracker;
use super::unsent_guard::{UnsentGuard, guarded};
use crate::delivery::segments::{Segment, Segments};
use crate::fair_share::{ClientKey, FairShare, SharePermit};
use crate::media::SharedFile;
use crate::media::buffer::{CopyBuffer, LARGE_BUFFER_BYTES, SMALL_BUFFER_BYTES};
use crate::media::loading::{ChunkPlanner, PendingLoad};
use crate::media::shared_file::GAPS_BYTES;

/// The longest segment in bytes that is copied together with its neighbours.
const SHORT_SEGMENT_BYTES: u64 = LARGE_BUFFER_BYTES as u64;

/// The most ranges that are read by one system call.
const RUN_RANGES_LIMIT: usize = 8;

/// What a body is made of. A handler puts it into the extensions of its response, where the HTTP
/// service finds it.
#[derive(Debug, Clone)]
pub struct FileSegments {
    /// The file.
    pub file: Arc<SharedFile>,
    /// Its ranges and the bytes between them, in order.
    pub segments: Segments,
}

/// The body. It fails if the file changed: the connection then ends, so that the client does not
/// take what it has received for the whole.
#[derive(Debug)]
pub struct FileBody {
    file: Arc<SharedFile>,
    planner: ChunkPlanner,
    segments: VecDeque<Segment>,
    limits: BodyLimits,
    /// The memory of the segments that are bytes; `None` if they are few.
    _share: Option<SharePermit>,
    tracker: Arc<RequestTracker>,
    /// The next frame, while a disk thread reads it into memory.
    pending: Option<(PendingLoad, PendingRead)>,
}

/// The limits that apply to a body while its bytes wait for the client.
#[derive(Debug, Clone)]
pub struct BodyLimits {
    /// The memory for large buffers.
    pub memory: FairShare,
    /// The client that they count for.
    pub client: ClientKey,
    /// The connection, if its socket does not show whether the client reads: HTTP/2.
    pub connection: Option<ConnectionContext>,
}

impl FileBody {
    /// Creates a body of these segments. `share` is the memory of those that are bytes.
    pub fn new(
        content: FileSegments,
        limits: BodyLimits,
        share: Option<SharePermit>,
        tracker: Arc<RequestTracker>,
    ) -> Self {
        let segments = content.segments.into_iter().filter(|segment| !segment.is_empty()).collect();
        Self {
            file: content.file,
            planner: ChunkPlanner::default(),
            segments,
            limits,
            _share: share,
            tracker,
            pending: None,
        }
    }

    /// Takes a range of at most `limit` bytes off the first segment, which has to be a file range.
    /// Returns it, and the load that has to finish first if the range is not in memory.
    fn next_range(&mut self, limit: usize) -> Option<(Range<u64>, Option<PendingLoad>)> {
        let Some(Segment::FileRange(rest)) = self.segments.front_mut() else { return None };
        let (range, needs_disk) = self.planner.next_chunk(&self.file, rest, limit);
        let loading = needs_disk.then(|| PendingLoad::start(&self.file, &range));
        if rest.is_empty() {
            self.segments.pop_front();
        }
        Some((range, loading))
    }

    fn next_file_frame(&mut self) -> Option<NextFrame> {
        let BodyLimits { memory, client, .. } = &self.limits;
        let is_reading = self.tracker.has_client_read();
        let share =
            is_reading.then(|| memory.try_acquire(*client, LARGE_BUFFER_BYTES as u64)).flatten();
        let limit = if share.is_some() { LARGE_BUFFER_BYTES } else { SMALL_BUFFER_BYTES };
        let (range, loading) = self.next_range(limit)?;
        let connection = self.limits.connection.as_ref();
        let guard = UnsentGuard::new(share.map(Arc::new), &self.tracker, connection);
        Some(match loading {
            None => NextFrame::Ready(self.read(&range, guard)),
            Some(loading) => NextFrame::Loading(loading, PendingRead { range, guard }),
        })
    }

    fn read(&self, range: &Range<u64>, guard: UnsentGuard) -> io::Result<Bytes> {
        let mut buffer = CopyBuffer::acquire((range.end - range.start) as usize);
        let read = self.file.read(range.start, buffer.as_mut_slice());
        read.map_err(|error| self.tracker.record_failure(error))?;
        self.tracker.add_copied_bytes(range.end - range.start);
        Ok(guarded(buffer, guard))
    }

    /// Copies the segments at the front into one frame, as far as they are short and in memory: the audio of some seconds
    /// is made of hundreds of ranges.
    fn next_gathered_frame(&mut self) -> Option<io::Result<Bytes>> {
        if !is_short(self.segments.front()?) || !self.segments.get(1).is_some_and(is_short) {
            return None;
        }
        let BodyLimits { memory, client, .. } = &self.limits;
        let is_reading = self.tracker.has_client_read();
        let share =
            is_reading.then(|| memory.try_acquire(*client, LARGE_BUFFER_BYTES as u64)).flatten();
        let limit = if share.is_some() { LARGE_BUFFER_BYTES } else { SMALL_BUFFER_BYTES };
        let wanted: u64 =
            self.segments.iter().take_while(|one| is_short(one)).map(Segment::len).sum();
        let mut buffer = CopyBuffer::acquire(limit.min(wanted as usize));
        match self.gather(buffer.as_mut_slice()) {
            Ok(0) => None,
            Ok(length) => {
                self.tracker.add_copied_bytes(length as u64);
                let connection = self.limits.connection.as_ref();
                let guard = UnsentGuard::new(share.map(Arc::new), &self.tracker, connection);
                buffer.truncate(length);
                Some(Ok(guarded(buffer, guard)))
            }
            Err(error) => Some(Err(self.tracker.record_failure(error))),
        }
    }

    /// Moves short segments from the front into `buffer`, and returns the number of bytes. Ends before a range that is
    /// not in memory.
    fn gather(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while self.segments.front().is_some_and(is_short) {
            if let Some(length) = self.gather_run(&mut buffer[filled..])? {
                filled += length;
                continue;
            }
            let Some(segment) = self.segments.front_mut() else { break };
            let length = (segment.len() as usize).min(buffer.len() - filled);
            let to = &mut buffer[filled..filled + length];
            match segment {
                Segment::Bytes(bytes) => to.copy_from_slice(&bytes.split_to(length)),
                Segment::FileRange(range) => {
                    if !self.file.read_from_memory(range.start, to)? {
                        break;
                    }
                    range.start += length as u64;
                }
            }
            filled += length;
            if segment.is_empty() {
                self.segments.pop_front();
            }
            if filled == buffer.len() {
                break;
            }
        }
        Ok(filled)
    }

    /// Moves ranges with small gaps between them from the front into `buffer`, and returns the number of bytes. `None` if
    /// there are fewer than two, or if they are not in memory.
    fn gather_run(&mut self, buffer: &mut [u8]) -> io::Result<Option<usize>> {
        let run = run(&self.segments, buffer.len() as u64);
        let length = run.iter().map(|range| range.end - range.start).sum::<u64>() as usize;
        if run.len() < 2 || !self.file.read_ranges_from_memory(&run, &mut buffer[..length])? {
            return Ok(None);
        }
        for range in run {
            if let Some(Segment::FileRange(rest)) = self.segments.front_mut() {
                rest.start = range.end;
                if rest.is_empty() {
                    self.segments.pop_front();
                }
            }
        }
        Ok(Some(length))
    }

    fn next_frame(&mut self) -> Option<NextFrame> {
        if let Some(gathered) = self.next_gathered_frame() {
            return Some(NextFrame::Ready(gathered));
        }
        if let Some(Segment::Bytes(bytes)) = self.segments.front_mut() {
            let bytes = std::mem::take(bytes);
            self.segments.pop_front();
            self.tracker.add_copied_bytes(bytes.len() as u64);
            return Some(NextFrame::Ready(Ok(bytes)));
        }
        self.next_file_frame()
    }
}

/// Returns the ranges at the front that can be read together: at most `limit` bytes of short segments, in ascending order.
fn run(segments: &VecDeque<Segment>, limit: u64) -> SmallVec<[Range<u64>; RUN_RANGES_LIMIT]> {
    let (mut run, mut length, mut gaps) = (SmallVec::<[Range<u64>; _]>::new(), 0, 0);
    for segment in segments.iter().take(RUN_RANGES_LIMIT) {
        let Segment::FileRange(range) = segment else { break };
        let end = run.last().map_or(range.start, |last| last.end);
        let Some(gap) = range.start.checked_sub(end) else { break };
        gaps += gap;
        if gaps > GAPS_BYTES as u64 || length >= limit || !is_short(segment) {
            break;
        }
        let part = range.start..range.end.min(range.start + limit - length);
        length += part.end - part.start;
        run.push(part);
    }
    run
}

/// Returns whether a segment is copied together with its neighbours.
fn is_short(segment: &Segment) -> bool {
    segment.len() <= SHORT_SEGMENT_BYTES
}

/// The next frame of a body.
enum NextFrame {
    /// The content of the frame, or the error of reading it.
    Ready(io::Result<Bytes>),
    /// The frame can be read once its range is in memory.
    Loading(PendingLoad, PendingRead),
}

/// A range that is read once it is in memory.
#[derive(Debug)]
struct PendingRead {
    range: Range<u64>,
    guard: UnsentGuard,
}

impl Body for FileBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if self.pending.is_none() {
            match self.next_frame() {
                None => return Poll::Ready(None),
                Some(NextFrame::Ready(bytes)) => return Poll::Ready(Some(bytes.map(Frame::data))),
                Some(NextFrame::Loading(loading, read)) => self.pending = Some((loading, read)),
            }
        }
        let Some((loading, _)) = &mut self.pending else { return Poll::Ready(None) };
        let loaded = ready!(Pin::new(loading).poll(cx));
        let loaded = loaded.map_err(|error| self.tracker.record_failure(error));
        let bytes = match (loaded, self.pending.take()) {
            (Ok(()), Some((_, PendingRead { range, guard }))) => self.read(&range, guard),
            // This is always an error: `pending` was set above.
            (loaded, _) => loaded.map(|()| Bytes::new()),
        };
        Poll::Ready(Some(bytes.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        self.segments.is_empty() && self.pending.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        match self.pending {
            // The pending range is no longer among the segments.
            Some(_) => SizeHint::default(),
            None => SizeHint::with_exact(self.segments.iter().map(Segment::len).sum()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_with_small_gaps_are_read_together() {
        let read = |ranges: &[Range<u64>], limit| {
            let segments = ranges.iter().cloned().map(Segment::FileRange).collect();
            run(&segments, limit).into_vec()
        };
        assert_eq!(read(&[0..10, 12..20, 25..30], 100), [0..10, 12..20, 25..30]);
        assert_eq!(read(&[0..10, 12..20, 25..30], 15), [0..10, 12..17]);
        let only = |range: Range<u64>| vec![range];
        assert_eq!(read(&[0..10, 12..20], 10), only(0..10));
        // A range before the last one, and one far behind it, are read by themselves.
        assert_eq!(read(&[10..20, 5..8], 100), only(10..20));
        assert_eq!(read(&[0..10, 20_000..20_001], 100), only(0..10));
        let many: Vec<_> = (0..100).map(|number| number * 10..number * 10 + 5).collect();
        assert_eq!(read(&many, 1000).len(), RUN_RANGES_LIMIT);
        let bytes = Segment::Bytes(Bytes::from_static(b"-"));
        assert!(run(&[bytes, Segment::FileRange(0..1)].into(), 100).is_empty());
    }
}
