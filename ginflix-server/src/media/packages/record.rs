//! What is stored in `meta/` for the HLS of a media file: its sample index and its texts, or the reason why it has none.
//!
//! A record begins with the SHA-256 of the media file, so that one of an earlier file of the same name is not used, and
//! with the version of this form. Records are made again if they are lost or damaged, so they are not synced.

use std::fs::File;
use std::io::{self, ErrorKind, IoSliceMut, Read, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;

use ginflix_api::media::MediaName;
use ginflix_hls::index::{self, build::Built};
use ginflix_hls::texts::RECORD_LIMIT_BYTES;
use ginflix_media::source::ReadAt;
use rustix::io::{Errno, ReadWriteFlags, preadv2};

use crate::durable;

/// The version of records: that of this form, which also changes when more files can be packaged, and that of indexes.
const VERSION: u32 = 2 << 16 | index::VERSION;
/// The bytes before the content: the SHA-256, the version and the kind.
const HEAD_BYTES: usize = 40;
/// The kind of a record with an index.
const INDEX: u32 = 0;
/// The kind of a record with a reason.
const REASON: u32 = 1;
/// The kind of a record with texts, which is in a file of its own.
const TEXTS: u32 = 2;
/// The kind of a record with the subtitles that were added to a file. The SHA-256 at its start is not that of the media file but
/// that of what was added.
const SUBTITLES: u32 = 3;
/// What the names of records of subtitles end with.
const SUBTITLES_EXTENSION: &str = ".subtitles";
/// The most bytes of a reason that are read.
const REASON_LIMIT_BYTES: u64 = 4096;

/// A stored record.
#[derive(Debug)]
pub enum Record {
    /// The sample index of the file.
    Index(StoredIndex),
    /// The reason why the file cannot be packaged, as a sentence.
    Reason(String),
}

/// Whether reading an index may wait for the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IndexReads {
    /// It may.
    Blocking,
    /// It fails with `WouldBlock` instead.
    FromMemory,
}

/// The file with a sample index.
#[derive(Debug)]
pub struct StoredIndex {
    file: File,
    /// The bytes of the index. The file does not change: another index replaces it.
    size: u64,
}

/// The file with the texts of a media file.
#[derive(Debug)]
pub struct StoredTexts(File);

impl StoredTexts {
    /// Reads all texts. Blocks on the disk.
    ///
    /// # Errors
    /// They cannot be read.
    pub fn read(&self) -> io::Result<Vec<u8>> {
        let size = self.0.metadata()?.len().saturating_sub(HEAD_BYTES as u64);
        let mut bytes = vec![0; size.min(RECORD_LIMIT_BYTES as u64) as usize];
        self.0.read_exact_at(&mut bytes, HEAD_BYTES as u64)?;
        Ok(bytes)
    }
}

/// Reads a stored index.
pub struct IndexReader<'a> {
    stored: &'a StoredIndex,
    reads: IndexReads,
}

impl StoredIndex {
    /// Returns a reader of the index.
    pub fn reader(&self, reads: IndexReads) -> IndexReader<'_> {
        IndexReader { stored: self, reads }
    }
}

impl ReadAt for IndexReader<'_> {
    fn size(&self) -> io::Result<u64> {
        Ok(self.stored.size)
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let offset = offset.saturating_add(HEAD_BYTES as u64);
        if self.reads == IndexReads::Blocking {
            return FileExt::read_at(&self.stored.file, buffer, offset);
        }
        let mut buffers = [IoSliceMut::new(buffer)];
        match preadv2(&self.stored.file, &mut buffers, offset, ReadWriteFlags::NOWAIT) {
            // Not all file systems can tell whether a read would block.
            Err(Errno::OPNOTSUPP) => Err(ErrorKind::WouldBlock.into()),
            read => Ok(read?),
        }
    }
}

/// Returns the record of the media file of this name and SHA-256; `None` if there is none of this version. Blocks on the
/// disk.
///
/// # Errors
/// The record exists and cannot be read.
pub fn read(dir: &Path, name: &MediaName, sha256: &str) -> io::Result<Option<Record>> {
    let path = dir.join(index_name(name));
    let Some((file, kind)) = open(&path, sha256)? else { return Ok(None) };
    if kind == INDEX {
        let size = file.metadata()?.len().saturating_sub(HEAD_BYTES as u64);
        return Ok(Some(Record::Index(StoredIndex { file, size })));
    }
    let mut reason = String::new();
    file.take(REASON_LIMIT_BYTES).read_to_string(&mut reason)?;
    Ok(Some(Record::Reason(reason)))
}

/// Returns the texts that were stored with the index of a media file; `None` if there are none of this version. Blocks on
/// the disk.
///
/// # Errors
/// They exist and cannot be read.
pub fn read_texts(dir: &Path, name: &MediaName, sha256: &str) -> io::Result<Option<StoredTexts>> {
    let found = open(&dir.join(texts_name(name)), sha256)?;
    Ok(found.filter(|(_, kind)| *kind == TEXTS).map(|(file, _)| StoredTexts(file)))
}

/// Returns the subtitles that were added to a media file, and stored with this SHA-256 of all of them; `None` if there are none.
/// Blocks on the disk.
///
/// # Errors
/// They exist and cannot be read.
pub fn read_subtitles(
    dir: &Path,
    name: &MediaName,
    sha256: &str,
) -> io::Result<Option<StoredTexts>> {
    let found = open(&dir.join(subtitles_name(name)), sha256)?;
    Ok(found.filter(|(_, kind)| *kind == SUBTITLES).map(|(file, _)| StoredTexts(file)))
}

/// Returns the media files that have stored subtitles, with the SHA-256 of all of each. Blocks on the disk.
///
/// # Errors
/// The folder cannot be read.
pub fn list_subtitles(dir: &Path) -> io::Result<Vec<(MediaName, String)>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir)? {
        let file_name = entry?.file_name();
        let name = file_name.to_str().and_then(|name| name.strip_suffix(SUBTITLES_EXTENSION));
        let Some(name) = name.and_then(|name| name.parse().ok()) else { continue };
        let mut head = [0; HEAD_BYTES];
        let read = File::open(dir.join(&file_name)).and_then(|mut file| file.read_exact(&mut head));
        let sha256 = hex::encode(&head[..32]);
        // What is torn or of another version is stored again.
        if read.is_ok() && self::head(&sha256, SUBTITLES) == Some(head) {
            found.push((name, sha256));
        }
    }
    Ok(found)
}

/// Returns whether there is a record of this version for the media file of this name and SHA-256. Blocks on the disk.
pub fn is_current(dir: &Path, name: &MediaName, sha256: &str) -> bool {
    open(&dir.join(index_name(name)), sha256).is_ok_and(|record| record.is_some())
}

/// Opens a record, and reads its head.
fn open(path: &Path, sha256: &str) -> io::Result<Option<(File, u32)>> {
    let mut file = match File::open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        file => file?,
    };
    let mut actual = [0; HEAD_BYTES];
    match file.read_exact(&mut actual) {
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(None),
        read => read?,
    }
    let kinds = [INDEX, REASON, TEXTS, SUBTITLES].into_iter();
    let kind =
        kinds.into_iter().find(|kind| head(sha256, *kind).is_some_and(|head| head == actual));
    Ok(kind.map(|kind| (file, kind)))
}

/// Returns the first bytes of a record; `None` if the SHA-256 does not have 64 hexadecimal digits.
fn head(sha256: &str, kind: u32) -> Option<[u8; HEAD_BYTES]> {
    let mut head = [0; HEAD_BYTES];
    let (hash, rest) = head.split_at_mut(32);
    hex::decode_to_slice(sha256, hash).ok()?;
    rest[..4].copy_from_slice(&VERSION.to_be_bytes());
    rest[4..].copy_from_slice(&kind.to_be_bytes());
    Some(head)
}

/// Stores the index of a media file, and its texts.
///
/// # Errors
/// They cannot be written.
pub fn write_index(
    dir: &Path,
    name: &MediaName,
    sha256: &str,
    built: &Built,
    texts: &[u8],
) -> io::Result<()> {
    // The texts come first: an index says that both are there.
    write(dir, &texts_name(name), sha256, TEXTS, &mut |to| to.write_all(texts))?;
    write(dir, &index_name(name), sha256, INDEX, &mut |to| built.write(to))
}

/// Stores the subtitles that were added to a media file. `sha256` is that of all of them.
///
/// # Errors
/// They cannot be written.
pub fn write_subtitles(dir: &Path, name: &MediaName, sha256: &str, texts: &[u8]) -> io::Result<()> {
    write(dir, &subtitles_name(name), sha256, SUBTITLES, &mut |to| to.write_all(texts))
}

/// Removes the stored subtitles of a media file, if there are any.
///
/// # Errors
/// They exist and cannot be removed.
pub fn remove_subtitles(dir: &Path, name: &MediaName) -> io::Result<()> {
    durable::remove_if_exists(&dir.join(subtitles_name(name)))
}

/// Stores the reason why a media file cannot be packaged.
///
/// # Errors
/// It cannot be written.
pub fn write_reason(dir: &Path, name: &MediaName, sha256: &str, reason: &str) -> io::Result<()> {
    write(dir, &index_name(name), sha256, REASON, &mut |to| to.write_all(reason.as_bytes()))
}

fn write(
    dir: &Path,
    file_name: &str,
    sha256: &str,
    kind: u32,
    content: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let head = head(sha256, kind).ok_or(ErrorKind::InvalidInput)?;
    durable::stream_without_fsync(dir, file_name, |to| {
        to.write_all(&head)?;
        content(to)
    })
}

/// Removes the records of a media file, if there are any.
///
/// # Errors
/// They exist and cannot be removed.
pub fn remove(dir: &Path, name: &MediaName) -> io::Result<()> {
    durable::remove_if_exists(&dir.join(index_name(name)))?;
    durable::remove_if_exists(&dir.join(texts_name(name)))
}

fn index_name(name: &MediaName) -> String {
    format!("{name}.hls")
}

fn subtitles_name(name: &MediaName) -> String {
    format!("{name}{SUBTITLES_EXTENSION}")
}

fn texts_name(name: &MediaName) -> String {
    format!("{name}.texts")
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

    fn name() -> MediaName {
        "movie.mp4".parse().unwrap()
    }

    #[test]
    fn a_record_belongs_to_one_content() {
        let dir = tempfile::tempdir().unwrap();
        let read = |sha256: &str| read(dir.path(), &name(), sha256).unwrap();
        assert!(read(HASH).is_none());
        write_reason(dir.path(), &name(), HASH, "It has no video.").unwrap();
        assert!(matches!(read(HASH), Some(Record::Reason(reason)) if reason == "It has no video."));
        assert!(is_current(dir.path(), &name(), HASH));
        for other in [HASH.replace("00", "01"), HASH[1..].to_owned(), String::new()] {
            assert!(read(&other).is_none(), "{other}");
            assert!(!is_current(dir.path(), &name(), &other), "{other}");
        }
        remove(dir.path(), &name()).unwrap();
        assert!(!is_current(dir.path(), &name(), HASH));
    }

    #[test]
    fn a_torn_record_or_one_of_another_version_is_none() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(index_name(&name()));
        let mut other_version = head(HASH, INDEX).unwrap();
        other_version[35] += 1;
        for content in [&b""[..], &[0; HEAD_BYTES - 1], &[0; HEAD_BYTES], &other_version] {
            std::fs::write(&path, content).unwrap();
            assert!(read(dir.path(), &name(), HASH).unwrap().is_none(), "{content:?}");
        }
    }

    #[test]
    fn subtitles_are_listed_with_what_they_were_stored_for() {
        let dir = tempfile::tempdir().unwrap();
        write_subtitles(dir.path(), &name(), HASH, b"texts").unwrap();
        std::fs::write(dir.path().join("torn.mp4.subtitles"), b"x").unwrap();
        std::fs::write(dir.path().join("..subtitles"), head(HASH, SUBTITLES).unwrap()).unwrap();
        assert_eq!(list_subtitles(dir.path()).unwrap(), [(name(), HASH.to_owned())]);
        let read = |sha256: &str| read_subtitles(dir.path(), &name(), sha256).unwrap();
        assert_eq!(read(HASH).unwrap().read().unwrap(), b"texts");
        assert!(read(&HASH.replace("00", "01")).is_none());
        remove_subtitles(dir.path(), &name()).unwrap();
        assert!(read(HASH).is_none() && list_subtitles(dir.path()).unwrap().is_empty());
    }

    #[test]
    fn an_index_is_read_after_its_head() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(index_name(&name()));
        std::fs::write(&path, [&head(HASH, INDEX).unwrap()[..], b"index"].concat()).unwrap();
        let Some(Record::Index(stored)) = read(dir.path(), &name(), HASH).unwrap() else {
            panic!("no index");
        };
        let reader = stored.reader(IndexReads::Blocking);
        let mut buffer = [0; 10];
        assert_eq!(reader.size().unwrap(), 5);
        assert_eq!(reader.read_at(&mut buffer, 1).unwrap(), 4);
        assert_eq!(&buffer[..4], b"ndex");
        assert_eq!(reader.read_at(&mut buffer, u64::MAX).map_err(|error| error.kind()).ok(), None);
    }
}
