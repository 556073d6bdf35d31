//! What is in a media file: its container, tracks, chapters and faults.

mod tags;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use self::tags::Tags;

/// The content of a media file, as far as its container states it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Inspection {
    /// The format of the container.
    pub container: Container,
    /// Whether the samples are described by fragments (ISO/IEC 14496-12, section 8.8) instead of one index.
    pub fragmented: bool,
    /// The play time in seconds; `null` if the file does not state it.
    pub duration_seconds: Option<f64>,
    /// The average bit rate of the whole file, in bits a second.
    pub bit_rate: Option<u64>,
    /// The bit rate of the second, or of the cluster in Matroska, with the most data, in bits a second.
    pub peak_bit_rate: Option<u64>,
    /// The title that the file has for itself.
    pub title: Option<String>,
    /// What else the file says of the movie or episode; absent if it says nothing.
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub tags: Tags,
    /// The tracks, in the order of the file.
    pub tracks: Vec<Track>,
    /// The chapters, in order of time.
    pub chapters: Vec<Chapter>,
    /// The attached files, such as fonts and covers.
    pub attachments: Vec<Attachment>,
    /// What is wrong with the file.
    pub problems: Vec<Problem>,
}

impl Inspection {
    /// Returns the estimated size in bytes of what it holds on the heap, for limits of caches.
    pub fn heap_bytes(&self) -> usize {
        let length = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        let track = |track: &Track| {
            let texts = [&track.codec_string, &track.language, &track.name].map(length);
            size_of::<Track>() + track.codec_id.len() + texts.iter().sum::<usize>()
        };
        let chapter = |chapter: &Chapter| size_of::<Chapter>() + chapter.title.len();
        let attachment =
            |file: &Attachment| size_of::<Attachment>() + file.name.len() + file.media_type.len();
        length(&self.title)
            + self.tags.heap_bytes()
            + self.tracks.iter().map(track).sum::<usize>()
            + self.chapters.iter().map(chapter).sum::<usize>()
            + self.attachments.iter().map(attachment).sum::<usize>()
            + self.problems.len() * size_of::<Problem>()
    }
}

/// The format of a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Container {
    /// MP4 (ISO/IEC 14496-14), also `.m4v` and `.m4a`.
    Mp4,
    /// QuickTime.
    QuickTime,
    /// Matroska (RFC 9559).
    Matroska,
    /// WebM.
    WebM,
    /// Audio Video Interleave.
    Avi,
    /// An MPEG-2 transport stream (ISO/IEC 13818-1).
    MpegTs,
    /// An MPEG program stream (ISO/IEC 13818-1).
    MpegPs,
    /// Ogg (RFC 3533).
    Ogg,
    /// Flash Video.
    Flv,
    /// Advanced Systems Format, of `.wmv` and `.wma`.
    Asf,
    /// MPEG audio without a container, such as MP3.
    MpegAudio,
    /// AAC in ADTS frames.
    Adts,
    /// FLAC without another container (RFC 9639).
    Flac,
    /// RIFF/WAVE.
    Wav,
    /// A format that is not recognized.
    #[default]
    Unknown,
}

/// A track of a media file.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Track {
    /// The number that the container gives to the track.
    pub number: u64,
    /// The codec.
    pub codec: Codec,
    /// The name of the codec in the container, such as `avc1` or `V_MPEG4/ISO/AVC`.
    pub codec_id: String,
    /// The codec as a parameter of a media type (RFC 6381), such as `avc1.640028`.
    pub codec_string: Option<String>,
    /// The language (BCP 47), such as `en`; `null` if it is not stated.
    pub language: Option<String>,
    /// The name for people.
    pub name: Option<String>,
    /// Whether players select the track by default.
    pub default: bool,
    /// Whether the track is shown even if no subtitles are wanted.
    pub forced: bool,
    /// Whether the track is made for people with hearing impairments.
    pub hearing_impaired: bool,
    /// The play time in seconds.
    pub duration_seconds: Option<f64>,
    /// The average bit rate, in bits a second.
    pub bit_rate: Option<u64>,
    /// The bit rate of the second with the most data, in bits a second.
    pub peak_bit_rate: Option<u64>,
    /// The kind of the track, and what only this kind has.
    #[serde(flatten)]
    pub kind: TrackKind,
}

/// The kind of a track.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TrackKind {
    /// A moving picture.
    Video(VideoTrack),
    /// Sound.
    Audio(AudioTrack),
    /// Subtitles or captions.
    Text,
    /// Something else, such as time codes.
    #[default]
    Other,
}

/// The properties of a video track.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct VideoTrack {
    /// The width of the picture in samples, before rotation.
    pub width: u32,
    /// The height of the picture in samples, before rotation.
    pub height: u32,
    /// The clockwise rotation for display in degrees: 0, 90, 180 or 270.
    pub rotation: u16,
    /// The width of a sample divided by its height; `null` if it is not stated.
    pub sample_aspect_ratio: Option<Ratio>,
    /// The frames a second.
    pub frame_rate: Option<Ratio>,
    /// Whether all frames are shown for the same time; `null` if this is not known.
    pub constant_frame_rate: Option<bool>,
    /// The bits of a sample of the picture.
    pub bit_depth: Option<u8>,
    /// The colours.
    pub colour: Colour,
    /// The kind of high dynamic range; `null` for a standard dynamic range.
    pub hdr: Option<Hdr>,
}

/// The properties of an audio track.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct AudioTrack {
    /// The number of channels.
    pub channels: u32,
    /// The samples a second of each channel.
    pub sample_rate: u32,
}

/// A ratio of two integers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Ratio {
    /// The dividend.
    pub numerator: u32,
    /// The divisor, at least 1.
    pub denominator: u32,
}

impl Ratio {
    /// Returns the ratio in its lowest terms; `None` if one of the numbers is zero.
    pub fn new(numerator: u64, denominator: u64) -> Option<Self> {
        let mut divisors = (numerator, denominator);
        while divisors.1 != 0 {
            divisors = (divisors.1, divisors.0 % divisors.1);
        }
        let gcd = Some(divisors.0).filter(|gcd| *gcd > 0 && numerator > 0 && denominator > 0)?;
        let numerator = u32::try_from(numerator / gcd).ok()?;
        Some(Self { numerator, denominator: u32::try_from(denominator / gcd).ok()? })
    }

    /// Returns the quotient.
    pub fn value(self) -> f64 {
        f64::from(self.numerator) / f64::from(self.denominator.max(1))
    }
}

/// The colours of a picture, as code points of ISO/IEC 23091-2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Colour {
    /// The colour primaries, such as 1 for BT.709 and 9 for BT.2020.
    pub primaries: Option<u8>,
    /// The transfer characteristics, such as 16 for PQ and 18 for HLG.
    pub transfer: Option<u8>,
    /// The matrix coefficients.
    pub matrix: Option<u8>,
    /// Whether the samples use the full range of their bits.
    pub full_range: Option<bool>,
}

/// A kind of high dynamic range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(tag = "format", rename_all = "snake_case")]
pub enum Hdr {
    /// The perceptual quantizer (SMPTE ST 2084), with or without static metadata.
    Pq,
    /// Hybrid log-gamma.
    Hlg,
    /// Dolby Vision.
    DolbyVision {
        /// The profile, such as 5 or 8.
        profile: u8,
        /// Whether players without Dolby Vision show the right colours.
        compatible: bool,
    },
}

/// A codec of a track.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // the names are those of the codecs
pub enum Codec {
    H264,
    Hevc,
    Vvc,
    Av1,
    Vp8,
    Vp9,
    Mpeg1Video,
    Mpeg2Video,
    Mpeg4Visual,
    Mjpeg,
    ProRes,
    Theora,
    Vc1,
    Aac,
    Mp3,
    Mp2,
    Opus,
    Vorbis,
    Flac,
    Alac,
    Ac3,
    Eac3,
    Dts,
    TrueHd,
    Pcm,
    SubRip,
    WebVtt,
    Ass,
    MovText,
    Ttml,
    Pgs,
    VobSub,
    DvbSubtitle,
    Cea608,
    /// A codec that is not in this list.
    #[default]
    Other,
}

/// A chapter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Chapter {
    /// The time in seconds at which the chapter starts.
    pub start_seconds: f64,
    /// The title; empty if there is none.
    pub title: String,
}

/// A file that is attached to a media file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Attachment {
    /// The name of the attached file.
    pub name: String,
    /// The media type, such as `font/ttf`.
    pub media_type: String,
    /// The size in bytes.
    pub size_bytes: u64,
}

/// A fault of a media file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(tag = "problem", rename_all = "snake_case")]
pub enum Problem {
    /// The file ends before its content does.
    Truncated {
        /// The bytes that are missing at least.
        missing_bytes: u64,
    },
    /// The file has samples, but not the index that says where they are.
    NoIndex,
    /// The file has no tracks.
    NoTracks,
    /// The file is encrypted.
    Encrypted,
    /// The index contradicts itself or the format.
    Malformed {
        /// What is wrong.
        reason: String,
    },
    /// The file was not read to the end, because its index is too large.
    IndexTooLarge,
    /// A problem that this version does not know, because the server is newer.
    #[serde(other)]
    Unknown,
}

impl Problem {
    /// Returns whether a part of the content is missing or wrong.
    pub fn is_damage(&self) -> bool {
        matches!(self, Self::Truncated { .. } | Self::NoIndex | Self::Malformed { .. })
    }
}

/// A sentence without its end.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated { missing_bytes } => {
                write!(f, "it is cut short: at least {missing_bytes} bytes are missing at its end")
            }
            Self::NoIndex => f.write_str("it has no index, so that it cannot be played"),
            Self::NoTracks => f.write_str("it has neither a picture nor sound"),
            Self::Encrypted => f.write_str("it is encrypted"),
            Self::Malformed { reason } => write!(f, "its structure is broken: {reason}"),
            Self::IndexTooLarge => f.write_str("its index is too large to be read whole"),
            Self::Unknown => f.write_str("it has a problem that this version does not know"),
        }
    }
}
