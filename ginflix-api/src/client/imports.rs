//! Requests that import movies, posters and subtitles.

use bytes::Bytes;
use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use uuid::Uuid;

use super::{Client, ClientError};
use crate::collection::CollectionMovies;
use crate::import::{ImportMovie, ImportedList, ImportedMovie, ImportedSubtitles};
use crate::media::MediaName;
use crate::movie::NewMovie;
use crate::paths;
use crate::subtitles::AddSubtitles;

/// Each method fails if the request fails or the server refuses it.
#[allow(clippy::missing_errors_doc)] // documented once, above
impl Client {
    /// Imports the details of the movie of a media file.
    pub async fn import_movie(
        &self,
        details: &NewMovie,
        query: &ImportMovie,
    ) -> Result<ImportedMovie, ClientError> {
        self.json(self.request(Method::POST, paths::IMPORTS)?.query(query).json(details)).await
    }

    /// Puts movies into a collection, in their order, but for those that an import has put there before.
    pub async fn import_collection(
        &self,
        id: Uuid,
        movies: &CollectionMovies,
    ) -> Result<ImportedList, ClientError> {
        self.json(self.request(Method::POST, &paths::collection_imports(id))?.json(movies)).await
    }

    /// Imports the poster of the movie that was imported for a media file.
    pub async fn import_poster(
        &self,
        media: &MediaName,
        content_type: &str,
        picture: Bytes,
    ) -> Result<ImportedMovie, ClientError> {
        let request = self.request(Method::PUT, &paths::import_poster(media))?;
        self.json(request.header(CONTENT_TYPE, content_type).body(picture)).await
    }

    /// Imports subtitles of a media file.
    pub async fn import_subtitles(
        &self,
        media: &MediaName,
        query: &AddSubtitles,
        file: Bytes,
    ) -> Result<ImportedSubtitles, ClientError> {
        let request = self.request(Method::POST, &paths::import_subtitles(media))?;
        self.json(request.query(query).body(file)).await
    }
}
