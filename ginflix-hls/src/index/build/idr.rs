//! IDR pictures of H.264 (ITU-T H.264, section 3.69), at which every player can start.
//!
//! Containers also mark other intra pictures as sync samples: those after which some pictures refer to earlier ones, as
//! in open groups of pictures. Chromium starts decoding at IDR pictures only, so segments are cut there if the file has
//! enough of them.

use ginflix_api::inspection::Codec;
use ginflix_media::mp4::boxes;
use ginflix_media::source::{Source, Stop, u32_at};

use crate::entry::VISUAL_BYTES;
use crate::error::Result;
use crate::sample::{Sample, SampleWriter};
use crate::track::SourceTrack;

/// The longest segment that starts with an IDR picture, in seconds. If IDR pictures are further apart, segments start at all
/// sync samples.
const LONGEST_SEGMENT_SECONDS: i64 = 20;
/// The sync samples that are looked at, spread over the file. Only if one is no IDR picture, all are.
const PROBES: u64 = 32;
/// The NAL units of a sample that are looked at: a delimiter, parameter sets and messages come before the picture.
const UNITS_LIMIT: usize = 32;

/// Keeps only those sync samples of a track of H.264 that are IDR pictures, if segments do not become too long.
///
/// # Errors
/// The file cannot be read, or the budget is used up.
pub fn keep_idr_pictures(
    source: &mut Source<'_>,
    codec: Codec,
    track: &mut SourceTrack,
) -> Result<()> {
    let Some(length_bytes) = length_bytes(&track.sample_entry) else { return Ok(()) };
    if codec != Codec::H264 || !track.sample_prefix.is_empty() {
        return Ok(());
    }
    let sync = || track.samples.iter().filter(|sample| sample.is_sync);
    let step = (sync().count() as u64).div_ceil(PROBES).max(1) as usize;
    let mut are_all_idr = true;
    for sample in sync().step_by(step) {
        are_all_idr &= is_idr(source, &sample, length_bytes)?;
    }
    if are_all_idr {
        return Ok(());
    }
    let longest = LONGEST_SEGMENT_SECONDS * i64::from(track.timescale);
    let (mut writer, mut start) = (SampleWriter::default(), None);
    for sample in track.samples.iter() {
        let time = sample.presentation();
        let is_sync = sample.is_sync && is_idr(source, &sample, length_bytes)?;
        if is_sync {
            start = Some(time);
        }
        if start.is_some_and(|start| time.saturating_sub(start) > longest) {
            return Ok(());
        }
        writer.push(Sample { is_sync, ..sample });
    }
    if start.is_some() {
        track.samples = writer.finish();
    }
    Ok(())
}

/// Returns the bytes of the length before each NAL unit, which the `avcC` box of a sample entry states (ISO/IEC 14496-15,
/// section 5.3.3.1); `None` if there is no such box.
fn length_bytes(sample_entry: &[u8]) -> Option<usize> {
    let extensions = sample_entry.get(VISUAL_BYTES..)?;
    let (_, record) = boxes::in_bytes(extensions).find(|(kind, _)| kind == b"avcC")?;
    Some(usize::from(record.get(4)? & 3) + 1)
}

/// Returns whether the picture of a sample is an IDR picture: whether the first NAL unit of a slice has type 5 (ITU-T H.264,
/// table 7-1).
fn is_idr(source: &mut Source<'_>, sample: &Sample, length_bytes: usize) -> Result<bool> {
    const HEADER_BYTES: usize = 1;
    let (mut at, end) = (sample.offset, sample.offset.saturating_add(u64::from(sample.size)));
    for _ in 0..UNITS_LIMIT {
        if at.saturating_add((length_bytes + HEADER_BYTES) as u64) > end {
            return Ok(false);
        }
        let head = match source.bytes(at, length_bytes + HEADER_BYTES) {
            Ok(head) => head,
            Err(Stop::End { .. }) => return Ok(false),
            Err(error) => return Err(error.into()),
        };
        let (length, header) = head.split_at(length_bytes);
        match header.first().map(|byte| byte & 31) {
            Some(5) => return Ok(true),
            Some(1..=4) => return Ok(false),
            _ => {}
        }
        let mut padded = [0; 4];
        padded[4 - length_bytes..].copy_from_slice(length);
        at = at.saturating_add(length_bytes as u64 + u64::from(u32_at(&padded, 0)));
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use ginflix_media::source::Budget;

    use super::*;
    use crate::boxes::boxed;

    /// A sample with a delimiter and a picture, as a track with lengths of two bytes has it.
    fn sample(unit: u8) -> Vec<u8> {
        vec![0, 2, 9, 0xF0, 0, 3, 0x60 | unit, 1, 2]
    }

    /// Returns which samples of one a second stay sync samples.
    fn kept(units: &[(u8, bool)]) -> Vec<bool> {
        let (mut content, mut writer) = (Vec::new(), SampleWriter::default());
        for (time, (unit, is_sync)) in (0..).zip(units) {
            let (offset, size) = (content.len() as u64, 9);
            content.extend(sample(*unit));
            let is_sync = *is_sync;
            writer.push(Sample { offset, size, time, duration: 1, is_sync, ..Sample::default() });
        }
        let mut entry = vec![0; VISUAL_BYTES];
        entry.extend(boxed(b"avcC", &[1, 100, 0, 40, 0xFD]));
        let mut track = SourceTrack {
            timescale: 1,
            samples: writer.finish(),
            sample_entry: entry,
            ..SourceTrack::default()
        };
        let content = content.as_slice();
        let mut source = Source::new(&content, Budget::default()).unwrap();
        keep_idr_pictures(&mut source, Codec::H264, &mut track).unwrap();
        track.samples.iter().map(|sample| sample.is_sync).collect()
    }

    #[test]
    fn sync_samples_that_are_no_idr_pictures_are_left_out() {
        assert_eq!(kept(&[(5, true), (1, false), (1, true)]), [true, false, false]);
        assert_eq!(kept(&[(5, true), (1, false), (5, true)]), [true, false, true]);
    }

    #[test]
    fn all_sync_samples_are_kept_if_idr_pictures_are_too_rare() {
        let mut units = vec![(5, true), (1, true)];
        units.resize(21, (1, false));
        assert!(!kept(&units)[1], "20 s are not too long");
        units.push((1, false));
        assert!(kept(&units)[1], "21 s are too long");
        assert_eq!(kept(&[(1, true), (1, true)]), [true, true], "there is none");
    }

    #[test]
    fn a_sample_that_is_no_sequence_of_units_is_no_idr_picture() {
        let content = [0xFF; 9].as_slice();
        let mut source = Source::new(&content, Budget::default()).unwrap();
        for size in [0, 1, 2, 9, 100] {
            let sample = Sample { size, ..Sample::default() };
            assert!(!is_idr(&mut source, &sample, 2).unwrap(), "{size} bytes");
        }
    }
}
