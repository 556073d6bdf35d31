//! Streamers and their replicas of media files.

use async_trait::async_trait;
use ginflix_api::media::{Media, MediaName};
use ginflix_api::replica::{MediaProblem, ReplicaState};
use jiff::Timestamp;

use super::Result;

/// A media file that every streamer should have.
#[derive(Debug, Clone, PartialEq)]
pub struct DesiredMedia {
    /// The metadata of the file.
    pub media: Media,
    /// The SHA-256 of the content, in hexadecimal.
    pub sha256: String,
    /// The number of verifications of this file that have been requested.
    pub check_round: u64,
    /// Whether the catalogue has the inspection of the file, which `media` lacks.
    pub is_inspected: bool,
}

/// The last report of a streamer on itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamerRecord {
    /// The name.
    pub name: String,
    /// The address at which other servers reach it, if it has one.
    pub address: Option<String>,
    /// The version of its server.
    pub version: String,
    /// The used bytes of its volume.
    pub used_bytes: u64,
    /// The free bytes of its volume.
    pub free_bytes: u64,
    /// The time of the report.
    pub seen_at: Timestamp,
    /// The files on its volume that cannot be taken up.
    pub problems: Vec<MediaProblem>,
}

/// A streamer, and how much of the recorded media it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Streamer {
    /// The last report.
    pub record: StreamerRecord,
    /// The number of its complete copies.
    pub media: u64,
    /// The size of these copies in bytes.
    pub media_bytes: u64,
}

/// A replica: the copy of a media file on a streamer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplicaRecord {
    /// The name of the file.
    pub media: MediaName,
    /// The name of the streamer.
    pub streamer: String,
    /// The SHA-256 of the content that the copy has or will have, in hexadecimal.
    pub sha256: String,
    /// The state of the copy.
    pub state: ReplicaState,
    /// The reason why the copy is not complete.
    pub problem: Option<String>,
    /// The check round of the file when the copy was last verified.
    pub check_round: u64,
    /// The time at which the SHA-256 of the copy was last verified.
    pub verified_at: Option<Timestamp>,
}

impl ReplicaRecord {
    /// Creates the record of the complete copy on the streamer that has just received a file.
    pub fn whole(media: &Media, streamer: &str, check_round: u64) -> Self {
        Self {
            media: media.name.clone(),
            streamer: streamer.to_owned(),
            sha256: media.sha256.clone().unwrap_or_default(),
            state: ReplicaState::Whole,
            problem: None,
            check_round,
            // The streamer computed the SHA-256 while it received the content.
            verified_at: Some(media.created_at),
        }
    }
}

/// Stores which media files every streamer should have, and which replicas each has.
#[async_trait]
pub trait ReplicaStore: Send + Sync + 'static {
    /// Records a file, or its new content, and the complete copy on this streamer.
    ///
    /// # Errors
    /// `Conflict` if other content is recorded under this name, unless `replace` is set.
    async fn put_media_at(&self, media: &Media, streamer: &str, replace: bool) -> Result<()>;
    /// Returns a number that grows with every change of the recorded files, so that a streamer
    /// reads the list only after a change.
    async fn media_revision(&self) -> Result<u64>;
    /// Returns at most `limit` of the recorded files whose names come after `after`, sorted by
    /// name, without those of libraries.
    async fn desired_media(
        &self,
        after: Option<&MediaName>,
        limit: u32,
    ) -> Result<Vec<DesiredMedia>>;
    /// Returns the number of recorded files, without those of libraries, and their total size in
    /// bytes.
    async fn media_totals(&self) -> Result<(u64, u64)>;
    /// Requests the verification of one file, or of all. Returns the number of these files, which
    /// is 0 for an unknown one.
    async fn request_verification(&self, name: Option<&MediaName>) -> Result<u64>;
    /// Records the report of a streamer.
    async fn put_streamer(&self, streamer: &StreamerRecord) -> Result<()>;
    /// Returns all streamers, sorted by name.
    async fn streamers(&self) -> Result<Vec<Streamer>>;
    /// Records a replica. Returns `false` and records nothing if no file with this name and
    /// SHA-256 is recorded (any more).
    async fn put_replica(&self, replica: &ReplicaRecord) -> Result<bool>;
    /// Deletes the record of a replica. Returns `false` and deletes nothing if the file itself is
    /// still recorded.
    async fn delete_replica(&self, name: &MediaName, streamer: &str) -> Result<bool>;
    /// Returns all replicas on a streamer, sorted by the name of the file.
    async fn replicas_at(&self, streamer: &str) -> Result<Vec<ReplicaRecord>>;
    /// Returns all replicas of these files, sorted by the names of the file and the streamer, and
    /// whether each has been verified since that was last requested.
    async fn replicas_of(&self, names: &[MediaName]) -> Result<Vec<(ReplicaRecord, bool)>>;
}
