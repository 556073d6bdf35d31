//! Which streamers have which files.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::media::{Media, MediaName};

/// How a streamer's copy of a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ReplicaState {
    /// It is on its way, or waits for its turn.
    Pulling,
    /// It is there, with the right SHA-256.
    Whole,
    /// What is there is not what it should be; it is fetched anew.
    Damaged,
    /// A state of a newer server.
    #[serde(other)]
    Unknown,
}

/// One streamer's copy of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Replica {
    /// The streamer.
    pub streamer: String,
    /// How its copy is.
    pub state: ReplicaState,
    /// Why it is not whole, where that is known.
    pub problem: Option<String>,
    /// Whether it was verified since that was last asked for.
    pub is_verified: bool,
    /// When its SHA-256 was last found right.
    pub verified_at: Option<Timestamp>,
}

/// A file and where it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ListedMedia {
    /// The file.
    #[serde(flatten)]
    pub media: Media,
    /// Where it is; absent where a server keeps all files by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replication: Option<Replication>,
}

/// Where a file is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Replication {
    /// Streamers that should have it.
    pub wanted: u64,
    /// Streamers that have it.
    pub whole: u64,
    /// Those that have it or are about to, by name.
    pub replicas: Vec<Replica>,
}

/// Asks the streamers to read files and hold them against their SHA-256; what
/// is wrong is fetched anew.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewRepair {
    /// Only this file; all of them if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media: Option<MediaName>,
}

/// A repair that was asked for; how far it is, the list of media tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Repair {
    /// Files that are read.
    pub media: u64,
}
