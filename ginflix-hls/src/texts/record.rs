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

use super::TextTrack;
use crate::error::{Error, Result};
use crate::rendition::TextInfo;
use crate::varint;

/// The first bytes of a record.
const MAGIC: &[u8; 8] = b"GINFXTXT";
/// The version of the layout. A record of another version must be made again.
pub const VERSION: u32 = 1;
/// The bytes before the content.
const HEAD_BYTES: usize = 20;
/// The most bytes of a content.
const CONTENT_LIMIT_BYTES: usize = 64 << 20;
/// The most bytes of a record.
pub const RECORD_LIMIT_BYTES: usize = HEAD_BYTES + CONTENT_LIMIT_BYTES;
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
    let stored = |text: &TextTrack| StoredText {
        track: text.track,
        info: text.info.clone(),
        document: webvtt::document(&text.cues, 0),
    };
    encode_stored(&texts.iter().map(stored).collect::<Vec<_>>())
}

/// Makes a record of texts that are documents already: at most 256, with [`RECORD_LIMIT_BYTES`] together.
pub fn encode_stored(texts: &[StoredText]) -> Vec<u8> {
    let mut content = Vec::new();
    varint::write(texts.len() as u64, &mut content);
    for StoredText { track, info, document } in texts {
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
        write_text(document, &mut content);
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cue(start_ms: u64, text: &str) -> Cue {
        Cue::new(start_ms, start_ms + 900, text.into())
    }

    fn texts() -> Vec<TextTrack> {
        let named = TextInfo {
            language: Some("pt-BR".into()),
            name: Some("Portugu\u{ea}s".into()),
            is_forced: true,
            ..TextInfo::default()
        };
        let unnamed =
            TextInfo { is_default: true, is_for_hearing_impaired: true, ..TextInfo::default() };
        let track = |track, info, cues| TextTrack { track, info, cues, damaged_samples: 0 };
        vec![
            track(3, named, vec![cue(0, "a --> b\n<c> & d"), cue(1000, "second")]),
            track(u64::MAX, unnamed, vec![cue(3_600_000, "late")]),
        ]
    }

    #[test]
    fn texts_survive_their_coding() {
        let texts = texts();
        let stored = decode(&encode(&texts)).unwrap();
        assert_eq!(stored.len(), 2);
        for (stored, text) in stored.iter().zip(&texts) {
            assert_eq!((stored.track, &stored.info), (text.track, &text.info));
            assert_eq!(stored.cues().unwrap(), text.cues);
        }
        assert_eq!(decode(&encode(&[])).unwrap(), []);
    }

    #[test]
    fn each_damage_of_a_record_is_noticed() {
        let record = encode(&texts());
        for at in 0..record.len() {
            let mut damaged = record.clone();
            damaged[at] ^= 0x10;
            assert!(matches!(decode(&damaged), Err(Error::Texts(_))), "byte {at}");
            assert!(decode(&record[..at]).is_err(), "{at} bytes");
        }
        assert!(decode(&[&record[..], &[0]].concat()).is_err());
    }

    proptest! {
        #[test]
        fn arbitrary_contents_are_read_without_panic(content: Vec<u8>) {
            let mut record = MAGIC.to_vec();
            for value in [VERSION, content.len() as u32, crc32fast::hash(&content)] {
                record.extend(value.to_be_bytes());
            }
            record.extend(content);
            for text in decode(&record).into_iter().flatten() {
                let _ = text.cues();
            }
        }

        #[test]
        fn cues_survive_as_a_document(starts in proptest::collection::btree_set(0_u64..40_000_000, 1..40), text in "\\PC{1,40}") {
            let cues: Vec<Cue> = starts.iter().map(|start| cue(*start, &format!("x{text}"))).collect();
            let info = TextInfo::default();
            let tracks = [TextTrack { track: 1, info, cues, damaged_samples: 0 }];
            let stored = decode(&encode(&tracks)).unwrap();
            prop_assert_eq!(&stored[0].cues().unwrap(), &tracks[0].cues);
        }
    }
}
