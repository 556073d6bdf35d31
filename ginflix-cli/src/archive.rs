//! The archive that a backup is: a tar of a manifest, then what it names.
//!
//! Tables are lines of JSON, films are as they are. The manifest has the
//! SHA-256 of each, so that damage is found before anything is restored.

mod hashing;
mod reader;
mod writer;

use std::collections::BTreeMap;
use std::path::Path;

use ginflix_api::media::MediaName;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use reader::{Archive, ArchiveError};
pub use writer::Writer;

const MANIFEST: &str = "manifest.json";
const TABLES: &str = "catalogue/";
const TABLE: &str = ".ndjson";
const MEDIA: &str = "media/";
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

/// The folder that a file is in.
fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests;
