//! A file that is being sent, and whether it still is what it was.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use rustix::fs::{Stat, fstat};

/// An open file whose size and time of change were noted.
#[derive(Debug)]
pub struct Source {
    file: File,
    noted: Stat,
}

impl Source {
    /// Notes what the file is now.
    ///
    /// # Errors
    /// Where the disk refuses.
    pub fn new(file: File) -> io::Result<Self> {
        let noted = fstat(&file)?;
        Ok(Self { file, noted })
    }

    /// Whether it is still the file whose length and entity tag were promised.
    ///
    /// # Errors
    /// Where it was written to, cut, replaced or removed meanwhile: what was
    /// promised cannot be kept, and the connection has to end.
    pub fn check(&self) -> io::Result<()> {
        let now = fstat(&self.file)?;
        let same = now.st_nlink > 0
            && now.st_size == self.noted.st_size
            && (now.st_mtime, now.st_mtime_nsec) == (self.noted.st_mtime, self.noted.st_mtime_nsec);
        if same { Ok(()) } else { Err(io::Error::other("the file changed while it was sent")) }
    }

    /// Fills the buffer from `offset` on; may wait for the disk.
    ///
    /// # Errors
    /// Where the disk refuses or the file changed: then the buffer is not to be
    /// sent.
    pub fn read(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        self.file.read_exact_at(buffer, offset)?;
        self.check()
    }
}
