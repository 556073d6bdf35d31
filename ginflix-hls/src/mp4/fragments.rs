//! Movie fragments (ISO/IEC 14496-12, section 8.8).

use ginflix_media::mp4::boxes;
use ginflix_media::source::{Source, Span, u32_at, u64_at};

use super::Movie;
use crate::error::{Error, Result};
use crate::sample::Sample;

/// The most bytes of a movie fragment box: an hour of samples.
const FRAGMENT_LIMIT_BYTES: usize = 4 << 20;
/// The flag of a sample with which decoding cannot start (section 8.8.3.1).
const IS_NON_SYNC: u32 = 0x1_0000;

/// What samples have unless a fragment says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Defaults {
    /// The number of the sample entry, from 1.
    pub description: u32,
    /// The duration in ticks.
    pub duration: u32,
    /// The size in bytes.
    pub size: u32,
    /// The flags.
    pub flags: u32,
}

/// A track fragment while it is read.
struct Fragment {
    track: u32,
    defaults: Defaults,
    /// The offset to which those of runs are relative.
    base: u64,
    /// The offset of the next sample.
    next: u64,
    /// The decoding time of the next sample.
    time: i64,
}

/// Reads a movie fragment box that begins at `start`, and adds its samples to the tracks.
pub fn read(source: &mut Source<'_>, start: u64, content: Span, movie: &mut Movie) -> Result<()> {
    if content.len() > FRAGMENT_LIMIT_BYTES as u64 {
        return Err(Error::TooLarge("it has a very long fragment"));
    }
    let size = source.size();
    let bytes = source.vec(content, FRAGMENT_LIMIT_BYTES)?;
    let mut end = start; // of the data of the track fragment before
    for (_, track) in boxes::in_bytes(&bytes).filter(|(kind, _)| kind == b"traf") {
        let mut fragment = None;
        for (kind, content) in boxes::in_bytes(track) {
            match (&kind, &mut fragment) {
                (b"tfhd", None) => fragment = Some(header(content, start, end, movie)?),
                (b"tfdt", Some(fragment)) => fragment.time = decode_time(content),
                (b"trun", Some(fragment)) => add_run(fragment, content, movie, size)?,
                _ => {}
            }
        }
        end = fragment.map_or(end, |fragment| fragment.next);
    }
    Ok(())
}

fn decode_time(content: &[u8]) -> i64 {
    let time = match content.first() {
        Some(1) => u64_at(content, 4),
        _ => u64::from(u32_at(content, 4)),
    };
    i64::try_from(time).unwrap_or(i64::MAX)
}

/// Reads a track fragment header (section 8.8.7).
fn header(content: &[u8], start: u64, end: u64, movie: &mut Movie) -> Result<Fragment> {
    let (flags, id) = (u32_at(content, 0), u32_at(content, 4));
    let track = movie.track(id);
    let mut defaults = track.as_ref().map(|track| track.defaults).unwrap_or_default();
    // Without an offset of its own, the data follows that of the track fragment before.
    let mut base = if flags & 0x2_0000 != 0 { start } else { end };
    let mut at = 8;
    if flags & 0x1 != 0 {
        (base, at) = (u64_at(content, at), at + 8);
    }
    for (flag, field) in [
        (0x2, &mut defaults.description),
        (0x8, &mut defaults.duration),
        (0x10, &mut defaults.size),
        (0x20, &mut defaults.flags),
    ] {
        if flags & flag != 0 {
            (*field, at) = (u32_at(content, at), at + 4);
        }
    }
    if track.is_some() && defaults.description > 1 {
        return Err(Error::Unsupported("A track of several sample entries is not packaged."));
    }
    let time = track.map_or(0, |track| track.next_time);
    Ok(Fragment { track: id, defaults, base, next: base, time })
}

/// Adds the samples of a track run (section 8.8.8).
fn add_run(fragment: &mut Fragment, content: &[u8], movie: &mut Movie, size: u64) -> Result<()> {
    let (flags, stated) = (u32_at(content, 0) & 0xFF_FFFF, u32_at(content, 4));
    let (mut at, mut first_flags) = (8, None);
    if flags & 0x1 != 0 {
        let offset = i64::from(u32_at(content, at).cast_signed());
        (fragment.next, at) = (fragment.base.saturating_add_signed(offset), at + 4);
    }
    if flags & 0x4 != 0 {
        (first_flags, at) = (Some(u32_at(content, at)), at + 4);
    }
    let fields = [0x100, 0x200, 0x400, 0x800].map(|flag| flags & flag != 0);
    let entry_bytes = 4 * fields.iter().filter(|present| **present).count();
    let room = content.len().saturating_sub(at).checked_div(entry_bytes);
    // Without fields of its own a sample takes no room, and a run may claim billions.
    let count = room.map_or(u64::from(stated), |room| u64::from(stated).min(room as u64));
    if movie.track(fragment.track).is_none() {
        let bytes = skipped_bytes(fragment, content, at, fields, count);
        fragment.next = fragment.next.saturating_add(bytes);
        return Ok(());
    }
    movie.take(count)?;
    let Some(track) = movie.track(fragment.track) else { return Ok(()) };
    for number in 0..count {
        let mut field = |present: bool, default: u32| {
            let value = if present { u32_at(content, at) } else { default };
            at += if present { 4 } else { 0 };
            value
        };
        let defaults = fragment.defaults;
        let duration = field(fields[0], defaults.duration);
        let length = field(fields[1], defaults.size);
        let default_flags =
            first_flags.filter(|_| number == 0 && !fields[2]).unwrap_or(defaults.flags);
        let sample_flags = field(fields[2], default_flags);
        let composition = field(fields[3], 0).cast_signed();
        let offset = fragment.next;
        fragment.next = offset.saturating_add(u64::from(length));
        if fragment.next > size {
            return Ok(()); // the file is truncated
        }
        let is_sync = sample_flags & IS_NON_SYNC == 0;
        track.fill_gap(fragment.time);
        let sample =
            Sample { offset, size: length, time: fragment.time, duration, composition, is_sync };
        track.writer.push(sample);
        fragment.time = fragment.time.saturating_add(i64::from(duration));
        track.next_time = fragment.time;
    }
    Ok(())
}

/// Returns the size of the samples of a run of a track that is not read.
fn skipped_bytes(
    fragment: &Fragment,
    content: &[u8],
    at: usize,
    fields: [bool; 4],
    count: u64,
) -> u64 {
    if !fields[1] {
        return count.saturating_mul(u64::from(fragment.defaults.size));
    }
    let entry_bytes = 4 * fields.iter().filter(|present| **present).count();
    let size_at = at + if fields[0] { 4 } else { 0 };
    let sizes = (0..count as usize).map(|n| u64::from(u32_at(content, size_at + n * entry_bytes)));
    sizes.fold(0, u64::saturating_add)
}
