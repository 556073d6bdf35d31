//! Requests about collections.

use reqwest::Method;
use reqwest::header::IF_MATCH;
use uuid::Uuid;

use super::{Client, ClientError};
use crate::Page;
use crate::collection::{
    Collection, CollectionContents, CollectionMovies, CollectionOfMovie, CollectionPatch,
    NewCollection,
};
use crate::movie::MovieId;
use crate::paths;

/// Each method fails if the request fails or the server refuses it.
#[allow(clippy::missing_errors_doc)] // documented once, above
impl Client {
    /// Fetches all collections, sorted by title.
    pub async fn collections(&self) -> Result<Vec<Collection>, ClientError> {
        let page: Page<Collection> =
            self.json(self.request(Method::GET, paths::COLLECTIONS)?).await?;
        Ok(page.items)
    }

    /// Fetches a collection with its movies and the collections in it.
    pub async fn collection(&self, id: Uuid) -> Result<CollectionContents, ClientError> {
        self.json(self.request(Method::GET, &paths::collection(id))?).await
    }

    /// Adds a collection without movies.
    pub async fn add_collection(&self, new: &NewCollection) -> Result<Collection, ClientError> {
        self.json(self.request(Method::POST, paths::COLLECTIONS)?.json(new)).await
    }

    /// Changes a collection, provided that it still has the version `version`.
    pub async fn edit_collection(
        &self,
        id: Uuid,
        version: u64,
        patch: &CollectionPatch,
    ) -> Result<Collection, ClientError> {
        let request = self.request(Method::PATCH, &paths::collection(id))?;
        self.json(request.header(IF_MATCH, format!("\"{version}\"")).json(patch)).await
    }

    /// Removes a collection. Its movies stay, and the collections in it become ones of their own.
    pub async fn remove_collection(&self, id: Uuid) -> Result<(), ClientError> {
        self.send(self.request(Method::DELETE, &paths::collection(id))?).await.map(drop)
    }

    /// Replaces the movies of a collection, provided that it still has the version `version`.
    pub async fn set_collection_movies(
        &self,
        id: Uuid,
        version: u64,
        movies: &CollectionMovies,
    ) -> Result<Collection, ClientError> {
        let request = self.request(Method::PUT, &paths::collection_movies(id))?;
        self.json(request.header(IF_MATCH, format!("\"{version}\"")).json(movies)).await
    }

    /// Fetches the collections that a movie is in.
    pub async fn collections_of_movie(
        &self,
        id: MovieId,
    ) -> Result<Vec<CollectionOfMovie>, ClientError> {
        let request = self.request(Method::GET, &paths::collections_of_movie(id))?;
        let page: Page<CollectionOfMovie> = self.json(request).await?;
        Ok(page.items)
    }
}
