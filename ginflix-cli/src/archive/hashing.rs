//! A reader that hashes what is read through it.

use std::io::{self, Read};

use sha2::{Digest, Sha256};

/// Hashes and counts what is read through it.
pub struct Hashing<R, F> {
    inner: R,
    hasher: Sha256,
    /// Bytes that were read.
    pub count: u64,
    progress: F,
}

impl<R: Read, F: FnMut(u64)> Hashing<R, F> {
    /// Reads `inner`; `progress` hears of each piece.
    pub fn new(inner: R, progress: F) -> Self {
        Self { inner, hasher: Sha256::new(), count: 0, progress }
    }

    /// SHA-256 of what was read, in hexadecimal.
    pub fn sha256(&self) -> String {
        hex::encode(self.hasher.clone().finalize())
    }
}

impl<R: Read, F: FnMut(u64)> Read for Hashing<R, F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.hasher.update(&buffer[..n]);
        self.count += n as u64;
        (self.progress)(n as u64);
        Ok(n)
    }
}
