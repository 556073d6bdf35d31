//! Media segments (ISO/IEC 14496-12, section 8.16, and CMAF, ISO/IEC 23000-19, section 7.3.2): a segment type, a movie
//! fragment with one track run, and the samples.

use ginflix_media::source::ReadAt;

use crate::boxes::{boxed, full, joined};
use crate::content::Content;
use crate::error::{Error, Result};
use crate::index::{Entry, Index};
use crate::init::{NON_SYNC_FLAGS, SYNC_FLAGS, track_id};
use crate::rendition::{Rendition, RenditionKind};
use crate::sample::Sample;

/// The flags of `tfhd` and `trun` (sections 8.8.7 and 8.8.8).
mod flag {
    pub const DEFAULT_DURATION: u32 = 0x8;
    pub const DEFAULT_SIZE: u32 = 0x10;
    pub const DEFAULT_FLAGS: u32 = 0x20;
    pub const BASE_IS_MOOF: u32 = 0x2_0000;
    pub const DATA_OFFSET: u32 = 0x1;
    pub const FIRST_FLAGS: u32 = 0x4;
    pub const DURATION: u32 = 0x100;
    pub const SIZE: u32 = 0x200;
    pub const FLAGS: u32 = 0x400;
    pub const COMPOSITION: u32 = 0x800;
}

/// The bytes of the header of `mdat`, and of one whose size needs 64 bits.
const MDAT_HEADER_BYTES: [u32; 2] = [8, 16];

/// Returns a segment. `stored` is the index, `segment` counts from 0. The work is that for the samples of the segment.
///
/// # Errors
/// [`Error::NotFound`] if there is no such rendition or segment, [`Error::Index`] if the index is damaged,
/// [`Error::Io`] if it cannot be read.
pub fn segment(
    index: &Index,
    stored: &dyn ReadAt,
    position: usize,
    segment: u32,
) -> Result<Content> {
    let rendition = index.renditions.get(position).ok_or(Error::NotFound)?;
    let entry = index.entry(stored, position, segment)?;
    let samples = index.samples(stored, position, &entry)?;
    Ok(build(rendition, track_id(position), segment, &entry, &samples))
}

fn build(
    rendition: &Rendition,
    track_id: u32,
    number: u32,
    entry: &Entry,
    samples: &[Sample],
) -> Content {
    let prefix = &rendition.sample_prefix;
    let size = |sample: &Sample| u64::from(sample.size) + prefix.len() as u64;
    let bytes: u64 = samples.iter().map(size).sum();
    let head = [
        joined(b"styp", &[b"msdh", &[0; 4], b"msdh", b"cmfs"]),
        fragment(rendition, track_id, number, entry, samples, bytes),
        media_data_header(bytes),
    ];
    let mut content = Content::default();
    content.push_literal(&head.concat());
    for sample in samples {
        content.push_literal(prefix);
        content.push_file(sample.offset, u64::from(sample.size));
    }
    content
}

/// Writes the header of `mdat` for so many bytes.
fn media_data_header(bytes: u64) -> Vec<u8> {
    match u32::try_from(bytes + 8) {
        Ok(size) => [&size.to_be_bytes()[..], b"mdat"].concat(),
        Err(_) => [&[0, 0, 0, 1][..], b"mdat", &(bytes + 16).to_be_bytes()].concat(),
    }
}

/// Writes the movie fragment box. Its length does not depend on the offset of the data that it states.
fn fragment(
    rendition: &Rendition,
    track_id: u32,
    number: u32,
    entry: &Entry,
    samples: &[Sample],
    bytes: u64,
) -> Vec<u8> {
    let header = full(b"mfhd", 0, 0, &number.saturating_add(1).to_be_bytes());
    let time = entry.state.time.saturating_add(rendition.shifts.decode).max(0);
    let time = full(b"tfdt", 1, 0, &time.to_be_bytes());
    let run = Run::new(rendition, samples);
    let track_header = run.track_header(track_id);
    let with_offset = |offset: u32| {
        let children = [&track_header[..], &time, &run.encode(rendition, samples, offset)];
        boxed(b"moof", &[&header[..], &joined(b"traf", &children)].concat())
    };
    let is_long = u32::try_from(bytes + 8).is_err();
    let length = with_offset(0).len() as u32;
    with_offset(length + MDAT_HEADER_BYTES[usize::from(is_long)])
}

/// Which fields of a track run its samples need, and which the track fragment states for all.
struct Run {
    duration: Option<u32>,
    size: Option<u32>,
    /// The flags of all samples but the first.
    flags: Option<u32>,
    first_flags: Option<u32>,
    has_composition: bool,
}

impl Run {
    fn new(rendition: &Rendition, samples: &[Sample]) -> Self {
        let flags = |sample: &Sample| flags_of(rendition.kind, sample);
        let first = samples.first();
        let others = samples.get(1..).unwrap_or_default();
        let common = others.first().or(first).map(flags);
        let are_equal = others.iter().all(|sample| Some(flags(sample)) == common);
        Self {
            duration: all_equal(samples.iter().map(|sample| sample.duration)),
            size: all_equal(samples.iter().map(|sample| size_of(rendition, sample))),
            flags: common.filter(|_| are_equal),
            first_flags: first.map(flags).filter(|own| are_equal && Some(*own) != common),
            has_composition: samples.iter().any(|sample| composition(rendition, sample) != 0),
        }
    }

    fn track_header(&self, track_id: u32) -> Vec<u8> {
        let (mut flags, mut fields) = (flag::BASE_IS_MOOF, track_id.to_be_bytes().to_vec());
        for (present, value) in [
            (flag::DEFAULT_DURATION, self.duration),
            (flag::DEFAULT_SIZE, self.size),
            (flag::DEFAULT_FLAGS, self.flags),
        ] {
            if let Some(value) = value {
                flags |= present;
                fields.extend(value.to_be_bytes());
            }
        }
        full(b"tfhd", 0, flags, &fields)
    }

    fn encode(&self, rendition: &Rendition, samples: &[Sample], data_offset: u32) -> Vec<u8> {
        let mut flags = flag::DATA_OFFSET;
        let mut fields = (samples.len() as u32).to_be_bytes().to_vec();
        fields.extend(data_offset.to_be_bytes());
        if let Some(first) = self.first_flags {
            flags |= flag::FIRST_FLAGS;
            fields.extend(first.to_be_bytes());
        }
        for (present, is_needed) in [
            (flag::DURATION, self.duration.is_none()),
            (flag::SIZE, self.size.is_none()),
            (flag::FLAGS, self.flags.is_none()),
            (flag::COMPOSITION, self.has_composition),
        ] {
            flags |= if is_needed { present } else { 0 };
        }
        for sample in samples {
            if self.duration.is_none() {
                fields.extend(sample.duration.to_be_bytes());
            }
            if self.size.is_none() {
                fields.extend(size_of(rendition, sample).to_be_bytes());
            }
            if self.flags.is_none() {
                fields.extend(flags_of(rendition.kind, sample).to_be_bytes());
            }
            if self.has_composition {
                fields.extend(composition(rendition, sample).to_be_bytes());
            }
        }
        // No composition offset is negative, but version 1 is what CMAF asks for beside an edit list.
        full(b"trun", 1, flags, &fields)
    }
}

fn size_of(rendition: &Rendition, sample: &Sample) -> u32 {
    let prefix = u32::try_from(rendition.sample_prefix.len()).unwrap_or(u32::MAX);
    sample.size.saturating_add(prefix)
}

fn composition(rendition: &Rendition, sample: &Sample) -> i32 {
    sample.composition.saturating_add_unsigned(rendition.shifts.composition)
}

fn flags_of(kind: RenditionKind, sample: &Sample) -> u32 {
    let is_sync = sample.is_sync || kind == RenditionKind::Audio;
    if is_sync { SYNC_FLAGS } else { NON_SYNC_FLAGS }
}

/// Returns the value that all have; `None` if they differ.
fn all_equal(mut values: impl Iterator<Item = u32>) -> Option<u32> {
    let first = values.next()?;
    values.all(|value| value == first).then_some(first)
}

#[cfg(test)]
mod tests;
