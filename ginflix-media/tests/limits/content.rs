//! Content of any size, most of which is zeros that are never stored.

use std::collections::BTreeMap;
use std::io;

use ginflix_media::source::ReadAt;

/// Content made of parts, with zeros between them.
#[derive(Default)]
pub struct Content {
    parts: BTreeMap<u64, Vec<u8>>,
    size: u64,
}

impl Content {
    /// Adds bytes at the end.
    pub fn append(&mut self, bytes: Vec<u8>) {
        let at = self.size;
        self.size += bytes.len() as u64;
        self.parts.insert(at, bytes);
    }

    /// Adds zeros at the end.
    pub fn append_zeros(&mut self, count: u64) {
        self.size += count;
    }

    /// Removes bytes from the end.
    pub fn truncate(&mut self, count: u64) {
        self.size -= count;
    }

    /// Returns the size in bytes.
    pub fn len(&self) -> u64 {
        self.size
    }
}

impl ReadAt for Content {
    fn size(&self) -> io::Result<u64> {
        Ok(self.size)
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let length = (buffer.len() as u64).min(self.size.saturating_sub(offset));
        let buffer = &mut buffer[..length as usize];
        buffer.fill(0);
        let first = self.parts.range(..=offset).next_back().map_or(offset, |(start, _)| *start);
        for (start, part) in self.parts.range(first..offset + length) {
            // The bytes that the part and the buffer share.
            let from = offset.max(*start);
            let to = (offset + length).min(start + part.len() as u64);
            if from < to {
                let target = &mut buffer[(from - offset) as usize..(to - offset) as usize];
                target.copy_from_slice(&part[(from - start) as usize..(to - start) as usize]);
            }
        }
        Ok(length as usize)
    }
}

/// Builds a box of ISO/IEC 14496-12.
pub fn boxed(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    [&(content.len() as u32 + 8).to_be_bytes()[..], kind, content].concat()
}

/// Builds the header of an EBML element of this size, which takes eight bytes.
pub fn sized(id: &[u8], size: u64) -> Vec<u8> {
    [id, &(size | 1 << 56).to_be_bytes()].concat()
}

/// Builds an EBML element.
pub fn element(id: &[u8], content: &[u8]) -> Vec<u8> {
    [&sized(id, content.len() as u64)[..], content].concat()
}
