//! Content encodings (RFC 9559, section 5.1.4.1.31): how frames are changed before they are stored.

use super::ebml;
use crate::source::{Result, Source, Span};

const CONTENT_ENCODING: u32 = 0x6240;
const SCOPE: u32 = 0x5032;
const TYPE: u32 = 0x5033;
const COMPRESSION: u32 = 0x5034;
const ALGORITHM: u32 = 0x4254;
const SETTINGS: u32 = 0x4255;
/// The scope of frames.
const SCOPE_FRAMES: u64 = 1;
/// The algorithm of zlib (RFC 1950).
const ZLIB: u64 = 0;
/// The algorithm that removes the same bytes from the start of each frame.
const HEADER_STRIPPING: u64 = 3;
/// The most elements that are read of each level.
const ELEMENTS_LIMIT: usize = 8;
/// The most bytes that are removed from each frame.
const PREFIX_LIMIT_BYTES: usize = 1024;

/// How frames are compressed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Compression {
    /// They are not.
    #[default]
    None,
    /// Each by itself, as a stream of zlib (RFC 1950).
    Zlib,
    /// By another algorithm, by several encodings, or together with the private data of the codec.
    Other,
}

/// How the frames of a track are encoded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Encodings {
    /// Whether the frames are encrypted.
    pub is_encrypted: bool,
    /// How they are compressed, other than by the removal of their first bytes.
    pub compression: Compression,
    /// The bytes that were removed from the start of each frame.
    pub prefix: Vec<u8>,
}

/// Reads the content encodings of a track.
pub fn read(source: &mut Source<'_>, content: Span) -> Result<Encodings> {
    let mut found = Encodings::default();
    let mut count = 0;
    for encoding in ebml::children(source, content, ELEMENTS_LIMIT)? {
        if encoding.id != CONTENT_ENCODING {
            continue;
        }
        count += 1;
        // The defaults: frames, compression, by zlib.
        let (mut scope, mut kind, mut algorithm, mut settings) = (SCOPE_FRAMES, 0, 0, Vec::new());
        for element in ebml::children(source, encoding.content, ELEMENTS_LIMIT)? {
            match element.id {
                SCOPE => scope = ebml::unsigned(source, &element)?,
                TYPE => kind = ebml::unsigned(source, &element)?,
                COMPRESSION => {
                    for element in ebml::children(source, element.content, ELEMENTS_LIMIT)? {
                        match element.id {
                            ALGORITHM => algorithm = ebml::unsigned(source, &element)?,
                            SETTINGS => {
                                settings = source.vec(element.content, PREFIX_LIMIT_BYTES)?;
                            }
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
        }
        match (kind, algorithm) {
            (1, _) => found.is_encrypted = true,
            (_, HEADER_STRIPPING) if scope & SCOPE_FRAMES != 0 => found.prefix = settings,
            (_, HEADER_STRIPPING) => {}
            (_, ZLIB) if scope == SCOPE_FRAMES => found.compression = Compression::Zlib,
            _ => found.compression = Compression::Other,
        }
    }
    if count > 1 && found.compression != Compression::None {
        found.compression = Compression::Other; // the order of several is not followed
    }
    Ok(found)
}
