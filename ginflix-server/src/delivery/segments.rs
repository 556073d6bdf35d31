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

    /// Returns a part; the range must lie within the segment. Bytes are not copied.
    fn slice(&self, part: Range<u64>) -> Self {
        match self {
            Self::Bytes(bytes) => Self::Bytes(bytes.slice(part.start as usize..part.end as usize)),
            Self::FileRange(range) => {
                Self::FileRange(range.start + part.start..range.start + part.end)
            }
        }
    }
}

/// Returns a range of a content that is made of segments; what is beyond its end is left out.
pub fn slice(content: &[Segment], range: Range<u64>) -> impl Iterator<Item = Segment> {
    let mut start = 0;
    content.iter().filter_map(move |segment| {
        let end = start + segment.len();
        let wanted = range.start.max(start)..range.end.min(end);
        let part = wanted.start.saturating_sub(start)..wanted.end.saturating_sub(start);
        start = end;
        (wanted.start < wanted.end).then(|| segment.slice(part))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slice_is_the_range_of_the_whole() {
        let file: Vec<u8> = (0..30).collect();
        let content = [
            Segment::Bytes(Bytes::from_static(b"head")),
            Segment::FileRange(10..15),
            Segment::Bytes(Bytes::from_static(b"-")),
            Segment::FileRange(20..21),
        ];
        let read = |segments: &mut dyn Iterator<Item = Segment>| {
            let mut all = Vec::new();
            for segment in segments {
                assert!(!segment.is_empty(), "{segment:?}");
                match segment {
                    Segment::Bytes(bytes) => all.extend_from_slice(&bytes),
                    Segment::FileRange(Range { start, end }) => {
                        all.extend_from_slice(&file[start as usize..end as usize]);
                    }
                }
            }
            all
        };
        let whole = read(&mut content.iter().cloned());
        assert_eq!(whole.len(), 11);
        for start in 0..=11_u64 {
            for end in start..=13 {
                let part = read(&mut slice(&content, start..end));
                assert_eq!(part, whole[start as usize..(end as usize).min(11)], "{start}-{end}");
            }
        }
    }
}
