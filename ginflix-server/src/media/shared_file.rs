//! An open file that many responses send at once.

use std::fs::File;
use std::io::{self, ErrorKind, IoSliceMut};
use std::ops::Range;
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use rustix::fs::{Advice, OFlags, fadvise, fcntl_getfl, fcntl_setfl, sendfile};
use rustix::io::{ReadWriteFlags, preadv2};

use super::residency::PageResidency;
use crate::coarse_clock;

/// The distance in bytes between the pages that are probed to find out whether a range is in the
/// page cache. The kernel reads ahead in steps that are no smaller than this.
const PROBE_STEP: usize = 64 * 1024;

/// The number of bytes that are read when the disk is needed anyway: a hard disk reads as much in
/// about the time of one seek.
const READ_AHEAD_BYTES: u64 = 1024 * 1024;

/// The file changed after its length and entity tag were sent.
#[derive(Debug, thiserror::Error)]
#[error("the file changed while it was sent")]
pub struct FileChanged;

/// An open file, with its size and modification time when it was opened.
#[derive(Debug)]
pub struct SharedFile {
    file: File,
    /// A second descriptor for reads from the disk, opened by the first of these reads.
    reader: OnceLock<File>,
    size: u64,
    modified: SystemTime,
    /// The time of the last check that found the file unchanged, in nanoseconds of the coarse
    /// clock.
    checked_at: AtomicU64,
    residency: PageResidency,
}

impl SharedFile {
    /// Shares an open file that has this size and modification time.
    pub fn new(file: File, size: u64, modified: SystemTime) -> Self {
        // The event loops send from this descriptor and must not wait for the disk, so the kernel
        // should not read ahead for it; `load` uses another one. The call is advice: errors are
        // ignored.
        let _ = fadvise(&file, 0, None, Advice::Random);
        // A write of the access time for each viewer would be wasted. The kernel allows the flag
        // only to the owner of the file, so an error is no problem.
        let _ = fcntl_getfl(&file).and_then(|flags| fcntl_setfl(&file, flags | OFlags::NOATIME));
        let residency = PageResidency::new(size);
        let (reader, checked_at) = (OnceLock::new(), AtomicU64::new(0));
        Self { file, reader, size, modified, checked_at, residency }
    }

    /// Checks that the file is still the one whose length and entity tag were sent.
    ///
    /// # Errors
    /// Fails with [`FileChanged`] if it was written to, truncated, replaced or removed: then the
    /// response cannot be completed, and its connection has to be closed.
    fn check_unchanged(&self) -> io::Result<()> {
        let started = coarse_clock::now();
        let metadata = self.file.metadata()?;
        let is_same = metadata.len() == self.size && metadata.modified()? == self.modified;
        if metadata.nlink() == 0 || !is_same {
            return Err(io::Error::other(FileChanged));
        }
        self.mark_fresh(started);
        Ok(())
    }

    /// Returns whether the file was found unchanged in the present tick of the coarse clock. A file
    /// with many viewers is then not checked for each of them.
    pub fn is_fresh(&self) -> bool {
        self.checked_at.load(Ordering::Relaxed) == nanoseconds(coarse_clock::now())
    }

    /// Calls `is_unchanged` and returns its result. Marks the file as fresh if it is true.
    pub fn revalidate(&self, is_unchanged: impl FnOnce() -> bool) -> bool {
        // The time before the check counts: a change during it must not be covered.
        let started = coarse_clock::now();
        let unchanged = is_unchanged();
        if unchanged {
            self.mark_fresh(started);
        }
        unchanged
    }

    /// Makes the next use check the file.
    #[cfg(test)]
    pub fn mark_stale(&self) {
        self.checked_at.store(0, Ordering::Relaxed);
    }

    fn mark_fresh(&self, checked_at: Duration) {
        self.checked_at.store(nanoseconds(checked_at), Ordering::Relaxed);
    }

    /// Fills the buffer from `offset` on. May block on the disk.
    ///
    /// # Errors
    /// Fails if the file cannot be read or has changed. The buffer must not be sent then.
    pub fn read(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        self.read_exact(offset, buffer)?;
        self.check_unchanged()
    }

    fn read_exact(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        match self.file.read_exact_at(buffer, offset) {
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
                Err(io::Error::other(FileChanged))
            }
            result => result,
        }
    }

    /// Sends a range to a non-blocking socket by sendfile(2), and returns the number of bytes sent.
    /// Checks the file first, unless it is fresh.
    ///
    /// # Errors
    /// Fails with `WouldBlock` if the send buffer of the socket is full; with [`FileChanged`] if
    /// the file changed; with another error if the connection broke.
    pub fn send(&self, socket: impl AsFd, range: &Range<u64>) -> io::Result<usize> {
        if !self.is_fresh() {
            self.check_unchanged()?;
        }
        let (mut offset, length) = (range.start, (range.end - range.start) as usize);
        match sendfile(socket, &self.file, Some(&mut offset), length)? {
            0 => Err(io::Error::other(FileChanged)),
            // A short count means that the socket is full, or that the file was truncated. Without
            // the check, the second case would wait for the socket for ever.
            sent if sent < length => self.check_unchanged().map(|()| sent),
            sent => Ok(sent),
        }
    }

    /// Returns whether a range is in the page cache, so that sending it does not block on the disk.
    /// This is an estimate: only some pages are probed, a short while ago or now, and the kernel
    /// may evict any of them.
    pub fn is_in_memory(&self, range: &Range<u64>) -> bool {
        self.residency.is_resident(range, |range| {
            probe_offsets(range).all(|offset| is_resident(&self.file, offset))
        })
    }

    /// Reads a range into the page cache. The kernel may read ahead after its end. Blocks on the
    /// disk.
    ///
    /// # Errors
    /// Fails if the file cannot be read, or was truncated.
    pub fn load(&self, range: &Range<u64>) -> io::Result<()> {
        let (reader, dev_null) = (self.reader()?, dev_null()?);
        let (mut offset, mut end) = (range.start, range.end);
        if !is_resident(reader, offset) {
            end = end.max(self.size.min(offset + READ_AHEAD_BYTES));
        }
        while offset < end {
            // sendfile(2) to /dev/null reads the pages without copying them, and the kernel
            // allocates large folios for them, which are cheaper to send later.
            let left = (end - offset) as usize;
            if sendfile(dev_null, reader, Some(&mut offset), left)? == 0 {
                return Err(io::Error::other(FileChanged));
            }
        }
        Ok(())
    }

    /// Returns the descriptor for reads from the disk. Read-ahead is a property of the open file
    /// description, so the file is opened again instead of duplicating its descriptor.
    fn reader(&self) -> io::Result<&File> {
        if let Some(reader) = self.reader.get() {
            return Ok(reader);
        }
        let reader = match File::open(format!("/proc/self/fd/{}", self.file.as_raw_fd())) {
            Ok(reader) => {
                let _ = fadvise(&reader, 0, None, Advice::Sequential); // advice: errors are ignored
                reader
            }
            // Without procfs, reads are slower because they share the settings of `file`.
            Err(_) => self.file.try_clone()?,
        };
        Ok(self.reader.get_or_init(|| reader))
    }
}

/// Converts a time since boot to nanoseconds, which fit 64 bits for centuries.
fn nanoseconds(time: Duration) -> u64 {
    time.as_nanos() as u64
}

/// Returns `/dev/null`, open for writing.
fn dev_null() -> io::Result<&'static File> {
    static DEV_NULL: OnceLock<File> = OnceLock::new();
    match DEV_NULL.get() {
        Some(file) => Ok(file),
        None => {
            File::options().write(true).open("/dev/null").map(|file| DEV_NULL.get_or_init(|| file))
        }
    }
}

/// Returns whether the page of one byte is in the page cache. Tries a read that fails instead of
/// waiting for the disk: preadv2(2) with `RWF_NOWAIT`.
fn is_resident(file: &File, offset: u64) -> bool {
    let mut byte = [0];
    preadv2(file, &mut [IoSliceMut::new(&mut byte)], offset, ReadWriteFlags::NOWAIT) == Ok(1)
}

/// Returns the offsets to probe in a range: one in each step, and its last byte.
fn probe_offsets(range: &Range<u64>) -> impl Iterator<Item = u64> {
    let last = (!range.is_empty()).then(|| range.end - 1);
    (range.start..range.end).step_by(PROBE_STEP).chain(last)
}
