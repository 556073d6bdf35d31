//! The duration of a Matroska or WebM file: the element Segment / Info / Duration (RFC 9559,
//! section 5.1.2.10), in EBML (RFC 8794).

use std::io::{Read, Seek};

use super::{SIBLINGS_LIMIT, read_at};

/// The first bytes of every EBML file.
pub const EBML: [u8; 4] = [0x1A, 0x45, 0xDF, 0xA3];

const SEGMENT: u32 = 0x1853_8067;
const INFO: u32 = 0x1549_A966;
const TIMESTAMP_SCALE: u32 = 0x2A_D7B1;
const DURATION: u32 = 0x4489;

/// The length of a tick in nanoseconds, in a file without a TimestampScale.
const DEFAULT_TIMESTAMP_SCALE: u64 = 1_000_000;

/// Returns the duration in seconds; `None` for a recording that was cut off, which states none.
pub fn duration(content: &mut (impl Read + Seek), size: u64) -> Option<f64> {
    let segment = elements(content, 0, size).into_iter().find(|e| e.id == SEGMENT)?;
    let info = elements(content, segment.start, segment.end).into_iter().find(|e| e.id == INFO)?;
    let (mut scale, mut ticks) = (DEFAULT_TIMESTAMP_SCALE, None);
    for element in elements(content, info.start, info.end) {
        match element.id {
            TIMESTAMP_SCALE => scale = unsigned(content, &element)?,
            DURATION => ticks = Some(float(content, &element)?),
            _ => {}
        }
    }
    Some(ticks? * scale as f64 / 1e9)
}

/// An EBML element: its ID, and the offsets of its data.
struct Element {
    id: u32,
    start: u64,
    end: u64,
}

/// Reads the elements of one level, up to the first that is invalid. An element of unknown size
/// ends with its parent (RFC 8794, section 6.2).
fn elements(content: &mut (impl Read + Seek), start: u64, end: u64) -> Vec<Element> {
    let (mut elements, mut at) = (Vec::new(), start);
    while elements.len() < SIBLINGS_LIMIT {
        let Some(element) = element(content, at, end) else { break };
        at = element.end;
        // Nothing after Info is needed, and it comes before the bulk of the file.
        let is_info = element.id == INFO;
        elements.push(element);
        if is_info {
            break;
        }
    }
    elements
}

fn element(content: &mut (impl Read + Seek), at: u64, end: u64) -> Option<Element> {
    let mut header = [0; 12]; // an ID of at most 4 bytes, and a size of at most 8
    let available = usize::try_from(end.checked_sub(at)?).unwrap_or(12).min(12);
    read_at(content, at, &mut header[..available]).ok()?;
    let header = &header[..available];
    let id_bytes = vint_width(*header.first()?, 4)?;
    let id = header.get(..id_bytes)?.iter().fold(0, |id, byte| id << 8 | u32::from(*byte));
    let first = *header.get(id_bytes)?;
    let size_bytes = vint_width(first, 8)?;
    let rest = header.get(id_bytes + 1..id_bytes + size_bytes)?;
    // The marker bit of the width belongs to an ID, but not to a size.
    let first_bits = u64::from(first) & (0xFF >> size_bytes);
    let size = rest.iter().fold(first_bits, |size, byte| size << 8 | u64::from(*byte));
    let start = at + (id_bytes + size_bytes) as u64;
    // A size of all ones is unknown.
    let is_unknown_size = size == (1 << (7 * size_bytes)) - 1;
    let stated_end = if is_unknown_size { end } else { start.checked_add(size)? };
    // In a truncated file, the Segment ends beyond the end of the file, but Info is complete.
    let end = if id == SEGMENT { stated_end.min(end) } else { stated_end };
    (end >= start).then_some(Element { id, start, end })
}

/// Returns the width in bytes of a variable-size integer (RFC 8794, section 4): the number of zero
/// bits at its start, plus one.
fn vint_width(first: u8, max_width: usize) -> Option<usize> {
    let width = first.leading_zeros() as usize + 1;
    (width <= max_width).then_some(width)
}

fn unsigned(content: &mut (impl Read + Seek), element: &Element) -> Option<u64> {
    let mut bytes = [0; 8];
    let size = usize::try_from(element.end - element.start).ok().filter(|size| *size <= 8)?;
    read_at(content, element.start, &mut bytes[8 - size..]).ok()?;
    Some(u64::from_be_bytes(bytes))
}

fn float(content: &mut (impl Read + Seek), element: &Element) -> Option<f64> {
    let bits = unsigned(content, element)?;
    match element.end - element.start {
        4 => Some(f64::from(f32::from_bits(u32::try_from(bits).ok()?))),
        8 => Some(f64::from_bits(bits)),
        _ => None,
    }
}
