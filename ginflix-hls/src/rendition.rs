//! Renditions: the forms of the tracks of a file that HLS offers.

use ginflix_api::inspection::{Codec, Ratio, Track};

use crate::moment::Moment;

/// The kind of a rendition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RenditionKind {
    /// The video track.
    Video,
    /// An audio track.
    Audio,
    /// Some sync samples of the video track, one a segment, for fast forward and previews (RFC 8216, section 4.3.3.6).
    IFrames,
    /// A text, which is no part of an index ([`crate::texts`]).
    Text,
}

/// The dynamic range of a video (RFC 8216bis, section 4.4.6.2, attribute `VIDEO-RANGE`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum VideoRange {
    /// Standard.
    #[default]
    Sdr,
    /// Hybrid log-gamma.
    Hlg,
    /// The perceptual quantizer.
    Pq,
}

/// What only a video has.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VideoFormat {
    /// The width and height of the picture in `tkhd`, as numbers of 16.16 bits, before rotation.
    pub track_size: [u32; 2],
    /// The size at which to show the picture, after rotation.
    pub display_size: [u32; 2],
    /// The transformation matrix of `tkhd` (ISO/IEC 14496-12, section 8.3.2).
    pub matrix: [u32; 9],
    /// The frames a second.
    pub frame_rate: Option<Ratio>,
    /// The dynamic range.
    pub range: VideoRange,
}

/// The matrix that changes nothing.
pub const UNITY_MATRIX: [u32; 9] = [0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000];

/// What only audio has.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AudioFormat {
    /// The number of channels.
    pub channels: u32,
    /// The samples a second of each channel.
    pub sample_rate: u32,
    /// Whether players select the rendition by default.
    pub is_default: bool,
}

/// What is known of a text besides its cues.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TextInfo {
    /// The language (BCP 47).
    pub language: Option<String>,
    /// The name for people.
    pub name: Option<String>,
    /// Whether players select it by default.
    pub is_default: bool,
    /// Whether it is shown even if no subtitles are wanted.
    pub is_forced: bool,
    /// Whether it is made for people with hearing impairments.
    pub is_for_hearing_impaired: bool,
}

impl From<&Track> for TextInfo {
    fn from(track: &Track) -> Self {
        Self {
            language: track.language.clone(),
            name: track.name.clone(),
            is_default: track.default,
            is_forced: track.forced,
            is_for_hearing_impaired: track.hearing_impaired,
        }
    }
}

/// How the times of samples become those of segments. A sample is presented at its decoding time plus its composition offset
/// plus `decode_shift` plus `composition_shift` minus `media_time`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Shifts {
    /// What is added to decoding times in ticks.
    pub decode: i64,
    /// What is added to composition offsets in ticks, so that none is negative.
    pub composition: u32,
    /// The media time in ticks at which the presentation starts: that of the edit list (ISO/IEC 14496-12, section 8.6.6).
    pub media_time: u64,
}

impl Shifts {
    /// Returns the shifts for samples of which the first is decoded at `first_time`, whose lowest composition offset is
    /// `lowest` or 0, and to whose presentation times `offset` must be added. All are ticks.
    pub fn new(first_time: i64, lowest: i32, offset: i64) -> Self {
        // A decoding time in a segment is never negative; the edit list takes away what is too much.
        let decode = offset.max(first_time.saturating_neg());
        let composition = lowest.min(0).unsigned_abs();
        let media_time = decode.saturating_sub(offset).saturating_add(i64::from(composition));
        Self { decode, composition, media_time: media_time.max(0).unsigned_abs() }
    }

    /// Returns what is added to a presentation time of the source.
    pub fn presentation(&self) -> i64 {
        let media_time = i64::try_from(self.media_time).unwrap_or(i64::MAX);
        self.decode.saturating_add(i64::from(self.composition)).saturating_sub(media_time)
    }
}

/// The bit rates of a rendition, without playlists, in bits a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BitRates {
    /// The rate of the segments with the most bytes for their time (RFC 8216, section 4.3.4.2).
    pub peak: u64,
    /// The rate of all segments together.
    pub average: u64,
}

/// A rendition, as the header of an index describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendition {
    /// The kind.
    pub kind: RenditionKind,
    /// The number that the container gives to the track.
    pub track: u64,
    /// The codec.
    pub codec: Codec,
    /// The codec as a parameter of a media type (RFC 6381).
    pub codecs: String,
    /// The ticks a second.
    pub timescale: u32,
    /// The language (BCP 47).
    pub language: Option<String>,
    /// The name for people.
    pub name: Option<String>,
    /// What only a video has; empty for audio.
    pub video: VideoFormat,
    /// What only audio has; empty for video.
    pub audio: AudioFormat,
    /// The sample entry of the initialization segment, which is a box.
    pub sample_entry: Vec<u8>,
    /// The bytes that the source lacks at the start of each sample (RFC 9559, section 5.1.4.1.31.6).
    pub sample_prefix: Vec<u8>,
    /// How times are shifted.
    pub shifts: Shifts,
    /// The duration of the presentation until the end of the last sample, in ticks.
    pub duration: u64,
    /// The number of segments.
    pub segments: u32,
    /// The bit rates.
    pub bit_rates: BitRates,
}

impl Rendition {
    /// Returns the moment at which the last sample ends.
    pub fn end(&self) -> Moment {
        Moment::new(i64::try_from(self.duration).unwrap_or(i64::MAX), self.timescale)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shifts_keep_decoding_times_positive_and_presentation_times_right() {
        for (first_time, lowest, offset) in [
            (0, 0, 0),
            (0, 0, -1024),        // priming of audio, or B-frames
            (0, -1024, 0),        // negative composition offsets
            (0, 0, 500),          // an empty edit
            (90_000, -10, 2_000), // a recording that did not start at 0
            (90_000, 0, -80_000),
            (90_000, 0, -100_000),
            (-5, -3, 0),
        ] {
            let shifts = Shifts::new(first_time, lowest, offset);
            assert!(first_time + shifts.decode >= 0, "{first_time} {lowest} {offset}");
            assert_eq!(shifts.presentation(), offset, "{first_time} {lowest} {offset}");
        }
        assert_eq!(Shifts::new(0, 0, 500), Shifts { decode: 500, ..Shifts::default() });
        assert_eq!(Shifts::new(0, 0, -1024), Shifts { media_time: 1024, ..Shifts::default() });
    }
}
