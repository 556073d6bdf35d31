//! The rules of media segments (ISO/IEC 14496-12, section 8.8, and CMAF, ISO/IEC 23000-19).

use super::boxes::{BOX_RULE, Fields, ReadBox, children, only, read_boxes};
use super::init::{Broken, ONE_TRACK, TrackFacts};

/// The rule that each track fragment states its decoding time.
const DECODE_TIME: &str = "RFC 8216, section 3.3";
/// The rule of the box `tfdt`.
const TFDT: &str = "ISO/IEC 14496-12, section 8.8.12";
/// The rule of the box `trun`.
const TRUN: &str = "ISO/IEC 14496-12, section 8.8.8";
/// The rule of the box `tfhd`.
const TFHD: &str = "ISO/IEC 14496-12, section 8.8.7";
/// The rule of the box `moof`.
const MOOF: &str = "ISO/IEC 14496-12, section 8.8.4";
/// The rule that segments start with a sync sample.
const SYNC: &str = "Apple's HLS authoring specification, rule 7.4";
/// The rule that a segment of an I-frame playlist is one I-frame.
const ONE_I_FRAME: &str = "RFC 8216, section 4.3.3.6";

/// The flag of a sample that is not a sync sample (ISO/IEC 14496-12, section 8.8.3.1).
const IS_NON_SYNC: u32 = 0x1_0000;

/// What a segment says of its samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FragmentFacts {
    /// The decoding time of the first sample in ticks.
    pub decode_time: u64,
    /// The presentation time of the first sample in ticks, from the start of the presentation.
    pub presentation_time: i64,
    /// The duration of all samples in ticks.
    pub duration: u64,
}

/// Reads a segment of `size` bytes, of which `bytes` is the beginning. `is_i_frames` says whether it belongs to an I-frame
/// playlist.
///
/// # Errors
/// The first rule that it breaks.
pub fn read(
    bytes: &[u8],
    size: u64,
    track: &TrackFacts,
    is_i_frames: bool,
) -> Result<FragmentFacts, Broken> {
    let boxes = read_boxes(bytes, size).map_err(|found| (BOX_RULE, found))?;
    let fragment = only(&boxes, b"moof").map_err(|found| (MOOF, found))?;
    let data = only(&boxes, b"mdat").map_err(|found| (MOOF, found))?;
    let in_fragment = children(fragment.content).map_err(|found| (BOX_RULE, found))?;
    let in_track = only(&in_fragment, b"traf").map_err(|found| (ONE_TRACK, found))?;
    let in_track = children(in_track.content).map_err(|found| (BOX_RULE, found))?;
    let header = only(&in_track, b"tfhd").map_err(|found| (TFHD, found))?;
    let defaults = Defaults::read(header.content, track)?;
    let time = only(&in_track, b"tfdt").map_err(|found| (DECODE_TIME, found))?;
    let decode_time = decode_time(time.content)?;
    let run = only(&in_track, b"trun").map_err(|found| (TRUN, found))?;
    let run = Run::read(run.content, &defaults)?;
    check_place(&run, &fragment, &data)?;
    if is_i_frames && run.count != 1 {
        return Err((
            ONE_I_FRAME,
            format!("there are {} samples instead of one I-frame", run.count),
        ));
    }
    if track.is_video && run.first_flags & IS_NON_SYNC != 0 {
        return Err((SYNC, "the first sample of the video is not a sync sample".to_owned()));
    }
    let presentation_time = i64::try_from(decode_time)
        .unwrap_or(i64::MAX)
        .saturating_add(run.first_composition)
        .saturating_sub(track.media_time);
    Ok(FragmentFacts { decode_time, presentation_time, duration: run.duration })
}

fn short(name: &str) -> Broken {
    (BOX_RULE, format!("the box `{name}` is too short for its fields"))
}

/// Checks that the samples are what `mdat` contains.
fn check_place(run: &Run, fragment: &ReadBox<'_>, data: &ReadBox<'_>) -> Result<(), Broken> {
    let expected = i128::from(data.content_start) - i128::from(fragment.start);
    if i128::from(run.data_offset) != expected {
        let own = run.data_offset;
        return Err((
            TRUN,
            format!("the data offset is {own}, and the content of `mdat` is at {expected}"),
        ));
    }
    let length = data.end - data.content_start;
    if run.bytes != length {
        let own = run.bytes;
        return Err((TRUN, format!("the samples have {own} bytes, and `mdat` has {length}")));
    }
    Ok(())
}

/// What holds for samples for which a run states nothing else.
struct Defaults {
    duration: u32,
    size: u32,
    flags: u32,
}

impl Defaults {
    /// Reads `tfhd`.
    fn read(content: &[u8], track: &TrackFacts) -> Result<Self, Broken> {
        const BASE_IS_MOOF: u32 = 0x2_0000;
        let missing = || short("tfhd");
        let mut fields = Fields::new(content);
        let (_, flags) = fields.version_and_flags().ok_or_else(missing)?;
        let id = fields.u32().ok_or_else(missing)?;
        if id != track.id {
            let expected = track.id;
            return Err((
                TFHD,
                format!("the track is {id}, and that of the initialization segment {expected}"),
            ));
        }
        if flags & BASE_IS_MOOF == 0 {
            let found = "the flag default-base-is-moof is not set".to_owned();
            return Err((ONE_TRACK, found));
        }
        let mut read = |flag: u32, or: u32| match flags & flag {
            0 => Ok(or),
            _ => fields.u32().ok_or_else(missing),
        };
        // The description comes first; which one it is does not matter here.
        read(0x2, 0)?;
        Ok(Self {
            duration: read(0x8, track.default_duration)?,
            size: read(0x10, track.default_size)?,
            flags: read(0x20, track.default_flags)?,
        })
    }
}

/// Reads `tfdt`.
fn decode_time(content: &[u8]) -> Result<u64, Broken> {
    let mut fields = Fields::new(content);
    let (version, _) = fields.version_and_flags().ok_or_else(|| short("tfdt"))?;
    if version > 1 {
        return Err((TFDT, format!("there is no version {version} of the box `tfdt`")));
    }
    fields.integer(version == 1).ok_or_else(|| short("tfdt"))
}

/// What a track run says of its samples.
struct Run {
    count: u32,
    data_offset: i32,
    first_flags: u32,
    /// The composition offset of the first sample in ticks.
    first_composition: i64,
    /// The size of all samples.
    bytes: u64,
    /// The duration of all samples in ticks.
    duration: u64,
}

impl Run {
    /// Reads `trun`.
    fn read(content: &[u8], defaults: &Defaults) -> Result<Self, Broken> {
        const DATA_OFFSET: u32 = 0x1;
        let missing = || short("trun");
        let mut fields = Fields::new(content);
        let (version, flags) = fields.version_and_flags().ok_or_else(missing)?;
        let count = fields.u32().ok_or_else(missing)?;
        if count == 0 {
            return Err((TRUN, "there is no sample".to_owned()));
        }
        if flags & DATA_OFFSET == 0 {
            return Err((TRUN, "the data offset is missing".to_owned()));
        }
        let data_offset = fields.u32().ok_or_else(missing)?.cast_signed();
        let first_flags = match flags & 0x4 {
            0 => None,
            _ => Some(fields.u32().ok_or_else(missing)?),
        };
        let mut run = Self {
            count,
            data_offset,
            first_flags: first_flags.unwrap_or(defaults.flags),
            first_composition: 0,
            bytes: 0,
            duration: 0,
        };
        for number in 0..count {
            let mut read = |flag: u32, or: u32| match flags & flag {
                0 => Ok(or),
                _ => fields.u32().ok_or_else(missing),
            };
            run.duration += u64::from(read(0x100, defaults.duration)?);
            run.bytes += u64::from(read(0x200, defaults.size)?);
            let own_flags = read(0x400, run.first_flags)?;
            let composition = read(0x800, 0)?;
            if number == 0 {
                run.first_flags = own_flags;
                run.first_composition = match version {
                    0 => i64::from(composition),
                    _ => i64::from(composition.cast_signed()),
                };
            }
            // Nothing is stored of each sample, so the others need not be read.
            if flags & 0xF00 == 0 {
                let others = u64::from(count - 1);
                run.duration += others * u64::from(defaults.duration);
                run.bytes += others * u64::from(defaults.size);
                break;
            }
        }
        Ok(run)
    }
}

#[cfg(test)]
mod tests;
