//! The entries of a directory: what is known of a segment without its samples.

use ginflix_media::source::{u32_at, u64_at};

use crate::error::{Error, Result};
use crate::sample::State;

/// A segment of a rendition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Entry {
    /// The presentation time at which the segment starts, in ticks. Before the first segment, nothing is
    /// presented.
    pub start: u64,
    /// The time until the next segment starts, in ticks.
    pub duration: u64,
    /// The number of samples.
    pub count: u32,
    /// The size of all samples in bytes, as a segment has them.
    pub bytes: u64,
    /// The bytes of the coded samples of the rendition before those of the segment.
    pub position: u64,
    /// The number of bytes of the coded samples.
    pub length: u32,
    /// The CRC-32 of the coded samples.
    pub samples_checksum: u32,
    /// What the coding of the first sample refers to; `time` is the decoding time of the first sample.
    pub state: State,
}

impl Entry {
    /// The size of an entry.
    pub const BYTES: usize = 80;

    /// Appends the entry, with a checksum.
    pub fn encode(&self, to: &mut Vec<u8>) {
        let at = to.len();
        for value in [self.start, self.duration, self.bytes, self.position, self.state.end] {
            to.extend(value.to_be_bytes());
        }
        to.extend(self.state.time.to_be_bytes());
        for value in [
            self.count,
            self.length,
            self.samples_checksum,
            self.state.size,
            self.state.duration,
            self.state.composition.cast_unsigned(),
        ] {
            to.extend(value.to_be_bytes());
        }
        to.extend([0; 4]); // keeps the size a multiple of 8
        to.extend(crc32fast::hash(&to[at..]).to_be_bytes());
    }

    /// Reads an entry of [`Entry::BYTES`].
    ///
    /// # Errors
    /// [`Error::Index`] if the checksum is wrong.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let content = bytes.get(..Self::BYTES - 4).unwrap_or_default();
        if content.is_empty() || crc32fast::hash(content) != u32_at(bytes, Self::BYTES - 4) {
            return Err(Error::Index("an entry of a segment is damaged"));
        }
        Ok(Self {
            start: u64_at(bytes, 0),
            duration: u64_at(bytes, 8),
            bytes: u64_at(bytes, 16),
            position: u64_at(bytes, 24),
            state: State {
                end: u64_at(bytes, 32),
                time: u64_at(bytes, 40).cast_signed(),
                size: u32_at(bytes, 60),
                duration: u32_at(bytes, 64),
                composition: u32_at(bytes, 68).cast_signed(),
            },
            count: u32_at(bytes, 48),
            length: u32_at(bytes, 52),
            samples_checksum: u32_at(bytes, 56),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_survive_their_coding() {
        let entry = Entry {
            start: 1,
            duration: 2,
            count: 3,
            bytes: 4,
            position: 5,
            length: 6,
            samples_checksum: 7,
            state: State { end: 8, size: 9, duration: 10, composition: -11, time: -12 },
        };
        let mut bytes = Vec::new();
        entry.encode(&mut bytes);
        assert_eq!(bytes.len(), Entry::BYTES);
        assert_eq!(Entry::decode(&bytes).unwrap(), entry);
        for at in 0..Entry::BYTES {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            assert!(Entry::decode(&damaged).is_err(), "{at}");
        }
        assert!(Entry::decode(&bytes[1..]).is_err());
    }
}
