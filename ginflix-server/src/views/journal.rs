//! A journal of playback events on the local disk, for the time in which the database is not
//! available.
//!
//! The journal is one file to which frames are appended; it is truncated once all events are in the
//! database. A frame holds the events of one write: their length as JSON, the first 8 bytes of the
//! SHA-256 of that JSON, and the JSON itself. An incomplete frame, which a crash may leave at the
//! end, was never acknowledged and is cut off at the next start.

use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::catalog::store::PlaybackEvent;
use crate::durable;
use crate::file_modes::{self, PRIVATE_FILE_MODE};

/// The first bytes of the file, with the version of the format.
const MAGIC: &[u8; 8] = b"GFVIEWS1";
/// The length (4 bytes, little-endian) and the checksum (8 bytes) at the beginning of a frame.
const FRAME_HEADER_BYTES: u64 = 4 + 8;
/// The offset of the first frame.
const FIRST_FRAME_OFFSET: u64 = MAGIC.len() as u64;

/// The extension of the copy of what was cut off.
const TAIL_EXTENSION: &str = "rest";

/// An error of writing events to the journal, or of reading them.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The journal has reached its size limit.
    #[error("the journal of views is full")]
    Full,
    /// The disk failed.
    #[error("cannot use the journal of views: {0}")]
    Io(#[from] io::Error),
}

/// An open journal, locked against other processes.
#[derive(Debug)]
pub struct Journal {
    file: File,
    path: PathBuf,
    /// The offset of the first frame that is not known to be in the database.
    start: u64,
    /// The offset behind the last frame.
    end: u64,
    /// The maximum size of the file in bytes.
    limit: u64,
}

/// The events of one or more consecutive frames.
#[derive(Debug)]
pub struct JournalBatch {
    /// The events in the order in which they were appended.
    pub events: Vec<PlaybackEvent>,
    /// The offset behind the last of the frames.
    pub end: u64,
}

impl Journal {
    /// Opens or creates a journal that may grow to `limit` bytes, and cuts off an incomplete frame
    /// at its end.
    ///
    /// # Errors
    /// The disk fails, another process has the journal open, or the file is not a journal.
    pub fn open(path: &Path, limit: u64) -> io::Result<Self> {
        file_modes::make_private([path.to_owned(), path.with_extension(TAIL_EXTENSION)]);
        let mut options = File::options();
        options.read(true).write(true).create(true).truncate(false).mode(PRIVATE_FILE_MODE);
        let file = options.open(path)?;
        file.try_lock()
            .map_err(|e| io::Error::other(format!("another server uses the journal: {e}")))?;
        let start = FIRST_FRAME_OFFSET;
        let mut journal = Self { file, path: path.to_owned(), start, end: start, limit };
        let length = journal.file.metadata()?.len();
        // The file is new, or a crash interrupted its creation: there are no frames.
        if length <= FIRST_FRAME_OFFSET {
            journal.file.write_all_at(MAGIC, 0)?;
            journal.file.sync_all()?;
            let folder = path.parent().filter(|p| !p.as_os_str().is_empty());
            durable::sync_dir(folder.unwrap_or(Path::new(".")))?;
            return Ok(journal);
        }
        let mut magic = [0; MAGIC.len()];
        journal.file.read_exact_at(&mut magic, 0)?;
        if &magic != MAGIC {
            return Err(io::Error::other(
                "the file is not a journal of this version; move it elsewhere",
            ));
        }
        while let Some(frame) = journal.read_frame(journal.end, length)? {
            journal.end = frame.end;
        }
        if journal.end < length {
            journal.cut_off_tail(length)?;
        }
        Ok(journal)
    }

    /// Whether all events are in the database.
    pub fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// Returns how many bytes of events are not known to be in the database.
    pub fn held_bytes(&self) -> u64 {
        self.end - self.start
    }

    /// Appends events, which are durable when this returns.
    ///
    /// # Errors
    /// The journal is full, or the disk fails; then nothing was appended.
    pub fn append(&mut self, events: &[PlaybackEvent]) -> Result<(), JournalError> {
        let body = serde_json::to_vec(events).map_err(io::Error::from)?;
        let mut frame = Vec::with_capacity(body.len() + FRAME_HEADER_BYTES as usize);
        let length = u32::try_from(body.len()).map_err(|_| JournalError::Full)?;
        frame.extend_from_slice(&length.to_le_bytes());
        frame.extend_from_slice(&checksum(&body));
        frame.extend_from_slice(&body);
        let end = self.end + frame.len() as u64;
        if end > self.limit {
            return Err(JournalError::Full);
        }
        let written = self.file.write_all_at(&frame, self.end).and_then(|()| self.file.sync_data());
        if let Err(error) = written {
            // A frame that was written but not synced must not appear at the next start.
            let _ = self.file.set_len(self.end);
            return Err(error.into());
        }
        self.end = end;
        Ok(())
    }

    /// Reads the first frames that are not known to be in the database: as many as it takes for
    /// `min_events`, or all. Returns `None` if the journal is empty.
    ///
    /// # Errors
    /// The disk fails, or returns other bytes than were written.
    pub fn read_batch(&self, min_events: usize) -> io::Result<Option<JournalBatch>> {
        let mut batch = JournalBatch { events: Vec::new(), end: self.start };
        while batch.events.len() < min_events && batch.end < self.end {
            let damaged = || io::Error::other("a frame of the journal is damaged");
            let frame = self.read_frame(batch.end, self.end)?.ok_or_else(damaged)?;
            batch.events.extend(frame.events);
            batch.end = frame.end;
        }
        Ok((batch.end > self.start).then_some(batch))
    }

    /// Removes the frames before `end`, which are in the database. The file is truncated only when
    /// none is left: if the server crashes before that, they are applied again, which changes
    /// nothing.
    ///
    /// # Errors
    /// The disk fails.
    pub fn remove_until(&mut self, end: u64) -> io::Result<()> {
        self.start = end;
        if self.is_empty() {
            self.file.set_len(FIRST_FRAME_OFFSET)?;
            self.file.sync_data()?;
            (self.start, self.end) = (FIRST_FRAME_OFFSET, FIRST_FRAME_OFFSET);
        }
        Ok(())
    }

    /// Reads the frame at `start`; `None` if there is no intact one before `end`.
    fn read_frame(&self, start: u64, end: u64) -> io::Result<Option<JournalBatch>> {
        if end - start < FRAME_HEADER_BYTES {
            return Ok(None);
        }
        let mut header = [0; FRAME_HEADER_BYTES as usize];
        self.file.read_exact_at(&mut header, start)?;
        let (length, sum) = header.split_at(4);
        let length = u64::from(length.iter().rev().fold(0, |n, byte| n << 8 | u32::from(*byte)));
        if length > end - start - FRAME_HEADER_BYTES {
            return Ok(None);
        }
        let mut body = vec![0; length as usize];
        self.file.read_exact_at(&mut body, start + FRAME_HEADER_BYTES)?;
        if checksum(&body) != sum {
            return Ok(None);
        }
        let events = serde_json::from_slice(&body)?;
        Ok(Some(JournalBatch { events, end: start + FRAME_HEADER_BYTES + length }))
    }

    /// Cuts off the bytes after the last intact frame, and keeps a copy of them: usually a crash
    /// interrupted a write, but it could be damage.
    fn cut_off_tail(&self, length: u64) -> io::Result<()> {
        let mut tail = vec![0; (length - self.end) as usize];
        self.file.read_exact_at(&mut tail, self.end)?;
        let copy = self.path.with_extension(TAIL_EXTENSION);
        let mut options = File::options();
        options.write(true).create(true).truncate(true).mode(PRIVATE_FILE_MODE);
        options.open(&copy)?.write_all_at(&tail, 0)?;
        self.file.set_len(self.end)?;
        self.file.sync_all()?;
        tracing::warn!(
            bytes = tail.len(), copy = %copy.display(),
            "removed an incomplete write, which was never acknowledged, from the journal of views"
        );
        Ok(())
    }
}

/// Returns the first 8 bytes of the SHA-256.
fn checksum(body: &[u8]) -> [u8; 8] {
    let sum = Sha256::digest(body);
    std::array::from_fn(|n| sum[n])
}

#[cfg(test)]
mod tests;
