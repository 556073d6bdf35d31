//! Downloads: a request with `download=true` in its query gets the media file to save it, under its original name (RFC 6266).

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// The query that requests it.
pub const DOWNLOAD_QUERY: &str = "download=true";

/// The characters that are encoded in an extended parameter: all but `attr-char` of RFC 8187, section 3.2.1.
const EXTENDED_VALUE: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'!')
    .remove(b'#')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b'-')
    .remove(b'.')
    .remove(b'^')
    .remove(b'_')
    .remove(b'`')
    .remove(b'|')
    .remove(b'~');

/// Returns whether the query of a request asks for a download.
pub fn is_requested(query: &str) -> bool {
    query.split('&').any(|pair| matches!(pair, DOWNLOAD_QUERY | "download=1" | "download"))
}

/// Returns the URL of a media file, which may be a signed link, with the query that requests a download.
pub fn url(stream: &str) -> String {
    let separator = if stream.contains('?') { '&' } else { '?' };
    format!("{stream}{separator}{DOWNLOAD_QUERY}")
}

/// Returns the value of `Content-Disposition` for a file of this name, which may have any characters.
///
/// Clients that do not know `filename*` get a name of visible ASCII characters, without those that some of them decode or
/// treat specially.
pub fn content_disposition(name: &str) -> String {
    let plain = |c: char| {
        let is_plain = (c.is_ascii_graphic() || c == ' ') && !"\"\\%/".contains(c);
        if is_plain { c } else { '_' }
    };
    let fallback: String = name.chars().map(plain).collect();
    let extended = utf8_percent_encode(name, EXTENDED_VALUE);
    format!("attachment; filename=\"{fallback}\"; filename*=UTF-8''{extended}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_download_is_requested_by_a_pair_of_the_query() {
        for query in ["download=true", "download=1", "download", "expires=1&download=true&a=b"] {
            assert!(is_requested(query), "{query}");
        }
        for query in ["", "download=false", "download=0", "xdownload=true", "a=download"] {
            assert!(!is_requested(query), "{query}");
        }
        assert_eq!(url("/stream/a.mp4"), "/stream/a.mp4?download=true");
        assert_eq!(url("/stream/a.mp4?expires=1"), "/stream/a.mp4?expires=1&download=true");
    }

    #[test]
    fn names_are_encoded_and_have_a_plain_form() {
        for (name, expected) in [
            ("a film.mp4", "filename=\"a film.mp4\"; filename*=UTF-8''a%20film.mp4"),
            (
                "Été: \"1\"?.mkv",
                "filename=\"_t_: _1_?.mkv\"; filename*=UTF-8''%C3%89t%C3%A9%3A%20%221%22%3F.mkv",
            ),
            ("100%41.mp4", "filename=\"100_41.mp4\"; filename*=UTF-8''100%2541.mp4"),
            (
                "a\r\nX: y\\.mp4",
                "filename=\"a__X: y_.mp4\"; filename*=UTF-8''a%0D%0AX%3A%20y%5C.mp4",
            ),
            ("映画.mp4", "filename=\"__.mp4\"; filename*=UTF-8''%E6%98%A0%E7%94%BB.mp4"),
            (
                "it's (1)*.mp4",
                "filename=\"it's (1)*.mp4\"; filename*=UTF-8''it%27s%20%281%29%2A.mp4",
            ),
        ] {
            assert_eq!(content_disposition(name), format!("attachment; {expected}"), "{name:?}");
        }
    }
}
