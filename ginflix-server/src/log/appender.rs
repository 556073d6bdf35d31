//! Writes lines to a file descriptor, and keeps track of complete lines when that fails.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd;

use rustix::event::{PollFd, PollFlags, poll};

/// The error of a write that did not write everything.
#[derive(Debug)]
pub struct PartialWrite {
    /// Bytes of complete lines that were written.
    pub written: usize,
    /// Why the others were not.
    pub error: io::Error,
}

impl PartialWrite {
    /// Creates the error of a write that wrote nothing.
    pub fn nothing(error: io::Error) -> Self {
        Self { written: 0, error }
    }
}

/// A destination of lines.
pub trait LineSink: Send {
    /// Writes complete lines.
    ///
    /// # Errors
    /// Some of the lines could not be written.
    fn write_lines(&mut self, lines: &[u8]) -> Result<(), PartialWrite>;
}

/// Appends lines to an open file, pipe or terminal.
#[derive(Debug)]
pub struct Appender<F> {
    file: F,
    /// Whether the last line was written in part.
    is_torn: bool,
}

impl<F> Appender<F> {
    /// Creates an appender for an open file.
    pub fn new(file: F) -> Self {
        Self { file, is_torn: false }
    }

    /// Returns the file.
    pub fn file(&self) -> &F {
        &self.file
    }
}

impl<F: Write + AsFd> Appender<F> {
    /// Writes as many bytes as possible, and returns how many that were.
    fn write(&mut self, bytes: &[u8]) -> (usize, io::Result<()>) {
        let mut written = 0;
        while written < bytes.len() {
            match self.file.write(&bytes[written..]) {
                Ok(0) => return (written, Err(io::ErrorKind::WriteZero.into())),
                Ok(count) => written += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // Another process that shares the pipe or terminal may have set O_NONBLOCK.
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    let mut ready = [PollFd::new(&self.file, PollFlags::OUT)];
                    match poll(&mut ready, None) {
                        Ok(_) | Err(rustix::io::Errno::INTR) => {}
                        Err(error) => return (written, Err(error.into())),
                    }
                }
                Err(error) => return (written, Err(error)),
            }
        }
        (written, Ok(()))
    }
}

impl<F: Write + AsFd + Send> LineSink for Appender<F> {
    fn write_lines(&mut self, lines: &[u8]) -> Result<(), PartialWrite> {
        if self.is_torn {
            let (_, ended) = self.write(b"\n");
            ended.map_err(PartialWrite::nothing)?;
            self.is_torn = false;
        }
        let (written, result) = self.write(lines);
        result.map_err(|error| {
            let newline = lines[..written].iter().rposition(|byte| *byte == b'\n');
            let complete = newline.map_or(0, |newline| newline + 1);
            self.is_torn = written > complete;
            PartialWrite { written: complete, error }
        })
    }
}

/// Returns an appender to a duplicate of standard error. It bypasses the lock of [`io::stderr`], so
/// that the log's thread does not block others while it waits for the reader of a pipe.
///
/// # Errors
/// Too many files are open.
pub fn standard_error() -> io::Result<Appender<File>> {
    Ok(Appender::new(File::from(io::stderr().as_fd().try_clone_to_owned()?)))
}

#[cfg(test)]
mod tests {
    use std::os::fd::BorrowedFd;

    use super::*;

    /// A file with space for `room` bytes.
    struct SmallFile {
        content: Vec<u8>,
        room: usize,
    }

    impl Write for SmallFile {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let count = bytes.len().min(self.room);
            if count == 0 {
                return Err(io::ErrorKind::StorageFull.into());
            }
            self.room -= count;
            self.content.extend_from_slice(&bytes[..count]);
            Ok(count)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl AsFd for SmallFile {
        fn as_fd(&self) -> BorrowedFd<'_> {
            unreachable!("it never blocks")
        }
    }

    #[test]
    fn an_incomplete_line_is_terminated_before_the_next() {
        let mut appender = Appender::new(SmallFile { content: Vec::new(), room: 6 });
        let partial = appender.write_lines(b"one\ntwo\nthree\n").unwrap_err();
        assert_eq!(partial.written, 4);
        assert_eq!(partial.error.kind(), io::ErrorKind::StorageFull);
        assert_eq!(appender.write_lines(b"four\n").unwrap_err().written, 0);
        appender.file.room = 100;
        appender.write_lines(b"five\n").unwrap();
        appender.write_lines(b"six\n").unwrap();
        assert_eq!(appender.file.content, b"one\ntw\nfive\nsix\n");
    }

    #[test]
    fn nothing_is_added_after_a_complete_line() {
        let mut appender = Appender::new(SmallFile { content: Vec::new(), room: 4 });
        assert_eq!(appender.write_lines(b"one\ntwo\n").unwrap_err().written, 4);
        appender.file.room = 100;
        appender.write_lines(b"three\n").unwrap();
        assert_eq!(appender.file.content, b"one\nthree\n");
    }
}
