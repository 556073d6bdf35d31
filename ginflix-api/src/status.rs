//! What a running server tells of itself.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Answer of `/api/v1/status`, for administrators.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ServerStatus {
    /// Version of the server.
    pub version: String,
    /// Its process id, in its own process namespace.
    pub pid: u32,
    /// When it started.
    pub started_at: Timestamp,
    /// Seconds since then.
    pub uptime_seconds: u64,
    /// Entries in the catalogue.
    pub movies: u64,
    /// Files on the volume.
    pub media: u64,
    /// Bytes of those files.
    pub media_bytes: u64,
    /// Unfinished uploads.
    pub uploads: u64,
    /// Bytes that they hold.
    pub upload_bytes: u64,
    /// Bytes still free on the volume; of several streamers, on the fullest one.
    pub free_bytes: u64,
    /// The streamers of this cluster by name; none where one server does all.
    #[serde(default)]
    pub streamers: Vec<StreamerStatus>,
}

/// What a streamer last told of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct StreamerStatus {
    /// Its name.
    pub name: String,
    /// Version of its server.
    pub version: String,
    /// Where it listens, as far as it knows.
    pub address: Option<String>,
    /// Whether it gave a sign of life just now.
    pub is_live: bool,
    /// Its last sign of life.
    pub seen_at: Timestamp,
    /// Bytes of its volume that are used.
    pub used_bytes: u64,
    /// Bytes of its volume that are free.
    pub free_bytes: u64,
    /// Files that it has whole.
    pub media: u64,
    /// Files that it still lacks.
    pub lagging_media: u64,
    /// Bytes of those.
    pub lagging_bytes: u64,
}
