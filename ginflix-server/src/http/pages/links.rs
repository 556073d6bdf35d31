//! Links from page to page.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What a query value keeps as it is: RFC 3986 `unreserved`.
const VALUE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A path with a query of those pairs that have a value.
pub fn with_query(path: &str, pairs: &[(&str, &str)]) -> String {
    let mut link = path.to_owned();
    for (key, value) in pairs.iter().filter(|(_, value)| !value.is_empty()) {
        link.push(if link.len() == path.len() { '?' } else { '&' });
        link.push_str(key);
        link.push('=');
        link.extend(utf8_percent_encode(value, VALUE));
    }
    link
}

/// Where to go after the log-in: only to a path of this site, else to `/`.
///
/// `//host` and `/\host` are addresses of other sites to a browser, which also
/// drops tabs and line ends before it looks.
pub fn same_site(next: &str) -> &str {
    let bytes = next.as_bytes();
    let is_path = bytes.first() == Some(&b'/') && !matches!(bytes.get(1), Some(b'/' | b'\\'));
    if is_path && !next.chars().any(char::is_control) { next } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_encoded_and_leave_out_what_is_empty() {
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
