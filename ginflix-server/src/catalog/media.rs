//! The rules of media files.

use ginflix_api::Page;
use ginflix_api::media::{Media, MediaName};
use ginflix_api::movie::Movie;

use super::cache::Key;
use super::store::{MovieFilter, StoreError};
use super::{Catalog, Result, cursor, query};
use crate::error::AppError;

impl Catalog {
    /// Facts of a file.
    pub async fn media(&self, name: &MediaName) -> Result<Media> {
        let media = self.read(Key::Media(name.clone()), self.store.media(name)).await;
        media.map_err(|e| match e {
            StoreError::NotFound => AppError::NotFound(format!("media {name}")),
            other => other.into(),
        })
    }

    /// A page of files, by name.
    pub async fn media_list(
        &self,
        cursor: Option<&str>,
        limit: Option<u32>,
    ) -> Result<Page<Media>> {
        let limit = query::limit(limit)?;
        let after: Option<MediaName> = cursor.map(cursor::decode).transpose()?;
        let read = self.store.media_list(after.as_ref(), limit + 1);
        let mut items = self.read(Key::MediaList(after.clone(), limit), read).await?;
        let more = items.len() > limit as usize;
        items.truncate(limit as usize);
        let last = items.last().filter(|_| more);
        let next_cursor = last.map(|last| cursor::encode(&last.name)).transpose()?;
        Ok(Page { items, next_cursor })
    }

    /// Records a file that is on the volume, or its new content.
    pub async fn put_media(&self, media: &Media) -> Result<()> {
        Ok(self.store.put_media(media).await?)
    }

    /// Removes the record of a file; a file without one is no error.
    ///
    /// # Errors
    /// `InUse` while a movie plays it, unless forced.
    pub async fn remove_media(&self, name: &MediaName, force: bool) -> Result<()> {
        match self.store.delete_media(name, force).await {
            Err(StoreError::Conflict(_)) => Err(self.in_use(name).await),
            other => {
                self.cache.forget(&Key::Media(name.clone()));
                Ok(other?)
            }
        }
    }

    async fn in_use(&self, name: &MediaName) -> AppError {
        let by = match self.playing(name).await.as_slice() {
            [] => "a movie".to_owned(),
            [one] => format!("{:?}", one.title),
            [first, others @ ..] => format!("{:?} and {} more", first.title, others.len()),
        };
        AppError::InUse(format!(
            "media {name} is played by {by}; remove what plays it first, or force it"
        ))
    }

    /// Movies that play a file, as far as the database tells.
    pub(super) async fn playing(&self, name: &MediaName) -> Vec<Movie> {
        let filter = MovieFilter { media: Some(name.clone()), limit: 100, ..Default::default() };
        let listed = self.store.movies(&filter).await.unwrap_or_default();
        listed.into_iter().map(|one| one.movie).collect()
    }
}
