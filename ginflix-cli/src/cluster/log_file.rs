//! The end of a log file, and what is added to it.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

/// How much of the end of a file is read at most to find its last lines.
const MOST: u64 = 4 << 20;
/// A log that has grown beyond this is put aside at the next start.
const ROTATE_AT: u64 = 16 << 20;

/// A log being read.
pub struct LogFile {
    file: File,
}

impl LogFile {
    /// Opens it.
    pub fn open(path: &Path) -> io::Result<Self> {
        Ok(Self { file: File::open(path)? })
    }

    /// The last lines, not before the given byte; reading goes on after them.
    pub fn last_lines(&mut self, lines: usize, from: u64) -> io::Result<String> {
        let length = self.file.metadata()?.len();
        let start = from.max(length.saturating_sub(MOST)).min(length);
        self.file.seek(SeekFrom::Start(start))?;
        let mut bytes = Vec::new();
        (&self.file).take(length - start).read_to_end(&mut bytes)?;
        Ok(tail(&String::from_utf8_lossy(&bytes), lines).to_owned())
    }

    /// What was added since the last read, in whole lines.
    pub fn added(&mut self) -> io::Result<String> {
        let at = self.file.stream_position()?;
        if self.file.metadata()?.len() < at {
            self.file.seek(SeekFrom::Start(0))?;
        }
        let at = self.file.stream_position()?;
        let mut bytes = Vec::new();
        (&self.file).take(MOST).read_to_end(&mut bytes)?;
        let whole = bytes.iter().rposition(|b| *b == b'\n').map_or(0, |newline| newline + 1);
        self.file.seek(SeekFrom::Start(at + whole as u64))?;
        Ok(String::from_utf8_lossy(&bytes[..whole]).into_owned())
    }
}

/// Puts a log aside that has grown large; one old log is kept.
pub fn rotate(path: &Path) -> io::Result<()> {
    match std::fs::metadata(path) {
        Ok(facts) if facts.len() > ROTATE_AT => {
            std::fs::rename(path, path.with_added_extension("1"))
        }
        _ => Ok(()),
    }
}

fn tail(text: &str, lines: usize) -> &str {
    let text = text.trim_end_matches('\n');
    match text.rmatch_indices('\n').nth(lines.saturating_sub(1)) {
        _ if lines == 0 => "",
        Some((newline, _)) => &text[newline + 1..],
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn tails() {
        assert_eq!(tail("a\nb\nc\n", 2), "b\nc");
        assert_eq!(tail("a\nb\nc", 3), "a\nb\nc");
        assert_eq!(tail("a\nb\nc", 9), "a\nb\nc");
        assert_eq!(tail("a\nb", 0), "");
        assert_eq!(tail("", 5), "");
    }

    #[test]
    fn only_whole_lines_are_followed() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        writeln!(file, "one").unwrap();
        let mut log = LogFile::open(file.path()).unwrap();
        assert_eq!(log.last_lines(10, 0).unwrap(), "one");
        write!(file, "two\nthr").unwrap();
        assert_eq!(log.added().unwrap(), "two\n");
        assert_eq!(log.added().unwrap(), "");
        writeln!(file, "ee").unwrap();
        assert_eq!(log.added().unwrap(), "three\n");
        file.as_file().set_len(0).unwrap();
        file.rewind().unwrap();
        writeln!(file, "anew").unwrap();
        assert_eq!(log.added().unwrap(), "anew\n");
    }
}
