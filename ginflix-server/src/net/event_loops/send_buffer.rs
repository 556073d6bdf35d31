//! The part of a response that is sent next: bytes from memory, then a range of the file by
//! sendfile(2), which does not copy through this process.
//!
//! A thread that sends the part owns it together with the socket. This is the thread of the event
//! loop, or the disk thread that loads the range.
//!
//! Bytes that wait in the socket are still pages of the file, so a write to the file would change
//! them. Therefore media files are replaced, never written to; and each send first checks that the
//! file is unchanged, and otherwise ends the connection.

use std::io::{self, ErrorKind, IoSlice};
use std::mem;
use std::net::TcpStream;
use std::ops::Range;

use bytes::{Buf, Bytes};
use rustix::net::{SendAncillaryBuffer, SendFlags, send, sendmsg};

use super::super::pacing::Pacing;
use crate::media::SharedFile;

/// The most bytes of a file that one call sends, so that no connection holds its thread for long.
pub const MAX_SEND_BYTES: usize = 1024 * 1024;

/// The bytes that are copied before they are sent.
const COPY_BUFFER_BYTES: usize = 32 * 1024;
/// The fewest bytes that are sent from where they are, instead of being copied.
const SHARED_BYTES: usize = 4 * 1024;
/// The most memory in bytes that is kept while there is nothing in it to send.
const KEPT_MEMORY_BYTES: usize = 4 * 1024;
/// The most memory in bytes that another response uses again.
const REUSED_MEMORY_BYTES: usize = 64 * 1024;

/// Bytes from memory, and a range of a file that follows them.
#[derive(Debug, Default)]
pub struct SendBuffer {
    bytes: Vec<u8>,
    bytes_sent: usize,
    /// More bytes, which follow `bytes`. As long as there are some, the file range is empty.
    shared: Bytes,
    file_range: Range<u64>,
}

/// How much a socket took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SendOutcome {
    /// Bytes of the file.
    pub file_bytes: u64,
    /// Whether it took any byte, from memory or from the file.
    pub made_progress: bool,
    /// Whether it is full.
    pub is_blocked: bool,
}

impl SendBuffer {
    /// Creates a buffer with bytes and no file range.
    pub fn with_bytes(bytes: Vec<u8>) -> Self {
        Self { bytes, ..Self::default() }
    }

    /// Takes the memory of the bytes, to use it again after they were sent.
    pub fn take_memory(&mut self) -> Vec<u8> {
        let memory = mem::take(&mut self.bytes);
        if memory.capacity() <= REUSED_MEMORY_BYTES { memory } else { Vec::new() }
    }

    /// Returns the number of bytes from memory that are not sent.
    pub fn unsent_bytes(&self) -> usize {
        self.bytes.len() - self.bytes_sent + self.shared.len()
    }

    /// Returns whether what is in the buffer has to be sent before more is added.
    pub fn is_full(&self) -> bool {
        !self.shared.is_empty() || self.unsent_bytes() >= COPY_BUFFER_BYTES
    }

    /// Removes the bytes that are sent from memory.
    pub fn discard_sent(&mut self) {
        self.bytes.drain(..self.bytes_sent);
        self.bytes_sent = 0;
    }

    /// Frees memory that holds nothing, while the buffer waits for the socket.
    pub fn free_unused(&mut self) {
        if self.bytes.is_empty() && self.bytes.capacity() > KEPT_MEMORY_BYTES {
            self.bytes = Vec::new();
        }
    }

    /// Appends a range of the file if all of it is in memory, and returns whether it was. The file range must be empty.
    ///
    /// # Errors
    /// If the file changed.
    pub fn push_copy(&mut self, file: &SharedFile, range: &Range<u64>) -> io::Result<bool> {
        debug_assert!(self.file_range.is_empty(), "bytes are sent before the file range");
        let end = self.bytes.len();
        self.bytes.resize(end + (range.end - range.start) as usize, 0);
        let is_copied = file.read_from_memory(range.start, &mut self.bytes[end..]);
        if !matches!(is_copied, Ok(true)) {
            self.bytes.truncate(end);
        }
        is_copied
    }

    /// Appends bytes; many of them are not copied. The buffer must not be full, and the file range must be empty, because
    /// the bytes would be sent before it.
    pub fn push_bytes(&mut self, more: Bytes) {
        debug_assert!(self.file_range.is_empty(), "bytes are sent before the file range");
        debug_assert!(self.shared.is_empty(), "bytes would be sent out of order");
        if more.len() < SHARED_BYTES {
            self.bytes.extend_from_slice(&more);
        } else {
            self.shared = more;
        }
    }

    /// Returns the unsent rest of the file range.
    pub fn file_range(&self) -> &Range<u64> {
        &self.file_range
    }

    /// Sets the range of the file to send after the bytes.
    pub fn set_file_range(&mut self, range: Range<u64>) {
        self.file_range = range;
    }

    /// Sends as much as the socket takes without blocking. The file range must not be empty: the
    /// kernel would hold the bytes back for up to 200 ms, because they are sent with `MSG_MORE`.
    ///
    /// # Errors
    /// If the connection broke or the file changed.
    pub fn send(
        &mut self,
        file: &SharedFile,
        socket: &TcpStream,
        pacing: Pacing,
    ) -> io::Result<SendOutcome> {
        let unsent = &self.bytes[self.bytes_sent..];
        let bytes_sent = match unsent.len() {
            0 => 0,
            length => {
                let sent = retry_interrupted(|| Ok(send(socket, unsent, flags_with_file(pacing))?));
                let sent = sent?.unwrap_or(0);
                self.advance_bytes(sent);
                if sent < length {
                    let made_progress = sent > 0;
                    return Ok(SendOutcome { file_bytes: 0, made_progress, is_blocked: true });
                }
                sent
            }
        };
        let length = self.file_range.end - self.file_range.start;
        let file_bytes = match retry_interrupted(|| file.send(socket, &self.file_range)) {
            Ok(sent) => sent.unwrap_or(0) as u64,
            // The next call fails as well; this one has to report the bytes that were sent.
            Err(_) if bytes_sent > 0 => {
                return Ok(SendOutcome { file_bytes: 0, made_progress: true, is_blocked: false });
            }
            Err(error) => return Err(error),
        };
        self.file_range.start += file_bytes;
        let made_progress = bytes_sent > 0 || file_bytes > 0;
        Ok(SendOutcome { file_bytes, made_progress, is_blocked: file_bytes < length })
    }

    /// Sends only the bytes, if no file range follows them. `has_more` says that other bytes of the response follow at
    /// once.
    ///
    /// # Errors
    /// If the connection broke.
    pub fn send_bytes(
        &mut self,
        socket: &TcpStream,
        has_more: bool,
        pacing: Pacing,
    ) -> io::Result<SendOutcome> {
        let mut made_progress = false;
        let flags = if has_more { flags_with_file(pacing) } else { FLAGS };
        while self.unsent_bytes() > 0 {
            let unsent = [&self.bytes[self.bytes_sent..], &self.shared].map(IoSlice::new);
            let send = || {
                let mut no_ancillary = SendAncillaryBuffer::default();
                Ok(sendmsg(socket, &unsent, &mut no_ancillary, flags)?)
            };
            let Some(sent) = retry_interrupted(send)? else {
                return Ok(SendOutcome { file_bytes: 0, made_progress, is_blocked: true });
            };
            let shared = sent.saturating_sub(self.bytes.len() - self.bytes_sent);
            self.advance_bytes(sent - shared);
            self.shared.advance(shared);
            made_progress = true;
        }
        Ok(SendOutcome { file_bytes: 0, made_progress, is_blocked: false })
    }

    fn advance_bytes(&mut self, sent: usize) {
        self.bytes_sent += sent;
        if self.bytes_sent == self.bytes.len() {
            self.bytes.clear();
            self.bytes_sent = 0;
        }
    }
}

/// Returns the flags for bytes that a file range follows. `MSG_MORE` makes both leave together,
/// which saves a packet. With pacing by the kernel, the larger burst would wait for a timer, which
/// costs more.
fn flags_with_file(pacing: Pacing) -> SendFlags {
    match pacing {
        Pacing::None => FLAGS.union(SendFlags::MORE),
        Pacing::Kernel => FLAGS,
    }
}

/// The flags of all sends.
const FLAGS: SendFlags = SendFlags::NOSIGNAL.union(SendFlags::DONTWAIT);

/// Repeats a call as long as a signal interrupts it. Returns `None` if the socket is full.
pub fn retry_interrupted(mut send: impl FnMut() -> io::Result<usize>) -> io::Result<Option<usize>> {
    loop {
        match send() {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
            sent => return sent.map(Some),
        }
    }
}

#[cfg(test)]
mod tests;
