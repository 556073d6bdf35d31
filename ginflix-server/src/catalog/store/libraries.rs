//! Libraries, and the media files in them.

use std::path::PathBuf;

use async_trait::async_trait;
use ginflix_api::media::{Media, MediaName};
use jiff::Timestamp;
use uuid::Uuid;

use super::Result;

/// The conflict of a file of a library with the name of another media file.
pub const LIBRARY_NAME_TAKEN: &str = "a media file that is in no library has this name";

/// A library.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LibraryRecord {
    /// The id.
    pub id: Uuid,
    /// The absolute path of the folder.
    pub path: String,
    /// The time when it was added.
    pub created_at: Timestamp,
}

/// A media file of a library.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LibraryFile {
    /// The media name.
    pub name: MediaName,
    /// The library.
    pub library: Uuid,
    /// The path relative to the library.
    pub path: PathBuf,
    /// The SHA-256 of samples of the content, in hexadecimal.
    pub samples_sha256: String,
    /// A text that changes with the file and with what is beside it; `None` until all of that is imported.
    pub state: Option<String>,
    /// The time since which the file is gone; `None` if it is there.
    pub missing_since: Option<Timestamp>,
}

/// Stores libraries and the media files in them.
#[async_trait]
pub trait LibraryStore: Send + Sync + 'static {
    /// Returns all libraries, sorted by path.
    async fn libraries(&self) -> Result<Vec<LibraryRecord>>;
    /// Adds a library.
    ///
    /// # Errors
    /// `Conflict` if there is one with this path.
    async fn insert_library(&self, library: &LibraryRecord) -> Result<()>;
    /// Deletes a library, its media files and their movies, whose views stay. Returns the number of movies.
    async fn delete_library(&self, id: Uuid) -> Result<u64>;
    /// Returns the media files of all libraries, sorted by name.
    async fn library_files(&self) -> Result<Vec<LibraryFile>>;
    /// Records a file of a library, or its new content. `media` is its metadata.
    ///
    /// # Errors
    /// `Conflict` if the name is that of a media file that is in no library, `NotFound` for an unknown library.
    async fn put_library_file(&self, file: &LibraryFile, media: &Media) -> Result<()>;
    /// Records that files are gone since a time, or that they are there again.
    async fn set_missing(&self, names: &[MediaName], since: Option<Timestamp>) -> Result<()>;
}
