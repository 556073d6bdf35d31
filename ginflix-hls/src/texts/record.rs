//! The form in which texts are stored.
//!
//! # Layout
//! Numbers of fixed size are big-endian; others are variable-length integers, as in the index. A record begins with a head of
//! 20 bytes: the magic bytes, the version, and the length and the CRC-32 of the content that follows. The content is the number of
//! texts, and for each: the number of its track, a byte of flags, the language, the name, and the document, which is a file
//! of WebVTT. The three are a length and so many bytes of UTF-8.

use ginflix_media::source::u32_at;
use ginflix_subtitles::encoding::FILE_LIMIT_BYTES;
use ginflix_subtitles::{Cue, webvtt};

use super::{TextInfo, TextTrack};
use crate::error::{Error, Result};
use crate::varint;

/// The first bytes of a record.
const MAGIC: &[u8; 8] = b"GINFXTXT";
/// The version of the layout. A record of another version must be made again.
pub const VERSION: u32 = 1;
/// The bytes before the content.
const HEAD_BYTES: usize = 20;
/// The most bytes of a content.
const CONTENT_LIMIT_BYTES: usize = 64 << 20;
/// The most texts.
const TEXTS_LIMIT: u64 = 256;

/// The meaning of the bits of the flags.
mod flag {
    pub const DEFAULT: u8 = 1;
    pub const FORCED: u8 = 2;
    pub const HEARING_IMPAIRED: u8 = 4;
    /// The language is stated.
    pub const LANGUAGE: u8 = 8;
    /// The name is stated.
    pub const NAME: u8 = 16;
}

/// A text that was stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredText {
    /// The number that the container gives to the track.
    pub track: u64,
    /// What is known of it.
    pub info: TextInfo,
    /// The text as a file of WebVTT.
    pub document: String,
}

impl StoredText {
    /// Parses the document. The cues are sorted by their start.
    ///
    /// # Errors
    /// The document is no file of WebVTT with a cue.
    pub fn cues(&self) -> ginflix_subtitles::Result<Vec<Cue>> {
        Ok(ginflix_subtitles::read(self.document.as_bytes(), None)?.cues)
    }
}

/// Makes a record of texts. Those that [`read()`](super::read()) returns within the default limits are few and short enough for it.
pub fn encode(texts: &[TextTrack]) -> Vec<u8> {
    let mut content = Vec::new();
    varint::write(texts.len() as u64, &mut content);
    for TextTrack { track, info, cues, .. } in texts {
        let flags = [
            (flag::DEFAULT, info.is_default),
            (flag::FORCED, info.is_forced),
            (flag::HEARING_IMPAIRED, info.is_for_hearing_impaired),
            (flag::LANGUAGE, info.language.is_some()),
            (flag::NAME, info.name.is_some()),
        ];
        varint::write(*track, &mut content);
        content.push(flags.iter().filter(|(_, is_set)| *is_set).map(|(flag, _)| flag).sum());
        for text in [&info.language, &info.name] {
            write_text(text.as_deref().unwrap_or_default(), &mut content);
        }
        write_text(&webvtt::document(cues, 0), &mut content);
    }
    let mut record = MAGIC.to_vec();
    for value in [VERSION, content.len() as u32, crc32fast::hash(&content)] {
        record.extend(value.to_be_bytes());
    }
    record.extend(content);
    record
}

fn write_text(text: &str, to: &mut Vec<u8>) {
    varint::write(text.len() as u64, to);
    to.extend(text.as_bytes());
}

/// Reads a record.
///
/// # Errors
/// [`Error::Texts`] if it is no record of this version, or damaged.
pub fn decode(record: &[u8]) -> Result<Vec<StoredText>> {
    let Some((head, content)) =
        record.split_at_checked(HEAD_BYTES).filter(|(head, _)| head.starts_with(MAGIC))
    else {
        return Err(Error::Texts("they do not begin like a record"));
    };
    if u32_at(head, 8) != VERSION {
        return Err(Error::Texts("they have another version"));
    }
    let is_whole = u32_at(head, 12) as usize == content.len()
        && content.len() <= CONTENT_LIMIT_BYTES
        && u32_at(head, 16) == crc32fast::hash(content);
    let texts = if is_whole { decode_content(content) } else { None };
    texts.ok_or(Error::Texts("they are damaged"))
}

fn decode_content(mut content: &[u8]) -> Option<Vec<StoredText>> {
    let from = &mut content;
    let count = varint::read(from).filter(|count| *count <= TEXTS_LIMIT)?;
    let texts = (0..count).map(|_| decode_text(from)).collect::<Option<_>>()?;
    from.is_empty().then_some(texts)
}

fn decode_text(from: &mut &[u8]) -> Option<StoredText> {
    let track = varint::read(from)?;
    let (flags, rest) = from.split_first()?;
    *from = rest;
    let has = |flag| flags & flag != 0;
    let (language, name) = (read_text(from)?, read_text(from)?);
    let info = TextInfo {
        language: has(flag::LANGUAGE).then_some(language),
        name: has(flag::NAME).then_some(name),
        is_default: has(flag::DEFAULT),
        is_forced: has(flag::FORCED),
        is_for_hearing_impaired: has(flag::HEARING_IMPAIRED),
    };
    let document = read_text(from).filter(|document| document.len() <= FILE_LIMIT_BYTES)?;
    Some(StoredText { track, info, document })
}

fn read_text(from: &mut &[u8]) -> Option<String> {
    let length = usize::try_from(varint::read(from)?).ok()?;
    let (bytes, rest) = from.split_at_checked(length)?;
    *from = rest;
    String::from_utf8(bytes.to_vec()).ok()
}
