//! The interface of uploads to the catalogue, where published files are recorded.

use std::error::Error;

use async_trait::async_trait;
use ginflix_api::media::{Media, MediaName};

/// The catalogue could not record or return an entry.
#[derive(Debug, thiserror::Error)]
pub enum MediaRegistryError {
    /// Other content is recorded under this name.
    #[error("the catalogue has other content under this name")]
    Conflict,
    /// The catalogue cannot be reached, or timed out.
    #[error("the catalogue is not available: {0}")]
    Unavailable(String),
    /// The disk of the catalogue is full.
    #[error("the catalogue's disk is full")]
    NoSpace,
    /// The catalogue failed.
    #[error("the catalogue failed: {0}")]
    Other(#[source] Box<dyn Error + Send + Sync>),
}

/// Records published files.
#[async_trait]
pub trait MediaRegistry: Send + Sync + 'static {
    /// Inserts or replaces the entry of a file.
    async fn put_media(&self, media: &Media) -> Result<(), MediaRegistryError>;
    /// Returns the entry of a file, if there is one.
    async fn media(&self, name: &MediaName) -> Result<Option<Media>, MediaRegistryError>;

    /// Records an upload that was renamed into place. Fails with [`MediaRegistryError::Conflict`]
    /// if other content is recorded under this name, unless `_replace` is true.
    async fn publish(&self, media: &Media, _replace: bool) -> Result<(), MediaRegistryError> {
        // With one volume, the rename has decided whether the file may replace another one.
        self.put_media(media).await
    }

    /// Returns whether several streamers share the catalogue. A name may then be taken without a
    /// file here, and a file here may be about to be removed.
    fn is_shared(&self) -> bool {
        false
    }
}
