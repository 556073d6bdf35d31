//! Catalogue entries.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};
use uuid::Uuid;

use crate::media::MediaName;

/// The most characters a title may have.
pub const MAX_TITLE_CHARS: usize = 200;
/// The most characters a description may have.
pub const MAX_DESCRIPTION_CHARS: usize = 10_000;
/// The most entries in each of genres, directors and cast.
pub const MAX_NAMES: usize = 50;
/// The most characters a genre, director or cast member may have.
pub const MAX_NAME_CHARS: usize = 100;
/// The years a movie can be of; the first films are of 1888.
pub const YEARS: std::ops::RangeInclusive<u16> = 1888..=2200;
/// The most bytes a poster may have: 5 MiB.
pub const MAX_POSTER_BYTES: u64 = 5 * 1024 * 1024;

/// Identifies a movie; UUIDv7, so ids sort by creation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct MovieId(pub Uuid);

impl MovieId {
    /// A new id, of now.
    #[allow(clippy::new_without_default)] // an id is never a default value
    pub fn new() -> Self {
        Self(Uuid::now_v7())
    }
}

impl fmt::Display for MovieId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for MovieId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// A catalogue entry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Movie {
    /// Its id.
    pub id: MovieId,
    /// Its title, 1 to [`MAX_TITLE_CHARS`] characters.
    #[cfg_attr(feature = "schema", schema(min_length = 1, max_length = 200))]
    pub title: String,
    /// Free text, possibly empty.
    #[cfg_attr(feature = "schema", schema(max_length = 10000))]
    pub description: String,
    /// Of its first showing.
    #[cfg_attr(feature = "schema", schema(minimum = 1888, maximum = 2200))]
    pub year: Option<u16>,
    /// Free words such as `Drama`.
    #[cfg_attr(feature = "schema", schema(max_items = 50))]
    pub genres: Vec<String>,
    /// Who directed it.
    #[cfg_attr(feature = "schema", schema(max_items = 50))]
    pub directors: Vec<String>,
    /// Who plays in it.
    #[cfg_attr(feature = "schema", schema(max_items = 50))]
    pub cast: Vec<String>,
    /// The file that plays.
    pub media: MediaName,
    /// Where that file plays, such as `/stream/film.mp4`.
    pub stream_path: String,
    /// Type of that file, such as `video/mp4`; absent while the file is not known.
    pub content_type: Option<String>,
    /// Size of that file; absent while the file is not known.
    pub size_bytes: Option<u64>,
    /// How long it plays; absent where the file does not say.
    pub duration_seconds: Option<f64>,
    /// Where its poster is; changes with the picture. Absent without one.
    pub poster_path: Option<String>,
    /// Playbacks that counted.
    pub views: u64,
    /// Grows by one with every change; the entity tag is `"VERSION"`.
    pub version: u64,
    /// When it was registered.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// What registers a movie.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewMovie {
    /// 1 to [`MAX_TITLE_CHARS`] characters.
    #[cfg_attr(feature = "schema", schema(min_length = 1, max_length = 200))]
    pub title: String,
    /// A file that is on the volumes.
    pub media: MediaName,
    /// Free text of at most [`MAX_DESCRIPTION_CHARS`] characters.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(max_length = 10000))]
    pub description: String,
    /// In [`YEARS`].
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(minimum = 1888, maximum = 2200))]
    pub year: Option<u16>,
    /// At most [`MAX_NAMES`].
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(max_items = 50))]
    pub genres: Vec<String>,
    /// At most [`MAX_NAMES`].
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(max_items = 50))]
    pub directors: Vec<String>,
    /// At most [`MAX_NAMES`].
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(max_items = 50))]
    pub cast: Vec<String>,
}

/// A change to a movie: what is absent stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct MoviePatch {
    /// A new title.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(min_length = 1, max_length = 200))]
    pub title: Option<String>,
    /// Another file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media: Option<MediaName>,
    /// A new description.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(max_length = 10000))]
    pub description: Option<String>,
    /// A new year; `null` removes it.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<u16>, minimum = 1888, maximum = 2200))]
    pub year: Option<Option<u16>>,
    /// All genres anew.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(max_items = 50))]
    pub genres: Option<Vec<String>>,
    /// All directors anew.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(max_items = 50))]
    pub directors: Option<Vec<String>>,
    /// The whole cast anew.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(max_items = 50))]
    pub cast: Option<Vec<String>>,
}

/// Tells `"year": null` (remove it) from no `year` (leave it).
fn present<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Option<u16>>, D::Error> {
    Option::deserialize(value).map(Some)
}

/// The order of a list of movies.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum MovieSort {
    /// Last registered first.
    #[default]
    Newest,
    /// By title, as a person would sort them.
    Title,
    /// Most viewed first.
    Views,
    /// Most viewed today and in the six days before (UTC) first.
    Week,
    /// Best match of the search first; without a search, newest.
    Relevance,
}

/// Which movies, in which order, how many.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::IntoParams))]
#[serde(deny_unknown_fields, default)]
pub struct MovieQuery {
    /// Words to find, the last one possibly unfinished. Where they find next to
    /// nothing, words that are spelt alike are looked for as well; what has them
    /// comes after what has the very words.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", param(max_length = 200))]
    pub q: Option<String>,
    /// Only movies of this genre.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub genre: Option<String>,
    /// Only movies of this year.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", param(minimum = 0, maximum = 65535))]
    pub year: Option<u16>,
    /// Only movies that play this file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media: Option<MediaName>,
    /// The order; with `q` the default is relevance, else newest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sort: Option<MovieSort>,
    /// Entries a page, 1 to 200; 50 if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", param(minimum = 1, maximum = 200))]
    pub limit: Option<u32>,
    /// From the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// A genre in use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Genre {
    /// As a movie has it.
    pub name: String,
    /// How many movies have it.
    pub movies: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_tells_null_from_absent() {
        let removed: MoviePatch = serde_json::from_str(r#"{"year":null}"#).unwrap();
        assert_eq!(removed.year, Some(None));
        let absent: MoviePatch = serde_json::from_str("{}").unwrap();
        assert_eq!(absent.year, None);
        assert!(serde_json::from_str::<MoviePatch>(r#"{"yeer":1}"#).is_err());
    }
}
