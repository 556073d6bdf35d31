//! The part of an answer that is sent next: text from memory, then a part of a file by sendfile(2),
//! without a copy through this process.
//!
//! Whoever sends it owns it together with the socket: the thread of the connection's event loop,
//! or the disk thread that loads the part.
//!
//! What waits in the socket is the page cache itself. So a media file is replaced, never written
//! into; and before each send the file has to be unchanged, else the connection ends.

use std::io::{self, ErrorKind};
use std::mem;
use std::net::TcpStream;
use std::ops::Range;

use rustix::net::{SendFlags, send};

use super::super::pacing::Pacing;
use crate::media::Source;

/// The most bytes of a file that one call sends: no connection keeps its thread for longer.
pub const MAX_PART_BYTES: usize = 1024 * 1024;

/// Text, and a part of a file after it.
#[derive(Debug, Default)]
pub struct SendBuffer {
    text: Vec<u8>,
    text_sent: usize,
    part: Range<u64>,
}

/// How much a socket took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sent {
    /// Bytes of the file.
    pub file_bytes: u64,
    /// Whether it took any byte, be it text or file.
    pub moved: bool,
    /// Whether it takes no more for now.
    pub full: bool,
}

impl SendBuffer {
    /// A buffer with text and no part of a file.
    pub fn of_text(text: Vec<u8>) -> Self {
        Self { text, text_sent: 0, part: 0..0 }
    }

    /// Takes the memory of the text, once that is sent, to use it again.
    pub fn take_space(&mut self) -> Vec<u8> {
        mem::take(&mut self.text)
    }

    /// Adds text after the text. The part of the file has to be sent before.
    pub fn add_text(&mut self, more: &[u8]) {
        debug_assert!(self.part.is_empty(), "text comes before the part of the file");
        self.text.extend_from_slice(more);
    }

    /// The unsent rest of the part.
    pub fn part(&self) -> &Range<u64> {
        &self.part
    }

    /// Sets the part of the file to send after the text.
    pub fn set_part(&mut self, part: Range<u64>) {
        self.part = part;
    }

    /// Sends as much as the socket takes without waiting. The part must not be empty: the kernel
    /// would hold the text back for up to 200 ms, waiting for what follows.
    ///
    /// # Errors
    /// If the connection broke or the file changed.
    pub fn send(
        &mut self,
        source: &Source,
        socket: &TcpStream,
        pacing: Pacing,
    ) -> io::Result<Sent> {
        let unsent = &self.text[self.text_sent..];
        let text_bytes = match unsent.len() {
            0 => 0,
            length => {
                let sent = until_full(|| Ok(send(socket, unsent, text_flags(pacing))?))?;
                let text_bytes = sent.unwrap_or(0);
                self.text_was_sent(text_bytes);
                if text_bytes < length {
                    return Ok(Sent { file_bytes: 0, moved: text_bytes > 0, full: true });
                }
                text_bytes
            }
        };
        let length = self.part.end - self.part.start;
        let file_bytes = match until_full(|| source.send(socket, &self.part)) {
            Ok(sent) => sent.unwrap_or(0) as u64,
            // The next call meets the same error; this one has to tell what was sent.
            Err(_) if text_bytes > 0 => {
                return Ok(Sent { file_bytes: 0, moved: true, full: false });
            }
            Err(error) => return Err(error),
        };
        self.part.start += file_bytes;
        let moved = text_bytes > 0 || file_bytes > 0;
        Ok(Sent { file_bytes, moved, full: file_bytes < length })
    }

    /// Sends the text alone, where no part of a file follows.
    ///
    /// # Errors
    /// If the connection broke.
    pub fn send_text(&mut self, socket: &TcpStream) -> io::Result<Sent> {
        let mut moved = false;
        while self.text_sent < self.text.len() {
            let unsent = &self.text[self.text_sent..];
            let flags = SendFlags::NOSIGNAL | SendFlags::DONTWAIT;
            let Some(bytes) = until_full(|| Ok(send(socket, unsent, flags)?))? else {
                return Ok(Sent { file_bytes: 0, moved, full: true });
            };
            self.text_was_sent(bytes);
            moved = true;
        }
        Ok(Sent { file_bytes: 0, moved, full: false })
    }

    fn text_was_sent(&mut self, bytes: usize) {
        self.text_sent += bytes;
        if self.text_sent == self.text.len() {
            self.text.clear();
            self.text_sent = 0;
        }
    }
}

/// Text before a part leaves together with it, which saves a packet. Where the kernel paces, the
/// larger burst would wait for a timer, which costs more.
fn text_flags(pacing: Pacing) -> SendFlags {
    let flags = SendFlags::NOSIGNAL | SendFlags::DONTWAIT;
    match pacing {
        Pacing::None => flags | SendFlags::MORE,
        Pacing::Kernel => flags,
    }
}

/// Repeats a call that was interrupted; `None` if the socket is full.
fn until_full(mut send: impl FnMut() -> io::Result<usize>) -> io::Result<Option<usize>> {
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
