//! Verifies every byte of an archive, and then reads from it.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use ginflix_api::backup::FORMAT;
use serde::Deserialize;
use tempfile::NamedTempFile;

use super::hashing::HashingReader;
use super::{BUFFER_BYTES, MANIFEST_PATH, Manifest, folder_of};

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
        let mut archive = tar::Archive::new(BufReader::new(File::open(path)?));
        let mut entries = archive.entries()?;
        let first =
            entries.next().ok_or(ArchiveError::Foreign)?.map_err(|_| ArchiveError::Foreign)?;
        parse_manifest(first)
    }

    /// Opens an archive, and reads all of it to compare it with its manifest.
    /// `progress` is called with the number of bytes of each read.
    ///
    /// # Errors
    /// Fails if the file cannot be read, or is not a complete and undamaged backup
    /// of a known format.
    pub fn open(path: &Path, mut progress: impl FnMut(u64)) -> Result<Self, ArchiveError> {
        let file = File::open(path)?;
        let mut archive = tar::Archive::new(BufReader::with_capacity(BUFFER_BYTES, &file));
        let mut entries = archive.entries()?;
        let first =
            entries.next().ok_or(ArchiveError::Foreign)?.map_err(|_| ArchiveError::Foreign)?;
        let manifest = parse_manifest(first)?;
        let mut offsets = Vec::with_capacity(manifest.members.len());
        for member in &manifest.members {
            let damaged = |why: &str| ArchiveError::Damaged(format!("{} {why}", member.path));
            let mut entry = entries
                .next()
                .ok_or_else(|| damaged("is missing"))?
                .map_err(|_| damaged("cannot be read"))?;
            if entry.path_bytes() != member.path.as_bytes() || entry.size() != member.size_bytes {
                return Err(damaged("is not at its place in the archive"));
            }
            offsets.push(entry.raw_file_position());
            let mut reader = HashingReader::new(&mut entry, &mut progress);
            let copied = io::copy(&mut reader, &mut io::sink());
            if copied.map_err(|_| damaged("is incomplete"))? != member.size_bytes {
                return Err(damaged("is incomplete"));
            }
            if reader.sha256() != member.sha256 {
                return Err(damaged("does not have the SHA-256 of the manifest"));
            }
        }
        if entries.next().is_some() {
            return Err(ArchiveError::Damaged(
                "it contains more than its manifest lists".to_owned(),
            ));
        }
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
        let mut file = NamedTempFile::new_in(folder_of(&self.path))?;
        io::copy(&mut self.content(index)?, &mut file)?;
        file.flush()?;
        Ok(file)
    }
}

fn parse_manifest(mut entry: tar::Entry<'_, impl Read>) -> Result<Manifest, ArchiveError> {
    /// The fields that the manifest has in every format.
    #[derive(Deserialize)]
    struct FormatVersion {
        format: u32,
        made_by: String,
    }
    if entry.path_bytes() != MANIFEST_PATH.as_bytes() || entry.size() > MAX_MANIFEST_BYTES {
        return Err(ArchiveError::Foreign);
    }
    let unreadable = || ArchiveError::Damaged("its manifest cannot be read".to_owned());
    let mut json = String::new();
    entry.read_to_string(&mut json).map_err(|_| unreadable())?;
    let FormatVersion { format, made_by } =
        serde_json::from_str(&json).map_err(|_| unreadable())?;
    if format > FORMAT {
        return Err(ArchiveError::Newer { format, made_by });
    }
    serde_json::from_str(&json).map_err(|_| unreadable())
}
