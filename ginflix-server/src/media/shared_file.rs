//! An open file that many responses send at once.

use std::fs::File;
use std::io::{self, ErrorKind, IoSliceMut};
use std::mem;
use std::ops::Range;
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use rustix::fs::{Advice, OFlags, fadvise, fcntl_getfl, fcntl_setfl, sendfile};
use rustix::io::{ReadWriteFlags, preadv2};
use rustix::pipe::{SpliceFlags, splice};

use super::residency::PageResidency;
use crate::coarse_clock;

/// The distance in bytes between the pages that are probed to find out whether a range is in the
/// page cache. The kernel reads ahead in steps that are no smaller than this.
const PROBE_STEP: usize = 64 * 1024;

/// The number of bytes that are read when the disk is needed anyway: a hard disk reads as much in
/// about the time of one seek.
const READ_AHEAD_BYTES: u64 = 1024 * 1024;

/// The most bytes between ranges that are read together.
pub const GAPS_BYTES: usize = 8 * 1024;

/// The file changed after its length and entity tag were sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FileChanged {
    /// The name refers to another file now, or to none. What was sent is still right.
    #[error("the file was replaced or removed while it was sent")]
    Replaced,
    /// The file was truncated or written to. What waits in a socket are pages of the file, so the
    /// kernel may have changed them as well.
    #[error("the file was changed in place while it was sent")]
    InPlace,
}

impl FileChanged {
    /// Returns whether an error says that a file was changed in place.
    pub fn is_in_place(error: &io::Error) -> bool {
        error.get_ref().and_then(|cause| cause.downcast_ref()) == Some(&Self::InPlace)
    }
}

/// An open file, with its size and modification time when it was opened.
#[derive(Debug)]
pub struct SharedFile {
    /// The media name, for the log.
    name: String,
    file: File,
    /// A second descriptor for reads from the disk, opened by the first of these reads.
    reader: OnceLock<File>,
    size: u64,
    modified: SystemTime,
    /// The time of the last check that found the file unchanged, in nanoseconds of the coarse
    /// clock.
    checked_at: AtomicU64,
    /// Whether the log says that the file was changed in place.
    is_change_logged: AtomicBool,
    residency: PageResidency,
}

impl SharedFile {
    /// Shares an open file that has this media name, size and modification time.
    pub fn new(name: &str, file: File, size: u64, modified: SystemTime) -> Self {
        // The event loops send from this descriptor and must not wait for the disk, so the kernel
        // should not read ahead for it; `load` uses another one. The call is advice: errors are
        // ignored.
        let _ = fadvise(&file, 0, None, Advice::Random);
        // A write of the access time for each viewer would be wasted. The kernel allows the flag
        // only to the owner of the file, so an error is no problem.
        let _ = fcntl_getfl(&file).and_then(|flags| fcntl_setfl(&file, flags | OFlags::NOATIME));
        let residency = PageResidency::new(size);
        let (reader, checked_at) = (OnceLock::new(), AtomicU64::new(0));
        let (name, is_change_logged) = (name.to_owned(), AtomicBool::new(false));
        Self { name, file, reader, size, modified, checked_at, is_change_logged, residency }
    }

    /// Checks that the file is still the one whose length and entity tag were sent.
    ///
    /// # Errors
    /// Fails with [`FileChanged`] if it was written to, truncated, replaced or removed: then the
    /// response cannot be completed, and its connection has to be closed.
    fn check_unchanged(&self) -> io::Result<()> {
        let started = coarse_clock::now();
        let metadata = self.file.metadata()?;
        if metadata.len() != self.size || metadata.modified()? != self.modified {
            return Err(self.changed_in_place(metadata.len()));
        }
        if metadata.nlink() == 0 {
            return Err(io::Error::other(FileChanged::Replaced));
        }
        self.mark_fresh(started);
        Ok(())
    }

    /// As `check_unchanged`, but does nothing if the file is fresh.
    ///
    /// # Errors
    /// Fails as `check_unchanged` does.
    pub fn check_unless_fresh(&self) -> io::Result<()> {
        if self.is_fresh() { Ok(()) } else { self.check_unchanged() }
    }

    /// Returns the error for a file that was changed in place. Logs it for the first of the responses
    /// that send the file.
    fn changed_in_place(&self, bytes_now: u64) -> io::Error {
        if !self.is_change_logged.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                media = self.name,
                bytes = self.size,
                bytes_now,
                "a media file was changed in place while it was sent, so its responses were cut off; \
                 replace a file by renaming another one over it, or by an upload"
            );
        }
        io::Error::other(FileChanged::InPlace)
    }

    /// As [`SharedFile::changed_in_place`], for a file that ends before a byte that it had.
    fn truncated(&self) -> io::Error {
        self.changed_in_place(self.file.metadata().map_or(0, |metadata| metadata.len()))
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

    /// Fills the buffer from `offset` on if all of it is in memory, and returns whether it was. Checks the file first, unless
    /// it is fresh. Never waits for the disk.
    ///
    /// # Errors
    /// Fails with [`FileChanged`] if the file changed.
    pub fn read_from_memory(&self, offset: u64, buffer: &mut [u8]) -> io::Result<bool> {
        self.check_unless_fresh()?;
        let length = buffer.len();
        let read =
            preadv2(&self.file, &mut [IoSliceMut::new(buffer)], offset, ReadWriteFlags::NOWAIT);
        // An error is that the disk is needed, or that the file system cannot tell.
        Ok(read == Ok(length))
    }

    /// As [`SharedFile::read_from_memory`], for ranges in ascending order with gaps of at most [`GAPS_BYTES`] together, by one
    /// system call. `buffer` is as long as the ranges are.
    ///
    /// # Errors
    /// Fails with [`FileChanged`] if the file changed.
    pub fn read_ranges_from_memory(
        &self,
        ranges: &[Range<u64>],
        buffer: &mut [u8],
    ) -> io::Result<bool> {
        self.check_unless_fresh()?;
        let Some(start) = ranges.first().map(|first| first.start) else { return Ok(true) };
        let mut gaps = [0; GAPS_BYTES];
        let (mut gaps, mut rest, mut at) = (&mut gaps[..], buffer, start);
        let mut parts = Vec::with_capacity(2 * ranges.len());
        for range in ranges {
            let lengths = [range.start.checked_sub(at), range.end.checked_sub(range.start)];
            let [Some(gap), Some(length)] = lengths.map(|length| length.map(|l| l as usize)) else {
                return Ok(false);
            };
            let (Some((gap, more_gaps)), Some((part, more))) = (
                mem::take(&mut gaps).split_at_mut_checked(gap),
                mem::take(&mut rest).split_at_mut_checked(length),
            ) else {
                return Ok(false);
            };
            parts.extend([IoSliceMut::new(gap), IoSliceMut::new(part)]);
            (gaps, rest, at) = (more_gaps, more, range.end);
        }
        let read = preadv2(&self.file, &mut parts, start, ReadWriteFlags::NOWAIT);
        Ok(read == Ok((at - start) as usize))
    }

    fn read_exact(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        match self.file.read_exact_at(buffer, offset) {
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => Err(self.truncated()),
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
        self.check_unless_fresh()?;
        let (mut offset, length) = (range.start, (range.end - range.start) as usize);
        match sendfile(socket, &self.file, Some(&mut offset), length)? {
            0 => Err(self.truncated()),
            // A short count means that the socket is full, or that the file was truncated. Without
            // the check, the second case would wait for the socket for ever.
            sent if sent < length => self.check_unchanged().map(|()| sent),
            sent => Ok(sent),
        }
    }

    /// Moves references to the pages of a range into a pipe by splice(2), and returns the number of bytes. The caller has
    /// checked the file.
    ///
    /// # Errors
    /// Fails with `WouldBlock` if the pipe is full; with [`FileChanged`] if the file was truncated.
    pub fn splice(&self, pipe: impl AsFd, range: &Range<u64>) -> io::Result<usize> {
        let (mut offset, length) = (range.start, (range.end - range.start) as usize);
        let flags = SpliceFlags::MOVE | SpliceFlags::NONBLOCK;
        match splice(&self.file, Some(&mut offset), pipe, None, length, flags)? {
            0 => Err(self.truncated()),
            moved => Ok(moved),
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
                return Err(self.truncated());
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

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn ranges_are_read_together_if_all_are_in_memory() {
        // Beside the test program, because other file systems may not support `RWF_NOWAIT`.
        let program = std::env::current_exe().unwrap();
        let mut on_disk = tempfile::NamedTempFile::new_in(program.parent().unwrap()).unwrap();
        let content: Vec<u8> = (0..20_000_u32).map(|at| (at / 7) as u8).collect();
        on_disk.write_all(&content).unwrap();
        let modified = on_disk.path().metadata().unwrap().modified().unwrap();
        let (reopened, size) = (on_disk.reopen().unwrap(), content.len() as u64);
        let file = SharedFile::new("movie.mp4", reopened, size, modified);
        let read = |ranges: &[Range<u64>]| {
            let lengths = ranges.iter().map(|range| range.end.saturating_sub(range.start));
            let mut buffer = vec![0; lengths.sum::<u64>() as usize];
            let is_read = file.read_ranges_from_memory(ranges, &mut buffer).unwrap();
            is_read.then_some(buffer)
        };
        let expected = [&content[5..10], &content[10..20], &content[30..31]].concat();
        assert_eq!(read(&[5..10, 10..20, 30..31]), Some(expected));
        assert_eq!(read(&[]), Some(Vec::new()));
        assert_eq!(read(&[5..10, size - 1..size + 1]), None, "beyond the end");
        assert_eq!(read(&[5..10, 2..3]), None, "not in order");
        let far = 10 + GAPS_BYTES as u64 + 1;
        assert_eq!(read(&[5..10, far..far + 1]), None, "a large gap");
    }
}
