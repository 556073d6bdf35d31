//! Movies: the entries of the catalogue.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::media::MediaName;

/// The most characters a title may have.
pub const MAX_TITLE_CHARS: usize = 200;
/// The most characters a description may have.
pub const MAX_DESCRIPTION_CHARS: usize = 10_000;
/// The most genres a movie may have, and also the most directors and cast members.
pub const MAX_NAMES: usize = 50;
/// The most characters a genre or the name of a person may have.
pub const MAX_NAME_CHARS: usize = 100;
/// The valid release years. The oldest surviving motion picture is from 1888.
pub const YEARS: std::ops::RangeInclusive<u16> = 1888..=2200;
/// The most bytes a poster may have: 5 MiB, which messages show as 5.2 MB.
pub const MAX_POSTER_BYTES: u64 = 5 * 1024 * 1024;

/// The id of a movie: a UUIDv7, so ids sort by the time of creation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct MovieId(pub Uuid);

impl MovieId {
    /// Creates an id from the current time.
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

/// The place of a movie in a series. At least one field is present.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Episode {
    /// The title of the series, with 1 to [`MAX_TITLE_CHARS`] characters.
    #[cfg_attr(feature = "schema", schema(min_length = 1, max_length = 200))]
    pub series: Option<String>,
    /// The season; 0 is that of specials.
    pub season: Option<u16>,
    /// The number within the season; that of the first one if the file has several episodes.
    pub number: Option<u16>,
}

impl Episode {
    /// Returns whether no field is present.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// An entry of the catalogue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Movie {
    /// The id of the movie.
    pub id: MovieId,
    /// The title, with 1 to [`MAX_TITLE_CHARS`] characters.
    #[cfg_attr(feature = "schema", schema(min_length = 1, max_length = 200))]
    pub title: String,
    /// The description, which may be empty.
    #[cfg_attr(feature = "schema", schema(max_length = 10000))]
    pub description: String,
    /// The year of the first release.
    #[cfg_attr(feature = "schema", schema(minimum = 1888, maximum = 2200))]
    pub year: Option<u16>,
    /// The genres, which are free text such as `Drama`.
    #[cfg_attr(feature = "schema", schema(max_items = 50))]
    pub genres: Vec<String>,
    /// The names of the directors.
    #[cfg_attr(feature = "schema", schema(max_items = 50))]
    pub directors: Vec<String>,
    /// The names of the cast members.
    #[cfg_attr(feature = "schema", schema(max_items = 50))]
    pub cast: Vec<String>,
    /// Its place in a series; `null` for a movie of its own.
    #[serde(default)]
    pub episode: Option<Episode>,
    /// The media file of the movie.
    pub media: MediaName,
    /// The URL path that the media file is streamed from, such as `/stream/film.mp4`.
    pub stream_path: String,
    /// The content type of the media file, such as `video/mp4`; `null` while the file is missing.
    pub content_type: Option<String>,
    /// The size of the media file in bytes; `null` while the file is missing.
    pub size_bytes: Option<u64>,
    /// The play time in seconds; `null` if the media file does not state it.
    pub duration_seconds: Option<f64>,
    /// The URL path of the poster, which changes with the picture; `null` without a poster. With `&width=256` it is that of a
    /// smaller picture for lists.
    pub poster_path: Option<String>,
    /// The number of views: playbacks that counted.
    pub views: u64,
    /// A number that grows by one with every change. The entity tag of the movie is this
    /// number in quotes.
    pub version: u64,
    /// The time when the movie was registered.
    pub created_at: Timestamp,
    /// The time of the last change.
    pub updated_at: Timestamp,
}

impl Movie {
    /// Returns the part of the poster's path that changes with the picture; `None` without a poster.
    pub fn poster_version(&self) -> Option<&str> {
        self.poster_path.as_deref()?.split_once("?v=").map(|(_, version)| version)
    }
}

/// The request to register a movie.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewMovie {
    /// The title, with 1 to [`MAX_TITLE_CHARS`] characters.
    #[cfg_attr(feature = "schema", schema(min_length = 1, max_length = 200))]
    pub title: String,
    /// The name of a media file that exists on the volumes.
    pub media: MediaName,
    /// The description, with at most [`MAX_DESCRIPTION_CHARS`] characters.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(max_length = 10000))]
    pub description: String,
    /// The year of the first release, within [`YEARS`].
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(minimum = 1888, maximum = 2200))]
    pub year: Option<u16>,
    /// The genres, at most [`MAX_NAMES`].
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(max_items = 50))]
    pub genres: Vec<String>,
    /// The names of the directors, at most [`MAX_NAMES`].
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(max_items = 50))]
    pub directors: Vec<String>,
    /// The names of the cast members, at most [`MAX_NAMES`].
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(max_items = 50))]
    pub cast: Vec<String>,
    /// Its place in a series.
    #[serde(default)]
    pub episode: Option<Episode>,
}

/// The request to change a movie. Fields that are absent stay as they are.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct MoviePatch {
    /// The new title.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(min_length = 1, max_length = 200))]
    pub title: Option<String>,
    /// The name of another media file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media: Option<MediaName>,
    /// The new description.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(max_length = 10000))]
    pub description: Option<String>,
    /// The new year; `null` removes it.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "crate::present")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<u16>, minimum = 1888, maximum = 2200))]
    pub year: Option<Option<u16>>,
    /// The new genres, which replace the old ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(max_items = 50))]
    pub genres: Option<Vec<String>>,
    /// The new directors, who replace the old ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(max_items = 50))]
    pub directors: Option<Vec<String>>,
    /// The new cast, which replaces the old one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(max_items = 50))]
    pub cast: Option<Vec<String>>,
    /// Its new place in a series, which replaces the old one; `null` removes it.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "crate::present")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<Episode>))]
    pub episode: Option<Option<Episode>>,
}

/// The order of a list of movies.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum MovieSort {
    /// Last registered movie first.
    #[default]
    Newest,
    /// By title, ignoring case and accents, with numbers by their value.
    Title,
    /// Most viewed first.
    Views,
    /// Most viewed today and in the six days before (UTC) first.
    Week,
    /// Best match of the search first; without a search, last registered movie first.
    Relevance,
}

/// Selects a page of movies and their order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::IntoParams))]
#[serde(deny_unknown_fields, default)]
pub struct MovieQuery {
    /// The words to find. The last word may be only the beginning of a word. A number of
    /// four digits also finds the movies of that year. If there are few matches, words of
    /// similar spelling match as well; those movies come after the exact matches.
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
    /// Only movies with this media file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media: Option<MediaName>,
    /// The order; if absent, `relevance` with `q`, else `newest`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sort: Option<MovieSort>,
    /// Entries per page, 1 to 200; 50 if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", param(minimum = 1, maximum = 200))]
    pub limit: Option<u32>,
    /// The `next_cursor` of the previous page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// A genre that at least one movie has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Genre {
    /// The genre, such as `Drama`.
    pub name: String,
    /// The number of movies with the genre.
    pub movies: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_distinguishes_null_from_absent() {
        let removed: MoviePatch = serde_json::from_str(r#"{"year":null}"#).unwrap();
        assert_eq!(removed.year, Some(None));
        let absent: MoviePatch = serde_json::from_str("{}").unwrap();
        assert_eq!(absent.year, None);
        assert!(serde_json::from_str::<MoviePatch>(r#"{"yeer":1}"#).is_err());
    }
}
