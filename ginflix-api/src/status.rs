//! The status of a running server.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The status of a server, for administrators.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ServerStatus {
    /// The version of the server.
    pub version: String,
    /// The process id of the server, as seen inside of its container if it has one.
    pub pid: u32,
    /// The time when the server started.
    pub started_at: Timestamp,
    /// The time since the server started, in seconds.
    pub uptime_seconds: u64,
    /// The number of movies in the catalogue.
    pub movies: u64,
    /// The number of media files on the volume.
    pub media: u64,
    /// The size of those files in bytes.
    pub media_bytes: u64,
    /// The number of unfinished uploads.
    pub uploads: u64,
    /// The size of the unfinished uploads in bytes.
    pub upload_bytes: u64,
    /// The free space of the volume in bytes; with several streamers, the least that a live
    /// streamer has.
    pub free_bytes: u64,
    /// The streamers of the cluster, ordered by name; empty if the cluster is a single server.
    #[serde(default)]
    pub streamers: Vec<StreamerStatus>,
}

/// The status that a streamer last reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct StreamerStatus {
    /// The name of the streamer.
    pub name: String,
    /// The version of its server.
    pub version: String,
    /// The address at which other servers reach the streamer; `null` if it is not known.
    pub address: Option<String>,
    /// Whether the last heartbeat is recent.
    pub is_live: bool,
    /// The time of the last heartbeat.
    pub seen_at: Timestamp,
    /// The used space of the volume in bytes.
    pub used_bytes: u64,
    /// The free space of the volume in bytes.
    pub free_bytes: u64,
    /// The number of complete media files on the volume.
    pub media: u64,
    /// The number of media files that the streamer still has to copy.
    pub lagging_media: u64,
    /// The size of those files in bytes.
    pub lagging_bytes: u64,
}
