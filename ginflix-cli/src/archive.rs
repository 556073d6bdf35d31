//! The archive that a backup is: a tar of a manifest, then what it names.
//!
//! Tables are lines of JSON, films are as they are. The manifest has the
//! SHA-256 of each, so that damage is found before anything is restored.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use ginflix_api::backup::FORMAT;
use ginflix_api::media::MediaName;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

const MANIFEST: &str = "manifest.json";
const TABLES: &str = "catalogue/";
const TABLE: &str = ".ndjson";
const MEDIA: &str = "media/";
/// The most bytes that a manifest may have: some hundred thousand films.
const MAX_MANIFEST_BYTES: u64 = 64 << 20;
/// Bytes that are copied at once.
const PIECE: usize = 256 * 1024;

/// What an archive holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The form of the tables and of the archive.
    pub format: u32,
    /// Version of the server that it is from.
    pub made_by: String,
    /// The moment that its tables are of.
    pub made_at: Timestamp,
    /// What comes behind it, in that order.
    pub members: Vec<Member>,
}

/// A file in an archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Its path in the archive.
    pub path: String,
    /// Its size.
    pub size_bytes: u64,
    /// Of a table, how many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
    /// SHA-256 of it, in hexadecimal.
    pub sha256: String,
}

/// Why a file is no archive that can be restored.
#[derive(Debug, thiserror::Error)]
pub enum Unfit {
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

impl Member {
    /// The member that a table is.
    pub fn table(name: &str, rows: u64, size_bytes: u64, sha256: String) -> Self {
        Self { path: format!("{TABLES}{name}{TABLE}"), size_bytes, rows: Some(rows), sha256 }
    }

    /// The member that a film is.
    pub fn media(name: &MediaName, size_bytes: u64, sha256: String) -> Self {
        Self { path: format!("{MEDIA}{name}"), size_bytes, rows: None, sha256 }
    }

    /// The table that it is.
    pub fn table_name(&self) -> Option<&str> {
        self.path.strip_prefix(TABLES)?.strip_suffix(TABLE)
    }

    /// The film that it is.
    pub fn media_name(&self) -> Option<MediaName> {
        self.path.strip_prefix(MEDIA)?.parse().ok()
    }
}

impl Manifest {
    /// Rows of each table.
    pub fn rows(&self) -> BTreeMap<String, u64> {
        let tables = self.members.iter();
        tables.filter_map(|one| Some((one.table_name()?.to_owned(), one.rows?))).collect()
    }

    /// How many films, and of how many bytes together.
    pub fn media(&self) -> (u64, u64) {
        let films = self.members.iter().filter(|one| one.media_name().is_some());
        films.fold((0, 0), |(n, bytes), one| (n + 1, bytes + one.size_bytes))
    }

    /// Bytes of all members.
    pub fn size_bytes(&self) -> u64 {
        self.members.iter().map(|one| one.size_bytes).sum()
    }
}

/// An archive being written: it has no name until it is whole.
pub struct Writer {
    tar: tar::Builder<BufWriter<NamedTempFile>>,
    path: PathBuf,
    made_at: Timestamp,
}

impl Writer {
    /// Begins one that will be at `path`, readable by its owner alone.
    ///
    /// # Errors
    /// Where the folder cannot be written to.
    pub fn create(path: &Path, manifest: &Manifest) -> io::Result<Self> {
        let file = NamedTempFile::new_in(folder_of(path))?;
        let tar = tar::Builder::new(BufWriter::with_capacity(PIECE, file));
        let mut writer = Self { tar, path: path.to_owned(), made_at: manifest.made_at };
        let json = serde_json::to_vec_pretty(manifest)?;
        writer.append(MANIFEST, json.len() as u64, json.as_slice())?;
        Ok(writer)
    }

    /// Appends a member; `progress` hears of each piece.
    ///
    /// # Errors
    /// Where the content is not what the member says.
    pub fn add(
        &mut self,
        member: &Member,
        content: impl Read,
        mut progress: impl FnMut(u64),
    ) -> io::Result<()> {
        let mut hashing = Hashing::new(content, &mut progress);
        self.append(&member.path, member.size_bytes, &mut hashing)?;
        // The header says how long it is: what comes after that is too much.
        let whole = hashing.count == member.size_bytes && hashing.read(&mut [0])? == 0;
        if whole && hashing.sha256() == member.sha256 {
            return Ok(());
        }
        Err(io::Error::other(format!("{} changed while it was read", member.path)))
    }

    fn append(&mut self, path: &str, size: u64, content: impl Read) -> io::Result<()> {
        let mut header = tar::Header::new_gnu();
        header.set_size(size);
        header.set_mode(0o600);
        header.set_mtime(u64::try_from(self.made_at.as_second()).unwrap_or(0));
        self.tar.append_data(&mut header, path, content.take(size))
    }

    /// Makes it durable and gives it its name.
    ///
    /// # Errors
    /// Where the disk refuses, or there is such a file and it is not to be replaced.
    pub fn finish(self, replace: bool) -> io::Result<u64> {
        let file = self.tar.into_inner()?.into_inner().map_err(|e| e.into_error())?;
        file.as_file().sync_all()?;
        let size = file.as_file().metadata()?.len();
        if replace {
            file.persist(&self.path)?;
        } else {
            file.persist_noclobber(&self.path)?;
        }
        File::open(folder_of(&self.path))?.sync_all()?;
        Ok(size)
    }
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
    pub fn manifest_of(path: &Path) -> Result<Manifest, Unfit> {
        let mut archive = tar::Archive::new(BufReader::new(File::open(path)?));
        let mut entries = archive.entries()?;
        let first = entries.next().ok_or(Unfit::Foreign)?.map_err(|_| Unfit::Foreign)?;
        read_manifest(first)
    }

    /// Reads all of it and holds it against its manifest; `progress` hears how
    /// many bytes more were read.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(path: &Path, mut progress: impl FnMut(u64)) -> Result<Self, Unfit> {
        let file = File::open(path)?;
        let mut archive = tar::Archive::new(BufReader::with_capacity(PIECE, &file));
        let mut entries = archive.entries()?;
        let first = entries.next().ok_or(Unfit::Foreign)?.map_err(|_| Unfit::Foreign)?;
        let manifest = read_manifest(first)?;
        let mut places = Vec::with_capacity(manifest.members.len());
        for member in &manifest.members {
            let damaged = |why: &str| Unfit::Damaged(format!("{} {why}", member.path));
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
            return Err(Unfit::Damaged("it holds more than its manifest names".to_owned()));
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

fn read_manifest(mut entry: tar::Entry<'_, impl Read>) -> Result<Manifest, Unfit> {
    /// What every format has.
    #[derive(Deserialize)]
    struct Head {
        format: u32,
        made_by: String,
    }
    if entry.path_bytes() != MANIFEST.as_bytes() || entry.size() > MAX_MANIFEST_BYTES {
        return Err(Unfit::Foreign);
    }
    let unreadable = || Unfit::Damaged("its manifest cannot be read".to_owned());
    let mut json = String::new();
    entry.read_to_string(&mut json).map_err(|_| unreadable())?;
    let Head { format, made_by } = serde_json::from_str(&json).map_err(|_| unreadable())?;
    if format > FORMAT {
        return Err(Unfit::Newer { format, made_by });
    }
    serde_json::from_str(&json).map_err(|_| unreadable())
}

/// The folder that a file is in.
fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Hashes and counts what is read through it.
pub struct Hashing<R, F> {
    inner: R,
    hasher: Sha256,
    count: u64,
    progress: F,
}

impl<R: Read, F: FnMut(u64)> Hashing<R, F> {
    fn new(inner: R, progress: F) -> Self {
        Self { inner, hasher: Sha256::new(), count: 0, progress }
    }

    fn sha256(&self) -> String {
        hex::encode(self.hasher.clone().finalize())
    }
}

impl<R: Read, F: FnMut(u64)> Read for Hashing<R, F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.hasher.update(&buffer[..n]);
        self.count += n as u64;
        (self.progress)(n as u64);
        Ok(n)
    }
}

#[cfg(test)]
mod tests;
