//! The durations of audio frames, which Matroska does not state.

use ginflix_api::inspection::{Codec, Track};
use ginflix_media::codec::bits::Bits;

use crate::entry;

/// The bytes at the start of a frame that are enough to know its duration.
pub const HEAD_BYTES: usize = 16;
/// The samples of a frame of AC-3 (ETSI TS 102 366, section 4).
const AC3_SAMPLES: u32 = 1536;
/// The samples of a block of FLAC by their code (RFC 9639, section 9.1.1); 0 is stated elsewhere.
const FLAC_BLOCKS: [u32; 16] =
    [0, 192, 576, 1152, 2304, 4608, 0, 0, 256, 512, 1024, 2048, 4096, 8192, 16_384, 32_768];

/// How the duration of a frame is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameDuration {
    /// All frames have as many samples.
    Constant(u32),
    /// The frame says it itself.
    Opus,
    /// The frame says it itself.
    Flac,
    /// The frame says it itself.
    Eac3,
    /// The frame says it itself.
    Mp3,
}

impl FrameDuration {
    /// Returns how the durations of the frames of a track are known. `private` is the private data of the codec.
    pub fn new(track: &Track, private: &[u8]) -> Self {
        match track.codec {
            Codec::Opus => Self::Opus,
            Codec::Flac => Self::Flac,
            Codec::Eac3 => Self::Eac3,
            Codec::Mp3 => Self::Mp3,
            Codec::Ac3 => Self::Constant(AC3_SAMPLES),
            _ => Self::Constant(aac_samples(track, private)),
        }
    }

    /// Returns whether the start of each frame must be read.
    pub fn needs_head(&self) -> bool {
        !matches!(self, Self::Constant(_))
    }

    /// Returns the samples of a frame; `None` if its start is not valid.
    pub fn of(&self, head: &[u8]) -> Option<u32> {
        match self {
            Self::Constant(samples) => Some(*samples),
            Self::Opus => opus_samples(head),
            Self::Flac => flac_samples(head),
            Self::Eac3 => entry::eac3_blocks(head),
            Self::Mp3 => mp3_samples(head),
        }
    }
}

/// Returns the samples of a frame of AAC (ISO/IEC 14496-3, section 4.5.2.1): twice as many after spectral band
/// replication.
fn aac_samples(track: &Track, private: &[u8]) -> u32 {
    let is_replicated =
        track.codec_string.as_deref().is_some_and(|c| c.ends_with(".5") || c.ends_with(".29"));
    let mut bits = Bits::new(private);
    // The object type, the sample rate by an index, the channels, and the flag of frames of 960 samples.
    let is_short = bits.take(5).is_some_and(|object_type| object_type == 2)
        && bits.take(4).is_some_and(|index| index != 15)
        && bits.skip(4).is_some()
        && bits.flag() == Some(true);
    match (is_replicated, is_short) {
        (true, _) => 2048,
        (_, true) => 960,
        _ => 1024,
    }
}

/// Returns the samples at 48 kHz of a packet of Opus (RFC 6716, section 3.1).
fn opus_samples(head: &[u8]) -> Option<u32> {
    let first = *head.first()?;
    let configuration = first >> 3;
    let frame = match configuration {
        0..=11 => [480, 960, 1920, 2880][usize::from(configuration & 3)],
        12..=15 => [480, 960][usize::from(configuration & 1)],
        _ => [120, 240, 480, 960][usize::from(configuration & 3)],
    };
    let frames = match first & 3 {
        0 => 1,
        3 => u32::from(head.get(1)? & 0x3F),
        _ => 2,
    };
    Some(frame * frames).filter(|samples| (120..=5760).contains(samples))
}

/// Returns the samples of a frame of FLAC (RFC 9639, section 9.1).
fn flac_samples(head: &[u8]) -> Option<u32> {
    let [0xFF, second, third, _, rest @ ..] = head else { return None };
    if second & 0xFC != 0xF8 {
        return None;
    }
    let code = third >> 4;
    if !matches!(code, 6 | 7) {
        return Some(FLAC_BLOCKS[usize::from(code)]).filter(|samples| *samples > 0);
    }
    // The number of the frame comes before, coded as a character of UTF-8.
    let length = (rest.first()?.leading_ones() as usize).max(1);
    let stated = rest.get(length..)?;
    match code {
        6 => Some(u32::from(*stated.first()?) + 1),
        _ => Some(u32::from(u16::from_be_bytes([*stated.first()?, *stated.get(1)?])) + 1),
    }
}

/// Returns the samples of a frame of MPEG audio, layer 3 (ISO/IEC 11172-3, section 2.4.2.3).
fn mp3_samples(head: &[u8]) -> Option<u32> {
    let [0xFF, second, ..] = head else { return None };
    let (version, layer) = (second >> 3 & 3, second >> 1 & 3);
    (second & 0xE0 == 0xE0 && layer == 1).then_some(if version == 3 { 1152 } else { 576 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_of_opus_have_up_to_120_ms() {
        assert_eq!(opus_samples(&[0xFC]), Some(960));
        assert_eq!(opus_samples(&[0x1B, 2]), Some(5760));
        assert_eq!(opus_samples(&[0x1B, 3]), None);
        assert_eq!(opus_samples(&[0x83, 0]), None);
        assert_eq!(opus_samples(&[]), None);
    }

    #[test]
    fn frames_of_flac_state_their_size() {
        assert_eq!(flac_samples(&[0xFF, 0xF8, 0xC9, 0x18, 0]), Some(4096));
        assert_eq!(flac_samples(&[0xFF, 0xF8, 0x79, 0x18, 0xC2, 0x80, 0x0F, 0x9F]), Some(4000));
        assert_eq!(flac_samples(&[0xFF, 0xF8, 0x69, 0x18, 0x05, 0xFF]), Some(256));
        assert_eq!(flac_samples(&[0xFF, 0xF8, 0x09, 0x18, 0]), None);
        assert_eq!(flac_samples(&[0; 16]), None);
    }

    #[test]
    fn frames_of_mp3_depend_on_the_version() {
        assert_eq!(mp3_samples(&[0xFF, 0xFB, 0x90, 0x64]), Some(1152));
        assert_eq!(mp3_samples(&[0xFF, 0xF3, 0x90, 0x64]), Some(576));
        assert_eq!(mp3_samples(&[0xFF, 0xFD, 0x90, 0x64]), None);
    }
}
