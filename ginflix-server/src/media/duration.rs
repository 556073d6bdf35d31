//! How long a film plays, as its container says: MP4 (ISO/IEC 14496-12) and
//! WebM (Matroska, RFC 9559). Reads little of the file, and believes none of it.

use std::io::{self, Read, Seek, SeekFrom};

/// The most boxes or elements looked at, so that no file keeps us busy.
const MAX_STEPS: usize = 4096;
/// Nobody's film is longer: 30 days, in seconds.
const LONGEST: f64 = 30.0 * 86_400.0;

/// Seconds; `None` where the container does not say, or is none we know.
pub fn of(file: &mut (impl Read + Seek)) -> Option<f64> {
    let mut start = [0; 8];
    file.seek(SeekFrom::Start(0)).ok()?;
    file.read_exact(&mut start).ok()?;
    let seconds = match &start {
        [0x1A, 0x45, 0xDF, 0xA3, ..] => matroska(file),
        [_, _, _, _, b'f', b't', b'y', b'p'] => mp4(file),
        _ => return None,
    };
    seconds.ok().flatten().filter(|seconds| (f64::MIN_POSITIVE..=LONGEST).contains(seconds))
}

/// `mvhd` within `moov`: a time scale, and a duration in its units.
fn mp4(file: &mut (impl Read + Seek)) -> io::Result<Option<f64>> {
    let end = file.seek(SeekFrom::End(0))?;
    let Some((start, end)) = find_box(file, 0, end, b"moov")? else { return Ok(None) };
    let Some((start, _)) = find_box(file, start, end, b"mvhd")? else { return Ok(None) };
    file.seek(SeekFrom::Start(start))?;
    let version = u32::from_be_bytes(take(file)?) >> 24;
    let (scale, duration) = if version == 1 {
        let _times: [u8; 16] = take(file)?;
        (u32::from_be_bytes(take(file)?), u64::from_be_bytes(take(file)?))
    } else {
        let _times: [u8; 8] = take(file)?;
        let scale = u32::from_be_bytes(take(file)?);
        let duration = u32::from_be_bytes(take(file)?);
        // All ones mean that it is not known.
        (scale, if duration == u32::MAX { 0 } else { duration.into() })
    };
    Ok((scale > 0).then(|| duration as f64 / f64::from(scale)))
}

/// Where the content of the first box of this type is.
fn find_box(
    file: &mut (impl Read + Seek),
    mut at: u64,
    end: u64,
    wanted: &[u8; 4],
) -> io::Result<Option<(u64, u64)>> {
    for _ in 0..MAX_STEPS {
        if at.saturating_add(8) > end {
            break;
        }
        file.seek(SeekFrom::Start(at))?;
        let (short, kind): (u32, [u8; 4]) = (u32::from_be_bytes(take(file)?), take(file)?);
        let (head, size) = match short {
            0 => (8, end - at),
            1 => (16, u64::from_be_bytes(take(file)?)),
            size => (8, size.into()),
        };
        let Some(next) = at.checked_add(size).filter(|next| size >= head && *next <= end) else {
            break;
        };
        if kind == *wanted {
            return Ok(Some((at + head, next)));
        }
        at = next;
    }
    Ok(None)
}

const SEGMENT: u64 = 0x1853_8067;
const CLUSTER: u64 = 0x1F43_B675;
const INFO: u64 = 0x1549_A966;
const TIMESTAMP_SCALE: u64 = 0x002A_D7B1;
const DURATION: u64 = 0x4489;
/// Nanoseconds of a tick where the file does not say.
const DEFAULT_SCALE: u64 = 1_000_000;

/// `Duration` within `Segment` and `Info`, in ticks of `TimestampScale` nanoseconds.
fn matroska(file: &mut (impl Read + Seek)) -> io::Result<Option<f64>> {
    let end = file.seek(SeekFrom::End(0))?;
    let (mut at, mut end, mut scale, mut ticks) = (0, end, DEFAULT_SCALE, None);
    for _ in 0..MAX_STEPS {
        if at >= end {
            break;
        }
        file.seek(SeekFrom::Start(at))?;
        let Some(id) = number(file, true)? else { break };
        let size = number(file, false)?;
        let content = file.stream_position()?;
        match (id, size) {
            // Both hold what is looked for: go in. Their size may be unknown.
            (SEGMENT, _) => at = content,
            (INFO, Some(size)) => (at, end) = (content, end.min(content.saturating_add(size))),
            (CLUSTER, _) | (_, None) => break,
            (_, Some(size)) => {
                match id {
                    TIMESTAMP_SCALE => scale = unsigned(file, size)?,
                    DURATION => ticks = float(file, size)?,
                    _ => {}
                }
                at = content.saturating_add(size);
            }
        }
    }
    Ok(ticks.map(|ticks| ticks * scale as f64 / 1e9))
}

/// A number whose first byte's leading zeros tell its length (RFC 8794, 4);
/// ids keep the bit that ends the zeros. `None` where it says "unknown".
fn number(file: &mut impl Read, keep_marker: bool) -> io::Result<Option<u64>> {
    let [first] = take(file)?;
    let more = first.leading_zeros();
    if more > 7 {
        return Ok(None);
    }
    let marker = 0x80 >> more;
    let mut value = u64::from(if keep_marker { first } else { first & (marker - 1) });
    let mut all_ones = first & (marker - 1) == marker - 1;
    for _ in 0..more {
        let [byte] = take(file)?;
        value = value << 8 | u64::from(byte);
        all_ones &= byte == 0xFF;
    }
    Ok((keep_marker || !all_ones).then_some(value))
}

fn unsigned(file: &mut impl Read, size: u64) -> io::Result<u64> {
    let mut value = 0;
    for _ in 0..size.min(8) {
        let [byte] = take(file)?;
        value = value << 8 | u64::from(byte);
    }
    Ok(value)
}

fn float(file: &mut impl Read, size: u64) -> io::Result<Option<f64>> {
    Ok(match size {
        4 => Some(f32::from_be_bytes(take(file)?).into()),
        8 => Some(f64::from_be_bytes(take(file)?)),
        _ => None,
    })
}

fn take<const N: usize>(file: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
#[path = "duration_tests.rs"]
mod tests;
