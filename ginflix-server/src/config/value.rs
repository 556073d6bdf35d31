//! Conversion of the text of a single setting.

use std::str::FromStr;
use std::time::Duration;

/// A setting that is missing or invalid.
#[derive(Debug, thiserror::Error)]
#[error("setting `{key}`: {why}")]
pub struct InvalidSetting {
    /// The name of the setting in the TOML file; its flag has `-` instead of `_`.
    pub key: &'static str,
    /// What is wrong, and what would be valid.
    pub why: String,
}

pub(super) fn invalid(key: &'static str, why: impl ToString) -> InvalidSetting {
    InvalidSetting { key, why: why.to_string() }
}

/// Parses a value; `expected` describes valid ones, such as "a host and port".
pub(super) fn parse<T: FromStr>(
    key: &'static str,
    text: &str,
    expected: &str,
) -> Result<T, InvalidSetting> {
    text.parse().map_err(|_| invalid(key, format!("{text:?} is not {expected}")))
}

/// Parses a whole number of at least `min`.
pub(super) fn number(
    key: &'static str,
    text: Option<String>,
    default: u64,
    min: u64,
) -> Result<u64, InvalidSetting> {
    let Some(text) = text else { return Ok(default) };
    match text.parse() {
        Ok(n) if n >= min => Ok(n),
        _ => Err(invalid(key, format!("{text:?} is not a whole number of at least {min}"))),
    }
}

/// Parses a whole number of seconds, at least `min`.
pub(super) fn seconds(
    key: &'static str,
    text: Option<String>,
    default: u64,
    min: u64,
) -> Result<Duration, InvalidSetting> {
    Ok(Duration::from_secs(number(key, text, default, min)?))
}

/// Parses a decimal number of hours, from one second to 366 days.
pub(super) fn hours(
    key: &'static str,
    text: Option<String>,
    default: f64,
) -> Result<Duration, InvalidSetting> {
    let hours = text.as_ref().map_or(Ok(default), |text| text.parse());
    let seconds = hours.ok().map(|hours| hours * 3600.0);
    match seconds.filter(|seconds| (1.0..=366.0 * 86_400.0).contains(seconds)) {
        Some(seconds) => Ok(Duration::from_secs_f64(seconds)),
        None => {
            let text = text.unwrap_or_default();
            Err(invalid(key, format!("{text:?} is not a number of hours from 0.0003 to 8784")))
        }
    }
}

/// Parses a list that is separated by commas.
pub(super) fn list<T: FromStr>(
    key: &'static str,
    text: Option<String>,
    expected: &str,
) -> Result<Vec<T>, InvalidSetting> {
    let text = text.unwrap_or_default();
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    parts.map(|part| parse(key, part, expected)).collect()
}
