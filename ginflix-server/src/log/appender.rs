//! Writes lines to a descriptor, and knows which of them are whole where that fails.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd;

use rustix::event::{PollFd, PollFlags, poll};

/// Not everything was written.
#[derive(Debug)]
pub struct Incomplete {
    /// Bytes that were, in whole lines.
    pub written: usize,
    /// Why not more.
    pub error: io::Error,
}

impl Incomplete {
    /// Nothing was written.
    pub fn nothing(error: io::Error) -> Self {
        Self { written: 0, error }
    }
}

/// Where lines are written to in the end.
pub trait Sink: Send {
    /// Writes whole lines.
    ///
    /// # Errors
    /// Where not all of them could be written.
    fn write_lines(&mut self, lines: &[u8]) -> Result<(), Incomplete>;
}

/// An open file, pipe or terminal that lines are added to.
#[derive(Debug)]
pub struct Appender<F> {
    file: F,
    /// Whether the last line that was written is not whole.
    is_torn: bool,
}

impl<F> Appender<F> {
    /// Adds to what is there.
    pub fn new(file: F) -> Self {
        Self { file, is_torn: false }
    }

    /// What it adds to.
    pub fn file(&self) -> &F {
        &self.file
    }
}

impl<F: Write + AsFd> Appender<F> {
    /// Writes as much as there is room for.
    fn write(&mut self, bytes: &[u8]) -> (usize, io::Result<()>) {
        let mut written = 0;
        while written < bytes.len() {
            match self.file.write(&bytes[written..]) {
                Ok(0) => return (written, Err(io::ErrorKind::WriteZero.into())),
                Ok(count) => written += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // Whoever shares a pipe or terminal with us may have told it not to block.
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

impl<F: Write + AsFd + Send> Sink for Appender<F> {
    fn write_lines(&mut self, lines: &[u8]) -> Result<(), Incomplete> {
        if self.is_torn {
            let (_, ended) = self.write(b"\n");
            ended.map_err(Incomplete::nothing)?;
            self.is_torn = false;
        }
        let (written, result) = self.write(lines);
        result.map_err(|error| {
            let whole = lines[..written].iter().rposition(|byte| *byte == b'\n');
            let whole = whole.map_or(0, |newline| newline + 1);
            self.is_torn = written > whole;
            Incomplete { written: whole, error }
        })
    }
}

/// Standard error, by a descriptor of its own: a thread that waits until a pipe is read keeps no
/// other from writing to standard error.
///
/// # Errors
/// Where there are too many open files.
pub fn standard_error() -> io::Result<Appender<File>> {
    Ok(Appender::new(File::from(io::stderr().as_fd().try_clone_to_owned()?)))
}

#[cfg(test)]
mod tests {
    use std::os::fd::BorrowedFd;

    use super::*;

    /// Has room for so many bytes.
    struct Small {
        content: Vec<u8>,
        room: usize,
    }

    impl Write for Small {
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

    impl AsFd for Small {
        fn as_fd(&self) -> BorrowedFd<'_> {
            unreachable!("it never blocks")
        }
    }

    #[test]
    fn a_line_that_is_not_whole_is_ended_before_the_next() {
        let mut appender = Appender::new(Small { content: Vec::new(), room: 6 });
        let incomplete = appender.write_lines(b"one\ntwo\nthree\n").unwrap_err();
        assert_eq!(incomplete.written, 4);
        assert_eq!(incomplete.error.kind(), io::ErrorKind::StorageFull);
        assert_eq!(appender.write_lines(b"four\n").unwrap_err().written, 0);
        appender.file.room = 100;
        appender.write_lines(b"five\n").unwrap();
        appender.write_lines(b"six\n").unwrap();
        assert_eq!(appender.file.content, b"one\ntw\nfive\nsix\n");
    }

    #[test]
    fn after_a_whole_line_nothing_is_ended() {
        let mut appender = Appender::new(Small { content: Vec::new(), room: 4 });
        assert_eq!(appender.write_lines(b"one\ntwo\n").unwrap_err().written, 4);
        appender.file.room = 100;
        appender.write_lines(b"three\n").unwrap();
        assert_eq!(appender.file.content, b"one\nthree\n");
    }
}
