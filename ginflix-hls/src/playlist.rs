//! Playlists (RFC 8216 and draft-pantos-hls-rfc8216bis).

mod master;
mod media;

pub use self::master::{MasterOptions, TextRendition, master};
pub use self::media::media;

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

#[cfg(test)]
mod tests;
