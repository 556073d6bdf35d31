//! How times, ids and lists stand in columns.

use ginflix_api::media::MediaName;
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::catalog::store::{Result, StoreError};

/// A time as microseconds.
pub fn micros(time: Timestamp) -> i64 {
    time.as_microsecond()
}

/// The time of so many microseconds.
pub fn time(micros: i64) -> Result<Timestamp> {
    Timestamp::from_microsecond(micros).map_err(damaged)
}

/// A list as JSON.
pub fn json<T: Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(damaged)
}

/// The list of that JSON.
pub fn from_json<T: DeserializeOwned>(json: String) -> Result<T> {
    serde_json::from_str(&json).map_err(damaged)
}

/// The name of a file.
pub fn media_name(name: String) -> Result<MediaName> {
    name.parse().map_err(damaged)
}

fn damaged(why: impl std::fmt::Display) -> StoreError {
    StoreError::Other(format!("a value that was not written by us: {why}"))
}
