//! Conversion of rows of libraries and imports to records, and the columns that each is read from.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

use ginflix_api::movie::MovieId;
use uuid::Uuid;

use super::columns::{from_json, media_name};
use super::rows::{DatabaseRow, FromRow};
use super::store::{ImportRecord, LibraryFile, LibraryRecord, Result};

/// The columns of [`LibraryRecord`].
pub const LIBRARY_COLUMNS: &str = "id, path, created_at";
/// The columns of [`LibraryFile`].
pub const LIBRARY_FILE_COLUMNS: &str =
    "name, library, library_path, sha256, library_state, missing_since";
/// The columns of [`ImportRecord`].
pub const IMPORT_COLUMNS: &str = "media, movie_id, details, poster_sha256, subtitles";

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
