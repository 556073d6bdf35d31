//! The log as a file of limited size: a full one is put aside, and few old ones are kept.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::stdio;

use super::appender::{Appender, Incomplete, Sink};

/// Old files that are kept: `FILE.1`, the latest, to `FILE.3`.
pub const OLD_FILES: u32 = 3;
/// Readable by its owner alone: lines tell who watched what.
const MODE: u32 = 0o600;

/// Adds lines to a file, and rotates it by size.
#[derive(Debug)]
pub struct RotatingFile {
    path: PathBuf,
    /// Bytes that the file has at most, where no single line has more.
    limit: u64,
    open: Option<Open>,
    /// Standard output and standard error, where they are the same file: they stay with the log
    /// when it is rotated, and keep no old file from being deleted.
    has_stdout: bool,
    has_stderr: bool,
}

#[derive(Debug)]
struct Open {
    appender: Appender<File>,
    length: u64,
}

impl RotatingFile {
    /// The log at `path`, not opened yet.
    pub fn new(path: &Path, limit: u64) -> Self {
        let (has_stdout, has_stderr) = (false, false);
        Self { path: path.to_owned(), limit, open: None, has_stdout, has_stderr }
    }

    /// Opens the file, and creates it where there is none.
    ///
    /// # Errors
    /// Where it is no regular file, or cannot be opened for writing.
    pub fn open(&mut self) -> io::Result<()> {
        // Opening a named pipe would wait for whoever reads it.
        if fs::metadata(&self.path).is_ok_and(|facts| !facts.is_file()) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "is not a regular file"));
        }
        let file = create(&self.path)?;
        let facts = file.metadata()?;
        let is_log = |stream: io::Result<_>| {
            stream.is_ok_and(|stream: File| {
                stream.metadata().is_ok_and(|stream| is_same(&stream, &facts))
            })
        };
        self.has_stdout |= is_log(duplicate(stdio::stdout()));
        self.has_stderr |= is_log(duplicate(stdio::stderr()));
        self.use_file(file, facts.len())
    }

    /// Whether what is written to standard error is written to the log.
    pub fn has_stderr(&self) -> bool {
        self.has_stderr
    }

    fn use_file(&mut self, file: File, length: u64) -> io::Result<()> {
        if self.has_stdout {
            stdio::dup2_stdout(&file)?;
        }
        if self.has_stderr {
            stdio::dup2_stderr(&file)?;
        }
        self.open = Some(Open { appender: Appender::new(file), length });
        Ok(())
    }

    /// Looks whether the path still names the open file: whoever needs room may have deleted it,
    /// and another program may have moved it or added to it.
    fn look(&mut self) -> io::Result<()> {
        let named = match fs::metadata(&self.path) {
            Ok(facts) => Some(facts),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        if let (Some(named), Some(open)) = (named, &mut self.open)
            && is_same(&named, &open.appender.file().metadata()?)
        {
            open.length = named.len();
            return Ok(());
        }
        self.open()
    }

    /// Puts the file aside and goes on with a new one.
    fn rotate(&mut self) -> io::Result<()> {
        for number in (0..OLD_FILES).rev() {
            match fs::rename(old(&self.path, number), old(&self.path, number + 1)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        let file = create(&self.path)?;
        let length = file.metadata()?.len();
        self.use_file(file, length)
    }

    /// Writes the lines that have room in the file as it is, after rotating it where there is room
    /// for none. Returns their bytes.
    fn write_part(&mut self, lines: &[u8]) -> Result<usize, Incomplete> {
        let first = lines.iter().position(|byte| *byte == b'\n').map_or(lines.len(), |n| n + 1);
        let length = |open: &Option<Open>| open.as_ref().map_or(0, |open| open.length);
        if length(&self.open) > 0 && length(&self.open) + first as u64 > self.limit {
            self.rotate().map_err(Incomplete::nothing)?;
        }
        let room = self.limit.saturating_sub(length(&self.open));
        let room = usize::try_from(room).unwrap_or(usize::MAX).min(lines.len());
        let end = lines[..room].iter().rposition(|byte| *byte == b'\n').map_or(first, |n| n + 1);
        let Some(open) = &mut self.open else {
            return Err(Incomplete::nothing(io::ErrorKind::NotFound.into()));
        };
        open.appender.write_lines(&lines[..end])?;
        open.length += end as u64;
        Ok(end)
    }
}

impl Sink for RotatingFile {
    fn write_lines(&mut self, lines: &[u8]) -> Result<(), Incomplete> {
        self.look().map_err(Incomplete::nothing)?;
        let mut written = 0;
        while written < lines.len() {
            match self.write_part(&lines[written..]) {
                Ok(count) => written += count,
                Err(Incomplete { written: more, error }) => {
                    return Err(Incomplete { written: written + more, error });
                }
            }
        }
        Ok(())
    }
}

/// The name of an old file; 0 is the log itself.
fn old(path: &Path, number: u32) -> PathBuf {
    match number {
        0 => path.to_owned(),
        number => path.with_added_extension(number.to_string()),
    }
}

fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).mode(MODE).open(path)
}

fn duplicate(stream: std::os::fd::BorrowedFd<'_>) -> io::Result<File> {
    Ok(File::from(stream.try_clone_to_owned()?))
}

fn is_same(a: &Metadata, b: &Metadata) -> bool {
    (a.dev(), a.ino()) == (b.dev(), b.ino())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn log(limit: u64) -> (tempfile::TempDir, PathBuf, RotatingFile) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("server.log");
        let mut log = RotatingFile::new(&path, limit);
        log.open().unwrap();
        (folder, path, log)
    }

    fn read(path: &Path, number: u32) -> String {
        fs::read_to_string(old(path, number)).unwrap_or_default()
    }

    #[test]
    fn lines_are_whole_in_files_of_limited_size() {
        let (folder, path, mut log) = log(10);
        log.write_lines(b"one\ntwo\nthree\nfour\n").unwrap();
        assert_eq!(
            [2, 1, 0].map(|number| read(&path, number)),
            ["one\ntwo\n", "three\n", "four\n"]
        );
        for line in ["five\n", "six\n", "seven\n", "a line beyond the limit\n", "eight\n"] {
            log.write_lines(line.as_bytes()).unwrap();
        }
        assert_eq!(read(&path, 0), "eight\n");
        assert_eq!(read(&path, 1), "a line beyond the limit\n");
        assert_eq!(read(&path, 2), "six\nseven\n");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1 + OLD_FILES as usize);
        for file in fs::read_dir(folder.path()).unwrap() {
            assert_eq!(file.unwrap().metadata().unwrap().permissions().mode() & 0o777, MODE);
        }
    }

    #[test]
    fn what_is_there_counts_and_stays() {
        let (_folder, path, mut log) = log(10);
        fs::write(&path, "by others\n").unwrap();
        log.write_lines(b"ours\n").unwrap();
        assert_eq!([1, 0].map(|number| read(&path, number)), ["by others\n", "ours\n"]);
    }

    #[test]
    fn a_file_that_was_deleted_or_moved_is_made_anew() {
        let (folder, path, mut log) = log(100);
        log.write_lines(b"one\n").unwrap();
        fs::remove_file(&path).unwrap();
        log.write_lines(b"two\n").unwrap();
        fs::rename(&path, folder.path().join("elsewhere")).unwrap();
        log.write_lines(b"three\n").unwrap();
        assert_eq!(read(&path, 0), "three\n");
    }

    #[test]
    fn lines_are_lost_while_it_cannot_be_rotated_and_only_then() {
        let (_folder, path, mut log) = log(5);
        log.write_lines(b"one\n").unwrap();
        // Nothing can be moved to where a folder is.
        fs::create_dir(old(&path, 1)).unwrap();
        fs::write(old(&path, 1).join("x"), "").unwrap();
        fs::create_dir(old(&path, 2)).unwrap();
        fs::write(old(&path, 2).join("x"), "").unwrap();
        fs::create_dir(old(&path, 3)).unwrap();
        fs::write(old(&path, 3).join("x"), "").unwrap();
        assert_eq!(log.write_lines(b"two\n").unwrap_err().written, 0);
        fs::remove_dir_all(old(&path, 3)).unwrap();
        log.write_lines(b"three\n").unwrap();
        assert_eq!(read(&path, 0), "three\n");
    }

    #[test]
    fn a_folder_or_a_device_is_refused() {
        for path in ["/", "/dev/null"] {
            assert!(RotatingFile::new(Path::new(path), 10).open().is_err(), "{path}");
        }
    }
}
