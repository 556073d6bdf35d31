//! Buffers for file content that is copied to userspace. Large buffers are pooled, because a new
//! one has to be allocated and zeroed.

use parking_lot::Mutex;

/// The size of a large buffer, in bytes.
pub const LARGE_BUFFER_BYTES: usize = 256 * 1024;

/// The size of a small buffer, in bytes. It bounds the memory for a client that does not read its
/// response.
pub const SMALL_BUFFER_BYTES: usize = 16 * 1024;

/// The number of unused large buffers that the pool keeps.
const POOL_CAPACITY: usize = 16;

static POOL: Mutex<Vec<Box<[u8]>>> = Mutex::new(Vec::new());

/// A buffer. A large one returns to the pool when it is dropped.
#[derive(Debug)]
pub struct CopyBuffer {
    bytes: Box<[u8]>,
    length: usize,
}

impl CopyBuffer {
    /// Returns a buffer of `length` bytes, or of [`LARGE_BUFFER_BYTES`] if that is less. It may
    /// contain data of an earlier use.
    pub fn acquire(length: usize) -> Self {
        if length <= SMALL_BUFFER_BYTES {
            return Self { bytes: vec![0; length].into_boxed_slice(), length };
        }
        let pooled = POOL.lock().pop();
        let bytes = pooled.unwrap_or_else(|| vec![0; LARGE_BUFFER_BYTES].into_boxed_slice());
        Self { bytes, length: length.min(LARGE_BUFFER_BYTES) }
    }

    /// Shortens the buffer to this many bytes.
    pub fn truncate(&mut self, length: usize) {
        self.length = self.length.min(length);
    }

    /// Returns the bytes for writing.
    pub fn as_mut_slice(&mut self) -> &mut [u8] {
        &mut self.bytes[..self.length]
    }
}

impl AsRef<[u8]> for CopyBuffer {
    fn as_ref(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

impl Drop for CopyBuffer {
    fn drop(&mut self) {
        if self.bytes.len() == LARGE_BUFFER_BYTES {
            let mut pool = POOL.lock();
            if pool.len() < POOL_CAPACITY {
                pool.push(std::mem::take(&mut self.bytes));
            }
        }
    }
}
