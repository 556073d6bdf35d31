//! Sample entries (ISO/IEC 14496-12, section 8.5.2, and those of QuickTime): the codec of a track
//! and its configuration.

use ginflix_api::inspection::{Codec, Colour, Hdr, Ratio};

use super::boxes;
use crate::codec::{self, AudioConfig, VideoConfig};
use crate::source::{u16_at, u32_at, u64_at};

/// What a sample entry states.
#[derive(Debug, Clone, Default)]
pub struct SampleEntry {
    /// The four-character code.
    pub codec_id: String,
    /// The codec.
    pub codec: Option<Codec>,
    /// Whether the samples are encrypted (ISO/IEC 23001-7).
    pub encrypted: bool,
    /// The stored size of the picture.
    pub size: (u32, u32),
    /// The configuration of a video codec.
    pub video: VideoConfig,
    /// The configuration of an audio codec.
    pub audio: AudioConfig,
    /// Dolby Vision, by its own configuration record.
    pub dolby_vision: Option<Hdr>,
}

/// Reads a sample entry with its type. `handler` is the handler type of the track.
pub fn read(kind: [u8; 4], handler: [u8; 4], content: &[u8]) -> SampleEntry {
    let mut entry = SampleEntry { codec_id: printable(kind), ..SampleEntry::default() };
    entry.codec = codec(&kind);
    match &handler {
        b"vide" => read_visual(kind, content, &mut entry),
        b"soun" => read_audio(kind, content, &mut entry),
        _ => {
            // Only the four-character code is needed for text.
            if matches!(&kind, b"wvtt" | b"stpp" | b"tx3g") {
                entry.video.codec_string = Some(printable(kind));
            }
        }
    }
    entry
}

/// Returns a four-character code as text.
fn printable(kind: [u8; 4]) -> String {
    kind.iter()
        .map(|byte| if byte.is_ascii_graphic() { char::from(*byte) } else { ' ' })
        .collect::<String>()
        .trim_end()
        .to_owned()
}

fn codec(kind: &[u8; 4]) -> Option<Codec> {
    Some(match kind {
        b"avc1" | b"avc2" | b"avc3" | b"avc4" => Codec::H264,
        b"hvc1" | b"hev1" | b"dvh1" | b"dvhe" => Codec::Hevc,
        b"vvc1" | b"vvi1" => Codec::Vvc,
        b"av01" | b"dav1" => Codec::Av1,
        b"vp08" => Codec::Vp8,
        b"vp09" => Codec::Vp9,
        b"mp4v" => Codec::Mpeg4Visual,
        b"mp2v" | b"m2v1" | b"hdv2" | b"hdv3" | b"xdv2" => Codec::Mpeg2Video,
        b"jpeg" | b"mjpa" | b"mjpb" => Codec::Mjpeg,
        b"apch" | b"apcn" | b"apcs" | b"apco" | b"ap4h" | b"ap4x" => Codec::ProRes,
        b"vc-1" => Codec::Vc1,
        b"mp4a" => Codec::Aac,
        b".mp3" | b"mp3 " => Codec::Mp3,
        b"Opus" => Codec::Opus,
        b"fLaC" => Codec::Flac,
        b"alac" => Codec::Alac,
        b"ac-3" => Codec::Ac3,
        b"ec-3" => Codec::Eac3,
        b"dtsc" | b"dtsh" | b"dtsl" | b"dtse" => Codec::Dts,
        b"mlpa" => Codec::TrueHd,
        b"sowt" | b"twos" | b"in24" | b"in32" | b"fl32" | b"fl64" | b"lpcm" | b"ipcm" | b"fpcm"
        | b"raw " => Codec::Pcm,
        b"tx3g" | b"text" => Codec::MovText,
        b"wvtt" => Codec::WebVtt,
        b"stpp" => Codec::Ttml,
        b"c608" => Codec::Cea608,
        _ => return None,
    })
}

/// Reads a visual sample entry: 78 bytes, then boxes.
fn read_visual(kind: [u8; 4], content: &[u8], entry: &mut SampleEntry) {
    entry.size = (u32::from(u16_at(content, 24)), u32::from(u16_at(content, 26)));
    let extensions = content.get(78..).unwrap_or_default();
    let (mut fourcc, mut colour, mut ratio) = (printable(kind), None, None);
    if &kind == b"encv" {
        entry.encrypted = true;
        if let Some(original) = original_format(extensions) {
            (fourcc, entry.codec) = (printable(original), codec(&original));
        }
    }
    for (extension, content) in boxes::in_bytes(extensions) {
        match &extension {
            b"avcC" => entry.video = codec::avc(content, &fourcc),
            b"hvcC" => entry.video = codec::hevc(content, &fourcc),
            b"av1C" => entry.video = codec::av1(content),
            b"vpcC" => entry.video = codec::vp9(content, &fourcc),
            b"esds" => read_visual_esds(content, entry),
            b"colr" => colour = read_colour(content).or(colour),
            b"pasp" => {
                ratio = Ratio::new(u64::from(u32_at(content, 0)), u64::from(u32_at(content, 4)));
            }
            b"dvcC" | b"dvvC" => entry.dolby_vision = read_dolby_vision(content),
            _ => {}
        }
    }
    // The container overrides the bit stream (ISO/IEC 14496-12, section 12.1.5).
    entry.video.colour = merge(colour.unwrap_or_default(), entry.video.colour);
    entry.video.sample_aspect_ratio = ratio.or(entry.video.sample_aspect_ratio);
}

fn merge(first: Colour, second: Colour) -> Colour {
    Colour {
        primaries: first.primaries.or(second.primaries),
        transfer: first.transfer.or(second.transfer),
        matrix: first.matrix.or(second.matrix),
        full_range: first.full_range.or(second.full_range),
    }
}

/// Reads a `colr` box with code points.
fn read_colour(content: &[u8]) -> Option<Colour> {
    let (kind, rest) = content.split_first_chunk::<4>()?;
    if !matches!(kind, b"nclx" | b"nclc") || rest.len() < 6 {
        return None;
    }
    let point = |at| u8::try_from(u16_at(rest, at)).unwrap_or(2);
    Some(Colour {
        primaries: codec::code_point(point(0)),
        transfer: codec::code_point(point(2)),
        matrix: codec::matrix(point(4)),
        full_range: rest.get(6).filter(|_| kind == b"nclx").map(|flags| flags & 0x80 != 0),
    })
}

/// Reads a Dolby Vision configuration record.
fn read_dolby_vision(content: &[u8]) -> Option<Hdr> {
    let (profile, compatibility) = (*content.get(2)? >> 1, *content.get(4)? >> 4);
    Some(Hdr::DolbyVision { profile, compatible: compatibility != 0 })
}

/// Returns the format of the samples before encryption.
fn original_format(extensions: &[u8]) -> Option<[u8; 4]> {
    let (_, sinf) = boxes::in_bytes(extensions).find(|(kind, _)| kind == b"sinf")?;
    let (_, frma) = boxes::in_bytes(sinf).find(|(kind, _)| kind == b"frma")?;
    frma.first_chunk::<4>().copied()
}

/// Reads a sound sample entry: 28 bytes, 44 or 64 in the versions 1 and 2 of QuickTime, then boxes.
fn read_audio(kind: [u8; 4], content: &[u8], entry: &mut SampleEntry) {
    let version = u16_at(content, 8);
    let mut channels = u32::from(u16_at(content, 16));
    let mut sample_rate = u32_at(content, 24) >> 16;
    let mut start = 28;
    match version {
        1 => start = 44,
        2 => {
            start = 64;
            sample_rate = f64::from_bits(u64_at(content, 32)) as u32;
            channels = u32_at(content, 40);
        }
        _ => {}
    }
    let mut extensions = content.get(start..).unwrap_or_default();
    // QuickTime wraps the boxes.
    if let Some((_, wave)) = boxes::in_bytes(extensions).find(|(kind, _)| kind == b"wave") {
        extensions = wave;
    }
    let mut fourcc = kind;
    if &kind == b"enca" {
        entry.encrypted = true;
        if let Some(original) = original_format(extensions) {
            (fourcc, entry.codec) = (original, codec(&original));
        }
    }
    for (extension, content) in boxes::in_bytes(extensions) {
        match &extension {
            b"esds" => read_audio_esds(content, entry),
            b"dOps" => entry.audio.channels = content.get(1).map(|count| u32::from(*count)),
            b"dfLa" => entry.audio = read_flac(content),
            b"alac" if content.len() >= 28 => {
                entry.audio.channels = Some(u32::from(content[13]));
                entry.audio.sample_rate = Some(u32_at(content, 24));
            }
            b"dac3" => entry.audio.channels = read_ac3_channels(content),
            b"dec3" => entry.audio.channels = read_eac3_channels(content),
            _ => {}
        }
    }
    if &fourcc == b"Opus" {
        sample_rate = 48_000; // always, after decoding (RFC 7845, section 5.1)
    }
    entry.audio.channels = entry.audio.channels.or(Some(channels));
    entry.audio.sample_rate = entry.audio.sample_rate.or(Some(sample_rate));
    if entry.audio.codec_string.is_none() && &fourcc != b"mp4a" {
        entry.audio.codec_string = Some(printable(fourcc));
    }
}

/// Reads the STREAMINFO of FLAC (RFC 9639, section 8.2) in a `dfLa` box.
fn read_flac(content: &[u8]) -> AudioConfig {
    let Some(info) = content.get(8..) else { return AudioConfig::default() };
    let packed = u32_at(info, 10);
    AudioConfig {
        codec_string: Some("fLaC".to_owned()),
        channels: Some((packed >> 9 & 7) + 1),
        sample_rate: Some(packed >> 12),
    }
}

/// The full-range channels by the audio coding mode of AC-3 (ETSI TS 102 366, table 4.3).
const AC3_CHANNELS: [u32; 8] = [2, 1, 2, 3, 3, 4, 4, 5];

fn read_ac3_channels(content: &[u8]) -> Option<u32> {
    let bits = u32_at(content, 0) >> 8; // 24 bits
    Some(AC3_CHANNELS[(bits >> 11 & 7) as usize] + (bits >> 10 & 1))
}

fn read_eac3_channels(content: &[u8]) -> Option<u32> {
    // After 13 bits of the rate and 3 of the number of substreams: the first independent one.
    let bits = u32_at(content, 2);
    content.get(4)?;
    Some(AC3_CHANNELS[(bits >> 17 & 7) as usize] + (bits >> 16 & 1))
}

/// Reads the object type and the decoder configuration of an elementary stream descriptor
/// (ISO/IEC 14496-1, section 7.2.6).
fn read_esds(content: &[u8]) -> Option<(u8, &[u8])> {
    let (tag, es, _) = descriptor(content.get(4..)?)?;
    let flags = *es.get(2).filter(|_| tag == 3)?;
    let mut at = 3;
    at += if flags & 0x80 != 0 { 2 } else { 0 };
    at += if flags & 0x40 != 0 { 1 + usize::from(*es.get(at)?) } else { 0 };
    at += if flags & 0x20 != 0 { 2 } else { 0 };
    let (tag, decoder, _) = descriptor(es.get(at..)?)?;
    let object_type = *decoder.first().filter(|_| tag == 4)?;
    let specific = decoder.get(13..).and_then(descriptor).filter(|(tag, ..)| *tag == 5);
    Some((object_type, specific.map_or(&[], |(_, content, _)| content)))
}

/// Splits off a descriptor: its tag, its content and the rest.
fn descriptor(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, mut at, mut length) = (*bytes.first()?, 1, 0_usize);
    for _ in 0..4 {
        let byte = *bytes.get(at)?;
        at += 1;
        length = length << 7 | usize::from(byte & 0x7F);
        if byte & 0x80 == 0 {
            break;
        }
    }
    let end = (at + length).min(bytes.len());
    Some((tag, &bytes[at..end], &bytes[end..]))
}

fn read_audio_esds(content: &[u8], entry: &mut SampleEntry) {
    let Some((object_type, specific)) = read_esds(content) else { return };
    match object_type {
        0x40 => {
            entry.audio = codec::audio_specific_config(specific).unwrap_or_default();
        }
        0x66..=0x68 => entry.codec = Some(Codec::Aac),
        0x69 | 0x6B => entry.codec = Some(Codec::Mp3),
        0xA5 => entry.codec = Some(Codec::Ac3),
        0xA6 => entry.codec = Some(Codec::Eac3),
        0xA9 => entry.codec = Some(Codec::Dts),
        0xAD => entry.codec = Some(Codec::Opus),
        0xDD => entry.codec = Some(Codec::Vorbis),
        _ => entry.codec = Some(Codec::Other),
    }
    if object_type != 0x40 {
        entry.audio.codec_string = Some(format!("mp4a.{object_type:02x}"));
    }
}

fn read_visual_esds(content: &[u8], entry: &mut SampleEntry) {
    let Some((object_type, _)) = read_esds(content) else { return };
    entry.codec = Some(match object_type {
        0x20 => Codec::Mpeg4Visual,
        0x60..=0x65 => Codec::Mpeg2Video,
        0x6A => Codec::Mpeg1Video,
        0x6C => Codec::Mjpeg,
        _ => Codec::Other,
    });
    entry.video.codec_string = Some(format!("mp4v.{object_type:02x}"));
}
