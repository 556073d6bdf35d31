//! Where visible files are recorded: the catalogue, as uploads see it.

use std::error::Error;

use async_trait::async_trait;
use ginflix_api::media::{Media, MediaName};

/// Why a file was not recorded, or could not be looked up.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// Other content is recorded under this name.
    #[error("there is other content of that name")]
    Conflict,
    /// The catalogue cannot be reached or does not answer in time.
    #[error("the catalogue is not available: {0}")]
    Unavailable(String),
    /// The disk of the catalogue is full.
    #[error("the catalogue's disk is full")]
    NoSpace,
    /// Any other failure of the catalogue.
    #[error("the catalogue: {0}")]
    Other(#[source] Box<dyn Error + Send + Sync>),
}

/// Records visible files.
#[async_trait]
pub trait MediaRegister: Send + Sync + 'static {
    /// Records a file, or its new content.
    async fn put_media(&self, media: &Media) -> Result<(), RegisterError>;
    /// What is recorded of a file.
    async fn media(&self, name: &MediaName) -> Result<Option<Media>, RegisterError>;

    /// Records an upload that is visible here. Unless it may replace, other
    /// content of that name is a [`RegisterError::Conflict`].
    async fn publish(&self, media: &Media, _replace: bool) -> Result<(), RegisterError> {
        // With one volume, the volume itself has decided that.
        self.put_media(media).await
    }

    /// Whether the volume shares its catalogue with others: then a name may be
    /// taken that is not here, and a file that is here may be about to be removed.
    fn is_shared(&self) -> bool {
        false
    }
}
