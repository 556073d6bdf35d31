//! The duration of an MP4 or QuickTime file: the box `moov` / `mvhd` (ISO/IEC 14496-12, section
//! 8.2.2), which may be anywhere in the file.

use std::io::{Read, Seek};

use super::{SIBLINGS_LIMIT, read_at};

/// The types of the boxes with which a file may begin.
const FIRST_BOX_TYPES: [&[u8; 4]; 6] = [b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide"];

/// Returns whether these eight bytes are the header of the first box of a file.
pub fn is_first_box(header: &[u8; 8]) -> bool {
    FIRST_BOX_TYPES.iter().any(|kind| header[4..] == kind[..])
}

/// Returns the duration in seconds. A fragmented file has it in `mvex` / `mehd`.
pub fn duration(content: &mut (impl Read + Seek), size: u64) -> Option<f64> {
    let moov = find(content, 0, size, b"moov")?;
    let mvhd = find(content, moov.0, moov.1, b"mvhd")?;
    let (timescale, duration) = movie_header(content, mvhd)?;
    let ticks = match duration {
        Some(0) | None => {
            let mvex = find(content, moov.0, moov.1, b"mvex")?;
            let mehd = find(content, mvex.0, mvex.1, b"mehd")?;
            fragments_duration(content, mehd)?
        }
        Some(ticks) => ticks,
    };
    (timescale > 0).then(|| ticks as f64 / f64::from(timescale))
}

/// The start and end of the content of a box.
type BoxSpan = (u64, u64);

/// Finds the first box of a type among those between `start` and `end`.
fn find(
    content: &mut (impl Read + Seek),
    start: u64,
    end: u64,
    wanted: &[u8; 4],
) -> Option<BoxSpan> {
    let mut at = start;
    for _ in 0..SIBLINGS_LIMIT {
        let mut header = [0; 8];
        if at.checked_add(8)? > end {
            return None;
        }
        read_at(content, at, &mut header).ok()?;
        let (size, kind) = (u32_at(&header, 0)?, &header[4..]);
        let (body, next) = match size {
            0 => (at + 8, end), // the box extends to the end
            1 => {
                let mut large_size = [0; 8]; // the size follows, in 64 bits
                read_at(content, at + 8, &mut large_size).ok()?;
                (at + 16, at.checked_add(u64::from_be_bytes(large_size))?)
            }
            size => (at + 8, at.checked_add(u64::from(size))?),
        };
        // A valid box ends after its header and within its parent.
        if next < body || next > end {
            return None;
        }
        if kind == wanted {
            return Some((body, next));
        }
        at = next;
    }
    None
}

/// Reads the timescale, in ticks a second, and the duration in ticks from the content of `mvhd`. A
/// duration of all ones is unknown.
fn movie_header(
    content: &mut (impl Read + Seek),
    (start, end): BoxSpan,
) -> Option<(u32, Option<u64>)> {
    let body = read_body::<32>(content, start, end)?;
    // Version 0 of the box has 32-bit times, version 1 has 64-bit times.
    let (timescale, duration, unknown) = match body[0] {
        0 => (u32_at(&body, 12)?, u64::from(u32_at(&body, 16)?), u64::from(u32::MAX)),
        1 => (u32_at(&body, 20)?, u64_at(&body, 24)?, u64::MAX),
        _ => return None,
    };
    Some((timescale, Some(duration).filter(|ticks| *ticks != unknown)))
}

/// Reads the duration in ticks from the content of `mehd`.
fn fragments_duration(content: &mut (impl Read + Seek), (start, end): BoxSpan) -> Option<u64> {
    let body = read_body::<12>(content, start, end)?;
    match body[0] {
        0 => u32_at(&body, 4).map(u64::from),
        1 => u64_at(&body, 4),
        _ => None,
    }
}

/// Reads the first bytes of a box, with zeros after its end.
fn read_body<const N: usize>(
    content: &mut (impl Read + Seek),
    start: u64,
    end: u64,
) -> Option<[u8; N]> {
    let mut body = [0; N];
    let available = usize::try_from(end - start).unwrap_or(N).min(N);
    read_at(content, start, &mut body[..available]).ok()?;
    Some(body)
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_be_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}
