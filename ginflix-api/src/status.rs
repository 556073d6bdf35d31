//! What a running server tells of itself.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Answer of `/api/v1/status`, for administrators.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Bytes still free on the volume.
    pub free_bytes: u64,
}
