//! Playlists (RFC 8216 and draft-pantos-hls-rfc8216bis).

mod language;
mod master;
mod media;
mod texts;

use std::fmt::Write;

pub use self::master::{MasterOptions, master};
pub use self::media::media;
pub(crate) use self::media::text;
pub use self::texts::{TextRendition, unique_names};

/// The version of HLS that the playlists need (RFC 8216, section 7): `EXT-X-MAP` without `EXT-X-I-FRAMES-ONLY` needs 6, and
/// 7 is what players of CMAF expect.
const VERSION: u32 = 7;

/// What is added to each URI of a playlist, such as the query of a signed link.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UriSuffix(String);

impl UriSuffix {
    /// Returns a suffix; `None` if a URI cannot contain it.
    pub fn new(suffix: &str) -> Option<Self> {
        let is_allowed = |byte: u8| byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte);
        suffix.bytes().all(is_allowed).then(|| Self(suffix.to_owned()))
    }
}

impl std::fmt::Display for UriSuffix {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Makes a text fit for a quoted string (RFC 8216, section 4.2): without quotation marks and control characters.
fn quoted(text: &str) -> String {
    let allowed = |c: char| match c {
        '"' => '\'',
        c if c.is_control() => ' ',
        c => c,
    };
    format!("\"{}\"", text.chars().map(allowed).collect::<String>())
}

/// Appends to a line.
fn push(line: &mut String, text: std::fmt::Arguments<'_>) {
    let _ = line.write_fmt(text); // writing to a string does not fail
}

/// Writes an enumerated string (RFC 8216, section 4.2).
fn yes(is_so: bool) -> &'static str {
    if is_so { "YES" } else { "NO" }
}

/// Returns this name, or one like it that is not among `names`.
fn unique_name(name: String, names: &[String]) -> String {
    if !names.contains(&name) {
        return name;
    }
    // At most as many names are taken as there are.
    let numbered = (2..).map(|count| format!("{name} ({count})"));
    numbered.take(names.len() + 1).find(|name| !names.contains(name)).unwrap_or(name)
}

#[cfg(test)]
pub(crate) mod tests;
