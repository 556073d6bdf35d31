//! The header of an index: what is known of the renditions without their segments.

use ginflix_api::inspection::{Codec, Ratio};

use super::{Index, Part};
use crate::rendition::{
    AudioFormat, BitRates, Rendition, RenditionKind, Shifts, VideoFormat, VideoRange,
};
use crate::varint;

/// The most renditions: a video, its I-frames, and the audio tracks that Matroska and MP4 may have here.
const RENDITIONS_LIMIT: u64 = 258;

/// The codecs by their number in a header. New ones are added at the end.
const CODECS: [Codec; 10] = [
    Codec::H264,
    Codec::Hevc,
    Codec::Av1,
    Codec::Vp9,
    Codec::Aac,
    Codec::Mp3,
    Codec::Opus,
    Codec::Flac,
    Codec::Ac3,
    Codec::Eac3,
];
const KINDS: [RenditionKind; 3] =
    [RenditionKind::Video, RenditionKind::Audio, RenditionKind::IFrames];
const RANGES: [VideoRange; 3] = [VideoRange::Sdr, VideoRange::Hlg, VideoRange::Pq];

/// Encodes a header. `parts` are where the directories and samples are.
pub(super) fn encode(index: &Index) -> Vec<u8> {
    let mut to = Vec::new();
    varint::write(u64::from(index.target_duration), &mut to);
    varint::write(index.origin, &mut to);
    varint::write(index.renditions.len() as u64, &mut to);
    for (rendition, part) in index.renditions.iter().zip(&index.parts) {
        encode_rendition(rendition, &mut to);
        // Their length is fixed, so that the length of the header does not depend on them.
        to.extend(part.directory.to_be_bytes());
        to.extend(part.samples.to_be_bytes());
    }
    to
}

fn encode_rendition(rendition: &Rendition, to: &mut Vec<u8>) {
    let Rendition { video, audio, shifts, bit_rates, .. } = rendition;
    let number = |position: Option<usize>| position.unwrap_or_default() as u64;
    let rate = video.frame_rate.map_or((0, 0), |rate| (rate.numerator, rate.denominator));
    for value in [
        number(KINDS.iter().position(|kind| *kind == rendition.kind)),
        rendition.track,
        number(CODECS.iter().position(|codec| *codec == rendition.codec)),
        u64::from(rendition.timescale),
        u64::from(video.track_size[0]),
        u64::from(video.track_size[1]),
        u64::from(video.display_size[0]),
        u64::from(video.display_size[1]),
        u64::from(rate.0),
        u64::from(rate.1),
        number(RANGES.iter().position(|range| *range == video.range)),
        u64::from(audio.channels),
        u64::from(audio.sample_rate),
        u64::from(audio.is_default),
        u64::from(shifts.composition),
        shifts.media_time,
        rendition.duration,
        u64::from(rendition.segments),
        bit_rates.peak,
        bit_rates.average,
    ] {
        varint::write(value, to);
    }
    varint::write_signed(shifts.decode, to);
    video.matrix.iter().for_each(|value| varint::write(u64::from(*value), to));
    write_bytes(rendition.codecs.as_bytes(), to);
    write_text(rendition.language.as_deref(), to);
    write_text(rendition.name.as_deref(), to);
    write_bytes(&rendition.sample_entry, to);
    write_bytes(&rendition.sample_prefix, to);
}

fn write_bytes(bytes: &[u8], to: &mut Vec<u8>) {
    varint::write(bytes.len() as u64, to);
    to.extend(bytes);
}

fn write_text(text: Option<&str>, to: &mut Vec<u8>) {
    to.push(u8::from(text.is_some()));
    write_bytes(text.unwrap_or_default().as_bytes(), to);
}

/// Reads a header; `None` if it is damaged.
pub(super) fn decode(mut bytes: &[u8]) -> Option<Index> {
    let from = &mut bytes;
    let target_duration = number(from)?;
    let origin = varint::read(from)?;
    let count = varint::read(from).filter(|count| *count <= RENDITIONS_LIMIT)?;
    let (mut renditions, mut parts) = (Vec::new(), Vec::new());
    for _ in 0..count {
        renditions.push(decode_rendition(from)?);
        parts.push(Part { directory: fixed(from)?, samples: fixed(from)? });
    }
    from.is_empty().then_some(Index { renditions, target_duration, origin, parts })
}

fn decode_rendition(from: &mut &[u8]) -> Option<Rendition> {
    let kind = *KINDS.get(position(from)?)?;
    let track = varint::read(from)?;
    let codec = *CODECS.get(position(from)?)?;
    let timescale = number(from).filter(|timescale| *timescale > 0)?;
    let mut video = VideoFormat {
        track_size: [number(from)?, number(from)?],
        display_size: [number(from)?, number(from)?],
        frame_rate: Ratio::new(varint::read(from)?, varint::read(from)?),
        range: *RANGES.get(position(from)?)?,
        matrix: [0; 9],
    };
    let audio = AudioFormat {
        channels: number(from)?,
        sample_rate: number(from)?,
        is_default: varint::read(from)? != 0,
    };
    let (composition, media_time) = (number(from)?, varint::read(from)?);
    let (duration, segments) = (varint::read(from)?, number(from)?);
    let bit_rates = BitRates { peak: varint::read(from)?, average: varint::read(from)? };
    let decode = varint::read_signed(from)?;
    for value in &mut video.matrix {
        *value = number(from)?;
    }
    Some(Rendition {
        kind,
        track,
        codec,
        codecs: read_string(from)?,
        timescale,
        language: read_text(from)?,
        name: read_text(from)?,
        video,
        audio,
        sample_entry: read_bytes(from)?.to_vec(),
        sample_prefix: read_bytes(from)?.to_vec(),
        shifts: Shifts { decode, composition, media_time },
        duration,
        segments: Some(segments).filter(|segments| *segments <= super::SEGMENTS_LIMIT)?,
        bit_rates,
    })
}

fn number(from: &mut &[u8]) -> Option<u32> {
    u32::try_from(varint::read(from)?).ok()
}

fn position(from: &mut &[u8]) -> Option<usize> {
    usize::try_from(varint::read(from)?).ok()
}

fn fixed(from: &mut &[u8]) -> Option<u64> {
    let (value, rest) = from.split_first_chunk::<8>()?;
    *from = rest;
    Some(u64::from_be_bytes(*value))
}

fn read_bytes<'a>(from: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = position(from)?;
    let (bytes, rest) = from.split_at_checked(length)?;
    *from = rest;
    Some(bytes)
}

fn read_string(from: &mut &[u8]) -> Option<String> {
    String::from_utf8(read_bytes(from)?.to_vec()).ok()
}

fn read_text(from: &mut &[u8]) -> Option<Option<String>> {
    let (is_some, rest) = from.split_first()?;
    *from = rest;
    let text = read_string(from)?;
    Some((*is_some != 0).then_some(text))
}
