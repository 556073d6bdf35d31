//! A reader that hashes the content that is read through it.

use std::io::{self, Read};

use sha2::{Digest, Sha256};

/// Hashes and counts what is read through it.
pub struct HashingReader<R, F> {
    inner: R,
    hasher: Sha256,
    /// The number of bytes that were read.
    pub count: u64,
    /// The number of line feeds among them.
    pub lines: u64,
    progress: F,
}

impl<R: Read, F: FnMut(u64)> HashingReader<R, F> {
    /// Wraps `inner`. `progress` is called with the number of bytes of each read.
    pub fn new(inner: R, progress: F) -> Self {
        Self { inner, hasher: Sha256::new(), count: 0, lines: 0, progress }
    }

    /// Returns the SHA-256 of the bytes that were read, in hexadecimal.
    pub fn sha256(&self) -> String {
        hex::encode(self.hasher.clone().finalize())
    }
}

impl<R: Read, F: FnMut(u64)> Read for HashingReader<R, F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.hasher.update(&buffer[..n]);
        self.count += n as u64;
        self.lines += buffer[..n].iter().filter(|byte| **byte == b'\n').count() as u64;
        (self.progress)(n as u64);
        Ok(n)
    }
}
