//! Blocks and their lacing (RFC 9559, sections 5.1.3.4, 5.1.3.5 and 10).

use ginflix_media::matroska::ebml::{self, Element};
use ginflix_media::source::{Source, Span, u16_at};

use super::Segment;
use crate::error::Result;

const TIMESTAMP: u32 = 0xE7;
const SIMPLE_BLOCK: u32 = 0xA3;
const BLOCK_GROUP: u32 = 0xA0;
const BLOCK: u32 = 0xA1;
const BLOCK_DURATION: u32 = 0x9B;
const REFERENCE_BLOCK: u32 = 0xFB;
/// The elements of a block group that are read.
const GROUP_LIMIT: usize = 32;
/// The bytes of the header of a block without lacing: a track number, a time and flags.
const HEADER_BYTES: usize = 11;
/// The most bytes of the header of a block with lacing: the sizes of 256 frames.
const LACED_HEADER_BYTES: usize = 64 * 1024;
/// The flag of a simple block with which decoding can start.
const IS_KEY: u8 = 0x80;

/// A frame in a block.
#[derive(Debug, Clone, Copy)]
pub struct Frame {
    /// The offset in the file.
    pub offset: u64,
    /// The size in bytes.
    pub size: u32,
    /// The time in ticks of the segment; `None` for frames after the first of a block.
    pub time: Option<i64>,
    /// Whether decoding can start with the frame.
    pub is_key: bool,
    /// The element with the duration in ticks of the segment, if the group of the block has one. Only texts need it.
    pub duration: Option<Element>,
}

/// A track that takes the frames of its blocks.
pub trait FrameSink {
    /// Returns the number of the track in blocks.
    fn number(&self) -> u64;

    /// Takes a frame. Those of a track come in the order of the file.
    fn push(&mut self, source: &mut Source<'_>, frame: Frame) -> Result<()>;
}

/// What a block group states of its block. A simple block states itself whether it is a key frame, and no duration.
#[derive(Debug, Clone, Copy, Default)]
struct Group {
    is_key: Option<bool>,
    duration: Option<Element>,
}

/// Reads an element of a cluster: its time, or a block. `time` is that of the cluster.
pub fn read_element<T: FrameSink>(
    segment: &mut Segment<T>,
    source: &mut Source<'_>,
    element: &Element,
    time: &mut u64,
) -> Result<()> {
    match element.id {
        TIMESTAMP => *time = ebml::unsigned(source, element)?,
        SIMPLE_BLOCK => {
            read_block(segment, source, element.content, *time, Group::default())?;
        }
        BLOCK_GROUP => {
            let children = ebml::children(source, element.content, GROUP_LIMIT)?;
            let find = |id| children.iter().find(|child| child.id == id);
            let is_key = find(REFERENCE_BLOCK).is_none();
            let group = Group { is_key: Some(is_key), duration: find(BLOCK_DURATION).copied() };
            if let Some(block) = find(BLOCK) {
                read_block(segment, source, block.content, *time, group)?;
            }
        }
        _ => {}
    }
    Ok(())
}

/// Reads a block.
fn read_block<T: FrameSink>(
    segment: &mut Segment<T>,
    source: &mut Source<'_>,
    block: Span,
    cluster_time: u64,
    group: Group,
) -> Result<()> {
    let head = source.vec(block, HEADER_BYTES)?;
    let Some((number, width)) = ebml::variable_integer(&head) else { return Ok(()) };
    let Some(position) = segment.tracks.iter().position(|track| track.number() == number) else {
        return Ok(());
    };
    let Some(flags) = head.get(width + 2).copied() else { return Ok(()) };
    let relative = i64::from(u16_at(&head, width).cast_signed());
    let time = i64::try_from(cluster_time).unwrap_or(i64::MAX).saturating_add(relative);
    let is_key = group.is_key.unwrap_or(flags & IS_KEY != 0);
    let start = block.start + width as u64 + 3;
    let lacing = flags >> 1 & 3;
    let sizes = if lacing == 0 {
        Lace { header: 0, sizes: vec![block.end.saturating_sub(start)] }
    } else {
        let content = Span { start, end: block.end };
        let bytes = source.vec(content, LACED_HEADER_BYTES)?;
        // A damaged block is left out.
        let Some(lace) = lace(lacing, &bytes, content.len()) else { return Ok(()) };
        lace
    };
    let mut offset = start + sizes.header;
    for (index, size) in sizes.sizes.into_iter().enumerate() {
        let Ok(short) = u32::try_from(size) else { return Ok(()) };
        let time = (index == 0).then_some(time);
        segment.take_sample()?;
        let frame = Frame { offset, size: short, time, is_key, duration: group.duration };
        segment.tracks[position].push(source, frame)?;
        offset += size;
    }
    Ok(())
}

/// The frames of a block with lacing.
#[derive(Debug, PartialEq, Eq)]
struct Lace {
    /// The bytes before the first frame.
    header: u64,
    /// The sizes of the frames.
    sizes: Vec<u64>,
}

/// Reads the sizes of frames (section 10). `bytes` is the start of a content of `length` bytes. `None` if the sizes are more
/// than the content has.
fn lace(lacing: u8, bytes: &[u8], length: u64) -> Option<Lace> {
    let (count, mut rest) = bytes.split_first()?;
    let others = usize::from(*count); // one less than there are frames
    let mut sizes = Vec::with_capacity(others + 1);
    match lacing {
        1 => {
            for _ in 0..others {
                sizes.push(xiph_size(&mut rest)?);
            }
        }
        3 => {
            let mut last = 0_i64;
            for index in 0..others {
                let (value, width) = ebml::variable_integer(rest)?;
                rest = rest.get(width..)?;
                let value = i64::try_from(value).ok()?;
                // After the first, differences with the middle of the range as 0.
                let bias = (1_i64 << (7 * width - 1)) - 1;
                last = if index == 0 { value } else { last.checked_add(value - bias)? };
                sizes.push(u64::try_from(last).ok()?);
            }
        }
        _ => {
            let frames = others as u64 + 1;
            let size = (length - 1) / frames;
            let is_even = size * frames == length - 1;
            return is_even.then(|| Lace { header: 1, sizes: vec![size; others + 1] });
        }
    }
    let header = (bytes.len() - rest.len()) as u64;
    let stated = sizes.iter().try_fold(header, |sum, size| sum.checked_add(*size))?;
    sizes.push(length.checked_sub(stated)?);
    Some(Lace { header, sizes })
}

/// Reads a size of Xiph lacing: bytes of 255 and one that is smaller.
fn xiph_size(rest: &mut &[u8]) -> Option<u64> {
    let mut size = 0;
    loop {
        let (byte, after) = rest.split_first()?;
        *rest = after;
        size += u64::from(*byte);
        if *byte < 255 {
            return Some(size);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(lacing: u8, bytes: &[u8], length: u64) -> Option<(u64, Vec<u64>)> {
        lace(lacing, bytes, length).map(|lace| (lace.header, lace.sizes))
    }

    #[test]
    fn each_lacing_is_read() {
        // The examples of RFC 9559, section 10: frames of 800, 500 and 1000 bytes.
        let xiph = [2, 255, 255, 255, 35, 255, 245];
        assert_eq!(sizes(1, &xiph, 7 + 2300), Some((7, vec![800, 500, 1000])));
        let ebml = [2, 0x43, 0x20, 0x5E, 0xD3];
        assert_eq!(sizes(3, &ebml, 5 + 2300), Some((5, vec![800, 500, 1000])));
        assert_eq!(sizes(2, &[2], 1 + 2400), Some((1, vec![800, 800, 800])));
    }

    #[test]
    fn sizes_beyond_the_block_are_refused() {
        assert_eq!(sizes(1, &[1, 255, 255], 100), None);
        assert_eq!(sizes(1, &[1, 200], 100), None);
        assert_eq!(sizes(3, &[2, 0x81, 0x80], 100), None); // a negative size
        assert_eq!(sizes(2, &[2], 101), None);
        assert_eq!(sizes(2, &[], 0), None);
    }
}
