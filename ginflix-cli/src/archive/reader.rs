//! Verifies every byte of an archive, and then reads from it.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use ginflix_api::backup::FORMAT;
use jiff::Timestamp;
use serde::Deserialize;
use tempfile::NamedTempFile;

use super::hashing::HashingReader;
use super::layout::{self, BLOCK_BYTES, MANIFEST_PATH};
use super::{BUFFER_BYTES, Manifest, Member, temporary_file_beside};

/// The most bytes of a manifest: enough for several hundred thousand media files.
const MAX_MANIFEST_BYTES: u64 = 64 << 20;

/// The reason why a file cannot be restored.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The file is not a backup.
    #[error("this is not a backup of GinFlix")]
    Foreign,
    /// The content does not match the manifest.
    #[error("the backup is damaged: {0}")]
    Damaged(String),
    /// The backup has a newer format than this program can read.
    #[error(
        "the backup has format {format}, of GinFlix {made_by}; this ginflix reads formats up to {FORMAT}"
    )]
    Newer {
        /// The version of the format.
        format: u32,
        /// The version of the server that exported the tables.
        made_by: String,
    },
    /// The file cannot be read.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// An archive whose content was verified.
pub struct Archive {
    file: File,
    path: PathBuf,
    manifest: Manifest,
    /// The offset of each member's content.
    offsets: Vec<u64>,
}

impl Archive {
    /// Reads only the manifest of an archive, and does not verify the members.
    ///
    /// # Errors
    /// Fails like [`Archive::open`].
    pub fn read_manifest(path: &Path) -> Result<Manifest, ArchiveError> {
        read_manifest(&mut Input { inner: BufReader::new(File::open(path)?), position: 0 })
    }

    /// Opens an archive, and reads all of it to compare it with its manifest.
    /// `progress` is called with the number of bytes of each read.
    ///
    /// # Errors
    /// Fails if the file cannot be read, or is not a complete and undamaged backup
    /// of a known format.
    pub fn open(path: &Path, progress: impl FnMut(u64)) -> Result<Self, ArchiveError> {
        let file = File::open(path)?;
        let (manifest, offsets) = verify(BufReader::with_capacity(BUFFER_BYTES, &file), progress)?;
        Ok(Self { file, path: path.to_owned(), manifest, offsets })
    }

    /// Returns the manifest.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Opens the content of the member with this index.
    fn content(&self, index: usize) -> io::Result<impl Read> {
        let mut file = self.file.try_clone()?;
        file.seek(SeekFrom::Start(self.offsets[index]))?;
        let size = self.manifest.members[index].size_bytes;
        Ok(BufReader::with_capacity(BUFFER_BYTES, file).take(size))
    }

    /// Calls `sink` with the name of the table and the line of each row, until it
    /// returns `false`.
    ///
    /// # Errors
    /// Fails if the file cannot be read.
    pub fn for_each_row(&self, mut sink: impl FnMut(&str, &str) -> bool) -> io::Result<()> {
        for (index, member) in self.manifest.members.iter().enumerate() {
            let Some(table) = member.table_name() else { continue };
            for line in io::BufRead::lines(BufReader::new(self.content(index)?)) {
                if !sink(table, &line?) {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Copies the member with this index to a temporary file in the folder of the archive.
    ///
    /// # Errors
    /// Fails if the archive cannot be read, or the temporary file cannot be written, such as
    /// on a full disk.
    pub fn extract(&self, index: usize) -> io::Result<NamedTempFile> {
        let mut file = temporary_file_beside(&self.path)?;
        io::copy(&mut self.content(index)?, &mut file)?;
        file.flush()?;
        Ok(file)
    }
}

/// Reads all of an archive and compares it with its manifest. Returns that, and the offset of each
/// member's content.
pub(super) fn verify(
    archive: impl Read,
    mut progress: impl FnMut(u64),
) -> Result<(Manifest, Vec<u64>), ArchiveError> {
    let mut input = Input { inner: archive, position: 0 };
    let manifest = read_manifest(&mut input)?;
    let mut offsets = Vec::with_capacity(manifest.members.len());
    for member in &manifest.members {
        offsets.push(input.verify_member(member, manifest.made_at, &mut progress)?);
    }
    let end = input.read(layout::END.len() as u64)?;
    if end.len() < layout::END.len() {
        return Err(ArchiveError::Damaged("its end is missing".to_owned()));
    }
    if end != layout::END || !input.read(1)?.is_empty() {
        let why = "it contains more than its manifest lists";
        return Err(ArchiveError::Damaged(why.to_owned()));
    }
    Ok((manifest, offsets))
}

/// An archive that is read from its start.
struct Input<R> {
    inner: R,
    /// The number of bytes that were read.
    position: u64,
}

impl<R: Read> Input<R> {
    /// Reads up to `length` bytes; fewer at the end of the archive.
    fn read(&mut self, length: u64) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.position += (&mut self.inner).take(length).read_to_end(&mut bytes)? as u64;
        Ok(bytes)
    }

    /// Reads as many bytes as `expected` has, and returns whether they are the same.
    fn has_next(&mut self, expected: &[u8]) -> io::Result<bool> {
        Ok(self.read(expected.len() as u64)? == expected)
    }

    /// Verifies a member, and returns the offset of its content.
    fn verify_member(
        &mut self,
        member: &Member,
        made_at: Timestamp,
        progress: impl FnMut(u64),
    ) -> Result<u64, ArchiveError> {
        let damaged = |why: &str| ArchiveError::Damaged(format!("{} {why}", member.path));
        let head = layout::head(&member.path, member.size_bytes, made_at)
            .map_err(|_| damaged("has an invalid path"))?;
        if !self.has_next(&head)? {
            return Err(damaged("is missing, or not at its place in the archive"));
        }
        let offset = self.position;
        let mut reader = HashingReader::new((&mut self.inner).take(member.size_bytes), progress);
        self.position += io::copy(&mut reader, &mut io::sink())?;
        if reader.count != member.size_bytes {
            return Err(damaged("is incomplete"));
        }
        if reader.sha256() != member.sha256 {
            return Err(damaged("does not have the SHA-256 of the manifest"));
        }
        if member.rows.is_some_and(|rows| rows != reader.lines) {
            return Err(damaged("does not have the rows of the manifest"));
        }
        if !self.has_next(layout::padding(member.size_bytes))? {
            return Err(damaged("is not followed by zeros up to the next block"));
        }
        Ok(offset)
    }
}

/// Reads and verifies the manifest, which is the first member.
fn read_manifest(input: &mut Input<impl Read>) -> Result<Manifest, ArchiveError> {
    let head = input.read(BLOCK_BYTES as u64)?;
    if head.len() != BLOCK_BYTES {
        return Err(ArchiveError::Foreign);
    }
    let header = tar::Header::from_byte_slice(&head);
    let size = header.entry_size().map_err(|_| ArchiveError::Foreign)?;
    if *header.path_bytes() != *MANIFEST_PATH.as_bytes() || size > MAX_MANIFEST_BYTES {
        return Err(ArchiveError::Foreign);
    }
    let manifest = parse_manifest(&input.read(size)?)?;
    let is_whole = head == layout::head(MANIFEST_PATH, size, manifest.made_at)?
        && input.has_next(layout::padding(size))?;
    if !is_whole {
        return Err(ArchiveError::Damaged("the header of its manifest was changed".to_owned()));
    }
    let mut paths = HashSet::new();
    for Member { path, .. } in &manifest.members {
        if !paths.insert(path) {
            return Err(ArchiveError::Damaged(format!("its manifest lists {path} twice")));
        }
    }
    let is_known = |member: &Member| member.table_name().is_some() || member.media_name().is_some();
    match manifest.members.iter().find(|member| !is_known(member)) {
        Some(Member { path, .. }) => Err(ArchiveError::Damaged(format!(
            "its manifest lists {path}, which is no part of a backup"
        ))),
        None => Ok(manifest),
    }
}

fn parse_manifest(json: &[u8]) -> Result<Manifest, ArchiveError> {
    /// The fields that the manifest has in every format.
    #[derive(Deserialize)]
    struct FormatVersion {
        format: u32,
        made_by: String,
    }
    let unreadable = || ArchiveError::Damaged("its manifest cannot be read".to_owned());
    let FormatVersion { format, made_by } =
        serde_json::from_slice(json).map_err(|_| unreadable())?;
    if format > FORMAT {
        return Err(ArchiveError::Newer { format, made_by });
    }
    layout::decode_manifest(json)
        .filter(|manifest| manifest.format > 0)
        .ok_or_else(|| ArchiveError::Damaged("its manifest was changed".to_owned()))
}
