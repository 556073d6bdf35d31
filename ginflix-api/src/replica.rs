//! Replicas: the copies of media files on the streamers.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::media::{Media, MediaName};
use crate::playability::Playability;

/// The state of a replica.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ReplicaState {
    /// The streamer is copying the file, or has queued the copy.
    Pulling,
    /// The file is complete and has the right SHA-256.
    Whole,
    /// The content of the file is not what it should be. The streamer replaces it.
    Damaged,
    /// A state that this version does not know, because the server is newer.
    #[serde(other)]
    Unknown,
}

/// The copy of a media file on one streamer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Replica {
    /// The name of the streamer.
    pub streamer: String,
    /// The state of the replica.
    pub state: ReplicaState,
    /// The reason why the replica is not whole; `null` if there is none or it is not known.
    pub problem: Option<String>,
    /// Whether the replica was verified after the last repair was requested.
    pub is_verified: bool,
    /// The time when the SHA-256 was last verified; `null` if it never was.
    pub verified_at: Option<Timestamp>,
}

/// A media file and its replicas.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ListedMedia {
    /// The media file.
    #[serde(flatten)]
    pub media: Media,
    /// How browsers play the file; empty until it is inspected.
    #[serde(default)]
    pub playability: Playability,
    /// The replicas of the file; absent if the cluster is a single server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replication: Option<Replication>,
}

/// A page of the list of media files.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct MediaPage {
    /// The files, by name.
    pub items: Vec<ListedMedia>,
    /// The opaque value of the parameter `cursor` that requests the next page; `null` on
    /// the last page.
    pub next_cursor: Option<String>,
    /// The files on the volumes that cannot be taken up, at most 100 of each volume. Only
    /// administrators get them, and each page has all of them.
    #[serde(default)]
    pub problems: Vec<MediaProblem>,
}

/// A file in the folder of media files that the server cannot take up: it is neither listed nor
/// copied to other streamers until somebody has solved the problem.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct MediaProblem {
    /// The name of the file, which may be no media name. What is not UTF-8 is replaced.
    pub name: String,
    /// The name of the streamer that has the file; `null` if the cluster is a single server.
    pub streamer: Option<String>,
    /// The reason, such as "it is a named pipe".
    pub problem: String,
    /// What to do about it, such as "remove it".
    pub remedy: String,
}

/// The problem and its remedy in one sentence.
impl fmt::Display for MediaProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, streamer, problem, remedy } = self;
        match streamer {
            Some(streamer) => write!(f, "{name} on {streamer}")?,
            None => f.write_str(name)?,
        }
        write!(f, " cannot be taken up: {problem}; {remedy}")
    }
}

/// The replicas of a media file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Replication {
    /// The number of streamers that should have the file.
    pub wanted: u64,
    /// The number of streamers that have the complete file.
    pub whole: u64,
    /// The replicas, ordered by the name of the streamer.
    pub replicas: Vec<Replica>,
}

/// The request to verify media files. The streamers read the files, compare them
/// with their SHA-256, and replace damaged replicas.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewRepair {
    /// The only file to verify; all files if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media: Option<MediaName>,
}

/// A repair that was requested. The list of media files shows its progress.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Repair {
    /// The number of files to verify.
    pub media: u64,
}
