//! Movie fragments (ISO/IEC 14496-12, section 8.8).

use super::boxes;
use super::movie::{Movie, add_to_second};
use crate::source::{Result, Source, Span, u32_at, u64_at};

/// The most bytes of a movie fragment box: an hour of samples.
const FRAGMENT_LIMIT_BYTES: usize = 4 << 20;

/// The defaults of a track fragment.
#[derive(Default)]
struct Header {
    track: u32,
    duration: Option<u32>,
    size: Option<u32>,
    time: Option<u64>,
}

/// Reads a movie fragment box, and adds its samples to the tracks.
pub fn read(source: &mut Source<'_>, content: Span, movie: &mut Movie) -> Result<()> {
    let fragment = source.vec(content, FRAGMENT_LIMIT_BYTES)?;
    for (_, track) in boxes::in_bytes(&fragment).filter(|(kind, _)| kind == b"traf") {
        let mut header = Header::default();
        for (kind, content) in boxes::in_bytes(track) {
            match &kind {
                b"tfhd" => header = read_header(content),
                b"tfdt" => {
                    header.time = Some(match content.first() {
                        Some(1) => u64_at(content, 4),
                        _ => u64::from(u32_at(content, 4)),
                    });
                }
                b"trun" => add_run(&mut header, content, movie),
                _ => {}
            }
        }
    }
    Ok(())
}

fn read_header(content: &[u8]) -> Header {
    let flags = u32_at(content, 0) & 0xFF_FFFF;
    let mut header = Header { track: u32_at(content, 4), ..Header::default() };
    let mut at = 8;
    for (flag, length) in [(0x1, 8), (0x2, 4), (0x8, 4), (0x10, 4)] {
        if flags & flag != 0 {
            match flag {
                0x8 => header.duration = Some(u32_at(content, at)),
                0x10 => header.size = Some(u32_at(content, at)),
                _ => {}
            }
            at += length;
        }
    }
    header
}

/// Adds the samples of a track run to their track.
fn add_run(header: &mut Header, content: &[u8], movie: &mut Movie) {
    let Some(track) = movie.tracks.iter_mut().find(|track| track.id == header.track) else {
        return;
    };
    let (flags, stated) = (u32_at(content, 0) & 0xFF_FFFF, u32_at(content, 4) as usize);
    let mut at = 8 + if flags & 0x1 != 0 { 4 } else { 0 } + if flags & 0x4 != 0 { 4 } else { 0 };
    let fields = [0x100, 0x200, 0x400, 0x800].map(|flag| flags & flag != 0);
    let entry = fields.iter().filter(|present| **present).count() * 4;
    let timescale = u64::from(track.timescale.max(1));
    let (default_duration, default_size) = (
        header.duration.unwrap_or(track.default_duration),
        header.size.unwrap_or(track.default_size),
    );
    let mut time = header.time.unwrap_or(track.samples.ticks);
    // Without fields of its own a sample takes no room, and a run may claim billions.
    let Some(room) = content.len().saturating_sub(at).checked_div(entry) else {
        let count = stated as u64;
        track.samples.add_run(count, default_duration, false);
        let bytes = count.saturating_mul(u64::from(default_size));
        track.samples.add_samples(time / timescale, count, bytes);
        add_to_second(&mut movie.seconds, time / timescale, bytes);
        header.time = Some(time.saturating_add(count.saturating_mul(u64::from(default_duration))));
        return;
    };
    for _ in 0..room.min(stated) {
        let mut field = |present: bool, default: u32| {
            let value = if present { u32_at(content, at) } else { default };
            at += if present { 4 } else { 0 };
            value
        };
        let (duration, size) = (field(fields[0], default_duration), field(fields[1], default_size));
        let (_flags, _offset) = (field(fields[2], 0), field(fields[3], 0));
        let second = time / timescale;
        track.samples.add_run(1, duration, false);
        track.samples.add_samples(second, 1, u64::from(size));
        add_to_second(&mut movie.seconds, second, u64::from(size));
        time = time.saturating_add(u64::from(duration));
    }
    header.time = Some(time);
}
