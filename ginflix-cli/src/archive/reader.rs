//! Reads an archive, once every byte of it was found to be as its manifest says.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use ginflix_api::backup::FORMAT;
use serde::Deserialize;
use tempfile::NamedTempFile;

use super::hashing::Hashing;
use super::{MANIFEST, Manifest, PIECE, folder_of};

/// The most bytes that a manifest may have: some hundred thousand films.
const MAX_MANIFEST_BYTES: u64 = 64 << 20;

/// Why a file is no archive that can be restored.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// It is something else.
    #[error("it is no backup of GinFlix")]
    Foreign,
    /// It does not hold what its manifest says.
    #[error("it is damaged: {0}")]
    Damaged(String),
    /// It was made later than this program.
    #[error(
        "it is of format {format}, made by GinFlix {made_by}; this ginflix reads formats up to {FORMAT}"
    )]
    Newer {
        /// Its format.
        format: u32,
        /// What made it.
        made_by: String,
    },
    /// It cannot be read.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// An archive of which every byte was looked at.
pub struct Archive {
    file: File,
    path: PathBuf,
    manifest: Manifest,
    /// Where each member's content starts.
    places: Vec<u64>,
}

impl Archive {
    /// The manifest of an archive, of which nothing more was looked at yet.
    ///
    /// # Errors
    /// As [`Archive::check`].
    pub fn manifest_of(path: &Path) -> Result<Manifest, ArchiveError> {
        let mut archive = tar::Archive::new(BufReader::new(File::open(path)?));
        let mut entries = archive.entries()?;
        let first =
            entries.next().ok_or(ArchiveError::Foreign)?.map_err(|_| ArchiveError::Foreign)?;
        read_manifest(first)
    }

    /// Reads all of it and holds it against its manifest; `progress` hears how
    /// many bytes more were read.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(path: &Path, mut progress: impl FnMut(u64)) -> Result<Self, ArchiveError> {
        let file = File::open(path)?;
        let mut archive = tar::Archive::new(BufReader::with_capacity(PIECE, &file));
        let mut entries = archive.entries()?;
        let first =
            entries.next().ok_or(ArchiveError::Foreign)?.map_err(|_| ArchiveError::Foreign)?;
        let manifest = read_manifest(first)?;
        let mut places = Vec::with_capacity(manifest.members.len());
        for member in &manifest.members {
            let damaged = |why: &str| ArchiveError::Damaged(format!("{} {why}", member.path));
            let mut entry = entries
                .next()
                .ok_or_else(|| damaged("is missing"))?
                .map_err(|_| damaged("cannot be found"))?;
            if entry.path_bytes() != member.path.as_bytes() || entry.size() != member.size_bytes {
                return Err(damaged("is not where it should be"));
            }
            places.push(entry.raw_file_position());
            let mut hashing = Hashing::new(&mut entry, &mut progress);
            let copied = io::copy(&mut hashing, &mut io::sink());
            if copied.map_err(|_| damaged("is cut short"))? != member.size_bytes {
                return Err(damaged("is cut short"));
            }
            if hashing.sha256() != member.sha256 {
                return Err(damaged("does not have the SHA-256 that its manifest names"));
            }
        }
        if entries.next().is_some() {
            return Err(ArchiveError::Damaged("it holds more than its manifest names".to_owned()));
        }
        Ok(Self { file, path: path.to_owned(), manifest, places })
    }

    /// What it holds.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Where the content of each member is.
    fn content(&self, index: usize) -> io::Result<impl Read> {
        let mut file = self.file.try_clone()?;
        file.seek(SeekFrom::Start(self.places[index]))?;
        Ok(BufReader::with_capacity(PIECE, file).take(self.manifest.members[index].size_bytes))
    }

    /// Hands the lines of all tables to `sink`, each with its table, until it
    /// wants no more.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn each_row(&self, mut sink: impl FnMut(&str, &str) -> bool) -> io::Result<()> {
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

    /// A film as a file of its own, beside the archive; it goes with its handle.
    ///
    /// # Errors
    /// Where there is no room.
    pub fn extract(&self, index: usize) -> io::Result<NamedTempFile> {
        let mut file = NamedTempFile::new_in(folder_of(&self.path))?;
        io::copy(&mut self.content(index)?, &mut file)?;
        file.flush()?;
        Ok(file)
    }
}

fn read_manifest(mut entry: tar::Entry<'_, impl Read>) -> Result<Manifest, ArchiveError> {
    /// What every format has.
    #[derive(Deserialize)]
    struct Head {
        format: u32,
        made_by: String,
    }
    if entry.path_bytes() != MANIFEST.as_bytes() || entry.size() > MAX_MANIFEST_BYTES {
        return Err(ArchiveError::Foreign);
    }
    let unreadable = || ArchiveError::Damaged("its manifest cannot be read".to_owned());
    let mut json = String::new();
    entry.read_to_string(&mut json).map_err(|_| unreadable())?;
    let Head { format, made_by } = serde_json::from_str(&json).map_err(|_| unreadable())?;
    if format > FORMAT {
        return Err(ArchiveError::Newer { format, made_by });
    }
    serde_json::from_str(&json).map_err(|_| unreadable())
}
