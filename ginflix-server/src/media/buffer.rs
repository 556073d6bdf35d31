//! Buffers for file content that is copied, used again and again.

use std::sync::Mutex;

use bytes::Bytes;

/// Size of a buffer.
pub const BUFFER_BYTES: usize = 256 * 1024;

/// Buffers that are kept while nobody uses them.
const KEPT: usize = 16;

static FREE: Mutex<Vec<Box<[u8]>>> = Mutex::new(Vec::new());

/// A buffer of [`BUFFER_BYTES`] that goes back when the last part of it is dropped.
#[derive(Debug)]
pub struct Buffer {
    bytes: Box<[u8]>,
    length: usize,
}

impl Buffer {
    /// A buffer to fill up to `length`, at most [`BUFFER_BYTES`]. What an
    /// earlier use left in it is still there.
    pub fn take(length: usize) -> Self {
        let free = FREE.lock().ok().and_then(|mut free| free.pop());
        let bytes = free.unwrap_or_else(|| vec![0; BUFFER_BYTES].into_boxed_slice());
        Self { bytes, length: length.min(BUFFER_BYTES) }
    }

    /// The part to fill.
    pub fn to_fill(&mut self) -> &mut [u8] {
        &mut self.bytes[..self.length]
    }

    /// The part that was filled, without a copy.
    pub fn into_bytes(self) -> Bytes {
        Bytes::from_owner(self)
    }
}

impl AsRef<[u8]> for Buffer {
    fn as_ref(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        if let Ok(mut free) = FREE.lock()
            && free.len() < KEPT
        {
            free.push(std::mem::take(&mut self.bytes));
        }
    }
}
