//! Requests about subtitles.

use bytes::Bytes;
use reqwest::Method;
use uuid::Uuid;

use super::{Client, ClientError};
use crate::Page;
use crate::media::MediaName;
use crate::paths;
use crate::subtitles::{AddSubtitles, AddedSubtitles, Subtitles, SubtitlesPatch};

/// Each method fails if the request fails or the server refuses it.
#[allow(clippy::missing_errors_doc)] // documented once, above
impl Client {
    /// Fetches the subtitles that were added to a media file.
    pub async fn subtitles(&self, media: &MediaName) -> Result<Vec<Subtitles>, ClientError> {
        let page: Page<Subtitles> =
            self.json(self.request(Method::GET, &paths::subtitles(media))?).await?;
        Ok(page.items)
    }

    /// Adds subtitles to a media file.
    pub async fn add_subtitles(
        &self,
        media: &MediaName,
        query: &AddSubtitles,
        file: Bytes,
    ) -> Result<AddedSubtitles, ClientError> {
        let request = self.request(Method::POST, &paths::subtitles(media))?;
        self.json(request.query(query).body(file)).await
    }

    /// Changes what is known of subtitles.
    pub async fn change_subtitles(
        &self,
        media: &MediaName,
        id: Uuid,
        patch: &SubtitlesPatch,
    ) -> Result<Subtitles, ClientError> {
        self.json(self.request(Method::PATCH, &paths::subtitles_of(media, id))?.json(patch)).await
    }

    /// Removes subtitles.
    pub async fn remove_subtitles(&self, media: &MediaName, id: Uuid) -> Result<(), ClientError> {
        self.send(self.request(Method::DELETE, &paths::subtitles_of(media, id))?).await.map(drop)
    }
}
