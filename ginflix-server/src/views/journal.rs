//! Events of playbacks that wait on this machine's disk while the database is away.
//!
//! One file, only ever appended to, and emptied once all of it is in the
//! database. A frame holds the events of one write: its length, the start of
//! its SHA-256, and the events as JSON. What a crash left half written was
//! never acknowledged, and is cut off at the next start.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::catalog::store::PlaybackEvent;
use crate::durable;

/// How the file starts; another layout would start otherwise.
const MAGIC: &[u8; 8] = b"GFVIEWS1";
/// Length and checksum before the events of a frame, bytes.
const HEAD: u64 = 4 + 8;
/// Where the first frame is.
const START: u64 = MAGIC.len() as u64;

/// Why events could not be held.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// It may not grow any more.
    #[error("the journal of views is full")]
    Full,
    /// The disk refuses.
    #[error("the journal of views: {0}")]
    Io(#[from] io::Error),
}

/// An open journal, which this process alone writes.
#[derive(Debug)]
pub struct Journal {
    file: File,
    path: PathBuf,
    /// Before this, everything is in the database.
    done: u64,
    /// Behind the last frame.
    end: u64,
    limit: u64,
}

/// What was read of it.
#[derive(Debug)]
pub struct Frame {
    /// What happened, in that order.
    pub events: Vec<PlaybackEvent>,
    /// Where what follows begins.
    pub end: u64,
}

impl Journal {
    /// Opens it, makes it if it is not there, and cuts off what is no whole
    /// frame. It will not grow beyond `limit` bytes.
    ///
    /// # Errors
    /// Where the disk refuses, another process has it open, or it is no journal.
    pub fn open(path: &Path, limit: u64) -> io::Result<Self> {
        let file =
            File::options().read(true).write(true).create(true).truncate(false).open(path)?;
        file.try_lock().map_err(|e| io::Error::other(format!("another server uses it: {e}")))?;
        let mut journal = Self { file, path: path.to_owned(), done: START, end: START, limit };
        let length = journal.file.metadata()?.len();
        if length <= START {
            journal.file.write_all_at(MAGIC, 0)?;
            journal.file.sync_all()?;
            let folder = path.parent().filter(|p| !p.as_os_str().is_empty());
            durable::sync_dir(folder.unwrap_or(Path::new(".")))?;
            return Ok(journal);
        }
        let mut magic = [0; MAGIC.len()];
        journal.file.read_exact_at(&mut magic, 0)?;
        if &magic != MAGIC {
            return Err(io::Error::other("it is no journal of this version; move it away"));
        }
        while let Some(frame) = journal.read(journal.end, length)? {
            journal.end = frame.end;
        }
        if journal.end < length {
            journal.cut_off(length)?;
        }
        Ok(journal)
    }

    /// Whether everything is in the database.
    pub fn is_empty(&self) -> bool {
        self.done == self.end
    }

    /// Bytes of events that are not known to be in the database.
    pub fn held_bytes(&self) -> u64 {
        self.end - self.done
    }

    /// Writes events; durable once this returns.
    ///
    /// # Errors
    /// `Full`, or where the disk refuses; then nothing was added.
    pub fn append(&mut self, events: &[PlaybackEvent]) -> Result<(), JournalError> {
        let body = serde_json::to_vec(events).map_err(io::Error::from)?;
        let mut frame = Vec::with_capacity(body.len() + HEAD as usize);
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
            // What is there of it shall not come back at the next start.
            let _ = self.file.set_len(self.end);
            return Err(error.into());
        }
        self.end = end;
        Ok(())
    }

    /// The first events that are not known to be in the database: about so
    /// many, but always whole frames.
    ///
    /// # Errors
    /// Where the disk refuses, or gives back something else than was written.
    pub fn next(&self, about: usize) -> io::Result<Option<Frame>> {
        let mut next = Frame { events: Vec::new(), end: self.done };
        while next.events.len() < about && next.end < self.end {
            let changed = || io::Error::other("a frame of the journal has changed");
            let frame = self.read(next.end, self.end)?.ok_or_else(changed)?;
            next.events.extend(frame.events);
            next.end = frame.end;
        }
        Ok((next.end > self.done).then_some(next))
    }

    /// Everything before `end` is in the database. Once that is all, the file
    /// is emptied; a crash before that only brings back what changes nothing.
    ///
    /// # Errors
    /// Where the disk refuses.
    pub fn done(&mut self, end: u64) -> io::Result<()> {
        self.done = end;
        if self.is_empty() {
            self.file.set_len(START)?;
            self.file.sync_data()?;
            (self.done, self.end) = (START, START);
        }
        Ok(())
    }

    /// The frame at `start`, if there is a whole one before `end`.
    fn read(&self, start: u64, end: u64) -> io::Result<Option<Frame>> {
        if end - start < HEAD {
            return Ok(None);
        }
        let mut head = [0; HEAD as usize];
        self.file.read_exact_at(&mut head, start)?;
        let (length, sum) = head.split_at(4);
        let length = u64::from(length.iter().rev().fold(0, |n, byte| n << 8 | u32::from(*byte)));
        if length > end - start - HEAD {
            return Ok(None);
        }
        let mut body = vec![0; length as usize];
        self.file.read_exact_at(&mut body, start + HEAD)?;
        if checksum(&body) != sum {
            return Ok(None);
        }
        let events = serde_json::from_slice(&body)?;
        Ok(Some(Frame { events, end: start + HEAD + length }))
    }

    /// Cuts off what follows the last whole frame, and keeps a copy: mostly it
    /// is a write that a crash interrupted, but it might be damage.
    fn cut_off(&self, length: u64) -> io::Result<()> {
        let mut rest = vec![0; (length - self.end) as usize];
        self.file.read_exact_at(&mut rest, self.end)?;
        let aside = self.path.with_extension("rest");
        fs::write(&aside, &rest)?;
        self.file.set_len(self.end)?;
        self.file.sync_all()?;
        tracing::warn!(
            bytes = rest.len(), copy = %aside.display(),
            "the journal of views ended in an unfinished write, which was never acknowledged"
        );
        Ok(())
    }
}

/// Tells a frame from what a crash may leave.
fn checksum(body: &[u8]) -> [u8; 8] {
    let sum = Sha256::digest(body);
    std::array::from_fn(|n| sum[n])
}

#[cfg(test)]
mod tests;
