//! The segments that a response body is made of: ranges of one file, and bytes between them.

use std::ops::Range;

use bytes::Bytes;
use smallvec::SmallVec;

/// The segments of a body, in order. Most bodies have one.
pub type Segments = SmallVec<[Segment; 1]>;

/// Returns how many bytes of a body are in memory.
pub fn bytes_in_memory(segments: &[Segment]) -> u64 {
    let bytes = segments.iter().filter(|segment| matches!(segment, Segment::Bytes(_)));
    bytes.map(Segment::len).sum()
}

/// A segment of a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segment {
    /// Bytes from memory.
    Bytes(Bytes),
    /// A range of the file.
    FileRange(Range<u64>),
}

impl Segment {
    /// Returns the length in bytes.
    pub fn len(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::FileRange(range) => range.end - range.start,
        }
    }

    /// Returns whether the length is zero.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
