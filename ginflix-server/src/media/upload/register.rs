//! Where visible files are recorded: the catalogue, seen from the volume.

use async_trait::async_trait;
use ginflix_api::media::{Media, MediaName};

use crate::catalog::Catalog;
use crate::error::AppError;

/// Records visible files.
#[async_trait]
pub trait MediaRegister: Send + Sync + 'static {
    /// Records a file, or its new content.
    async fn put_media(&self, media: &Media) -> Result<(), AppError>;
    /// What is recorded of a file.
    async fn media(&self, name: &MediaName) -> Result<Option<Media>, AppError>;
}

#[async_trait]
impl MediaRegister for Catalog {
    async fn put_media(&self, media: &Media) -> Result<(), AppError> {
        self.put_media(media).await
    }

    async fn media(&self, name: &MediaName) -> Result<Option<Media>, AppError> {
        match self.media(name).await {
            Ok(media) => Ok(Some(media)),
            Err(AppError::NotFound(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
