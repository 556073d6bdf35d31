//! The log of a local server, which the server rotates: its last lines, and what is added to it.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// How much of the end of a log is read at most to find its last lines, in bytes.
const MOST: u64 = 4 << 20;
/// Size at which the server rotates the log, in bytes, if it is not told otherwise.
const SIZE_LIMIT: u64 = 16 << 20;
/// What tells it otherwise: servers get the environment of the command that starts them.
const SIZE_VARIABLE: &str = "GINFLIX_LOG_FILE_BYTES";
/// Old files that the server keeps: `server.log.1`, the latest, to `server.log.3`.
const OLD_FILES: u32 = 3;
/// How much is moved at once, in bytes.
const PIECE: usize = 64 << 10;

/// A log being read.
pub struct LogFile {
    path: PathBuf,
    /// What is being read; another file may have its name by now.
    file: File,
}

impl LogFile {
    /// Opens it.
    pub fn open(path: &Path) -> io::Result<Self> {
        Ok(Self { path: path.to_owned(), file: File::open(path)? })
    }

    /// Passes over what is there: [`LogFile::added`] tells what comes after.
    pub fn skip(&mut self) -> io::Result<()> {
        self.file.seek(SeekFrom::End(0))?;
        Ok(())
    }

    /// The last lines, from old files too where the latest has fewer; reading goes on after them.
    pub fn last_lines(&mut self, lines: usize) -> io::Result<String> {
        let mut files = newest_first(&self.path)?.into_iter();
        let Some(latest) = files.next() else { return Ok(String::new()) };
        let length = latest.metadata()?.len();
        let mut text = end_of(&latest, length, MOST)?;
        self.file = latest;
        self.file.seek(SeekFrom::Start(length))?;
        for older in files {
            let left = MOST.saturating_sub(text.len() as u64);
            if left == 0 || text.lines().count() >= lines {
                break;
            }
            let length = older.metadata()?.len();
            let mut before = end_of(&older, length, left)?;
            if !before.is_empty() && !before.ends_with('\n') {
                before.push('\n');
            }
            text.insert_str(0, &before);
        }
        Ok(tail(&text, lines).to_owned())
    }

    /// What was added since the last read, in whole lines; nothing where that is all. Goes on in
    /// the next file when the server has rotated the log.
    pub fn added(&mut self) -> io::Result<String> {
        loop {
            // Asked before reading: once another file has the name, this one gets no more lines.
            let is_latest = match fs::metadata(&self.path) {
                Ok(facts) => is_same(&facts, &self.file.metadata()?),
                // It is about to be made.
                Err(error) if error.kind() == io::ErrorKind::NotFound => true,
                Err(error) => return Err(error),
            };
            let added = self.read_lines(!is_latest)?;
            if is_latest || !added.is_empty() {
                return Ok(added);
            }
            match self.next()? {
                Some(next) => self.file = next,
                None => return Ok(String::new()),
            }
        }
    }

    fn read_lines(&mut self, is_finished: bool) -> io::Result<String> {
        let mut at = self.file.stream_position()?;
        if self.file.metadata()?.len() < at {
            at = self.file.seek(SeekFrom::Start(0))?;
        }
        let mut bytes = Vec::new();
        (&self.file).take(MOST).read_to_end(&mut bytes)?;
        let mut whole = bytes.iter().rposition(|b| *b == b'\n').map_or(0, |newline| newline + 1);
        if whole == 0 && is_finished {
            whole = bytes.len();
        }
        self.file.seek(SeekFrom::Start(at + whole as u64))?;
        Ok(String::from_utf8_lossy(&bytes[..whole]).into_owned())
    }

    /// The file that lines went to after this one was rotated.
    fn next(&self) -> io::Result<Option<File>> {
        let this = self.file.metadata()?;
        let mut next = None;
        for file in newest_first(&self.path)? {
            let facts = file.metadata()?;
            // Where this one was deleted, those that are older are not what follows it.
            if is_same(&facts, &this) || facts.modified()? < this.modified()? {
                break;
            }
            next = Some(file);
        }
        Ok(next)
    }
}

/// The log and its old files, each once. A rotation meanwhile does no harm: it gives files names
/// that are still to be looked at.
fn newest_first(path: &Path) -> io::Result<Vec<File>> {
    let mut files: Vec<File> = Vec::new();
    for number in 0..=OLD_FILES {
        let file = match File::open(name(path, number)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            other => other?,
        };
        let facts = file.metadata()?;
        let mut is_known = false;
        for known in &files {
            is_known |= is_same(&known.metadata()?, &facts);
        }
        if !is_known {
            files.push(file);
        }
    }
    Ok(files)
}

/// The end of the first `length` bytes of a file, in at most `most` bytes of whole lines.
fn end_of(file: &File, length: u64, most: u64) -> io::Result<String> {
    let start = length.saturating_sub(most);
    let mut bytes = Vec::new();
    let mut file = file;
    file.seek(SeekFrom::Start(start))?;
    file.take(length - start).read_to_end(&mut bytes)?;
    if start > 0 {
        let newline = bytes.iter().position(|b| *b == b'\n').map_or(bytes.len(), |n| n + 1);
        bytes.drain(..newline);
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The name of an old file; 0 is the log itself.
fn name(path: &Path, number: u32) -> PathBuf {
    match number {
        0 => path.to_owned(),
        number => path.with_added_extension(number.to_string()),
    }
}

fn is_same(a: &Metadata, b: &Metadata) -> bool {
    (a.dev(), a.ino()) == (b.dev(), b.ino())
}

/// Opens the log for a server that starts, and creates it where there is none. What the server
/// says before it has opened the log itself is added here.
pub fn open_to_append(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).mode(0o600).open(path)
}

/// Cuts files that an older version let grow down to their last lines. This takes no room.
pub fn limit_size(path: &Path) -> io::Result<()> {
    let limit = std::env::var(SIZE_VARIABLE).ok().and_then(|bytes| bytes.parse().ok());
    for number in 0..=OLD_FILES {
        match OpenOptions::new().read(true).write(true).open(name(path, number)) {
            Ok(file) => keep_end(&file, limit.unwrap_or(SIZE_LIMIT))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Moves the last lines, at most `limit` bytes of them, to the beginning of the file, and cuts it
/// after them.
fn keep_end(file: &File, limit: u64) -> io::Result<()> {
    let length = file.metadata()?.len();
    if length <= limit {
        return Ok(());
    }
    let mut piece = vec![0; PIECE];
    let (mut from, mut to, mut is_first) = (length - limit, 0, true);
    loop {
        let count = file.read_at(&mut piece, from)?;
        if count == 0 {
            return file.set_len(to);
        }
        let mut kept = &piece[..count];
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
