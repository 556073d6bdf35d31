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

/// The result of the import of a movie or its poster.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ImportedMovie {
    /// What was changed.
    pub outcome: ImportOutcome,
    /// The movie; `null` if somebody removed it.
    pub movie: Option<Movie>,
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
