//! The tracks (RFC 9559, section 5.1.4).

use ginflix_api::inspection::{AudioTrack, Colour, Hdr, Ratio, Track, TrackKind, VideoTrack};

use super::codecs::{self, CodecDetails};
use super::ebml::{self, Element};
use super::encodings::{self, Encodings};
use super::light::Light;
use super::statistics::Statistics;
use crate::codec::{code_point, fixed_bit_depth, matrix};
use crate::language;
use crate::source::{Result, Source, Span};

const TRACK_ENTRY: u32 = 0xAE;
const VIDEO: u32 = 0xE0;
const AUDIO: u32 = 0xE1;
const COLOUR: u32 = 0x55B0;
const PROJECTION: u32 = 0x7670;
const BLOCK_ADDITION_MAPPING: u32 = 0x41E4;
const CONTENT_ENCODINGS: u32 = 0x6D80;

/// The most tracks that are read.
const TRACKS_LIMIT: usize = 256;
/// The most elements of a track that are read.
const ELEMENTS_LIMIT: usize = 128;
/// The most bytes of the private data of a codec.
const CODEC_PRIVATE_LIMIT_BYTES: usize = 64 * 1024;
/// The frame rates that are found among rounded durations.
const FRAME_RATES: [(u64, u64); 13] = [
    (24_000, 1001),
    (24, 1),
    (25, 1),
    (30_000, 1001),
    (30, 1),
    (48, 1),
    (50, 1),
    (60_000, 1001),
    (60, 1),
    (12, 1),
    (15, 1),
    (100, 1),
    (120, 1),
];

/// A track, as its entry and the first clusters describe it.
#[derive(Debug, Default)]
pub struct TrackEntry {
    /// The number in blocks.
    pub number: u64,
    /// The identifier in tags.
    pub uid: u64,
    /// The type: 1 video, 2 audio, 17 subtitles.
    pub kind: u64,
    /// The codec.
    pub codec_id: String,
    /// The private data of the codec.
    pub codec_private: Vec<u8>,
    /// Whether the frames are encrypted or compressed.
    pub encodings: Encodings,
    /// The light of a picture of high dynamic range.
    pub light: Light,
    /// The nanoseconds of the codec's delay, by which all frames are presented earlier.
    pub codec_delay: u64,
    /// The nanoseconds of a frame; 0 if they are not stated.
    pub default_duration: u64,
    /// The times of the first frames in nanoseconds, in the order of the file.
    pub first_times: Vec<u64>,
    name: Option<String>,
    language: Option<String>,
    language_tag: Option<String>,
    default: bool,
    forced: bool,
    hearing_impaired: bool,
    size: (u64, u64),
    crop: [u64; 4],
    display_size: (u64, u64),
    display_unit: u64,
    bits_per_channel: u64,
    colour: Colour,
    rotation: f64,
    channels: u64,
    sample_rate: f64,
    output_sample_rate: f64,
    dolby_vision: Option<Hdr>,
}

/// Reads all tracks.
pub fn read(source: &mut Source<'_>, content: Span) -> Result<Vec<TrackEntry>> {
    let mut tracks = Vec::new();
    for entry in ebml::children(source, content, TRACKS_LIMIT)? {
        if entry.id == TRACK_ENTRY {
            tracks.push(TrackEntry::read(source, entry.content)?);
        }
    }
    Ok(tracks)
}

impl TrackEntry {
    fn read(source: &mut Source<'_>, content: Span) -> Result<Self> {
        // The defaults of the elements that may be absent.
        let mut track = Self { default: true, channels: 1, sample_rate: 8000.0, ..Self::default() };
        let mut language = "eng".to_owned();
        for element in ebml::children(source, content, ELEMENTS_LIMIT)? {
            match element.id {
                0x536E => track.name = ebml::text(source, &element)?,
                0x22_B59C => language = ebml::text(source, &element)?.unwrap_or_default(),
                0x22_B59D => track.language_tag = ebml::text(source, &element)?,
                0x86 => track.codec_id = ebml::text(source, &element)?.unwrap_or_default(),
                0x63A2 => {
                    track.codec_private = source.vec(element.content, CODEC_PRIVATE_LIMIT_BYTES)?
                }
                VIDEO => track.read_video(source, element.content)?,
                AUDIO => track.read_audio(source, element.content)?,
                BLOCK_ADDITION_MAPPING => track.read_addition(source, element.content)?,
                CONTENT_ENCODINGS => track.encodings = encodings::read(source, element.content)?,
                _ => track.read_number(source, &element)?,
            }
        }
        track.language = language::from_iso_639_2(&language);
        Ok(track)
    }

    fn read_number(&mut self, source: &mut Source<'_>, element: &Element) -> Result<()> {
        if element.content.len() > 8 {
            return Ok(());
        }
        let value = ebml::unsigned(source, element)?;
        match element.id {
            0xD7 => self.number = value,
            0x73C5 => self.uid = value,
            0x83 => self.kind = value,
            0x88 => self.default = value != 0,
            0x55AA => self.forced = value != 0,
            0x55AB => self.hearing_impaired = value != 0,
            0x23_E383 => self.default_duration = value,
            0x56AA => self.codec_delay = value,
            _ => {}
        }
        Ok(())
    }

    fn read_video(&mut self, source: &mut Source<'_>, content: Span) -> Result<()> {
        for element in ebml::children(source, content, ELEMENTS_LIMIT)? {
            match element.id {
                COLOUR => self.read_colour(source, element.content)?,
                PROJECTION => self.read_projection(source, element.content)?,
                _ => {
                    let value = ebml::unsigned(source, &element)?;
                    match element.id {
                        0xB0 => self.size.0 = value,
                        0xBA => self.size.1 = value,
                        0x54AA => self.crop[0] = value,
                        0x54BB => self.crop[1] = value,
                        0x54CC => self.crop[2] = value,
                        0x54DD => self.crop[3] = value,
                        0x54B0 => self.display_size.0 = value,
                        0x54BA => self.display_size.1 = value,
                        0x54B2 => self.display_unit = value,
                        _ => {}
                    }
                }
            }
        }
        Ok(())
    }

    fn read_colour(&mut self, source: &mut Source<'_>, content: Span) -> Result<()> {
        for element in ebml::children(source, content, ELEMENTS_LIMIT)? {
            let value = ebml::unsigned(source, &element)?;
            let point = u8::try_from(value).unwrap_or(2);
            match element.id {
                0x55B1 => self.colour.matrix = matrix(point),
                0x55B2 => self.bits_per_channel = value,
                0x55B9 => {
                    self.colour.full_range = match value {
                        1 => Some(false),
                        2 => Some(true),
                        _ => None,
                    }
                }
                0x55BA => self.colour.transfer = code_point(point),
                0x55BB => self.colour.primaries = code_point(point),
                _ => self.light.read(source, &element)?,
            }
        }
        Ok(())
    }

    fn read_projection(&mut self, source: &mut Source<'_>, content: Span) -> Result<()> {
        for element in ebml::children(source, content, ELEMENTS_LIMIT)? {
            if element.id == 0x7675 {
                self.rotation = ebml::float(source, &element)?;
            }
        }
        Ok(())
    }

    fn read_audio(&mut self, source: &mut Source<'_>, content: Span) -> Result<()> {
        for element in ebml::children(source, content, ELEMENTS_LIMIT)? {
            match element.id {
                0xB5 => self.sample_rate = ebml::float(source, &element)?,
                0x78B5 => self.output_sample_rate = ebml::float(source, &element)?,
                0x9F => self.channels = ebml::unsigned(source, &element)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// Reads a block addition mapping, which carries the configuration of Dolby Vision.
    fn read_addition(&mut self, source: &mut Source<'_>, content: Span) -> Result<()> {
        let (mut kind, mut data) = (0, Vec::new());
        for element in ebml::children(source, content, 8)? {
            match element.id {
                0x41E7 => kind = ebml::unsigned(source, &element)?,
                0x41ED => data = source.vec(element.content, 64)?,
                _ => {}
            }
        }
        let is_dolby_vision = [*b"dvcC", *b"dvvC"].map(u32::from_be_bytes).contains(&(kind as u32));
        if let [_, _, profile, _, compatibility, ..] = data[..]
            && is_dolby_vision
        {
            let (profile, compatible) = (profile >> 1, compatibility >> 4 != 0);
            self.light.dolby_vision = Some(((kind as u32).to_be_bytes(), data));
            self.dolby_vision = Some(Hdr::DolbyVision { profile, compatible });
        }
        Ok(())
    }

    /// Describes the track.
    pub fn describe(&self, statistics: &[Statistics]) -> Track {
        let details = codecs::details(&self.codec_id, &self.codec_private, self.bits_per_channel);
        let own = |of: &&Statistics| of.track_uid == self.uid && self.uid != 0;
        let statistics = statistics.iter().find(own);
        let kind = match self.kind {
            1 => TrackKind::Video(self.video(&details, statistics)),
            2 => TrackKind::Audio(self.audio(&details)),
            17 => TrackKind::Text,
            _ => TrackKind::Other,
        };
        Track {
            number: self.number,
            codec: details.codec,
            codec_id: self.codec_id.clone(),
            codec_string: details.video.codec_string.or(details.audio.codec_string),
            language: match &self.language_tag {
                Some(tag) => language::from_tag(tag),
                None => self.language.clone(),
            },
            name: self.name.clone(),
            default: self.default,
            forced: self.forced,
            hearing_impaired: self.hearing_impaired,
            duration_seconds: statistics.and_then(|statistics| statistics.duration_seconds),
            bit_rate: statistics.and_then(|statistics| statistics.bit_rate),
            peak_bit_rate: None,
            kind,
        }
    }

    fn audio(&self, details: &CodecDetails) -> AudioTrack {
        let stated =
            if self.output_sample_rate > 0.0 { self.output_sample_rate } else { self.sample_rate };
        let channels = u32::try_from(self.channels).unwrap_or_default();
        AudioTrack {
            channels: details.audio.channels.unwrap_or(channels),
            sample_rate: details.audio.sample_rate.unwrap_or(stated as u32),
        }
    }

    fn video(&self, details: &CodecDetails, statistics: Option<&Statistics>) -> VideoTrack {
        let side = |value: u64| u32::try_from(value).unwrap_or_default();
        let (width, height) = (side(self.size.0), side(self.size.1));
        let config = &details.video;
        let colour = Colour {
            primaries: self.colour.primaries.or(config.colour.primaries),
            transfer: self.colour.transfer.or(config.colour.transfer),
            matrix: self.colour.matrix.or(config.colour.matrix),
            full_range: self.colour.full_range.or(config.colour.full_range),
        };
        let hdr = self.dolby_vision.or(match colour.transfer {
            Some(16) => Some(Hdr::Pq),
            Some(18) => Some(Hdr::Hlg),
            _ => None,
        });
        VideoTrack {
            width,
            height,
            rotation: self.clockwise_rotation(),
            sample_aspect_ratio: self.sample_aspect_ratio().or(config.sample_aspect_ratio),
            frame_rate: self.frame_rate(statistics),
            constant_frame_rate: self.is_constant_rate(),
            bit_depth: config.bit_depth.or(fixed_bit_depth(details.codec)),
            colour,
            hdr,
        }
    }

    /// Returns the clockwise rotation; ProjectionPoseRoll is counter-clockwise.
    fn clockwise_rotation(&self) -> u16 {
        match self.rotation.round() as i64 {
            -90 | 270 => 90,
            180 | -180 => 180,
            90 | -270 => 270,
            _ => 0,
        }
    }

    fn sample_aspect_ratio(&self) -> Option<Ratio> {
        let (display_width, display_height) = self.display_size;
        // The unit 3 is the aspect ratio itself; others are lengths of the same unit.
        let [bottom, top, left, right] = self.crop;
        let width = self.size.0.checked_sub(left)?.checked_sub(right)?;
        let height = self.size.1.checked_sub(top)?.checked_sub(bottom)?;
        let dividend = display_width.checked_mul(height)?;
        Ratio::new(dividend, display_height.checked_mul(width)?).filter(|_| self.display_unit <= 3)
    }

    fn frame_rate(&self, statistics: Option<&Statistics>) -> Option<Ratio> {
        if self.is_constant_rate() != Some(false) && self.default_duration > 0 {
            return Some(nearest_rate(1e9 / self.default_duration as f64));
        }
        if let Some(statistics) = statistics
            && let (Some(frames), Some(seconds)) = (statistics.frames, statistics.duration_seconds)
        {
            return Some(nearest_rate(frames as f64 / seconds));
        }
        let (count, times) = (self.first_times.len(), self.sorted_times());
        let span = times.last()?.checked_sub(*times.first()?).filter(|span| *span > 0)?;
        Some(nearest_rate((count - 1) as f64 * 1e9 / span as f64))
    }

    fn sorted_times(&self) -> Vec<u64> {
        let mut times = self.first_times.clone();
        times.sort_unstable();
        times
    }

    /// Returns whether the first frames are equally far apart, but for rounding to milliseconds.
    fn is_constant_rate(&self) -> Option<bool> {
        let times = self.sorted_times();
        let deltas: Vec<u64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let (shortest, longest) = (deltas.iter().min()?, deltas.iter().max()?);
        Some(longest - shortest <= 1_000_000)
    }
}

/// Returns a usual frame rate if one is within a thousandth, or the rate in thousandths.
fn nearest_rate(rate: f64) -> Ratio {
    let distance = |(n, d): &(u64, u64)| (*n as f64 / *d as f64 / rate - 1.0).abs();
    let nearest = FRAME_RATES.iter().min_by(|a, b| distance(a).total_cmp(&distance(b)));
    let nearest = nearest.filter(|usual| distance(usual) < 0.000_5);
    let exact = || Ratio::new((rate * 1000.0).round() as u64, 1000);
    nearest
        .and_then(|(n, d)| Ratio::new(*n, *d))
        .or_else(exact)
        .unwrap_or(Ratio { numerator: 1, denominator: 1 })
}
