//! Reads a subtitle file of any of the formats.

use crate::cue::Cue;
use crate::format::{self, Format};
use crate::problem::Problem;
use crate::{Error, Result, ass, encoding, subrip, webvtt};

/// The content of a subtitle file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subtitles {
    /// The format of the file.
    pub format: Format,
    /// The name of its encoding (Encoding Standard), such as `windows-1251`.
    pub encoding: &'static str,
    /// Its cues, sorted by their start, at least one.
    pub cues: Vec<Cue>,
    /// What was wrong with it, in sentences for people.
    pub problems: Vec<Problem>,
}

/// Reads a subtitle file. `language`, a language tag (BCP 47), is a hint for its encoding.
///
/// # Errors
/// The file is too large, its format is not known, or it has no cue that can be read.
pub fn read(bytes: &[u8], language: Option<&str>) -> Result<Subtitles> {
    if bytes.len() <= encoding::FILE_LIMIT_BYTES
        && let Some(other) = format::recognize_binary(bytes)
    {
        return Err(Error::Unsupported(other));
    }
    let decoded = encoding::decode(bytes, language)?;
    let text = decoded.text.trim_start_matches('\u{feff}');
    if text.trim().is_empty() {
        return Err(Error::Empty);
    }
    let format = format::recognize(text).map_err(|other| match other {
        Some(other) => Error::Unsupported(other),
        None => Error::UnknownFormat,
    })?;
    let (cues, mut problems) = match format {
        Format::SubRip => subrip::read(text),
        Format::WebVtt => webvtt::read(text),
        Format::Ssa | Format::Ass => ass::read(text),
    };
    if cues.is_empty() {
        return Err(Error::NoCues);
    }
    if decoded.undecodable > 0 {
        let encoding = decoded.encoding;
        problems.insert(0, Problem::Undecodable { count: decoded.undecodable, encoding });
    }
    Ok(Subtitles { format, encoding: decoded.encoding, cues, problems })
}

#[cfg(test)]
mod tests;
