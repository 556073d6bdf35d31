//! The log file: it has a limited size, is renamed when it is full, and few old files are kept.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::stdio;

use super::appender::{Appender, LineSink, PartialWrite};

/// Rotated files that are kept, from `FILE.1`, the latest, to `FILE.3`.
pub const ROTATED_FILE_LIMIT: u32 = 3;
/// Only the owner may read the log: it says who watched what.
const LOG_FILE_MODE: u32 = 0o600;

/// Appends lines to a file, and rotates it by size.
#[derive(Debug)]
pub struct RotatingFile {
    path: PathBuf,
    /// The maximum size of the file in bytes, unless a single line is longer.
    limit: u64,
    open: Option<OpenLogFile>,
    /// Whether standard output is the same file. Then it is redirected at each rotation, so that it
    /// does not keep a rotated file open.
    has_stdout: bool,
    /// As `has_stdout`, for standard error.
    has_stderr: bool,
}

#[derive(Debug)]
struct OpenLogFile {
    appender: Appender<File>,
    length: u64,
}

impl RotatingFile {
    /// Creates a log at `path` without opening it.
    pub fn new(path: &Path, limit: u64) -> Self {
        let (has_stdout, has_stderr) = (false, false);
        Self { path: path.to_owned(), limit, open: None, has_stdout, has_stderr }
    }

    /// Opens or creates the file.
    ///
    /// # Errors
    /// It is not a regular file, or cannot be opened for writing.
    pub fn open(&mut self) -> io::Result<()> {
        // Opening a named pipe would block until it has a reader.
        if fs::metadata(&self.path).is_ok_and(|metadata| !metadata.is_file()) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"));
        }
        let file = create(&self.path)?;
        let metadata = file.metadata()?;
        let is_log = |stream: io::Result<_>| {
            stream.is_ok_and(|stream: File| {
                stream.metadata().is_ok_and(|stream| is_same(&stream, &metadata))
            })
        };
        self.has_stdout |= is_log(duplicate(stdio::stdout()));
        self.has_stderr |= is_log(duplicate(stdio::stderr()));
        self.use_file(file, metadata.len())
    }

    /// Whether standard error is the log file.
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
        self.open = Some(OpenLogFile { appender: Appender::new(file), length });
        Ok(())
    }

    /// Opens the file again if the path names another file than the open one: somebody may have
    /// deleted or moved it. Also reads its size, as other programs may have appended to it.
    fn reopen_if_replaced(&mut self) -> io::Result<()> {
        let named = match fs::metadata(&self.path) {
            Ok(metadata) => Some(metadata),
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

    /// Renames the file and the rotated ones, and opens a new one.
    fn rotate(&mut self) -> io::Result<()> {
        for number in (0..ROTATED_FILE_LIMIT).rev() {
            match fs::rename(rotated_path(&self.path, number), rotated_path(&self.path, number + 1))
            {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        let file = create(&self.path)?;
        let length = file.metadata()?.len();
        self.use_file(file, length)
    }

    /// Writes as many lines as fit into the file, after rotating it if not even the first one does.
    /// Returns their bytes.
    fn write_fitting(&mut self, lines: &[u8]) -> Result<usize, PartialWrite> {
        let first = lines.iter().position(|byte| *byte == b'\n').map_or(lines.len(), |n| n + 1);
        let length = |open: &Option<OpenLogFile>| open.as_ref().map_or(0, |open| open.length);
        if length(&self.open) > 0 && length(&self.open) + first as u64 > self.limit {
            self.rotate().map_err(PartialWrite::nothing)?;
        }
        let room = self.limit.saturating_sub(length(&self.open));
        let room = usize::try_from(room).unwrap_or(usize::MAX).min(lines.len());
        let end = lines[..room].iter().rposition(|byte| *byte == b'\n').map_or(first, |n| n + 1);
        let Some(open) = &mut self.open else {
            return Err(PartialWrite::nothing(io::ErrorKind::NotFound.into()));
        };
        open.appender.write_lines(&lines[..end])?;
        open.length += end as u64;
        Ok(end)
    }
}

impl LineSink for RotatingFile {
    fn write_lines(&mut self, lines: &[u8]) -> Result<(), PartialWrite> {
        self.reopen_if_replaced().map_err(PartialWrite::nothing)?;
        let mut written = 0;
        while written < lines.len() {
            match self.write_fitting(&lines[written..]) {
                Ok(count) => written += count,
                Err(PartialWrite { written: more, error }) => {
                    return Err(PartialWrite { written: written + more, error });
                }
            }
        }
        Ok(())
    }
}

/// Returns the path of a rotated file; 0 is the log itself.
fn rotated_path(path: &Path, number: u32) -> PathBuf {
    match number {
        0 => path.to_owned(),
        number => path.with_added_extension(number.to_string()),
    }
}

fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).mode(LOG_FILE_MODE).open(path)
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
        fs::read_to_string(rotated_path(path, number)).unwrap_or_default()
    }

    #[test]
    fn lines_are_complete_in_files_of_limited_size() {
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
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1 + ROTATED_FILE_LIMIT as usize);
        for file in fs::read_dir(folder.path()).unwrap() {
            assert_eq!(
                file.unwrap().metadata().unwrap().permissions().mode() & 0o777,
                LOG_FILE_MODE
            );
        }
    }

    #[test]
    fn a_file_that_is_full_at_the_start_is_rotated() {
        let (_folder, path, mut log) = log(10);
        fs::write(&path, "by others\n").unwrap();
        log.write_lines(b"ours\n").unwrap();
        assert_eq!([1, 0].map(|number| read(&path, number)), ["by others\n", "ours\n"]);
    }

    #[test]
    fn a_deleted_or_moved_file_is_created_again() {
        let (folder, path, mut log) = log(100);
        log.write_lines(b"one\n").unwrap();
        fs::remove_file(&path).unwrap();
        log.write_lines(b"two\n").unwrap();
        fs::rename(&path, folder.path().join("elsewhere")).unwrap();
        log.write_lines(b"three\n").unwrap();
        assert_eq!(read(&path, 0), "three\n");
    }

    #[test]
    fn lines_are_lost_only_while_the_file_cannot_be_rotated() {
        let (_folder, path, mut log) = log(5);
        log.write_lines(b"one\n").unwrap();
        // A file cannot be renamed to the name of a folder.
        fs::create_dir(rotated_path(&path, 1)).unwrap();
        fs::write(rotated_path(&path, 1).join("x"), "").unwrap();
        fs::create_dir(rotated_path(&path, 2)).unwrap();
        fs::write(rotated_path(&path, 2).join("x"), "").unwrap();
        fs::create_dir(rotated_path(&path, 3)).unwrap();
        fs::write(rotated_path(&path, 3).join("x"), "").unwrap();
        assert_eq!(log.write_lines(b"two\n").unwrap_err().written, 0);
        fs::remove_dir_all(rotated_path(&path, 3)).unwrap();
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
