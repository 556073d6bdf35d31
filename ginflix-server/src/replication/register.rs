//! The catalogue that several streamers share, as uploads see it.

use async_trait::async_trait;
use ginflix_api::media::{Media, MediaName};

use crate::catalog::Catalog;
use crate::media::upload::{MediaRegister, RegisterError};

/// Records uploads together with the streamer that has them.
pub struct SharedRegister {
    /// The catalogue.
    pub catalog: Catalog,
    /// This streamer.
    pub streamer: String,
}

#[async_trait]
impl MediaRegister for SharedRegister {
    async fn put_media(&self, media: &Media) -> Result<(), RegisterError> {
        Ok(self.catalog.store().put_media_at(media, &self.streamer, true).await?)
    }

    async fn media(&self, name: &MediaName) -> Result<Option<Media>, RegisterError> {
        MediaRegister::media(&self.catalog, name).await
    }

    async fn publish(&self, media: &Media, replace: bool) -> Result<(), RegisterError> {
        Ok(self.catalog.store().put_media_at(media, &self.streamer, replace).await?)
    }

    fn is_shared(&self) -> bool {
        true
    }
}
