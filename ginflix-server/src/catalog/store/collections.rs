//! Collections and the movies in them.

use async_trait::async_trait;
use ginflix_api::collection::{Collection, CollectionContents, CollectionOfMovie};
use ginflix_api::movie::MovieId;
use jiff::Timestamp;
use uuid::Uuid;

use super::Result;

/// The conflict of a collection with [`ginflix_api::collection::MAX_COLLECTIONS`].
pub const TOO_MANY_COLLECTIONS: &str =
    "there are 5,000 collections, which is the limit; remove one first";
/// The conflict of a collection that would be on a third level, or in itself.
pub const COLLECTIONS_TOO_DEEP: &str = "collections have two levels, such as a series and its seasons: one that is part of another one contains \
     no collections";

/// The fields of a collection that are stored with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CollectionRecord {
    /// The id.
    pub id: Uuid,
    /// The title.
    pub title: String,
    /// The description, a free text.
    pub description: String,
    /// The collection that it is part of.
    pub parent: Option<Uuid>,
    /// The position among the collections of its parent; `None` for the one after the last.
    pub position: Option<u32>,
    /// The version: 1 for a new collection, and 1 more after each change.
    pub version: u64,
    /// The time at which it was added.
    pub created_at: Timestamp,
    /// The time of the last change.
    pub updated_at: Timestamp,
}

/// Stores collections.
#[async_trait]
pub trait CollectionStore: Send + Sync + 'static {
    /// Returns all collections, sorted by title.
    async fn collections(&self) -> Result<Vec<Collection>>;
    /// Returns a collection.
    async fn collection(&self, id: Uuid) -> Result<Collection>;
    /// Returns a collection with its movies and the collections in it, both in order.
    async fn collection_contents(&self, id: Uuid) -> Result<CollectionContents>;
    /// Adds a collection.
    ///
    /// # Errors
    /// `Conflict` with [`TOO_MANY_COLLECTIONS`], or with [`COLLECTIONS_TOO_DEEP`] if the parent is part of another
    /// collection, and `NoParent` for an unknown parent.
    async fn insert_collection(&self, collection: &CollectionRecord) -> Result<()>;
    /// Replaces a collection by its next version.
    ///
    /// # Errors
    /// `Stale` if the stored version is not `collection.version - 1`, `Conflict` with [`COLLECTIONS_TOO_DEEP`] if
    /// the parent is part of another collection or the collection has some in it, and `NoParent` for an unknown parent.
    async fn update_collection(&self, collection: &CollectionRecord) -> Result<()>;
    /// Deletes a collection. Its movies stay, and the collections in it have no parent then.
    ///
    /// # Errors
    /// `Stale` if `version` is given and the stored one is different.
    async fn delete_collection(&self, id: Uuid, version: Option<u64>) -> Result<()>;
    /// Replaces the movies of a collection, which gets a new version. No movie may be twice in the list.
    ///
    /// # Errors
    /// `Stale` if `version` is given and the stored one is different, `NoMovie` with the first unknown movie.
    async fn set_collection_movies(
        &self,
        id: Uuid,
        movies: &[MovieId],
        version: Option<u64>,
        at: Timestamp,
    ) -> Result<()>;
    /// Returns the collections that a movie is in, sorted by title, at most
    /// [`ginflix_api::collection::MAX_COLLECTIONS_OF_MOVIE`].
    async fn collections_of_movie(&self, id: MovieId) -> Result<Vec<CollectionOfMovie>>;
}
