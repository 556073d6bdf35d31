//! Imports: details, posters and subtitles that come from outside, such as from the names of files and their NFO files.
//!
//! An import gives way to people: what they changed, added or removed in the catalogue stays, however often the same or newer
//! details are imported.

use serde::{Deserialize, Serialize};

use crate::movie::Movie;
use crate::subtitles::AddedSubtitles;

/// What an import changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ImportOutcome {
    /// It was not there, and was added.
    Added,
    /// It was there from an earlier import, and was changed.
    Updated,
    /// It is as it was: the import has nothing new.
    Unchanged,
    /// Somebody changed it, so the import changed nothing.
    Kept,
    /// Somebody removed it, so the import did not add it again.
    Removed,
}

/// The query of the import of a movie.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::IntoParams))]
#[serde(deny_unknown_fields, default)]
pub struct ImportMovie {
    /// The year of the series of an episode, which tells it from other series of the same title.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", param(minimum = 1888, maximum = 2200))]
    pub series_year: Option<u16>,
}

/// The result of the import of a movie or its poster.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ImportedMovie {
    /// What was changed.
    pub outcome: ImportOutcome,
    /// The movie; `null` if somebody removed it.
    pub movie: Option<Movie>,
    /// The number of collections that were made for an episode: of its season, and of its series.
    #[serde(default)]
    pub new_collections: u64,
    /// Why an episode is not in the collection of its season, though nobody took it out; `null` if it is, or is no episode.
    #[serde(default)]
    pub collection_problem: Option<String>,
}

impl ImportedMovie {
    /// Creates the result of an import that says nothing of collections.
    pub fn new(outcome: ImportOutcome, movie: Option<Movie>) -> Self {
        Self { outcome, movie, new_collections: 0, collection_problem: None }
    }
}

/// The result of the import of movies into a collection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ImportedList {
    /// The number of movies that were put into the collection.
    pub added: u64,
}

/// The result of the import of subtitles.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ImportedSubtitles {
    /// What was changed.
    pub outcome: ImportOutcome,
    /// The subtitles; `null` if nothing was changed.
    pub added: Option<AddedSubtitles>,
}
