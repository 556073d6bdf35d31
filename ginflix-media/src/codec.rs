//! The configuration records of codecs, which containers carry beside the samples.

mod aac;
mod av1_sequence;
pub mod bits;
mod hevc_sps;
mod video;

use ginflix_api::inspection::{Codec, Colour, Ratio};

pub use self::aac::audio_specific_config;
pub use self::video::{av1, avc, hevc, vp9};

/// What the configuration of a video codec states.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct VideoConfig {
    /// The codec as a parameter of a media type (RFC 6381).
    pub codec_string: Option<String>,
    /// The bits of a sample.
    pub bit_depth: Option<u8>,
    /// The colours.
    pub colour: Colour,
    /// The width of a sample divided by its height.
    pub sample_aspect_ratio: Option<Ratio>,
}

/// What the configuration of an audio codec states.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AudioConfig {
    /// The codec as a parameter of a media type (RFC 6381).
    pub codec_string: Option<String>,
    /// The number of channels.
    pub channels: Option<u32>,
    /// The samples a second.
    pub sample_rate: Option<u32>,
}

/// Returns a code point of ISO/IEC 23091-2; `None` for "reserved" (0) and "unspecified" (2).
pub fn code_point(value: u8) -> Option<u8> {
    Some(value).filter(|value| !matches!(value, 0 | 2))
}

/// Returns matrix coefficients, of which 0 is the identity; `None` for "unspecified" (2).
pub fn matrix(value: u8) -> Option<u8> {
    Some(value).filter(|value| *value != 2)
}

/// Returns the bits of a sample of codecs that allow no choice.
pub fn fixed_bit_depth(codec: Codec) -> Option<u8> {
    match codec {
        Codec::Vp8
        | Codec::Mpeg1Video
        | Codec::Mpeg2Video
        | Codec::Mpeg4Visual
        | Codec::Theora
        | Codec::Mjpeg
        | Codec::Vc1 => Some(8),
        Codec::ProRes => Some(10),
        _ => None,
    }
}
