//! Reads boxes of content that may be damaged (ISO/IEC 14496-12, section 4.2).
//!
//! Unlike the readers of media files, which make the best of what they find, this names what is wrong.

/// The rule that boxes fill what contains them.
pub const BOX_RULE: &str = "ISO/IEC 14496-12, section 4.2";

/// The most boxes of a container that are read: more than any segment has.
const BOXES_LIMIT: usize = 1000;

/// A box within a content.
#[derive(Debug, Clone, Copy)]
pub struct ReadBox<'a> {
    /// The type.
    pub kind: [u8; 4],
    /// The offset of the box.
    pub start: u64,
    /// The offset of its content.
    pub content_start: u64,
    /// The offset of its end.
    pub end: u64,
    /// As much of its content as was received.
    pub content: &'a [u8],
}

/// Reads the boxes that fill a content of `size` bytes, of which `bytes` is the beginning. Offsets count from its start.
///
/// # Errors
/// What is wrong with them, as a clause.
pub fn read_boxes(bytes: &[u8], size: u64) -> Result<Vec<ReadBox<'_>>, String> {
    let mut boxes = Vec::new();
    let mut start = 0;
    while start < size {
        if boxes.len() == BOXES_LIMIT {
            return Err(format!("there are more than {BOXES_LIMIT} boxes"));
        }
        let head = bytes.get(position(start)..).unwrap_or_default();
        let next = read_box(head, start, size)?;
        start = next.end;
        boxes.push(next);
    }
    Ok(boxes)
}

/// Reads the box at the beginning of `bytes`, which is at the offset `start` of `size` bytes.
fn read_box(bytes: &[u8], start: u64, size: u64) -> Result<ReadBox<'_>, String> {
    let mut fields = Fields::new(bytes);
    let (Some(short), Some(kind)) = (fields.u32(), fields.array()) else {
        return Err(format!("the box at byte {start} has no header"));
    };
    let name = String::from_utf8_lossy(&kind).into_owned();
    let (length, header) = match short {
        0 => (size - start, 8),
        1 => (fields.u64().ok_or_else(|| format!("the size of `{name}` is missing"))?, 16),
        _ => (u64::from(short), 8),
    };
    let end = start.saturating_add(length);
    if length < header || end > size {
        return Err(format!(
            "the box `{}` at byte {start} has {length} bytes, and {} are left",
            name.escape_debug(),
            size - start
        ));
    }
    let available = bytes.len().min(position(length));
    let content = bytes.get(position(header)..available).unwrap_or_default();
    Ok(ReadBox { kind, start, content_start: start + header, end, content })
}

fn position(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}

/// Reads the boxes in a box of which all was received.
///
/// # Errors
/// What is wrong with them, as a clause.
pub fn children(parent: &[u8]) -> Result<Vec<ReadBox<'_>>, String> {
    read_boxes(parent, parent.len() as u64)
}

/// Returns the only box of a type.
///
/// # Errors
/// There is none or there are several, as a clause.
pub fn only<'a>(boxes: &[ReadBox<'a>], kind: &[u8; 4]) -> Result<ReadBox<'a>, String> {
    let mut found = boxes.iter().filter(|own| own.kind == *kind);
    match (found.next(), found.count()) {
        (Some(only), 0) => Ok(*only),
        (first, more) => {
            let name = String::from_utf8_lossy(kind);
            Err(format!(
                "there are {} boxes `{name}` instead of 1",
                usize::from(first.is_some()) + more
            ))
        }
    }
}

/// Reads numbers from the beginning of bytes on.
#[derive(Debug, Clone, Copy)]
pub struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    /// Starts at the beginning.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Reads so many bytes; `None` if fewer are left.
    pub fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (bytes, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*bytes)
    }

    /// Reads a number of 32 bits.
    pub fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }

    /// Reads a number of 64 bits.
    pub fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_be_bytes)
    }

    /// Reads a number of 64 bits if `is_long`, else of 32.
    pub fn integer(&mut self, is_long: bool) -> Option<u64> {
        if is_long { self.u64() } else { self.u32().map(u64::from) }
    }

    /// Reads the version and the flags of a full box.
    pub fn version_and_flags(&mut self) -> Option<(u8, u32)> {
        let head = self.u32()?;
        Some(((head >> 24) as u8, head & 0xFF_FFFF))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_fill_their_content() {
        let bytes = b"\0\0\0\x09free\x07\0\0\0\x01mdat\0\0\0\0\0\0\0\x12ab";
        let boxes = read_boxes(bytes, 27).unwrap();
        let read: Vec<_> =
            boxes.iter().map(|b| (b.start, b.content_start, b.end, b.content)).collect();
        assert_eq!(read, [(0, 8, 9, &b"\x07"[..]), (9, 25, 27, b"ab")]);
        // Only the beginning was received.
        assert_eq!(read_boxes(&bytes[..25], 27).unwrap()[1].content, b"");
        assert_eq!(only(&boxes, b"mdat").unwrap().end, 27);
        assert!(only(&boxes, b"moof").unwrap_err().contains("0 boxes `moof`"));
    }

    #[test]
    fn a_wrong_size_is_named() {
        for (bytes, found) in [
            (&b"\0\0\0\x0Afree\x07"[..], "the box `free` at byte 0 has 10 bytes, and 9 are left"),
            (b"\0\0\0\x07free", "has 7 bytes"),
            (b"\0\0\0\x08free\0", "the box at byte 8 has no header"),
            (b"\0\0\0\x01free", "the size of `free` is missing"),
        ] {
            assert!(children(bytes).unwrap_err().contains(found), "{bytes:?}");
        }
        let many = b"\0\0\0\x08free".repeat(BOXES_LIMIT + 1);
        assert!(children(&many).unwrap_err().contains("more than"));
    }
}
