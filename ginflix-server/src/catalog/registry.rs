//! The interface of the catalogue to uploads, which record in it the files that they publish.

use async_trait::async_trait;
use ginflix_api::media::{Media, MediaName};

use super::Catalog;
use super::cache::CacheKey;
use super::store::StoreError;
use crate::media::upload::{MediaRegistry, MediaRegistryError};

#[async_trait]
impl MediaRegistry for Catalog {
    async fn put_media(&self, media: &Media) -> Result<(), MediaRegistryError> {
        Ok(self.store.put_media(media).await?)
    }

    async fn media(&self, name: &MediaName) -> Result<Option<Media>, MediaRegistryError> {
        match self.read(CacheKey::Media(name.clone()), self.store.media(name)).await {
            Ok(media) => Ok(Some(media)),
            Err(StoreError::NotFound) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

impl From<StoreError> for MediaRegistryError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict(_) => Self::Conflict,
            StoreError::Unavailable(why) => Self::Unavailable(why),
            StoreError::NoSpace => Self::NoSpace,
            other => Self::Other(other.into()),
        }
    }
}
