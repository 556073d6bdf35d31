//! Streamers, and which of them has a copy of which file.

use async_trait::async_trait;
use ginflix_api::media::{Media, MediaName};
use ginflix_api::replica::ReplicaState;
use jiff::Timestamp;

use super::Result;

/// A file that every streamer should have.
#[derive(Debug, Clone, PartialEq)]
pub struct DesiredMedia {
    /// The file.
    pub media: Media,
    /// How often a check of this file has been asked for.
    pub check_round: u64,
}

/// What a streamer last reported of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamerRecord {
    /// The streamer's name.
    pub name: String,
    /// The address that it listens at, where it knows one.
    pub address: Option<String>,
    /// The version of its program.
    pub version: String,
    /// Bytes of its volume that are used.
    pub used_bytes: u64,
    /// Bytes of its volume that are free.
    pub free_bytes: u64,
    /// When it reported.
    pub seen_at: Timestamp,
}

/// A streamer, and how much of the recorded files it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Streamer {
    /// Its last report.
    pub record: StreamerRecord,
    /// The number of files that it has whole.
    pub media: u64,
    /// The bytes of those files.
    pub media_bytes: u64,
}

/// A streamer's copy of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplicaRecord {
    /// The file.
    pub media: MediaName,
    /// The streamer.
    pub streamer: String,
    /// SHA-256 that the copy has, or is to have.
    pub sha256: String,
    /// The state of the copy.
    pub state: ReplicaState,
    /// Why the copy is not whole.
    pub problem: Option<String>,
    /// The file's check round when the copy was last checked.
    pub check_round: u64,
    /// When the SHA-256 of the copy was last found right.
    pub verified_at: Option<Timestamp>,
}

impl ReplicaRecord {
    /// The whole copy of a file at the streamer that has just recorded it.
    pub fn whole(media: &Media, streamer: &str, check_round: u64) -> Self {
        Self {
            media: media.name.clone(),
            streamer: streamer.to_owned(),
            sha256: media.sha256.clone(),
            state: ReplicaState::Whole,
            problem: None,
            check_round,
            verified_at: Some(media.created_at),
        }
    }
}

/// Stores which files every streamer should have, and which copies each has.
#[async_trait]
pub trait ReplicaStore: Send + Sync + 'static {
    /// Records a file, or its new content, and that this streamer has it whole.
    ///
    /// # Errors
    /// `Conflict` where other content of that name is recorded, unless `replace`.
    async fn put_media_at(&self, media: &Media, streamer: &str, replace: bool) -> Result<()>;
    /// A number that grows with every change of the recorded files.
    async fn media_revision(&self) -> Result<u64>;
    /// At most `limit` of the recorded files after `after`, by name.
    async fn desired_media(
        &self,
        after: Option<&MediaName>,
        limit: u32,
    ) -> Result<Vec<DesiredMedia>>;
    /// The number of recorded files, and their bytes.
    async fn media_totals(&self) -> Result<(u64, u64)>;
    /// Asks for a check of one file or all; returns how many.
    async fn request_verification(&self, name: Option<&MediaName>) -> Result<u64>;
    /// Records a streamer's report.
    async fn put_streamer(&self, streamer: &StreamerRecord) -> Result<()>;
    /// All streamers by name.
    async fn streamers(&self) -> Result<Vec<Streamer>>;
    /// Records a streamer's copy and returns `true`, if a file of that name with
    /// that SHA-256 is (still) recorded; else records nothing and returns `false`.
    async fn put_replica(&self, replica: &ReplicaRecord) -> Result<bool>;
    /// Removes the record of a streamer's copy and returns `true`, if the file
    /// itself is no longer recorded; else changes nothing and returns `false`.
    async fn delete_replica(&self, name: &MediaName, streamer: &str) -> Result<bool>;
    /// All copies of a streamer, by name of the file.
    async fn replicas_at(&self, streamer: &str) -> Result<Vec<ReplicaRecord>>;
    /// All copies of these files, by name of the file and of the streamer, and
    /// whether each was checked since a check was last asked for.
    async fn replicas_of(&self, names: &[MediaName]) -> Result<Vec<(ReplicaRecord, bool)>>;
}
