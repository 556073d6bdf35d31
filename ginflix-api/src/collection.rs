//! Collections: ordered lists of movies, such as a course, or a series with its seasons.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::movie::{Movie, MovieId};

/// The most collections of a catalogue.
pub const MAX_COLLECTIONS: usize = 5_000;
/// The most movies of a collection.
pub const MAX_COLLECTION_MOVIES: usize = 2_000;
/// The most collections of one movie that are listed.
pub const MAX_COLLECTIONS_OF_MOVIE: usize = 100;
/// The greatest position of a collection within another one.
pub const MAX_COLLECTION_POSITION: u32 = 9_999;

/// An ordered list of movies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Collection {
    /// The id, a UUIDv7.
    pub id: Uuid,
    /// The title, with 1 to 200 characters.
    #[cfg_attr(feature = "schema", schema(min_length = 1, max_length = 200))]
    pub title: String,
    /// The description, which may be empty.
    #[cfg_attr(feature = "schema", schema(max_length = 10000))]
    pub description: String,
    /// The collection that it is part of, such as the series of a season; `null` for a collection of its own.
    pub parent: Option<Uuid>,
    /// The title of that collection.
    pub parent_title: Option<String>,
    /// The position among the collections of its parent, which are sorted by position and title.
    #[cfg_attr(feature = "schema", schema(maximum = 9999))]
    pub position: u32,
    /// The number of its movies, without those of the collections in it.
    pub movie_count: u64,
    /// The URL path of the poster of its first movie, as that of a movie; `null` without one.
    #[serde(default)]
    pub poster_path: Option<String>,
    /// A number that grows by one with every change of the collection or its list. The entity tag begins with it.
    pub version: u64,
    /// The time when the collection was added.
    pub created_at: Timestamp,
    /// The time of the last change.
    pub updated_at: Timestamp,
}

/// A collection with what is in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct CollectionContents {
    /// The collection.
    #[serde(flatten)]
    pub collection: Collection,
    /// The collections in it, in order.
    pub collections: Vec<Collection>,
    /// Its movies, in order, at most [`MAX_COLLECTION_MOVIES`].
    pub movies: Vec<Movie>,
}

/// The request to add a collection.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewCollection {
    /// The title, with 1 to 200 characters.
    #[cfg_attr(feature = "schema", schema(min_length = 1, max_length = 200))]
    pub title: String,
    /// The description, with at most 10,000 characters.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(max_length = 10000))]
    pub description: String,
    /// The collection that it becomes part of. That must not be part of another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<Uuid>,
    /// The position among the collections of its parent; after the last one if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(maximum = 9999))]
    pub position: Option<u32>,
}

/// The request to change a collection. Fields that are absent stay as they are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct CollectionPatch {
    /// The new title.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(min_length = 1, max_length = 200))]
    pub title: Option<String>,
    /// The new description.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(max_length = 10000))]
    pub description: Option<String>,
    /// The collection that it becomes part of; `null` makes it one of its own.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "crate::present")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<Uuid>))]
    pub parent: Option<Option<Uuid>>,
    /// The new position among the collections of its parent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(maximum = 9999))]
    pub position: Option<u32>,
}

/// The request to replace the movies of a collection.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CollectionMovies {
    /// The ids of the movies in order, each once, at most [`MAX_COLLECTION_MOVIES`].
    #[cfg_attr(feature = "schema", schema(max_items = 2000))]
    pub movies: Vec<MovieId>,
}

/// A collection that a movie is in, and the movies before and after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct CollectionOfMovie {
    /// The id of the collection.
    pub id: Uuid,
    /// The title of the collection.
    pub title: String,
    /// The title of the collection that it is part of.
    pub parent_title: Option<String>,
    /// The position of the movie, from 1 on.
    pub position: u64,
    /// The number of movies in the collection.
    pub movie_count: u64,
    /// The movie before it; `null` for the first one.
    pub previous: Option<MovieId>,
    /// The movie after it; `null` for the last one.
    pub next: Option<MovieId>,
}
