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

    /// Records an upload that is visible here. Unless it may replace, other
    /// content of that name is a `Conflict`.
    async fn publish(&self, media: &Media, _replace: bool) -> Result<(), AppError> {
        // With one volume, the volume itself has decided that.
        self.put_media(media).await
    }

    /// Whether the volume shares its catalogue with others: then a name may be
    /// taken that is not here, and what is here may be on its way out.
    fn is_shared(&self) -> bool {
        false
    }
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
