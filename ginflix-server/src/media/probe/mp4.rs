//! Duration of an MP4 or QuickTime file: `moov` / `mvhd` (ISO/IEC 14496-12
//! section 8.2.2), wherever in the file `moov` stands.

use std::io::{Read, Seek};

use super::{MOST_PARTS, read_at};

/// Types that such a file may begin with.
const FIRST: [&[u8; 4]; 6] = [b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide"];

/// Whether a file that begins with these eight bytes is one.
pub fn is_first_box(head: &[u8; 8]) -> bool {
    FIRST.iter().any(|kind| head[4..] == kind[..])
}

/// Duration in seconds; a fragmented file has it in `mvex` / `mehd`.
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

/// Start and end of what is in the first box of a kind.
type Span = (u64, u64);

fn find(content: &mut (impl Read + Seek), start: u64, end: u64, wanted: &[u8; 4]) -> Option<Span> {
    let mut at = start;
    for _ in 0..MOST_PARTS {
        let mut head = [0; 8];
        if at.checked_add(8)? > end {
            return None;
        }
        read_at(content, at, &mut head).ok()?;
        let (short, kind) = (u32_at(&head, 0)?, &head[4..]);
        let (inside, next) = match short {
            0 => (at + 8, end),
            1 => {
                let mut long = [0; 8];
                read_at(content, at + 8, &mut long).ok()?;
                (at + 16, at.checked_add(u64::from_be_bytes(long))?)
            }
            short => (at + 8, at.checked_add(u64::from(short))?),
        };
        // A box ends after its own head and within what holds it.
        if next < inside || next > end {
            return None;
        }
        if kind == wanted {
            return Some((inside, next));
        }
        at = next;
    }
    None
}

/// Ticks a second and ticks; all ones mean that the duration is not known.
fn movie_header(
    content: &mut (impl Read + Seek),
    (start, end): Span,
) -> Option<(u32, Option<u64>)> {
    let body = body::<32>(content, start, end)?;
    let (timescale, duration, unknown) = match body[0] {
        0 => (u32_at(&body, 12)?, u64::from(u32_at(&body, 16)?), u64::from(u32::MAX)),
        1 => (u32_at(&body, 20)?, u64_at(&body, 24)?, u64::MAX),
        _ => return None,
    };
    Some((timescale, Some(duration).filter(|ticks| *ticks != unknown)))
}

fn fragments_duration(content: &mut (impl Read + Seek), (start, end): Span) -> Option<u64> {
    let body = body::<12>(content, start, end)?;
    match body[0] {
        0 => u32_at(&body, 4).map(u64::from),
        1 => u64_at(&body, 4),
        _ => None,
    }
}

/// The first bytes of a box; zeros for what it does not have.
fn body<const N: usize>(content: &mut (impl Read + Seek), start: u64, end: u64) -> Option<[u8; N]> {
    let mut body = [0; N];
    let has = usize::try_from(end - start).unwrap_or(N).min(N);
    read_at(content, start, &mut body[..has]).ok()?;
    Some(body)
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_be_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}
