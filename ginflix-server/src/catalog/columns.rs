//! Conversions between Rust values and columns that are the same for both databases.

use ginflix_api::media::MediaName;
use ginflix_api::movie::Episode;
use ginflix_api::views::ViewQuery;
use jiff::civil::{Date, date};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::normalize;
use super::store::{MovieRecord, Result, StoreError};

/// Returns the text of an enum variant without fields, the same as in the JSON of the API.
pub fn enum_to_text<T: Serialize>(value: &T) -> Result<String> {
    match serde_json::to_value(value) {
        Ok(Value::String(text)) => Ok(text),
        other => Err(corrupt(format!("{other:?} is not the name of a variant"))),
    }
}

/// Parses an enum variant without fields from its text.
pub fn enum_from_text<T: DeserializeOwned>(text: String) -> Result<T> {
    serde_json::from_value(Value::String(text)).map_err(corrupt)
}

/// Serializes a value as JSON.
pub fn to_json<T: Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(corrupt)
}

/// Parses a value from JSON.
pub fn from_json<T: DeserializeOwned>(json: String) -> Result<T> {
    serde_json::from_str(&json).map_err(corrupt)
}

/// Parses the name of a media file.
pub fn media_name(name: String) -> Result<MediaName> {
    name.parse().map_err(corrupt)
}

/// Returns the first and last day of a view report, limited to the years 1 to 9999, which both
/// databases can represent.
pub fn report_period(query: &ViewQuery) -> (Date, Date) {
    // A `Date` can be before the year 1, but not after the year 9999.
    let (first, last) = (date(1, 1, 1), date(9999, 12, 31));
    (query.since.unwrap_or(first).max(first), query.until.unwrap_or(last).max(first))
}

/// Converts a row of the table `movies` of a backup to a record.
pub fn movie_from_backup(row: &Map<String, Value>) -> Result<MovieRecord> {
    fn field<T: DeserializeOwned>(row: &Map<String, Value>, name: &str) -> Result<T> {
        let value = row.get(name).cloned().unwrap_or_default();
        serde_json::from_value(value).map_err(|e| StoreError::Other(format!("{name}: {e}")))
    }
    Ok(MovieRecord {
        id: field(row, "id")?,
        title: field(row, "title")?,
        description: field(row, "description")?,
        year: field(row, "year")?,
        genres: field(row, "genres")?,
        directors: field(row, "directors")?,
        cast: field(row, "actors")?,
        episode: Some(Episode {
            series: field(row, "series")?,
            season: field(row, "season")?,
            number: field(row, "episode")?,
        })
        .filter(|episode| !episode.is_empty()),
        media: field(row, "media")?,
        version: field(row, "version")?,
        created_at: field(row, "created_at")?,
        updated_at: field(row, "updated_at")?,
    })
}

/// Returns the key that a row of a backup with a title is sorted by.
pub fn title_key_from_backup(row: &Map<String, Value>) -> String {
    normalize::sort_key(row.get("title").and_then(Value::as_str).unwrap_or_default())
}

/// Creates the error for a value in the database that this server would not have written.
pub fn corrupt(why: impl std::fmt::Display) -> StoreError {
    StoreError::Other(format!("the database contains an invalid value: {why}"))
}
