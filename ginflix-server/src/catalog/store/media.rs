//! Facts of media files.

use async_trait::async_trait;
use ginflix_api::media::{Media, MediaName};

use super::Result;

/// Stores the facts of media files.
#[async_trait]
pub trait MediaStore: Send + Sync + 'static {
    /// Records a file, or its new content.
    async fn put_media(&self, media: &Media) -> Result<()>;
    /// Facts of a file.
    async fn media(&self, name: &MediaName) -> Result<Media>;
    /// At most `limit` files after `after`, by name.
    async fn media_list(&self, after: Option<&MediaName>, limit: u32) -> Result<Vec<Media>>;
    /// Removes the record of a file; a file without one is no error.
    ///
    /// # Errors
    /// `Conflict` while a movie plays it, unless `force`.
    async fn delete_media(&self, name: &MediaName, force: bool) -> Result<()>;
}
