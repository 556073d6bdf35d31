//! Records uploads in a catalogue that several streamers share.

use async_trait::async_trait;
use ginflix_api::media::{Media, MediaName};

use crate::catalog::Catalog;
use crate::media::upload::{MediaRegistry, MediaRegistryError};

/// Records each upload together with a replica of this streamer.
pub struct SharedRegister {
    /// The catalogue.
    pub catalog: Catalog,
    /// The name of this streamer.
    pub streamer: String,
}

#[async_trait]
impl MediaRegistry for SharedRegister {
    async fn put_media(&self, media: &Media) -> Result<(), MediaRegistryError> {
        Ok(self.catalog.store().put_media_at(media, &self.streamer, true).await?)
    }

    async fn media(&self, name: &MediaName) -> Result<Option<Media>, MediaRegistryError> {
        MediaRegistry::media(&self.catalog, name).await
    }

    async fn publish(&self, media: &Media, replace: bool) -> Result<(), MediaRegistryError> {
        Ok(self.catalog.store().put_media_at(media, &self.streamer, replace).await?)
    }

    fn is_shared(&self) -> bool {
        true
    }
}
