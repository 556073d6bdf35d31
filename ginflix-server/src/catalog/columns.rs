//! Forms of values in the columns of either database.

use ginflix_api::media::MediaName;
use ginflix_api::views::ViewQuery;
use jiff::civil::{Date, date};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::store::{MovieRecord, Result, StoreError};

/// The word of an enumeration's value, which is the same as in the JSON of the API.
pub fn to_word<T: Serialize>(value: &T) -> Result<String> {
    match serde_json::to_value(value) {
        Ok(Value::String(word)) => Ok(word),
        other => Err(damaged(format!("{other:?} is no word"))),
    }
}

/// The enumeration's value of a word.
pub fn from_word<T: DeserializeOwned>(word: String) -> Result<T> {
    serde_json::from_value(Value::String(word)).map_err(damaged)
}

/// A value as JSON.
pub fn to_json<T: Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(damaged)
}

/// The value of that JSON.
pub fn from_json<T: DeserializeOwned>(json: String) -> Result<T> {
    serde_json::from_str(&json).map_err(damaged)
}

/// The name of a file.
pub fn media_name(name: String) -> Result<MediaName> {
    name.parse().map_err(damaged)
}

/// First and last day of a report, as far as both databases can count.
pub fn days(query: &ViewQuery) -> (Date, Date) {
    let (first, last) = (date(1, 1, 1), date(9999, 12, 31));
    (query.since.unwrap_or(first).max(first), query.until.unwrap_or(last).max(first))
}

/// The movie of a row that a backup carries.
pub fn carried_movie(row: &Map<String, Value>) -> Result<MovieRecord> {
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
        media: field(row, "media")?,
        version: field(row, "version")?,
        created_at: field(row, "created_at")?,
        updated_at: field(row, "updated_at")?,
    })
}

/// The error of a value that the server would not have written.
pub fn damaged(why: impl std::fmt::Display) -> StoreError {
    StoreError::Other(format!("a value of the database cannot be: {why}"))
}
