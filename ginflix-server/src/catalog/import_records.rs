//! Conversion of rows of libraries and imports to records, and the columns that each is read from.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

use ginflix_api::movie::MovieId;
use uuid::Uuid;

use super::columns::{from_json, media_name};
use super::rows::{DatabaseRow, FromRow};
use super::store::{ImportRecord, ImportedSeries, LibraryFile, LibraryRecord, Result};

/// The columns of [`LibraryRecord`].
pub const LIBRARY_COLUMNS: &str = "id, path, created_at";
/// The columns of [`LibraryFile`].
pub const LIBRARY_FILE_COLUMNS: &str =
    "name, library, library_path, sha256, library_state, missing_since";
/// The columns of [`ImportRecord`].
pub const IMPORT_COLUMNS: &str = "media, movie_id, details, poster_sha256, subtitles";
/// Tells whether an import has put a movie into the collection of a season.
pub const IS_PLACED: &str = "SELECT EXISTS (SELECT 1 FROM imported_members m \
    JOIN imported_seasons s ON s.collection = m.collection WHERE m.movie_id = $1)";
/// The collections of series with a title ([`ImportedSeries`]).
pub const SERIES_WITH_TITLE: &str =
    "SELECT year, collection FROM imported_series WHERE title_key = $1 ORDER BY year";
/// The collection of a season of a series.
pub const COLLECTION_OF_SEASON: &str =
    "SELECT collection FROM imported_seasons WHERE series = $1 AND season = $2";
/// The movies in order with the numbers of those that are episodes of a season: the season, and the collection. SQLite numbers
/// parameters as they occur.
pub const NUMBERED_MOVIES: &str = "SELECT l.movie_id, CASE WHEN m.season = $1 THEN m.episode END \
    FROM collection_movies l JOIN movies m ON m.id = l.movie_id \
    WHERE l.collection = $2 ORDER BY l.position";
/// The movies of a collection in order.
pub const MOVIES_OF_COLLECTION: &str =
    "SELECT movie_id FROM collection_movies WHERE collection = $1 ORDER BY position";
/// The movies that imports have put into a collection.
pub const MEMBERS_OF_COLLECTION: &str =
    "SELECT movie_id FROM imported_members WHERE collection = $1";
/// Records the collection of a series.
pub const ADD_SERIES: &str =
    "INSERT INTO imported_series (title_key, year, collection) VALUES ($1, $2, $3)";
/// Records the collection of a season.
pub const ADD_SEASON: &str =
    "INSERT INTO imported_seasons (series, season, collection) VALUES ($1, $2, $3)";
/// Records that an import has put a movie into a collection.
pub const ADD_MEMBER: &str = "INSERT INTO imported_members (collection, movie_id) VALUES ($1, $2) \
    ON CONFLICT DO NOTHING";
/// Forgets a collection of a series that is removed, if it is empty: that is no wish against it.
pub const FORGET_EMPTY_SERIES: &str = "DELETE FROM imported_series WHERE collection = $1 \
    AND NOT EXISTS (SELECT 1 FROM collection_movies l WHERE l.collection = $1) \
    AND NOT EXISTS (SELECT 1 FROM collections c WHERE c.parent = $1)";
/// Forgets a collection of a season that is removed, if it is empty.
pub const FORGET_EMPTY_SEASON: &str = "DELETE FROM imported_seasons WHERE collection = $1 \
    AND NOT EXISTS (SELECT 1 FROM collection_movies l WHERE l.collection = $1) \
    AND NOT EXISTS (SELECT 1 FROM collections c WHERE c.parent = $1)";

/// Reads the columns [`LIBRARY_COLUMNS`].
impl FromRow for LibraryRecord {
    fn from_row(row: &impl DatabaseRow) -> Result<Self> {
        Ok(Self { id: row.column(0)?, path: row.column(1)?, created_at: row.time(2)? })
    }
}

/// Reads the columns [`LIBRARY_FILE_COLUMNS`].
impl FromRow for LibraryFile {
    fn from_row(row: &impl DatabaseRow) -> Result<Self> {
        Ok(Self {
            name: media_name(row.column(0)?)?,
            library: row.column(1)?,
            path: OsString::from_vec(row.column(2)?).into(),
            samples_sha256: row.column(3)?,
            state: row.column(4)?,
            missing_since: row.optional_time(5)?,
        })
    }
}

/// Reads the columns [`IMPORT_COLUMNS`].
impl FromRow for ImportRecord {
    fn from_row(row: &impl DatabaseRow) -> Result<Self> {
        Ok(Self {
            media: media_name(row.column(0)?)?,
            movie: row.column::<Option<Uuid>>(1)?.map(MovieId),
            details: row.column::<Option<String>>(2)?.map(from_json).transpose()?,
            poster_sha256: row.column(3)?,
            subtitles: row.text_list(4)?,
        })
    }
}

/// Reads the id of a movie.
impl FromRow for MovieId {
    fn from_row(row: &impl DatabaseRow) -> Result<Self> {
        Ok(Self(row.column(0)?))
    }
}

/// Reads the year, which is 0 if it is not known, and the collection of a series.
impl FromRow for ImportedSeries {
    fn from_row(row: &impl DatabaseRow) -> Result<Self> {
        let year: i32 = row.column(0)?;
        Ok(Self {
            year: u16::try_from(year).ok().filter(|year| *year > 0),
            collection: row.column(1)?,
        })
    }
}

/// Reads the id of a movie in a collection, and its number if it is an episode of the season.
impl FromRow for (MovieId, Option<u16>) {
    fn from_row(row: &impl DatabaseRow) -> Result<Self> {
        // Only values of a `u16` are written.
        Ok((MovieId(row.column(0)?), row.column::<Option<i32>>(1)?.map(|number| number as u16)))
    }
}

/// Reads the id of a collection.
impl FromRow for Uuid {
    fn from_row(row: &impl DatabaseRow) -> Result<Self> {
        row.column(0)
    }
}
