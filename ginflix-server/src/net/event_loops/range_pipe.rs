//! A pipe through which many ranges of a file reach a socket.
//!
//! sendfile(2) takes the locks of the socket for each range. splice(2) moves references to the pages of many ranges into
//! the pipe, and one more call moves all of them on. A segment of video has some 140 ranges.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::net::TcpStream;
use std::ops::Range;
use std::os::fd::OwnedFd;

use rustix::pipe::{PipeFlags, SpliceFlags, fcntl_setpipe_size, pipe_with, splice};

use super::send_buffer::retry_interrupted;
use crate::media::SharedFile;

/// The capacity that the pipe is given, in bytes: what an unprivileged process may have (`/proc/sys/fs/pipe-max-size`).
/// It is a number of pages, of which some are not full.
const CAPACITY_BYTES: usize = 1024 * 1024;

/// The pipe of an event loop. It is empty between two calls.
#[derive(Debug)]
pub struct RangePipe(Option<Pipe>);

#[derive(Debug)]
struct Pipe {
    reader: OwnedFd,
    writer: OwnedFd,
    dev_null: File,
}

/// How much a socket took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PipeOutcome {
    /// The bytes that the socket took.
    pub sent: usize,
    /// Whether it is full.
    pub is_blocked: bool,
}

impl RangePipe {
    /// Opens the pipe. Without one, because a limit of the system is reached, each range has to be sent by itself.
    pub fn open() -> Self {
        let pipe = Pipe::open();
        if let Err(error) = &pipe {
            tracing::warn!(%error, "cannot open a pipe; segments of HLS will take more time");
        }
        Self(pipe.ok())
    }

    /// Sends the start of these ranges, in order, at most about `limit` bytes, as far as the socket takes them without
    /// blocking. `None` if there is no pipe. Checks the file first, unless it is fresh.
    ///
    /// # Errors
    /// If the connection broke, or the file changed.
    pub fn send(
        &mut self,
        file: &SharedFile,
        socket: &TcpStream,
        ranges: impl Iterator<Item = Range<u64>>,
        limit: usize,
    ) -> io::Result<Option<PipeOutcome>> {
        let Some(pipe) = &self.0 else { return Ok(None) };
        file.check_unless_fresh()?;
        let (result, left) = match pipe.fill(file, ranges, limit) {
            Ok(filled) => pipe.drain(socket, filled),
            // What came before the fault is not sent either: the response fails.
            Err(error) => (Err(error), CAPACITY_BYTES),
        };
        if left > 0 && pipe.discard(left).is_err() {
            *self = Self::open();
        }
        result.map(Some)
    }
}

impl Pipe {
    fn open() -> io::Result<Self> {
        let (reader, writer) = pipe_with(PipeFlags::CLOEXEC | PipeFlags::NONBLOCK)?;
        fcntl_setpipe_size(&writer, CAPACITY_BYTES)?;
        let dev_null = File::options().write(true).open("/dev/null")?;
        Ok(Self { reader, writer, dev_null })
    }

    /// Moves ranges into the empty pipe, and returns the number of bytes.
    fn fill(
        &self,
        file: &SharedFile,
        ranges: impl Iterator<Item = Range<u64>>,
        limit: usize,
    ) -> io::Result<usize> {
        let mut filled = 0;
        for mut range in ranges {
            while !range.is_empty() {
                if filled >= limit {
                    return Ok(filled);
                }
                match file.splice(&self.writer, &range) {
                    Ok(moved) => {
                        range.start += moved as u64;
                        filled += moved;
                    }
                    Err(error) if error.kind() == ErrorKind::Interrupted => {}
                    // The pipe is full.
                    Err(error) if error.kind() == ErrorKind::WouldBlock && filled > 0 => {
                        return Ok(filled);
                    }
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(filled)
    }

    /// Moves so many bytes of the pipe to a socket. Returns what it took, and the bytes that are left in the pipe.
    fn drain(&self, socket: &TcpStream, filled: usize) -> (io::Result<PipeOutcome>, usize) {
        let mut sent = 0;
        while sent < filled {
            let flags = SpliceFlags::MOVE | SpliceFlags::NONBLOCK | SpliceFlags::MORE;
            let send = || Ok(splice(&self.reader, None, socket, None, filled - sent, flags)?);
            match retry_interrupted(send) {
                Ok(Some(bytes)) => sent += bytes,
                Ok(None) => return (Ok(PipeOutcome { sent, is_blocked: true }), filled - sent),
                // The next call fails as well; this one has to report the bytes that were sent.
                Err(_) if sent > 0 => break,
                Err(error) => return (Err(error), filled),
            }
        }
        (Ok(PipeOutcome { sent, is_blocked: false }), filled - sent)
    }

    /// Empties the pipe of at most `left` bytes.
    fn discard(&self, mut left: usize) -> io::Result<()> {
        while left > 0 {
            let flags = SpliceFlags::MOVE | SpliceFlags::NONBLOCK;
            let discard = || Ok(splice(&self.reader, None, &self.dev_null, None, left, flags)?);
            match retry_interrupted(discard)? {
                None | Some(0) => break, // it is empty
                Some(bytes) => left -= bytes,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
