//! The log of a local server, which the server rotates: reads its last lines, follows it across
//! rotations, and limits its size.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// The most bytes of a log that are read to find its last lines, or at once to follow it.
const READ_LIMIT: u64 = 4 << 20;
/// The server's default for the size at which it rotates the log, in bytes.
const DEFAULT_SIZE_LIMIT: u64 = 16 << 20;
/// The variable that overrides the server's default. A local server inherits the environment of
/// the command that starts it.
const SIZE_LIMIT_VARIABLE: &str = "GINFLIX_LOG_FILE_BYTES";
/// Number of rotated files that the server keeps: `server.log.1`, the latest, to `server.log.3`.
const ROTATED_FILES: u32 = 3;
/// Size of the buffer through which the end of a file is moved to its beginning, in bytes.
const COPY_BUFFER_SIZE: usize = 64 << 10;

/// A log that is being read.
pub struct LogFile {
    path: PathBuf,
    /// The open file, which may have been rotated to another name.
    file: File,
}

impl LogFile {
    /// Opens the log for reading from its beginning.
    pub fn open(path: &Path) -> io::Result<Self> {
        Ok(Self { path: path.to_owned(), file: File::open(path)? })
    }

    /// Moves to the end, so that [`LogFile::read_new_lines`] returns only what comes later.
    pub fn seek_to_end(&mut self) -> io::Result<()> {
        self.file.seek(SeekFrom::End(0))?;
        Ok(())
    }

    /// Returns the last lines, from rotated files too if the latest has fewer, and moves to the
    /// end of what was read.
    pub fn last_lines(&mut self, lines: usize) -> io::Result<String> {
        let mut files = newest_first(&self.path)?.into_iter();
        let Some(latest) = files.next() else { return Ok(String::new()) };
        let length = latest.metadata()?.len();
        let mut text = read_end(&latest, length, READ_LIMIT)?;
        self.file = latest;
        self.file.seek(SeekFrom::Start(length))?;
        for older in files {
            let remaining = READ_LIMIT.saturating_sub(text.len() as u64);
            if remaining == 0 || text.lines().count() >= lines {
                break;
            }
            let length = older.metadata()?.len();
            let mut before = read_end(&older, length, remaining)?;
            if !before.is_empty() && !before.ends_with('\n') {
                before.push('\n');
            }
            text.insert_str(0, &before);
        }
        Ok(tail(&text, lines).to_owned())
    }

    /// Returns the complete lines that were added since the last read; empty if there are none.
    /// Continues in the next file when the server has rotated the log.
    pub fn read_new_lines(&mut self) -> io::Result<String> {
        loop {
            // Compared before the read: once another file has the name, no more lines are added to
            // this one, so that a read afterwards returns the rest of it.
            let is_latest = match fs::metadata(&self.path) {
                Ok(metadata) => is_same_file(&metadata, &self.file.metadata()?),
                // The server has renamed the old file and is about to create the new one.
                Err(error) if error.kind() == io::ErrorKind::NotFound => true,
                Err(error) => return Err(error),
            };
            let added = self.read_lines(!is_latest)?;
            if is_latest || !added.is_empty() {
                return Ok(added);
            }
            match self.open_next()? {
                Some(next) => self.file = next,
                None => return Ok(String::new()),
            }
        }
    }

    /// Reads the complete lines after the current position. If there are none and the file
    /// `is_finished`, returns its incomplete last line.
    fn read_lines(&mut self, is_finished: bool) -> io::Result<String> {
        let mut position = self.file.stream_position()?;
        if self.file.metadata()?.len() < position {
            // The file was truncated, so what it has now is new.
            position = self.file.seek(SeekFrom::Start(0))?;
        }
        let mut bytes = Vec::new();
        (&self.file).take(READ_LIMIT).read_to_end(&mut bytes)?;
        let mut complete = bytes.iter().rposition(|b| *b == b'\n').map_or(0, |newline| newline + 1);
        if complete == 0 && is_finished {
            complete = bytes.len();
        }
        self.file.seek(SeekFrom::Start(position + complete as u64))?;
        Ok(String::from_utf8_lossy(&bytes[..complete]).into_owned())
    }

    /// Opens the file that the server wrote to after it had rotated this one.
    fn open_next(&self) -> io::Result<Option<File>> {
        let current = self.file.metadata()?;
        let mut next = None;
        for file in newest_first(&self.path)? {
            let metadata = file.metadata()?;
            // If the current file was deleted meanwhile, files older than it do not follow it.
            if is_same_file(&metadata, &current) || metadata.modified()? < current.modified()? {
                break;
            }
            next = Some(file);
        }
        Ok(next)
    }
}

/// Opens the log and its rotated files, each once. A rotation meanwhile does no harm: it moves
/// files to names that are opened later, and a file that is met twice is skipped.
fn newest_first(path: &Path) -> io::Result<Vec<File>> {
    let mut files: Vec<File> = Vec::new();
    for number in 0..=ROTATED_FILES {
        let file = match File::open(rotated_path(path, number)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            other => other?,
        };
        let metadata = file.metadata()?;
        let mut is_known = false;
        for known in &files {
            is_known |= is_same_file(&known.metadata()?, &metadata);
        }
        if !is_known {
            files.push(file);
        }
    }
    Ok(files)
}

/// Reads the last `limit` bytes before `length`, without the line that the limit cuts.
fn read_end(file: &File, length: u64, limit: u64) -> io::Result<String> {
    let start = length.saturating_sub(limit);
    let mut bytes = Vec::new();
    // `Seek` and `Read` are implemented for `&File`, and need a mutable variable of that type.
    let mut file = file;
    file.seek(SeekFrom::Start(start))?;
    file.take(length - start).read_to_end(&mut bytes)?;
    if start > 0 {
        let newline = bytes.iter().position(|b| *b == b'\n').map_or(bytes.len(), |n| n + 1);
        bytes.drain(..newline);
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Returns the path of a rotated file; 0 is the log itself.
fn rotated_path(path: &Path, number: u32) -> PathBuf {
    match number {
        0 => path.to_owned(),
        number => path.with_added_extension(number.to_string()),
    }
}

fn is_same_file(a: &Metadata, b: &Metadata) -> bool {
    (a.dev(), a.ino()) == (b.dev(), b.ino())
}

/// Opens the log as the standard error of a server that starts, and creates it if necessary. The
/// server writes there until it has opened the log itself.
pub fn open_to_append(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).mode(0o600).open(path)
}

/// Cuts files that an older version let grow beyond the limit down to their last lines. This works
/// in place, so that it succeeds on a full disk.
pub fn limit_size(path: &Path) -> io::Result<()> {
    let limit = std::env::var(SIZE_LIMIT_VARIABLE).ok().and_then(|bytes| bytes.parse().ok());
    for number in 0..=ROTATED_FILES {
        match OpenOptions::new().read(true).write(true).open(rotated_path(path, number)) {
            Ok(file) => keep_end(&file, limit.unwrap_or(DEFAULT_SIZE_LIMIT))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Moves the last lines of a file, at most `limit` bytes of them, to its beginning, and truncates
/// it after them.
fn keep_end(file: &File, limit: u64) -> io::Result<()> {
    let length = file.metadata()?.len();
    if length <= limit {
        return Ok(());
    }
    let mut buffer = vec![0; COPY_BUFFER_SIZE];
    let (mut from, mut to, mut is_first) = (length - limit, 0, true);
    loop {
        let count = file.read_at(&mut buffer, from)?;
        if count == 0 {
            return file.set_len(to);
        }
        let mut kept = &buffer[..count];
        // The first chunk begins within a line, which is left out.
        if std::mem::take(&mut is_first) {
            let newline = kept.iter().position(|byte| *byte == b'\n');
            kept = &kept[newline.map_or(0, |newline| newline + 1)..];
        }
        file.write_all_at(kept, to)?;
        from += count as u64;
        to += kept.len() as u64;
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
mod tests;
