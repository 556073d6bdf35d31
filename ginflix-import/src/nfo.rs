//! NFO files: what Kodi and Jellyfin store beside a media file.
//!
//! The content is XML with the root `<movie>`, `<episodedetails>` or `<tvshow>`. A URL of a database may follow it, or be all that there is;
//! it is not read. A file of several episodes has a root for each; the first one counts, and the number of the last one.
//!
//! The encoding is that of a byte order mark, else that of the XML declaration, else it is recognized as that of a subtitle file.
//! A document type declaration is skipped, so no entity of its own is expanded. Entities are those of HTML, and an ampersand that
//! begins none stands for itself.

mod error;
mod fields;
mod parse;

use encoding_rs::{Encoding, UTF_8};

pub use self::error::{Error, Result};

/// The most bytes of an NFO file.
pub const FILE_LIMIT_BYTES: usize = 1 << 20;
/// The most elements within each other.
pub const DEPTH_LIMIT: usize = 32;
/// The most elements of a file. The largest ones have some thousand, for hundreds of actors.
pub const ELEMENTS_LIMIT: usize = 20_000;

/// What an NFO file describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `<movie>`.
    Movie,
    /// `<episodedetails>`.
    Episode,
    /// `<tvshow>`.
    Series,
}

/// The content of an NFO file. All texts are within the limits of [`ginflix_api::movie`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nfo {
    /// What it describes.
    pub kind: Kind,
    /// `<title>`.
    pub title: Option<String>,
    /// `<originaltitle>`.
    pub original_title: Option<String>,
    /// `<sorttitle>`.
    pub sort_title: Option<String>,
    /// `<plot>`, else `<outline>`.
    pub description: Option<String>,
    /// `<year>`, else the year of `<premiered>`, `<releasedate>` or `<aired>`, within [`ginflix_api::movie::YEARS`].
    pub year: Option<u16>,
    /// Each `<genre>`, which may have several with ` / ` between them.
    pub genres: Vec<String>,
    /// Each `<director>`, likewise.
    pub directors: Vec<String>,
    /// The `<name>` of each `<actor>`.
    pub cast: Vec<String>,
    /// `<season>`; 0 is that of specials.
    pub season: Option<u16>,
    /// `<episode>`: of an episode its number.
    pub episode: Option<u16>,
    /// The number of the last episode, if the file describes several.
    pub last_episode: Option<u16>,
    /// `<showtitle>`: of an episode the title of its series.
    pub series: Option<String>,
    /// `<runtime>` in minutes.
    pub runtime_minutes: Option<u32>,
    /// Each `<uniqueid>`, in the order of the file.
    pub unique_ids: Vec<UniqueId>,
}

/// The id of a movie in a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UniqueId {
    /// The database, such as `imdb`; may be empty.
    pub database: String,
    /// The id there.
    pub value: String,
}

/// Reads the content of an NFO file. `None` if it has no element, and so is empty or only a URL.
///
/// # Errors
/// The file is too large, describes something else, or is not XML that can be read. Faults after the first root are ignored.
pub fn read(bytes: &[u8]) -> Result<Option<Nfo>> {
    if bytes.len() > FILE_LIMIT_BYTES {
        return Err(Error::TooLarge(bytes.len()));
    }
    let text = decode(bytes);
    if text.contains('<') { parse::parse(&text) } else { Ok(None) }
}

fn decode(bytes: &[u8]) -> String {
    let declared = declared_encoding(bytes).filter(|encoding| *encoding != UTF_8);
    if let (None, Some(encoding)) = (Encoding::for_bom(bytes), declared) {
        return encoding.decode_without_bom_handling(bytes).0.into_owned();
    }
    // Its only error is a size that is above the limit here.
    ginflix_subtitles::encoding::decode(bytes, None).map(|decoded| decoded.text).unwrap_or_default()
}

/// Returns the encoding that the XML declaration names. A declaration that can be read as ASCII is not in UTF-16.
fn declared_encoding(bytes: &[u8]) -> Option<&'static Encoding> {
    let declaration = bytes.trim_ascii_start().strip_prefix(b"<?xml")?;
    let end = declaration.iter().take(200).position(|byte| *byte == b'>')?;
    let declaration = std::str::from_utf8(declaration.get(..end)?).ok()?;
    let (_, value) = declaration.split_once("encoding")?;
    let value = value.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    let label = value.get(1..)?.split(quote).next()?;
    Encoding::for_label(label.as_bytes()).filter(|encoding| encoding.is_ascii_compatible())
}

#[cfg(test)]
mod tests;
