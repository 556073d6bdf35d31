//! From the text of one setting to its value.

use std::str::FromStr;
use std::time::Duration;

/// A setting that cannot be: names the key, so that it can be found.
#[derive(Debug, thiserror::Error)]
#[error("setting `{key}`: {why}")]
pub struct InvalidSetting {
    /// The setting.
    pub key: &'static str,
    /// What is wrong with it, and what would be right.
    pub why: String,
}

/// Says so of a setting.
pub fn invalid(key: &'static str, why: impl ToString) -> InvalidSetting {
    InvalidSetting { key, why: why.to_string() }
}

/// The text of a setting as what is `wanted`.
///
/// # Errors
/// Where it is none.
pub fn parse<T: FromStr>(key: &'static str, text: &str, wanted: &str) -> Result<T, InvalidSetting> {
    text.parse().map_err(|_| invalid(key, format!("{text:?} is not {wanted}")))
}

/// A whole number of at least `least`.
///
/// # Errors
/// Where the text is none.
pub fn number(
    key: &'static str,
    text: Option<String>,
    default: u64,
    least: u64,
) -> Result<u64, InvalidSetting> {
    let Some(text) = text else { return Ok(default) };
    match text.parse() {
        Ok(n) if n >= least => Ok(n),
        _ => Err(invalid(key, format!("{text:?} is not a whole number of at least {least}"))),
    }
}

/// At least a second, at most a year.
///
/// # Errors
/// Where the text is no such time.
pub fn hours(
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
            Err(invalid(key, format!("{text:?} is no number of hours from 0.0003 to 8784")))
        }
    }
}

/// What is between commas.
///
/// # Errors
/// Where a part is not what is `wanted`.
pub fn list<T: FromStr>(
    key: &'static str,
    text: Option<String>,
    wanted: &str,
) -> Result<Vec<T>, InvalidSetting> {
    let text = text.unwrap_or_default();
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    parts.map(|part| parse(key, part, wanted)).collect()
}
