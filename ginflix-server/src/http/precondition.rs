//! `If-Match` and `If-None-Match` (RFC 9110, section 13) for resources with an entity tag.

use headers::{ETag, Header, HeaderMapExt, IfMatch, IfNoneMatch};
use warp::http::HeaderMap;
use warp::http::header::IF_MATCH;

use crate::delivery::conditional::matches_any_tag;
use crate::error::AppError;

/// Returns whether the client made its change conditional on the version that it has read.
pub fn has_if_match(headers: &HeaderMap) -> bool {
    headers.contains_key(IfMatch::name())
}

/// Compares `If-Match` with the current version; without the field, every version is accepted.
///
/// A tag is a version, `"5"`, or begins with one, `"5-1f"`: the rest tells apart representations of
/// the same version, such as other numbers of views, and does not prevent a change.
///
/// # Errors
/// Returns `PreconditionFailed` if the client has read another version, and `Invalid` if the field
/// is malformed.
pub fn require_version(headers: &HeaderMap, version: u64) -> Result<(), AppError> {
    let version = version.to_string();
    let has_version = |tag: &[u8]| {
        // A weak tag (`W/"5"`) never matches, because RFC 9110, section 13.1.1, requires the strong
        // comparison.
        let inside = tag.strip_prefix(b"\"").unwrap_or_default();
        let end = inside.iter().position(|b| matches!(b, b'-' | b'"'));
        end.is_some_and(|end| &inside[..end] == version.as_bytes())
    };
    match read::<IfMatch>(headers, "if-match")? {
        Some(_) if !matches_any_tag(headers, &IF_MATCH, has_version) => {
            Err(AppError::PreconditionFailed)
        }
        _ => Ok(()),
    }
}

/// Returns whether `If-None-Match` contains the current tag, so that the client has the content.
///
/// # Errors
/// Returns `Invalid` if the field is malformed.
pub fn is_not_modified(headers: &HeaderMap, tag: &str) -> Result<bool, AppError> {
    let if_none_match = read::<IfNoneMatch>(headers, "if-none-match")?;
    Ok(match if_none_match {
        Some(tags) => !tags.precondition_passes(&parse(tag)?),
        None => false,
    })
}

fn read<H: Header>(headers: &HeaderMap, field: &'static str) -> Result<Option<H>, AppError> {
    headers
        .typed_try_get()
        .map_err(|_| AppError::invalid(field, "must be * or a list of entity tags such as \"1\""))
}

fn parse(tag: &str) -> Result<ETag, AppError> {
    tag.parse().map_err(|_| AppError::internal(format!("{tag} is not an entity tag")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use warp::http::HeaderValue;

    fn with(name: &'static str, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name.parse().unwrap(), HeaderValue::from_static(value))])
    }

    #[test]
    fn a_change_needs_the_version_it_names() {
        let passes = |value| require_version(&with("if-match", value), 5);
        assert!(passes("\"5\"").is_ok());
        assert!(passes("\"4\", \"5\"").is_ok());
        assert!(passes("*").is_ok());
        assert!(passes("\"5-ab\"").is_ok());
        for other in ["\"4\"", "W/\"5\"", "\"55\"", "\"55-5\"", "\"4-5\"", "\"\""] {
            assert!(matches!(passes(other), Err(AppError::PreconditionFailed)), "{other}");
        }
        assert!(passes("5").is_err());
        assert!(require_version(&HeaderMap::new(), 5).is_ok());
    }

    #[test]
    fn a_tag_that_the_client_has_is_not_modified() {
        let has = |value| is_not_modified(&with("if-none-match", value), "\"5\"").unwrap();
        assert!(has("\"5\"") && has("W/\"5\"") && has("*") && has("\"1\", \"5\""));
        assert!(!has("\"4\""));
        assert!(!is_not_modified(&HeaderMap::new(), "\"5\"").unwrap());
    }
}
