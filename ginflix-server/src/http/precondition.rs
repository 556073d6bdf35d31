//! `If-Match` and `If-None-Match` (RFC 9110, section 13) for things with a tag.

use headers::{ETag, Header, HeaderMapExt, IfMatch, IfNoneMatch};
use warp::http::HeaderMap;
use warp::http::header::IF_MATCH;

use crate::delivery::conditional::matches_any_tag;
use crate::error::AppError;

/// Whether a change is tied to what the client has read.
pub fn has_if_match(headers: &HeaderMap) -> bool {
    headers.contains_key(IfMatch::name())
}

/// Holds `If-Match` against the present version; without it anything goes. A
/// tag is a version, `"5"`, or begins with one, `"5-1f"`: what else changed
/// since is in nobody's way.
///
/// # Errors
/// `PreconditionFailed` where the client has read another version.
pub fn require_version(headers: &HeaderMap, version: u64) -> Result<(), AppError> {
    let version = version.to_string();
    let of_version = |tag: &[u8]| {
        let inside = tag.strip_prefix(b"\"").unwrap_or_default();
        let end = inside.iter().position(|b| matches!(b, b'-' | b'"'));
        end.is_some_and(|end| &inside[..end] == version.as_bytes())
    };
    match read::<IfMatch>(headers, "if-match")? {
        Some(_) if !matches_any_tag(headers, &IF_MATCH, of_version) => {
            Err(AppError::PreconditionFailed)
        }
        _ => Ok(()),
    }
}

/// Whether `If-None-Match` names the present tag: nothing needs to be sent.
pub fn has_it_already(headers: &HeaderMap, tag: &str) -> Result<bool, AppError> {
    let asked = read::<IfNoneMatch>(headers, "if-none-match")?;
    Ok(match asked {
        Some(asked) => !asked.precondition_passes(&parse(tag)?),
        None => false,
    })
}

fn read<H: Header>(headers: &HeaderMap, field: &'static str) -> Result<Option<H>, AppError> {
    headers
        .typed_try_get()
        .map_err(|_| AppError::invalid(field, "must be * or a list of entity tags such as \"1\""))
}

fn parse(tag: &str) -> Result<ETag, AppError> {
    tag.parse().map_err(|_| AppError::internal(format!("{tag} is no entity tag")))
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
    fn what_the_client_has_is_not_sent() {
        let has = |value| has_it_already(&with("if-none-match", value), "\"5\"").unwrap();
        assert!(has("\"5\"") && has("W/\"5\"") && has("*") && has("\"1\", \"5\""));
        assert!(!has("\"4\""));
        assert!(!has_it_already(&HeaderMap::new(), "\"5\"").unwrap());
    }
}
