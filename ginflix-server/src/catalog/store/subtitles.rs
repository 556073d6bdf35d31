//! Subtitles that were added to media files.

use async_trait::async_trait;
use ginflix_api::media::MediaName;
use ginflix_api::subtitles::Subtitles;
use uuid::Uuid;

use super::Result;

/// The most bytes of all documents of a media file.
pub const SUBTITLES_LIMIT_BYTES: u64 = 32 << 20;

/// The conflict of a media file with too many subtitles.
pub const TOO_MANY_SUBTITLES: &str =
    "the media file has too many subtitles (64, or 32 MiB); remove some first";

/// Stores the subtitles of media files, as WebVTT.
///
/// Each change increments the revision of the recorded files ([`super::ReplicaStore::media_revision`]).
#[async_trait]
pub trait SubtitlesStore: Send + Sync + 'static {
    /// Adds subtitles. They replace those of the same media file, language, title and purpose and get their id; if they are the
    /// default, others of the file are that no more. Returns them as stored.
    ///
    /// # Errors
    /// `NoMedia` if the media file is not recorded, `Conflict` if it has too many subtitles.
    async fn put_subtitles(&self, subtitles: &Subtitles, document: &str) -> Result<Subtitles>;
    /// Returns the subtitles of a media file in the order in which they were added.
    async fn subtitles(&self, media: &MediaName) -> Result<Vec<Subtitles>>;
    /// Returns the subtitles of all media files, sorted by media file and id.
    async fn all_subtitles(&self) -> Result<Vec<Subtitles>>;
    /// Returns subtitles as WebVTT.
    async fn subtitles_document(&self, media: &MediaName, id: Uuid) -> Result<String>;
    /// Replaces what is known of subtitles, but for their text.
    ///
    /// # Errors
    /// `Conflict` if the media file has other subtitles of this language, title and purpose.
    async fn update_subtitles(&self, subtitles: &Subtitles) -> Result<()>;
    /// Deletes subtitles.
    async fn delete_subtitles(&self, media: &MediaName, id: Uuid) -> Result<()>;
}
