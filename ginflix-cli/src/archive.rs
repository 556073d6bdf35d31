//! The archive file of a backup: a tar file with a manifest and the members that
//! the manifest lists.
//!
//! A member is a table as lines of JSON, or a media file. The manifest contains the
//! SHA-256 of each and of itself, and everything else has only one valid form. So no byte can be
//! changed, missing or added without being detected before anything is restored.

mod hashing;
mod layout;
mod reader;
mod writer;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::Path;

use ginflix_api::media::MediaName;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;

pub use reader::{Archive, ArchiveError};
pub use writer::ArchiveWriter;

const TABLE_FOLDER: &str = "catalogue/";
const TABLE_SUFFIX: &str = ".ndjson";
const MEDIA_FOLDER: &str = "media/";
/// The beginning and the end of the names of temporary files.
const TEMPORARY_PREFIX: &str = ".ginflix-";
const TEMPORARY_SUFFIX: &str = ".part";
/// The size of the buffers for reading and writing.
const BUFFER_BYTES: usize = 256 * 1024;

/// The contents of an archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The version of the format of the archive and its tables, see
    /// [`FORMAT`](ginflix_api::backup::FORMAT).
    pub format: u32,
    /// The version of the server that exported the tables.
    pub made_by: String,
    /// The time of the snapshot that the tables are from.
    pub made_at: Timestamp,
    /// The members, in the order of the archive.
    pub members: Vec<Member>,
}

/// A file in an archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The path in the archive.
    pub path: String,
    /// The size in bytes.
    pub size_bytes: u64,
    /// The number of rows of a table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
    /// The SHA-256 of the content, in hexadecimal.
    pub sha256: String,
}

impl Member {
    /// Creates the member of a table.
    pub fn table(name: &str, rows: u64, size_bytes: u64, sha256: String) -> Self {
        let path = format!("{TABLE_FOLDER}{name}{TABLE_SUFFIX}");
        Self { path, size_bytes, rows: Some(rows), sha256 }
    }

    /// Creates the member of a media file.
    pub fn media(name: &MediaName, size_bytes: u64, sha256: String) -> Self {
        Self { path: format!("{MEDIA_FOLDER}{name}"), size_bytes, rows: None, sha256 }
    }

    /// Returns the name of the table, if the member is one.
    pub fn table_name(&self) -> Option<&str> {
        self.path.strip_prefix(TABLE_FOLDER)?.strip_suffix(TABLE_SUFFIX)
    }

    /// Returns the name of the media file, if the member is one.
    pub fn media_name(&self) -> Option<MediaName> {
        self.path.strip_prefix(MEDIA_FOLDER)?.parse().ok()
    }
}

impl Manifest {
    /// Returns the number of rows of each table.
    pub fn rows(&self) -> BTreeMap<String, u64> {
        let members = self.members.iter();
        members.filter_map(|member| Some((member.table_name()?.to_owned(), member.rows?))).collect()
    }

    /// Returns the number of media files and their total size in bytes.
    pub fn media(&self) -> (u64, u64) {
        let media = self.members.iter().filter(|member| member.media_name().is_some());
        media.fold((0, 0), |(count, bytes), member| (count + 1, bytes + member.size_bytes))
    }

    /// Returns the total size of all members in bytes.
    pub fn size_bytes(&self) -> u64 {
        self.members.iter().map(|member| member.size_bytes).sum()
    }
}

/// Creates a temporary file in the folder of a file, readable by its owner alone, and removes those
/// that killed commands left there.
fn temporary_file_beside(path: &Path) -> io::Result<NamedTempFile> {
    let folder = folder_of(path);
    for entry in fs::read_dir(folder)?.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(TEMPORARY_PREFIX) && name.ends_with(TEMPORARY_SUFFIX) {
            // A running command holds the lock of its file. What cannot be removed is harmless.
            let is_stale = File::open(entry.path()).is_ok_and(|file| file.try_lock().is_ok());
            let _ = is_stale.then(|| fs::remove_file(entry.path()));
        }
    }
    let mut builder = tempfile::Builder::new();
    let file = builder.prefix(TEMPORARY_PREFIX).suffix(TEMPORARY_SUFFIX).tempfile_in(folder)?;
    // Some file systems have no locks; there nothing is removed.
    let _ = file.as_file().lock();
    Ok(file)
}

/// Returns the folder that contains a file.
fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests;
