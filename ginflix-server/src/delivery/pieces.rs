//! What a body consists of: parts of one file, and text between them.

use std::ops::Range;

use bytes::Bytes;
use smallvec::SmallVec;

/// Pieces of a body, in order: one, mostly.
pub type Pieces = SmallVec<[Piece; 1]>;

/// A piece of such a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// These bytes.
    Text(Bytes),
    /// These bytes of the file.
    File(Range<u64>),
}

impl Piece {
    /// Bytes.
    pub fn len(&self) -> u64 {
        match self {
            Self::Text(text) => text.len() as u64,
            Self::File(part) => part.end - part.start,
        }
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
