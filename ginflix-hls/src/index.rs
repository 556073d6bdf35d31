//! The sample index of a media file: built once, stored beside the metadata of the file, and read back so that a segment
//! costs work for its own samples only.
//!
//! # Layout
//! All numbers are big-endian. The index begins with a head of 20 bytes: the magic bytes, the version, and the length and
//! the CRC-32 of the header that follows. The header describes the renditions (`header`). The rest are, for each
//! rendition, the directory with an entry for each segment ([`directory`]), and the coded samples of all segments
//! (`sample`). Each entry has a checksum of itself and one of its samples.

pub mod build;
pub mod directory;
mod header;

use ginflix_media::source::{ReadAt, u32_at};

pub use self::build::{Limits, build};
pub use self::directory::Entry;
use crate::error::{Error, Result};
use crate::moment::Moment;
use crate::rendition::{Rendition, RenditionKind};
use crate::sample::{Sample, State};

/// The first bytes of an index.
const MAGIC: &[u8; 8] = b"GINFXHLS";
/// The version of the layout. An index of another version must be built again.
pub const VERSION: u32 = 2;
/// The bytes before the header.
const HEAD_BYTES: usize = 20;
/// The most bytes of a header.
const HEADER_LIMIT_BYTES: usize = 4 << 20;
/// The most samples of a segment.
pub const SEGMENT_SAMPLES_LIMIT: u32 = 65_536;
/// The most coded bytes of the samples of a segment.
const SEGMENT_LIMIT_BYTES: u32 = SEGMENT_SAMPLES_LIMIT * 41;
/// The most segments of a rendition.
pub const SEGMENTS_LIMIT: u32 = 200_000;

/// The header of an index, which is enough for a master playlist. It needs some kilobytes of memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// The renditions: the video if there is one, the audio tracks in the order of the file, and the I-frames of the video.
    pub renditions: Vec<Rendition>,
    /// The target duration of all playlists in seconds.
    pub target_duration: u32,
    /// The time in the source file at which the presentation starts, in nanoseconds: 0 but for recordings that start
    /// later. Subtitles and chapters must be moved forward by it.
    pub origin: u64,
    parts: Vec<Part>,
}

/// Where the directory and the samples of a rendition are in the index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Part {
    directory: u64,
    samples: u64,
}

impl Index {
    /// Reads the header of an index.
    ///
    /// # Errors
    /// [`Error::Index`] if `content` is no index of this version or is damaged, [`Error::Io`] if it cannot be read.
    pub fn open(content: &dyn ReadAt) -> Result<Self> {
        let head = read(content, 0, HEAD_BYTES)?;
        if !head.starts_with(MAGIC) {
            return Err(Error::Index("it does not begin like one"));
        }
        if u32_at(&head, 8) != VERSION {
            return Err(Error::Index("it has another version"));
        }
        let length = u32_at(&head, 12) as usize;
        if length > HEADER_LIMIT_BYTES {
            return Err(Error::Index("its header is too long"));
        }
        let header = read(content, HEAD_BYTES as u64, length)?;
        if crc32fast::hash(&header) != u32_at(&head, 16) {
            return Err(Error::Index("its header is damaged"));
        }
        header::decode(&header).ok_or(Error::Index("its header is damaged"))
    }

    /// Returns an index without segments.
    #[cfg(test)]
    pub(crate) fn with_renditions(renditions: Vec<Rendition>, target_duration: u32) -> Self {
        let parts = vec![Part::default(); renditions.len()];
        Self { renditions, target_duration, origin: 0, parts }
    }

    /// Returns the position of a rendition of this kind: `number` counts those of the same kind from 0.
    pub fn find(&self, kind: RenditionKind, number: usize) -> Option<usize> {
        let mut positions = self.renditions.iter().enumerate().filter(|(_, r)| r.kind == kind);
        positions.nth(number).map(|(position, _)| position)
    }

    /// Returns the moment at which the last rendition ends.
    pub fn end(&self) -> Moment {
        self.renditions.iter().map(Rendition::end).max().unwrap_or(Moment::START)
    }

    /// Reads the entries of all segments of a rendition. An entry takes some 80 bytes.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such rendition, [`Error::Index`] if the index is damaged.
    pub fn entries(&self, content: &dyn ReadAt, rendition: usize) -> Result<Vec<Entry>> {
        let (rendition, part) = self.rendition(rendition)?;
        let length = rendition.segments as usize * Entry::BYTES;
        let bytes = read(content, part.directory, length)?;
        bytes.chunks_exact(Entry::BYTES).map(Entry::decode).collect()
    }

    /// Reads the entry of a segment.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such rendition or segment, [`Error::Index`] if the index is damaged.
    pub fn entry(&self, content: &dyn ReadAt, rendition: usize, segment: u32) -> Result<Entry> {
        let (rendition, part) = self.rendition(rendition)?;
        if segment >= rendition.segments {
            return Err(Error::NotFound);
        }
        let at = part.directory.saturating_add(u64::from(segment) * Entry::BYTES as u64);
        Entry::decode(&read(content, at, Entry::BYTES)?)
    }

    /// Reads the samples of a segment.
    ///
    /// # Errors
    /// As [`Index::entry`].
    pub fn samples(
        &self,
        content: &dyn ReadAt,
        rendition: usize,
        entry: &Entry,
    ) -> Result<Vec<Sample>> {
        let (_, part) = self.rendition(rendition)?;
        if entry.length > SEGMENT_LIMIT_BYTES || entry.count > SEGMENT_SAMPLES_LIMIT {
            return Err(Error::Index("a segment is too large"));
        }
        let at = part.samples.saturating_add(entry.position);
        let bytes = read(content, at, entry.length as usize)?;
        if crc32fast::hash(&bytes) != entry.samples_checksum {
            return Err(Error::Index("the samples of a segment are damaged"));
        }
        let (mut state, mut rest): (State, _) = (entry.state, bytes.as_slice());
        (0..entry.count).map(|_| state.read(&mut rest)).collect()
    }

    fn rendition(&self, position: usize) -> Result<(&Rendition, Part)> {
        let rendition = self.renditions.get(position).ok_or(Error::NotFound)?;
        let part = self.parts.get(position).copied().ok_or(Error::NotFound)?;
        Ok((rendition, part))
    }
}

/// Reads bytes of an index.
fn read(content: &dyn ReadAt, at: u64, length: usize) -> Result<Vec<u8>> {
    const SHORT: Error = Error::Index("it ends early");
    let end = at.checked_add(length as u64).ok_or(SHORT)?;
    if end > content.size()? {
        return Err(SHORT); // before memory is taken
    }
    let (mut bytes, mut filled) = (vec![0; length], 0);
    while filled < length {
        match content.read_at(&mut bytes[filled..], at + filled as u64) {
            Ok(0) => return Err(SHORT),
            Ok(read) => filled += read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests;
