//! The rules of the metadata of media files.

use ginflix_api::Page;
use ginflix_api::media::{Media, MediaName};
use ginflix_api::movie::Movie;

use super::cache::CacheKey;
use super::store::{MovieFilter, StoreError};
use super::{Catalog, Result, cursor, query};
use crate::error::AppError;

impl Catalog {
    /// Returns the metadata of a media file.
    ///
    /// # Errors
    /// `NotFound` for an unknown file.
    pub async fn media(&self, name: &MediaName) -> Result<Media> {
        let media = self.read(CacheKey::Media(name.clone()), self.store.media(name)).await;
        media.map_err(|e| match e {
            StoreError::NotFound => AppError::NotFound(format!("media {name}")),
            other => other.into(),
        })
    }

    /// Returns a page of media files, sorted by name.
    ///
    /// # Errors
    /// `Invalid` for a cursor of another list, or a limit out of range.
    pub async fn media_list(
        &self,
        cursor: Option<&str>,
        limit: Option<u32>,
    ) -> Result<Page<Media>> {
        let limit = query::limit(limit)?;
        let after: Option<MediaName> = cursor.map(cursor::decode).transpose()?;
        let read = self.store.media_list(after.as_ref(), limit + 1);
        let mut items = self.read(CacheKey::MediaList(after.clone(), limit), read).await?;
        // An entry more than the page has room for shows that there is another page.
        let has_more = items.len() > limit as usize;
        items.truncate(limit as usize);
        let last = items.last().filter(|_| has_more);
        let next_cursor = last.map(|last| cursor::encode(&last.name)).transpose()?;
        Ok(Page { items, next_cursor })
    }

    /// Records a file that is on the volume, or its new content.
    pub async fn put_media(&self, media: &Media) -> Result<()> {
        Ok(self.store.put_media(media).await?)
    }

    /// Removes the record of a media file. Nothing happens if there is none.
    ///
    /// # Errors
    /// `InUse` if a movie plays the file, unless `force` is set.
    pub async fn remove_media(&self, name: &MediaName, force: bool) -> Result<()> {
        match self.store.delete_media(name, force).await {
            Err(StoreError::Conflict(_)) => Err(self.in_use_error(name).await),
            other => {
                self.cache.remove(&CacheKey::Media(name.clone()));
                Ok(other?)
            }
        }
    }

    async fn in_use_error(&self, name: &MediaName) -> AppError {
        let movies = match self.movies_playing(name).await.as_slice() {
            [] => "a movie".to_owned(),
            [movie] => format!("{:?}", movie.title),
            [first, others @ ..] => format!("{:?} and {} more", first.title, others.len()),
        };
        AppError::InUse(format!(
            "media {name} is played by {movies}; remove each movie that plays it first, or force the removal"
        ))
    }

    /// Returns up to 100 movies that play a file, for an error message or a title. Returns none if the
    /// database fails, because both are useful without them.
    pub async fn movies_playing(&self, name: &MediaName) -> Vec<Movie> {
        let filter = MovieFilter { media: Some(name.clone()), limit: 100, ..Default::default() };
        let listed = self.store.movies(&filter).await.unwrap_or_default();
        listed.into_iter().map(|listed| listed.movie).collect()
    }
}
