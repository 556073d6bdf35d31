//! Reads at positions of a file, through a small buffer and within a budget.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

/// The size in bytes of a read that follows the one before it.
const SEQUENTIAL_READ_BYTES: usize = 64 * 1024;
/// The size in bytes of a read elsewhere: what a file system reads at least.
const RANDOM_READ_BYTES: usize = 4 * 1024;

/// Content that can be read at any position.
pub trait ReadAt {
    /// Returns the size in bytes.
    ///
    /// # Errors
    /// The size cannot be read.
    fn size(&self) -> io::Result<u64>;

    /// Reads at most as many bytes as `buffer` has, and returns their number; 0 is the end.
    ///
    /// # Errors
    /// The content cannot be read.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;
}

impl ReadAt for File {
    fn size(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        FileExt::read_at(self, buffer, offset)
    }
}

impl ReadAt for &[u8] {
    fn size(&self) -> io::Result<u64> {
        Ok(self.len() as u64)
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let rest = usize::try_from(offset).ok().and_then(|at| self.get(at..)).unwrap_or_default();
        let length = rest.len().min(buffer.len());
        buffer[..length].copy_from_slice(&rest[..length]);
        Ok(length)
    }
}

/// What the inspection of one file may use up.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    /// The most bytes that are read.
    pub bytes: u64,
    /// The most reads.
    pub reads: u64,
}

impl Default for Budget {
    /// Enough for an index of 100 MB, and for the headers of all clusters of a long movie; little enough for
    /// a second of work.
    fn default() -> Self {
        Self { bytes: 512 << 20, reads: 200_000 }
    }
}

/// The reason why reading ended early.
#[derive(Debug, thiserror::Error)]
pub enum Stop {
    /// The content cannot be read.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The file ends before what it announces.
    #[error("{missing} bytes are missing")]
    End {
        /// The bytes that are missing at least.
        missing: u64,
    },
    /// The budget is used up.
    #[error("the budget is used up")]
    Budget,
}

/// The result of reading.
pub type Result<T> = std::result::Result<T, Stop>;

/// A part of a file: its first offset, and the one after its last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The first offset.
    pub start: u64,
    /// The offset after the last byte.
    pub end: u64,
}

impl Span {
    /// Returns the number of bytes.
    pub fn len(&self) -> u64 {
        self.end.saturating_sub(self.start)
    }

    /// Returns whether there are no bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A file that is read at positions.
pub struct Source<'a> {
    content: &'a dyn ReadAt,
    size: u64,
    left: Budget,
    /// The bytes that were read last, and where they are from.
    window: Vec<u8>,
    window_start: u64,
    read_bytes: u64,
}

impl<'a> Source<'a> {
    /// Creates a source that reads at most what `budget` allows.
    ///
    /// # Errors
    /// The size of the content cannot be read.
    pub fn new(content: &'a dyn ReadAt, budget: Budget) -> io::Result<Self> {
        let size = content.size()?;
        let window = Vec::new();
        Ok(Self { content, size, left: budget, window, window_start: 0, read_bytes: 0 })
    }

    /// Returns the size of the content in bytes.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Returns the number of bytes that were read so far.
    pub fn read_bytes(&self) -> u64 {
        self.read_bytes
    }

    /// Returns the `length` bytes at `at`.
    ///
    /// # Errors
    /// The file ends before, or cannot be read, or the budget is used up.
    pub fn bytes(&mut self, at: u64, length: usize) -> Result<&[u8]> {
        let end = at.saturating_add(length as u64);
        if end > self.size {
            return Err(Stop::End { missing: end - self.size });
        }
        let window_end = self.window_start + self.window.len() as u64;
        if at < self.window_start || end > window_end {
            self.load(at, length, at == window_end)?;
        }
        let start = (at - self.window_start) as usize;
        self.window.get(start..start + length).ok_or(Stop::End { missing: length as u64 })
    }

    /// Returns the `N` bytes at `at`.
    ///
    /// # Errors
    /// As [`Source::bytes`].
    pub fn array<const N: usize>(&mut self, at: u64) -> Result<[u8; N]> {
        let mut array = [0; N];
        array.copy_from_slice(self.bytes(at, N)?);
        Ok(array)
    }

    /// Returns the bytes of a span, or the first `limit` of them.
    ///
    /// # Errors
    /// As [`Source::bytes`].
    pub fn vec(&mut self, span: Span, limit: usize) -> Result<Vec<u8>> {
        let length = usize::try_from(span.len()).unwrap_or(limit).min(limit);
        Ok(self.bytes(span.start, length)?.to_vec())
    }

    /// Reads at `at` into the window: at least `length` bytes, unless the file ends before.
    fn load(&mut self, at: u64, length: usize, is_sequential: bool) -> Result<()> {
        let chunk = if is_sequential { SEQUENTIAL_READ_BYTES } else { RANDOM_READ_BYTES };
        let wanted = (chunk.max(length) as u64).min(self.size - at) as usize;
        self.spend(wanted as u64)?;
        self.window.clear();
        self.window.resize(wanted, 0);
        self.window_start = at;
        let mut filled = 0;
        while filled < wanted {
            match self.content.read_at(&mut self.window[filled..], at + filled as u64) {
                Ok(0) => break, // the file became shorter
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.window.clear();
                    return Err(Stop::Io(error));
                }
            }
        }
        self.window.truncate(filled);
        Ok(())
    }

    fn spend(&mut self, bytes: u64) -> Result<()> {
        self.left.reads = self.left.reads.checked_sub(1).ok_or(Stop::Budget)?;
        self.left.bytes = self.left.bytes.checked_sub(bytes).ok_or(Stop::Budget)?;
        self.read_bytes += bytes;
        Ok(())
    }
}

/// Reads a table of entries of equal size one by one, with a buffer of its own, so that several
/// tables can be read side by side.
pub struct TableReader {
    next: u64,
    end: u64,
    buffer: Vec<u8>,
    position: usize,
}

impl TableReader {
    /// Creates a reader of the entries of `span`.
    pub fn new(span: Span) -> Self {
        Self { next: span.start, end: span.end, buffer: Vec::new(), position: 0 }
    }

    /// Returns the next entry; `None` after the last.
    ///
    /// # Errors
    /// As [`Source::bytes`].
    pub fn next<const N: usize>(&mut self, source: &mut Source<'_>) -> Result<Option<[u8; N]>> {
        if self.buffer.len() - self.position < N {
            let left = (self.end - self.next.min(self.end)) / N as u64 * N as u64;
            let length = left.min((SEQUENTIAL_READ_BYTES / N * N) as u64) as usize;
            if length == 0 {
                return Ok(None);
            }
            let chunk = source.bytes(self.next, length)?;
            self.buffer.clear();
            self.buffer.extend_from_slice(chunk);
            self.position = 0;
            self.next += length as u64;
        }
        let mut entry = [0; N];
        entry.copy_from_slice(&self.buffer[self.position..self.position + N]);
        self.position += N;
        Ok(Some(entry))
    }
}

/// Returns the bit rate of this many bytes in this time, in bits a second.
pub fn bits_a_second(bytes: u64, seconds: f64) -> Option<u64> {
    let rate = bytes as f64 * 8.0 / seconds;
    (rate.is_finite() && rate > 0.0).then_some(rate.round() as u64)
}

/// Returns the big-endian number of 2 bytes at `at`; 0 beyond the end.
pub fn u16_at(bytes: &[u8], at: usize) -> u16 {
    bytes.get(at..at + 2).map_or(0, |b| u16::from_be_bytes([b[0], b[1]]))
}

/// Returns the big-endian number of 4 bytes at `at`; 0 beyond the end.
pub fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from(u16_at(bytes, at)) << 16 | u32::from(u16_at(bytes, at + 2))
}

/// Returns the big-endian number of 8 bytes at `at`; 0 beyond the end.
pub fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from(u32_at(bytes, at)) << 32 | u64::from(u32_at(bytes, at + 4))
}
