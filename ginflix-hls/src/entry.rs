//! Sample entries (ISO/IEC 14496-12, section 8.5.2) of initialization segments: rebuilt from those of MP4, or built from
//! what Matroska and the bit stream state.

mod audio;
mod dolby;
mod from_matroska;
mod from_mp4;
mod light;
mod video;
mod vp9;

pub use self::dolby::eac3_blocks;
pub use self::from_matroska::from_matroska;
pub use self::from_mp4::from_mp4;
pub use self::light::dolby_vision;
pub use self::video::video_format;

/// A sample entry.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SampleEntry {
    /// The box.
    pub bytes: Vec<u8>,
    /// The codec as a parameter of a media type (RFC 6381), where it is not what the inspection says.
    pub codecs: Option<String>,
}
