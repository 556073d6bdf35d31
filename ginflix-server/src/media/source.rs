//! A file that is being sent, and whether it still is what it was.

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

use super::warmth::Warmth;
use crate::coarse_clock;

/// How far apart a file is looked at to tell whether it is in memory: the
/// kernel reads ahead in steps no smaller than this.
const PROBE_STEP: usize = 64 * 1024;

/// As much is read when the disk has to be waited for anyway: as one with moving
/// parts reads in about the time of a move.
const AT_ONCE: u64 = 1024 * 1024;

/// What was promised of a file cannot be kept.
#[derive(Debug, thiserror::Error)]
#[error("the file changed while it was sent")]
pub struct Changed;

/// An open file, with what it was when its length was promised.
#[derive(Debug)]
pub struct Source {
    file: File,
    /// For what has to be read from the disk; opened when that is so.
    reader: OnceLock<File>,
    size: u64,
    modified: SystemTime,
    /// When it was last known to be what it was, in nanoseconds by the coarse clock.
    seen: AtomicU64,
    warmth: Warmth,
}

impl Source {
    /// A file whose size and last change were these when it was opened.
    pub fn new(file: File, size: u64, modified: SystemTime) -> Self {
        // The kernel would read ahead of what it sends, where nobody may wait for
        // the disk; what is to come is asked for by `load`. Advice only.
        let _ = fadvise(&file, 0, None, Advice::Random);
        // Nor is it to be written down each time that somebody watched; whoever
        // owns the file may say so.
        let _ = fcntl_getfl(&file).and_then(|flags| fcntl_setfl(&file, flags | OFlags::NOATIME));
        let (reader, seen, warmth) = (OnceLock::new(), AtomicU64::new(0), Warmth::of(size));
        Self { file, reader, size, modified, seen, warmth }
    }

    /// Whether it is still the file whose length and entity tag were promised.
    ///
    /// # Errors
    /// Where it was written to, cut, replaced or removed meanwhile: what was
    /// promised cannot be kept, and the connection has to end.
    fn check(&self) -> io::Result<()> {
        let looked = coarse_clock::now();
        let now = self.file.metadata()?;
        if now.nlink() == 0 || now.len() != self.size || now.modified()? != self.modified {
            return Err(io::Error::other(Changed));
        }
        self.saw_at(looked);
        Ok(())
    }

    /// Whether somebody just found it to be what it was, in the same tick of the
    /// coarse clock: one whom many watch is not looked at for each of them.
    pub fn is_fresh(&self) -> bool {
        self.seen.load(Ordering::Relaxed) == nanoseconds(coarse_clock::now())
    }

    /// It was found to be what it was by a look that began with this call.
    pub fn look(&self, is_same: impl FnOnce() -> bool) -> bool {
        let looked = coarse_clock::now();
        let same = is_same();
        if same {
            self.saw_at(looked);
        }
        same
    }

    /// As if nobody had looked for long.
    #[cfg(test)]
    pub fn grow_old(&self) {
        self.seen.store(0, Ordering::Relaxed);
    }

    fn saw_at(&self, looked: Duration) {
        self.seen.store(nanoseconds(looked), Ordering::Relaxed);
    }

    /// Fills the buffer from `offset` on; may wait for the disk.
    ///
    /// # Errors
    /// Where the disk refuses or the file changed: then the buffer is not to be
    /// sent.
    pub fn read(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        self.read_exact(offset, buffer)?;
        self.check()
    }

    fn read_exact(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        match self.file.read_exact_at(buffer, offset) {
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
                Err(io::Error::other(Changed))
            }
            result => result,
        }
    }

    /// Sends to a socket without copying, as far as it takes without waiting.
    /// Looks at the file before, unless somebody just did.
    ///
    /// # Errors
    /// Where the socket takes nothing now, or the file changed.
    pub fn send(&self, socket: impl AsFd, part: &Range<u64>) -> io::Result<usize> {
        if !self.is_fresh() {
            self.check()?;
        }
        let (mut offset, length) = (part.start, (part.end - part.start) as usize);
        match sendfile(socket, &self.file, Some(&mut offset), length)? {
            0 => Err(io::Error::other(Changed)),
            // Less: the socket is full, or the file has become shorter. Whoever
            // took the second for the first would wait for ever.
            sent if sent < length => self.check().map(|()| sent),
            sent => Ok(sent),
        }
    }

    /// Whether a part is in memory, so that sending it waits for no disk. A
    /// good guess: some of its pages are looked at, now or a moment ago, and
    /// any may go again.
    pub fn is_in_memory(&self, part: &Range<u64>) -> bool {
        self.warmth
            .is_warm(part, |part| probes(part).all(|offset| is_in_memory(&self.file, offset)))
    }

    /// Brings a part into memory, and has the kernel go on with what follows as it
    /// does for whoever reads a file from one end to the other. Waits for the disk.
    ///
    /// # Errors
    /// Where the disk refuses or the file is shorter by now.
    pub fn load(&self, part: &Range<u64>) -> io::Result<()> {
        let (reader, nowhere) = (self.reader()?, nowhere()?);
        let (mut offset, mut end) = (part.start, part.end);
        if !is_in_memory(reader, offset) {
            end = end.max(self.size.min(offset + AT_ONCE));
        }
        while offset < end {
            // Read like this, content is passed over, not copied; and the kernel
            // puts it into large pieces of memory, which cost less to send, too.
            let left = (end - offset) as usize;
            if sendfile(nowhere, reader, Some(&mut offset), left)? == 0 {
                return Err(io::Error::other(Changed));
            }
        }
        Ok(())
    }

    /// The same file opened once more: how the kernel reads ahead belongs to the
    /// opening.
    fn reader(&self) -> io::Result<&File> {
        if let Some(reader) = self.reader.get() {
            return Ok(reader);
        }
        let reader = match File::open(format!("/proc/self/fd/{}", self.file.as_raw_fd())) {
            Ok(reader) => {
                let _ = fadvise(&reader, 0, None, Advice::Sequential); // advice only
                reader
            }
            // Where that is not there, reading is slower, but not wrong.
            Err(_) => self.file.try_clone()?,
        };
        Ok(self.reader.get_or_init(|| reader))
    }
}

/// Of any time that a machine is up.
fn nanoseconds(time: Duration) -> u64 {
    time.as_nanos() as u64
}

/// Takes any bytes.
fn nowhere() -> io::Result<&'static File> {
    static NOWHERE: OnceLock<File> = OnceLock::new();
    match NOWHERE.get() {
        Some(file) => Ok(file),
        None => {
            File::options().write(true).open("/dev/null").map(|file| NOWHERE.get_or_init(|| file))
        }
    }
}

fn is_in_memory(file: &File, offset: u64) -> bool {
    let mut byte = [0];
    preadv2(file, &mut [IoSliceMut::new(&mut byte)], offset, ReadWriteFlags::NOWAIT) == Ok(1)
}

/// A byte of each step in a part, and its last: they are in memory when all is.
fn probes(part: &Range<u64>) -> impl Iterator<Item = u64> {
    let last = (!part.is_empty()).then(|| part.end - 1);
    (part.start..part.end).step_by(PROBE_STEP).chain(last)
}
