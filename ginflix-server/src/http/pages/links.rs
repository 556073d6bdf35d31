//! Links between pages.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// The characters to encode in a query value: all but `unreserved` of RFC 3986.
const QUERY_VALUE: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Builds a path with a query of the pairs whose values are not empty.
pub fn with_query(path: &str, pairs: &[(&str, &str)]) -> String {
    let mut link = path.to_owned();
    for (key, value) in pairs.iter().filter(|(_, value)| !value.is_empty()) {
        link.push(if link.len() == path.len() { '?' } else { '&' });
        link.push_str(key);
        link.push('=');
        link.extend(utf8_percent_encode(value, QUERY_VALUE));
    }
    link
}

/// Returns the path to go to after the log-in: `next` if it is a path of this site, else `/`.
///
/// To a browser, `//host` and `/\host` are URLs of other sites, and it removes tabs and line feeds
/// before it parses a URL.
pub fn same_site(next: &str) -> &str {
    let bytes = next.as_bytes();
    let is_path = bytes.first() == Some(&b'/') && !matches!(bytes.get(1), Some(b'/' | b'\\'));
    if is_path && !next.chars().any(char::is_control) { next } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_encoded_and_leave_out_empty_values() {
        assert_eq!(with_query("/", &[("q", ""), ("sort", "")]), "/");
        assert_eq!(
            with_query("/search", &[("q", "a&b=ü"), ("genre", ""), ("cursor", "x+/")]),
            "/search?q=a%26b%3D%C3%BC&cursor=x%2B%2F"
        );
    }

    #[test]
    fn log_in_leads_to_no_other_site() {
        for next in ["/", "/admin", "/search?q=a%20b", "/movies/1#x"] {
            assert_eq!(same_site(next), next);
        }
        for next in [
            "",
            "admin",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/\t/evil",
            "javascript:alert(1)",
        ] {
            assert_eq!(same_site(next), "/", "{next:?}");
        }
    }
}
