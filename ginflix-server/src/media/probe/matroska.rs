//! Duration of a Matroska or WebM file: Segment / Info / Duration (RFC 9559
//! section 5.1.2.10), in EBML (RFC 8794).

use std::io::{Read, Seek};

use super::{MOST_PARTS, read_at};

/// How every EBML file begins.
pub const EBML: [u8; 4] = [0x1A, 0x45, 0xDF, 0xA3];

const SEGMENT: u32 = 0x1853_8067;
const INFO: u32 = 0x1549_A966;
const TIMESTAMP_SCALE: u32 = 0x2A_D7B1;
const DURATION: u32 = 0x4489;

/// Nanoseconds a tick, where the file names none.
const DEFAULT_SCALE: u64 = 1_000_000;

/// Duration in seconds. A recording that was cut off has none.
pub fn duration(content: &mut (impl Read + Seek), size: u64) -> Option<f64> {
    let segment = elements(content, 0, size).into_iter().find(|e| e.id == SEGMENT)?;
    let info = elements(content, segment.start, segment.end).into_iter().find(|e| e.id == INFO)?;
    let (mut scale, mut ticks) = (DEFAULT_SCALE, None);
    for element in elements(content, info.start, info.end) {
        match element.id {
            TIMESTAMP_SCALE => scale = unsigned(content, &element)?,
            DURATION => ticks = Some(float(content, &element)?),
            _ => {}
        }
    }
    Some(ticks? * scale as f64 / 1e9)
}

struct Element {
    id: u32,
    start: u64,
    end: u64,
}

/// The elements of one level, as far as they are sound. One of unknown size
/// reaches to the end of what holds it.
fn elements(content: &mut (impl Read + Seek), start: u64, end: u64) -> Vec<Element> {
    let (mut found, mut at) = (Vec::new(), start);
    while found.len() < MOST_PARTS {
        let Some(element) = element(content, at, end) else { break };
        at = element.end;
        // Info stands before the bulk of the file; what follows it is not needed.
        let last = element.id == INFO;
        found.push(element);
        if last {
            break;
        }
    }
    found
}

fn element(content: &mut (impl Read + Seek), at: u64, end: u64) -> Option<Element> {
    let mut head = [0; 12];
    let has = usize::try_from(end.checked_sub(at)?).unwrap_or(12).min(12);
    read_at(content, at, &mut head[..has]).ok()?;
    let head = &head[..has];
    let id_bytes = width(*head.first()?, 4)?;
    let id = head.get(..id_bytes)?.iter().fold(0, |id, byte| id << 8 | u32::from(*byte));
    let first = *head.get(id_bytes)?;
    let size_bytes = width(first, 8)?;
    let rest = head.get(id_bytes + 1..id_bytes + size_bytes)?;
    let marked = u64::from(first) & (0xFF >> size_bytes);
    let size = rest.iter().fold(marked, |size, byte| size << 8 | u64::from(*byte));
    let start = at + (id_bytes + size_bytes) as u64;
    let unknown = size == (1 << (7 * size_bytes)) - 1;
    let end_of_element = if unknown { end } else { start.checked_add(size)? };
    // A file that was cut off still has its Info.
    let end = if id == SEGMENT { end_of_element.min(end) } else { end_of_element };
    (end >= start).then_some(Element { id, start, end })
}

/// Bytes of a variable-size integer, from the zeros before its first one.
fn width(first: u8, most: usize) -> Option<usize> {
    let width = first.leading_zeros() as usize + 1;
    (width <= most).then_some(width)
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
