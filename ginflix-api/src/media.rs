//! Media files on the streamers' volumes, and their names.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark, is_nfc};
use uuid::Uuid;

use crate::inspection::Inspection;

/// The most bytes (of UTF-8) a media name may have.
///
/// Common file systems allow 255 bytes. The difference is left for the suffixes of
/// temporary files.
pub const MAX_NAME_BYTES: usize = 200;

/// The most bytes (of UTF-8) of the original name of a file: file systems allow 255 characters of up to 4 bytes.
pub const MAX_ORIGINAL_NAME_BYTES: usize = 1_020;

/// The unique name of a media file, such as `film.mp4`.
///
/// It has at most [`MAX_NAME_BYTES`] bytes. It consists of letters of any script,
/// digits, spaces and `-_.()[]`, and ends with an extension of 1 to 10 ASCII letters
/// and digits. It is in Unicode normal form C, so that names that look the same are
/// the same. It neither starts with a dot nor contains two dots in a row, so it is
/// always a single path segment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(
    feature = "schema",
    schema(
        min_length = 3,
        max_length = 200,
        pattern = r"^[^./\\][^/\\]*\.[A-Za-z0-9]{1,10}$",
        examples("film.mp4")
    )
)]
pub struct MediaName(String);

/// The reason why a text is not a valid media name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidMediaName {
    /// The text is empty.
    #[error("a media name cannot be empty")]
    Empty,
    /// The text has this many bytes, more than [`MAX_NAME_BYTES`].
    #[error("a media name has at most {MAX_NAME_BYTES} bytes; this one has {0}")]
    TooLong(usize),
    /// The text has a character that is not allowed.
    #[error("a media name may have letters, digits, spaces and -_.()[], but not {0:?}")]
    Character(char),
    /// The text starts with a dot, which would hide the file, or has two dots in a row.
    #[error("a media name may not start with a dot or have two dots in a row")]
    Dots,
    /// The text has a space at the start or the end.
    #[error("a media name may not start or end with a space")]
    Spaces,
    /// The text has no extension, from which the content type is derived.
    #[error("a media name needs an extension, such as .mp4")]
    Extension,
    /// The text is not in Unicode normal form C, or starts with a combining mark.
    #[error("a media name must be in Unicode normal form C, and not start with an accent")]
    Form,
}

impl MediaName {
    /// Returns the name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the part after the last dot, in its original case.
    pub fn extension(&self) -> &str {
        self.0.rsplit('.').next().unwrap_or_default()
    }

    /// Returns the part before the extension, without the dot.
    pub fn stem(&self) -> &str {
        self.0.rsplit_once('.').map_or("", |(stem, _)| stem)
    }

    /// Converts a file's name to the most similar valid name: it is normalized
    /// to form C (macOS uses form D), and each run of characters that are not
    /// allowed becomes one `_`.
    ///
    /// # Errors
    /// Fails if the result is still not valid, for example without an extension.
    pub fn nearest(file_name: &str) -> Result<Self, InvalidMediaName> {
        let mut name = String::with_capacity(file_name.len());
        for c in file_name.nfc() {
            let replaced = if is_legal(c) { c } else { '_' };
            let repeats = (replaced == '_' && c != '_' && name.ends_with('_'))
                || (replaced == '.' && name.ends_with('.'));
            if !repeats {
                name.push(replaced);
            }
        }
        // All in one, so that the nearest name of a name is itself.
        let cannot_be_first = |c: char| " _.".contains(c) || is_combining_mark(c);
        name.trim_start_matches(cannot_be_first).trim_end_matches([' ', '_']).parse()
    }

    /// Extracts the name from a URL with the path `/stream/NAME`, or from such a path.
    ///
    /// # Errors
    /// Fails if the path is another one, or `NAME` is not a valid name.
    pub fn from_link(link: &str) -> Result<Self, InvalidMediaName> {
        let path = match url::Url::parse(link) {
            Ok(url) => url.path().to_owned(),
            Err(_) => link.to_owned(),
        };
        let encoded = path.strip_prefix("/stream/").ok_or(InvalidMediaName::Empty)?;
        Self::from_path_segment(encoded)
    }

    /// Parses a percent-encoded path segment.
    ///
    /// # Errors
    /// Fails if the decoded text is not a valid name.
    pub fn from_path_segment(segment: &str) -> Result<Self, InvalidMediaName> {
        percent_encoding::percent_decode_str(segment)
            .decode_utf8()
            .map_err(|_| InvalidMediaName::Character(char::REPLACEMENT_CHARACTER))?
            .parse()
    }
}

/// Tells whether a media name may contain this character.
fn is_legal(c: char) -> bool {
    c.is_alphanumeric() || is_combining_mark(c) || " -_.()[]".contains(c)
}

impl FromStr for MediaName {
    type Err = InvalidMediaName;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        use InvalidMediaName as E;
        if name.is_empty() {
            return Err(E::Empty);
        }
        if name.len() > MAX_NAME_BYTES {
            return Err(E::TooLong(name.len()));
        }
        if let Some(c) = name.chars().find(|c| !is_legal(*c)) {
            return Err(E::Character(c));
        }
        if name.starts_with('.') || name.contains("..") {
            return Err(E::Dots);
        }
        if name.starts_with(' ') || name.ends_with(' ') {
            return Err(E::Spaces);
        }
        if !is_nfc(name) || name.starts_with(is_combining_mark) {
            return Err(E::Form);
        }
        let extension = name.rsplit_once('.').map(|(_, extension)| extension);
        match extension {
            Some(e)
                if (1..=10).contains(&e.len()) && e.bytes().all(|b| b.is_ascii_alphanumeric()) =>
            {
                Ok(Self(name.to_owned()))
            }
            _ => Err(E::Extension),
        }
    }
}

impl TryFrom<String> for MediaName {
    type Error = InvalidMediaName;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        name.parse()
    }
}

impl From<MediaName> for String {
    fn from(name: MediaName) -> Self {
        name.0
    }
}

impl fmt::Display for MediaName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A media file and its metadata.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Media {
    /// The unique name of the file.
    pub name: MediaName,
    /// The name that the file had where it came from, such as `What's "it"?.mp4`; `null` if it is not known. It may have any
    /// characters but a slash and NUL.
    #[serde(default)]
    pub file_name: Option<String>,
    /// The size of the file in bytes.
    pub size_bytes: u64,
    /// The SHA-256 of the content, as 64 hexadecimal digits; `null` for a file of a library, which is never read as a whole.
    #[cfg_attr(feature = "schema", schema(pattern = "^[0-9a-f]{64}$"))]
    pub sha256: Option<String>,
    /// The content type, derived from the extension, such as `video/mp4`.
    pub content_type: String,
    /// The play time in seconds; `null` if the file does not state it.
    pub duration_seconds: Option<f64>,
    /// What is in the file; `null` until a streamer has inspected it.
    #[serde(default)]
    pub inspection: Option<Inspection>,
    /// The time when the file was published.
    pub created_at: Timestamp,
    /// The library that the file is in; `null` for a file on the streamers' volumes.
    #[serde(default)]
    pub library: Option<Uuid>,
    /// The time since which the file is gone from its library; `null` if it is there.
    #[serde(default)]
    pub missing_since: Option<Timestamp>,
    /// The URL path that the file is streamed from, such as `/stream/film.mp4`.
    pub stream_path: String,
}

impl Media {
    /// Returns whether the content has this SHA-256.
    pub fn has_sha256(&self, sha256: &str) -> bool {
        self.sha256.as_deref() == Some(sha256)
    }

    /// Returns the name to guess a title from: the original one if it is known.
    pub fn original_name(&self) -> &str {
        self.file_name.as_deref().unwrap_or(self.name.as_str())
    }
}

/// Returns whether a text can be the name of a file: it is not empty, has at most [`MAX_ORIGINAL_NAME_BYTES`], no slash and no NUL.
pub fn is_file_name(text: &str) -> bool {
    !text.is_empty() && text.len() <= MAX_ORIGINAL_NAME_BYTES && !text.contains(['/', '\0'])
}

/// Selects a page of media files.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::IntoParams))]
#[serde(deny_unknown_fields, default)]
pub struct MediaQuery {
    /// Entries per page, 1 to 200; 50 if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", param(minimum = 1, maximum = 200))]
    pub limit: Option<u32>,
    /// The `next_cursor` of the previous page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn valid_names_are_accepted() {
        let long = format!("{}.mp4", "a".repeat(MAX_NAME_BYTES - 4));
        for name in
            ["film.mp4", "Ein Film (2024) [HD]_x-1.webm", "фильм.mkv", "映画.mp4", "été.mp4", &long]
        {
            assert_eq!(name.parse::<MediaName>().map(String::from).as_deref(), Ok(name));
        }
    }

    #[test]
    fn an_invalid_name_says_why() {
        use InvalidMediaName as E;
        let cases = [
            ("", E::Empty),
            ("a/b.mp4", E::Character('/')),
            ("a\\b.mp4", E::Character('\\')),
            ("..", E::Dots),
            ("a..mp4", E::Dots),
            (".hidden.mp4", E::Dots),
            ("nul\0.mp4", E::Character('\0')),
            ("line\n.mp4", E::Character('\n')),
            ("🎬.mp4", E::Character('🎬')),
            ("right\u{202e}4pm.mp4", E::Character('\u{202e}')),
            (" film.mp4", E::Spaces),
            ("film", E::Extension),
            ("film.", E::Extension),
            ("film.mp4 ", E::Spaces),
            ("e\u{301}te.mp4", E::Form),
        ];
        for (name, why) in cases {
            assert_eq!(name.parse::<MediaName>(), Err(why), "{name:?}");
        }
        assert_eq!("a".repeat(300).parse::<MediaName>(), Err(E::TooLong(300)));
    }

    #[test]
    fn nearest_replaces_characters_that_are_not_allowed() {
        let cases = [
            ("e\u{301}te\u{301}.mp4", "été.mp4"),
            ("My: film?.mp4", "My_ film_.mp4"),
            ("🎬🎬 film.mp4", "film.mp4"),
            ("wait...what.mp4", "wait.what.mp4"),
            ("®._\u{301}a.mp4", "a.mp4"),
        ];
        for (file, name) in cases {
            assert_eq!(MediaName::nearest(file).map(String::from).as_deref(), Ok(name));
        }
        assert!(MediaName::nearest("README").is_err());
    }

    #[test]
    fn the_name_is_extracted_from_links() {
        for link in [
            "http://host/stream/a%20b.mp4",
            "https://host:1/stream/a%20b.mp4?x=1",
            "/stream/a%20b.mp4",
        ] {
            assert_eq!(MediaName::from_link(link).map(String::from).as_deref(), Ok("a b.mp4"));
        }
        for link in [
            "http://host/film.mp4",
            "film.mp4",
            "/stream/",
            "/stream/..%2fx.mp4",
            "/stream/a/b.mp4",
        ] {
            assert!(MediaName::from_link(link).is_err(), "{link}");
        }
    }

    proptest! {
        #[test]
        fn a_legal_name_is_one_safe_path_segment(name in "\\PC{0,220}") {
            if let Ok(legal) = name.parse::<MediaName>() {
                prop_assert_eq!(std::path::Path::new(legal.as_str()).components().count(), 1);
                prop_assert!(!legal.as_str().starts_with('.'));
                let segment = crate::paths::stream(&legal);
                prop_assert_eq!(MediaName::from_link(&segment), Ok(legal));
            }
        }

        #[test]
        fn nearest_is_legal_or_an_error(name in "\\PC{0,220}") {
            if let Ok(nearest) = MediaName::nearest(&name) {
                prop_assert_eq!(nearest.as_str().parse::<MediaName>(), Ok(nearest.clone()));
                prop_assert_eq!(MediaName::nearest(nearest.as_str()), Ok(nearest));
            }
        }
    }
}
