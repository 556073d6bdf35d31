//! Builds sample entries from the private data of Matroska's codecs, and from the first frame where that says nothing.

use ginflix_api::inspection::{Codec, Track, TrackKind, VideoTrack};
use ginflix_media::matroska::light::Light;

use super::audio::{self, audio_entry, object_type};
use super::light::light_boxes;
use super::video::{
    aspect_ratio_box, colour_box, has_avc_parameter_sets, has_hevc_parameter_sets, visual_entry,
};
use super::{SampleEntry, dolby, vp9};
use crate::boxes::boxed;
use crate::error::{Error, Result};

/// The start of the first frame of a track. For E-AC-3 it should be the whole frame.
pub type FirstFrame = [u8];

/// The sample rates of AAC by their index (ISO/IEC 14496-3, table 1.18).
const AAC_RATES: [u32; 13] = [
    96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000,
    7_350,
];

/// Builds a sample entry. `private` is the private data of the codec, `first` the start
/// of the first frame.
pub fn from_matroska(
    found: &Track,
    private: &[u8],
    light: &Light,
    first: &FirstFrame,
) -> Result<SampleEntry> {
    match &found.kind {
        TrackKind::Video(video) => visual(found, video, private, light, first),
        TrackKind::Audio(audio) => {
            let (fourcc, extension) =
                sound(found, audio.sample_rate, audio.channels, private, first)
                    .ok_or(Error::Unsupported("The configuration of the audio is missing."))?;
            let bytes = audio_entry(fourcc, audio.channels, audio.sample_rate, &extension);
            Ok(SampleEntry { bytes, codecs: None })
        }
        _ => Err(Error::Unsupported("Only video and audio are packaged.")),
    }
}

fn visual(
    found: &Track,
    video: &VideoTrack,
    private: &[u8],
    light: &Light,
    first: &FirstFrame,
) -> Result<SampleEntry> {
    let mut codecs = None;
    let (fourcc, configuration) = match found.codec {
        Codec::H264 if has_avc_parameter_sets(private) => (b"avc1", boxed(b"avcC", private)),
        Codec::Hevc if has_hevc_parameter_sets(private) => (b"hvc1", boxed(b"hvcC", private)),
        Codec::Hevc if private.len() >= 23 => {
            codecs = found.codec_string.as_ref().map(|codecs| codecs.replacen("hvc1", "hev1", 1));
            (b"hev1", boxed(b"hvcC", private))
        }
        Codec::Av1 if private.len() >= 4 => (b"av01", boxed(b"av1C", private)),
        Codec::Vp9 => {
            let built = vp9::configuration(first, video);
            codecs = built.codecs;
            (b"vp09", built.bytes)
        }
        _ => return Err(Error::Unsupported("The configuration of the video is missing.")),
    };
    let extensions = [
        configuration,
        colour_box(&video.colour),
        aspect_ratio_box(video.sample_aspect_ratio),
        light_boxes(light),
    ];
    let size = (video.width, video.height);
    Ok(SampleEntry { bytes: visual_entry(fourcc, size, &extensions.concat()), codecs })
}

/// Returns the type and the configuration box of an audio sample entry.
fn sound(
    found: &Track,
    sample_rate: u32,
    channels: u32,
    private: &[u8],
    first: &FirstFrame,
) -> Option<(&'static [u8; 4], Vec<u8>)> {
    Some(match found.codec {
        Codec::Aac if private.len() >= 2 => {
            (b"mp4a", audio::elementary_stream_box(object_type::AAC, private))
        }
        Codec::Aac => {
            let specific = audio_specific_config(sample_rate, channels)?;
            (b"mp4a", audio::elementary_stream_box(object_type::AAC, &specific))
        }
        Codec::Mp3 => {
            let is_low = sample_rate < 32_000;
            let kind = if is_low { object_type::MPEG2_AUDIO } else { object_type::MPEG1_AUDIO };
            (b"mp4a", audio::elementary_stream_box(kind, &[]))
        }
        Codec::Opus => (b"Opus", audio::opus_box(private)?),
        Codec::Flac => (b"fLaC", audio::flac_box(private)?),
        Codec::Ac3 => (b"ac-3", dolby::ac3_config(first)?),
        Codec::Eac3 => (b"ec-3", dolby::eac3_config(first)?),
        _ => return None,
    })
}

/// Builds the configuration of AAC-LC, which old files state by the name of the codec only.
fn audio_specific_config(sample_rate: u32, channels: u32) -> Option<[u8; 2]> {
    let index = AAC_RATES.iter().position(|rate| *rate == sample_rate)? as u16;
    let channels = u16::try_from(channels).ok().filter(|channels| (1..=7).contains(channels))?;
    Some((2 << 11 | index << 7 | channels << 3).to_be_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_aac_gets_a_configuration() {
        assert_eq!(audio_specific_config(44_100, 2), Some([0x12, 0x10]));
        assert_eq!(audio_specific_config(44_101, 2), None);
        assert_eq!(audio_specific_config(48_000, 9), None);
    }
}
