//! Buffers for file content that is copied. Large ones are used again and again.

use std::sync::Mutex;

/// Size of a large buffer.
pub const LARGE_BYTES: usize = 256 * 1024;

/// Size of a small buffer: what a client costs that may not read what it asked for.
pub const SMALL_BYTES: usize = 16 * 1024;

/// Large buffers that are kept while nobody uses them.
const KEPT_LIMIT: usize = 16;

static FREE: Mutex<Vec<Box<[u8]>>> = Mutex::new(Vec::new());

/// A buffer; a large one is kept for the next use when it is dropped.
#[derive(Debug)]
pub struct Buffer {
    bytes: Box<[u8]>,
    length: usize,
}

impl Buffer {
    /// A buffer to fill up to `length`, at most [`LARGE_BYTES`]. It may hold what an earlier
    /// use left in it.
    pub fn take(length: usize) -> Self {
        if length <= SMALL_BYTES {
            return Self { bytes: vec![0; length].into_boxed_slice(), length };
        }
        let free = FREE.lock().ok().and_then(|mut free| free.pop());
        let bytes = free.unwrap_or_else(|| vec![0; LARGE_BYTES].into_boxed_slice());
        Self { bytes, length: length.min(LARGE_BYTES) }
    }

    /// The part to fill.
    pub fn to_fill(&mut self) -> &mut [u8] {
        &mut self.bytes[..self.length]
    }
}

impl AsRef<[u8]> for Buffer {
    fn as_ref(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        if self.bytes.len() == LARGE_BYTES
            && let Ok(mut free) = FREE.lock()
            && free.len() < KEPT_LIMIT
        {
            free.push(std::mem::take(&mut self.bytes));
        }
    }
}
