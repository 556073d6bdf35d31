//! Metadata of media files.

use async_trait::async_trait;
use ginflix_api::inspection::Inspection;
use ginflix_api::media::{Media, MediaName};

use super::Result;

/// Stores the metadata of media files.
#[async_trait]
pub trait MediaStore: Send + Sync + 'static {
    /// Records a file, or its new content.
    async fn put_media(&self, media: &Media) -> Result<()>;
    /// Records what is in a file, and the play time if the inspection states one. Nothing happens unless the
    /// recorded content of the file has this SHA-256.
    async fn put_inspection(
        &self,
        name: &MediaName,
        sha256: &str,
        inspection: &Inspection,
    ) -> Result<()>;
    /// Returns the metadata of a file.
    async fn media(&self, name: &MediaName) -> Result<Media>;
    /// Returns at most `limit` files whose names come after `after`, sorted by name.
    async fn media_list(&self, after: Option<&MediaName>, limit: u32) -> Result<Vec<Media>>;
    /// Deletes the record of a file. Nothing happens if there is none.
    ///
    /// # Errors
    /// `Conflict` if a movie plays the file, unless `force` is set.
    async fn delete_media(&self, name: &MediaName, force: bool) -> Result<()>;
}
