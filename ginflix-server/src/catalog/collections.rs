//! The rules of collections.

use std::collections::HashSet;
use std::sync::Arc;

use ginflix_api::collection::{
    Collection, CollectionContents, CollectionMovies, CollectionOfMovie, CollectionPatch,
    MAX_COLLECTION_MOVIES, MAX_COLLECTION_POSITION, NewCollection,
};
use ginflix_api::movie::MovieId;
use uuid::Uuid;

use super::cache::CacheKey;
use super::store::{CollectionRecord, StoreError};
use super::{Catalog, Result, validation};
use crate::clock::now;
use crate::error::AppError;

/// The number of attempts to change a collection that other requests change at the same time.
const UPDATE_ATTEMPTS_LIMIT: usize = 5;

impl Catalog {
    /// Returns all collections, sorted by title, at most [`ginflix_api::collection::MAX_COLLECTIONS`].
    pub async fn collections(&self) -> Result<Vec<Collection>> {
        Ok(self.read(CacheKey::Collections, self.store.collections()).await?)
    }

    /// Returns a collection with its movies and the collections in it.
    ///
    /// # Errors
    /// `NotFound` for an unknown collection.
    pub async fn collection(&self, id: Uuid) -> Result<CollectionContents> {
        let read = async { self.store.collection_contents(id).await.map(Arc::new) };
        let contents = self.read(CacheKey::Collection(id), read).await;
        Ok(Arc::unwrap_or_clone(contents.map_err(|e| collection_error(e, id))?))
    }

    /// Returns the version of a collection, as the database has it.
    ///
    /// # Errors
    /// `NotFound` for an unknown collection.
    pub async fn collection_version(&self, id: Uuid) -> Result<u64> {
        Ok(self.collection_uncached(id).await?.version)
    }

    /// Returns the collections that a movie is in, sorted by title; none for an unknown movie.
    pub async fn collections_of_movie(&self, id: MovieId) -> Result<Vec<CollectionOfMovie>> {
        let read = self.store.collections_of_movie(id);
        Ok(self.read(CacheKey::CollectionsOfMovie(id), read).await?)
    }

    /// Adds a collection without movies.
    ///
    /// # Errors
    /// `Invalid` if a field breaks its rule or the parent is unknown, `Conflict` if the parent is part of another
    /// collection, or there are too many collections.
    pub async fn add_collection(&self, new: NewCollection) -> Result<Collection> {
        let now = now();
        let record = CollectionRecord {
            id: Uuid::now_v7(),
            title: validation::title(&new.title)?,
            description: validation::description(&new.description)?,
            parent: new.parent,
            position: new.position.map(check_position).transpose()?,
            version: 1,
            created_at: now,
            updated_at: now,
        };
        let inserted = self.store.insert_collection(&record).await;
        inserted.map_err(|e| write_error(e, &record))?;
        self.collection_uncached(record.id).await
    }

    /// Changes a collection; with `version`, only if that is its current version.
    ///
    /// # Errors
    /// The errors of [`Catalog::add_collection`], `NotFound` for an unknown collection, `PreconditionFailed` if it has
    /// another version, and `Locked` if other requests changed it during every attempt.
    pub async fn update_collection(
        &self,
        id: Uuid,
        patch: CollectionPatch,
        version: Option<u64>,
    ) -> Result<Collection> {
        let patch = check_patch(id, patch)?;
        for _ in 0..UPDATE_ATTEMPTS_LIMIT {
            let current = self.collection_uncached(id).await?;
            if version.is_some_and(|version| version != current.version) {
                return Err(AppError::PreconditionFailed);
            }
            let Some(record) = apply_patch(&current, &patch) else { return Ok(current) };
            match self.store.update_collection(&record).await {
                Ok(()) => return self.collection_uncached(id).await,
                Err(StoreError::Stale) => {} // changed since it was read: try again
                Err(error) => return Err(write_error(error, &record)),
            }
        }
        Err(AppError::Locked("others are changing this collection; try again".to_owned()))
    }

    /// Removes a collection; with `version`, only if that is its current version. Its movies stay, and the collections
    /// in it become ones of their own.
    ///
    /// # Errors
    /// `NotFound` for an unknown collection, `PreconditionFailed` if it has another version.
    pub async fn remove_collection(&self, id: Uuid, version: Option<u64>) -> Result<()> {
        let deleted = self.store.delete_collection(id, version).await;
        deleted.map_err(|e| collection_error(e, id))?;
        self.cache.remove(&CacheKey::Collection(id));
        Ok(())
    }

    /// Replaces the movies of a collection; with `version`, only if that is its current version.
    ///
    /// # Errors
    /// `Invalid` if there are too many movies, or one is unknown or twice in the list, `NotFound` for an unknown
    /// collection, `PreconditionFailed` if it has another version.
    pub async fn set_collection_movies(
        &self,
        id: Uuid,
        list: &CollectionMovies,
        version: Option<u64>,
    ) -> Result<Collection> {
        check_movies(&list.movies)?;
        let set = self.store.set_collection_movies(id, &list.movies, version, now()).await;
        set.map_err(|e| collection_error(e, id))?;
        self.collection_uncached(id).await
    }

    /// Puts imported movies into a collection, in their order, but for those that an import has put there before: who took
    /// one out need not do so again.
    ///
    /// # Errors
    /// As [`Catalog::set_collection_movies`], and `Conflict` if the collection is full.
    pub async fn import_collection(&self, id: Uuid, list: &CollectionMovies) -> Result<u64> {
        check_movies(&list.movies)?;
        let added = self.store.import_collection(id, &list.movies, now()).await;
        self.cache.remove(&CacheKey::Collection(id));
        added.map_err(|e| collection_error(e, id))
    }

    /// Returns a collection from the database and never from the cache, which is cleared of what it was before.
    async fn collection_uncached(&self, id: Uuid) -> Result<Collection> {
        self.cache.remove(&CacheKey::Collection(id));
        self.store.collection(id).await.map_err(|e| collection_error(e, id))
    }
}

fn check_position(position: u32) -> Result<u32> {
    if position <= MAX_COLLECTION_POSITION {
        return Ok(position);
    }
    let message = format!("must be 0 to {MAX_COLLECTION_POSITION}, not {position}");
    Err(AppError::invalid("position", message))
}

fn check_patch(id: Uuid, patch: CollectionPatch) -> Result<CollectionPatch> {
    if patch.parent == Some(Some(id)) {
        return Err(AppError::invalid("parent", "cannot be the collection itself"));
    }
    Ok(CollectionPatch {
        title: patch.title.as_deref().map(validation::title).transpose()?,
        description: patch.description.as_deref().map(validation::description).transpose()?,
        parent: patch.parent,
        position: patch.position.map(check_position).transpose()?,
    })
}

fn check_movies(movies: &[MovieId]) -> Result<()> {
    if movies.len() > MAX_COLLECTION_MOVIES {
        let given = movies.len();
        let message = format!("may have at most {MAX_COLLECTION_MOVIES} entries, not {given}");
        return Err(AppError::invalid("movies", message));
    }
    let mut seen = HashSet::with_capacity(movies.len());
    match movies.iter().find(|movie| !seen.insert(**movie)) {
        Some(movie) => Err(AppError::invalid("movies", format!("has the movie {movie} twice"))),
        None => Ok(()),
    }
}

/// Returns the next version of a collection; `None` if the patch changes nothing.
fn apply_patch(current: &Collection, patch: &CollectionPatch) -> Option<CollectionRecord> {
    let patch = patch.clone();
    let old = CollectionRecord {
        id: current.id,
        title: current.title.clone(),
        description: current.description.clone(),
        parent: current.parent,
        position: Some(current.position),
        version: current.version,
        created_at: current.created_at,
        updated_at: current.updated_at,
    };
    let parent = patch.parent.unwrap_or(old.parent);
    // In another parent, it comes after the others there.
    let kept = old.position.filter(|_| parent == old.parent);
    let new = CollectionRecord {
        title: patch.title.unwrap_or_else(|| old.title.clone()),
        description: patch.description.unwrap_or_else(|| old.description.clone()),
        parent,
        position: patch.position.or(kept),
        ..old.clone()
    };
    (new != old).then(|| CollectionRecord { version: old.version + 1, updated_at: now(), ..new })
}

/// Converts the error of a write of a collection to one with the details that a client needs.
fn write_error(error: StoreError, record: &CollectionRecord) -> AppError {
    match (error, record.parent) {
        (StoreError::NoParent, Some(parent)) => {
            AppError::invalid("parent", format!("there is no collection {parent}"))
        }
        (other, _) => collection_error(other, record.id),
    }
}

fn collection_error(error: StoreError, id: Uuid) -> AppError {
    match error {
        StoreError::NotFound => AppError::NotFound(format!("collection {id}")),
        StoreError::NoMovie(movie) => {
            AppError::invalid("movies", format!("there is no movie {movie}"))
        }
        other => other.into(),
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn season() -> Collection {
        Collection {
            id: Uuid::from_u128(1),
            title: "Season 1".to_owned(),
            description: String::new(),
            parent: Some(Uuid::from_u128(2)),
            parent_title: Some("Series".to_owned()),
            position: 3,
            movie_count: 0,
            poster_path: None,
            version: 7,
            created_at: Timestamp::UNIX_EPOCH,
            updated_at: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn a_patch_keeps_what_it_does_not_name() {
        let title = Some("Season One".to_owned());
        let patch = CollectionPatch { title, ..CollectionPatch::default() };
        let changed = apply_patch(&season(), &patch).unwrap();
        assert_eq!((changed.version, changed.position), (8, Some(3)));
        assert_eq!(changed.parent, season().parent);
        assert_eq!(apply_patch(&season(), &CollectionPatch::default()), None);
    }

    #[test]
    fn a_collection_that_moves_comes_last() {
        let parent = Some(Some(Uuid::from_u128(9)));
        let patch = CollectionPatch { parent, ..CollectionPatch::default() };
        assert_eq!(apply_patch(&season(), &patch).unwrap().position, None);
        let patch = CollectionPatch { position: Some(0), ..patch };
        assert_eq!(apply_patch(&season(), &patch).unwrap().position, Some(0));
    }

    #[test]
    fn a_list_has_each_movie_once_and_a_limited_length() {
        let mut movies: Vec<MovieId> =
            (0..MAX_COLLECTION_MOVIES as u128).map(|n| MovieId(Uuid::from_u128(n))).collect();
        assert!(check_movies(&movies).is_ok());
        movies.push(MovieId(Uuid::max()));
        assert!(check_movies(&movies).unwrap_err().to_string().contains("at most 2000"));
        let twice = check_movies(&[movies[5], movies[6], movies[5]]).unwrap_err();
        assert!(twice.to_string().contains(&movies[5].to_string()), "{twice}");
    }

    #[test]
    fn a_collection_is_not_its_own_parent() {
        let parent = Some(Some(season().id));
        let patch = CollectionPatch { parent, ..CollectionPatch::default() };
        assert!(matches!(
            check_patch(season().id, patch.clone()),
            Err(AppError::Invalid { field: "parent", .. })
        ));
        assert!(check_patch(Uuid::from_u128(5), patch).is_ok());
        let position = Some(MAX_COLLECTION_POSITION + 1);
        let patch = CollectionPatch { position, ..CollectionPatch::default() };
        assert!(check_patch(season().id, patch).is_err());
    }
}
