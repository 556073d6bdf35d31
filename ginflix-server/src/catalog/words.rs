//! Enumerations as the words that both databases keep: those of the wire.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::store::{Result, StoreError};

/// The word of a value.
pub fn to_word<T: Serialize>(value: &T) -> Result<String> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => Ok(word),
        other => Err(StoreError::Other(format!("no word: {other:?}"))),
    }
}

/// The value of a word.
pub fn from_word<T: DeserializeOwned>(word: String) -> Result<T> {
    serde_json::from_value(serde_json::Value::String(word))
        .map_err(|e| StoreError::Other(format!("unknown word in the database: {e}")))
}
