//! Libraries: folders of media files that are served from where they lie.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The most files that [`Library::left_out`] lists.
pub const MAX_LEFT_OUT: usize = 1_000;
/// The most libraries of a server.
pub const MAX_LIBRARIES: usize = 100;

/// A folder whose media files are served from where they lie. The server never writes to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Library {
    /// The id.
    pub id: Uuid,
    /// The absolute path of the folder on the server's machine.
    pub path: String,
    /// Whether its files can be served.
    pub state: LibraryState,
    /// Why not, as a sentence without its full stop.
    pub problem: Option<String>,
    /// The number of media files that are there.
    pub media: u64,
    /// The number of media files that have vanished. They are found again by their content if they return or were moved.
    pub missing: u64,
    /// The scan in progress; `null` if there is none.
    pub scan: Option<ScanProgress>,
    /// The time when the last scan ended; `null` if the server has not scanned it since its start.
    pub scanned_at: Option<Timestamp>,
    /// The files that the last scan left out, at most [`MAX_LEFT_OUT`].
    pub left_out: Vec<LeftOut>,
    /// The number of files that the last scan left out.
    pub left_out_count: u64,
    /// The time when the library was added.
    pub created_at: Timestamp,
}

/// Whether the files of a library can be served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum LibraryState {
    /// The server has not scanned it since its start. Its files are served.
    Waiting,
    /// Its files are served.
    Ready,
    /// The folder cannot be read. The server tries again every few seconds.
    Unavailable,
    /// The folder is not below one that the server may serve.
    NotAllowed,
}

/// The progress of a scan.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ScanProgress {
    /// The number of media files that were compared with the catalogue.
    pub done: u64,
    /// The number of media files in the folder.
    pub total: u64,
}

/// A file that is not taken up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct LeftOut {
    /// The path relative to the library, with what is no text escaped.
    pub path: String,
    /// Why, as a sentence without its full stop.
    pub reason: String,
}

/// The request to add a library.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewLibrary {
    /// The absolute path of the folder on the server's machine.
    pub path: String,
}

/// What the removal of a library removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct RemovedLibrary {
    /// The number of movies that are gone. Their views stay.
    pub movies: u64,
}
