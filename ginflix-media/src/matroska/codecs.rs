//! The codecs of Matroska (RFC 9559, section 5.1.4.1.21, and draft-ietf-cellar-codec).

use ginflix_api::inspection::Codec;

use crate::codec::{self, AudioConfig, VideoConfig};
use crate::source::{u16_at, u32_at};

/// A codec with its configuration.
pub struct CodecDetails {
    /// The codec.
    pub codec: Codec,
    /// The configuration of a video codec.
    pub video: VideoConfig,
    /// The configuration of an audio codec.
    pub audio: AudioConfig,
}

/// Returns the codec of an ID, with what its private data states.
pub fn details(id: &str, private: &[u8], bits_per_channel: u64) -> CodecDetails {
    let mut found = CodecDetails {
        codec: codec(id, private),
        video: VideoConfig::default(),
        audio: AudioConfig::default(),
    };
    match found.codec {
        Codec::H264 => found.video = codec::avc(private, "avc1"),
        Codec::Hevc => found.video = codec::hevc(private, "hvc1"),
        Codec::Av1 => found.video = codec::av1(private),
        Codec::Vp9 => found.video = vp9(private, bits_per_channel),
        Codec::Vp8 => found.video.codec_string = Some("vp8".to_owned()),
        Codec::Aac => found.audio = aac(id, private),
        Codec::Mp3 => found.audio.codec_string = Some("mp4a.6b".to_owned()),
        Codec::Opus => found.audio = opus(private),
        Codec::Vorbis => found.audio = vorbis(private),
        Codec::Flac => found.audio = flac(private),
        Codec::Ac3 => found.audio.codec_string = Some("ac-3".to_owned()),
        Codec::Eac3 => found.audio.codec_string = Some("ec-3".to_owned()),
        _ => {}
    }
    found
}

fn codec(id: &str, private: &[u8]) -> Codec {
    match id {
        "V_MPEG4/ISO/AVC" => Codec::H264,
        "V_MPEGH/ISO/HEVC" => Codec::Hevc,
        "V_MPEGI/ISO/VVC" => Codec::Vvc,
        "V_AV1" => Codec::Av1,
        "V_VP8" => Codec::Vp8,
        "V_VP9" => Codec::Vp9,
        "V_MPEG1" => Codec::Mpeg1Video,
        "V_MPEG2" => Codec::Mpeg2Video,
        "V_MPEG4/ISO/SP" | "V_MPEG4/ISO/ASP" | "V_MPEG4/ISO/AP" => Codec::Mpeg4Visual,
        "V_MJPEG" => Codec::Mjpeg,
        "V_PRORES" => Codec::ProRes,
        "V_THEORA" => Codec::Theora,
        "V_MS/VFW/FOURCC" => fourcc(private),
        "A_MPEG/L3" => Codec::Mp3,
        "A_MPEG/L2" | "A_MPEG/L1" => Codec::Mp2,
        "A_OPUS" => Codec::Opus,
        "A_VORBIS" => Codec::Vorbis,
        "A_FLAC" => Codec::Flac,
        "A_ALAC" => Codec::Alac,
        "A_AC3" | "A_AC3/BSID9" | "A_AC3/BSID10" => Codec::Ac3,
        "A_EAC3" => Codec::Eac3,
        "A_TRUEHD" | "A_MLP" => Codec::TrueHd,
        "S_TEXT/UTF8" | "S_TEXT/ASCII" => Codec::SubRip,
        "S_TEXT/WEBVTT" | "D_WEBVTT/SUBTITLES" | "D_WEBVTT/CAPTIONS" => Codec::WebVtt,
        "S_TEXT/ASS" | "S_TEXT/SSA" | "S_ASS" | "S_SSA" => Codec::Ass,
        "S_HDMV/PGS" => Codec::Pgs,
        "S_VOBSUB" => Codec::VobSub,
        "S_DVBSUB" => Codec::DvbSubtitle,
        _ if id.starts_with("A_AAC") => Codec::Aac,
        _ if id.starts_with("A_DTS") => Codec::Dts,
        _ if id.starts_with("A_PCM") => Codec::Pcm,
        _ => Codec::Other,
    }
}

/// Returns the codec of a BITMAPINFOHEADER.
fn fourcc(private: &[u8]) -> Codec {
    let code: Vec<u8> = private.iter().skip(16).take(4).map(u8::to_ascii_uppercase).collect();
    match code.as_slice() {
        b"H264" | b"X264" | b"AVC1" => Codec::H264,
        b"HEVC" | b"HVC1" => Codec::Hevc,
        b"XVID" | b"DIVX" | b"DX50" | b"MP4V" | b"FMP4" => Codec::Mpeg4Visual,
        b"MJPG" => Codec::Mjpeg,
        b"WVC1" | b"WMV3" => Codec::Vc1,
        _ => Codec::Other,
    }
}

/// Reads the codec features of VP9: ID, length and value of each.
fn vp9(private: &[u8], bits_per_channel: u64) -> VideoConfig {
    let (mut profile, mut level) = (u8::from(bits_per_channel > 8) * 2, 10);
    let mut depth = if bits_per_channel == 0 { 8 } else { bits_per_channel as u8 };
    for feature in private.chunks_exact(3).filter(|feature| feature[1] == 1) {
        match feature[0] {
            1 => profile = feature[2],
            2 => level = feature[2],
            3 => depth = feature[2],
            _ => {}
        }
    }
    VideoConfig {
        codec_string: Some(format!("vp09.{profile:02}.{level:02}.{depth:02}")),
        bit_depth: Some(depth),
        ..VideoConfig::default()
    }
}

fn aac(id: &str, private: &[u8]) -> AudioConfig {
    let old = |object_type| AudioConfig {
        codec_string: Some(format!("mp4a.40.{object_type}")),
        ..AudioConfig::default()
    };
    codec::audio_specific_config(private)
        .unwrap_or_else(|| old(if id.ends_with("SBR") { 5 } else { 2 }))
}

/// Reads an identification header of Opus (RFC 7845, section 5.1).
fn opus(private: &[u8]) -> AudioConfig {
    AudioConfig {
        codec_string: Some("opus".to_owned()),
        channels: private.get(9).map(|count| u32::from(*count)),
        sample_rate: Some(48_000),
    }
}

/// Reads the identification header of Vorbis, the first of three packets in Xiph lacing.
fn vorbis(private: &[u8]) -> AudioConfig {
    let mut config =
        AudioConfig { codec_string: Some("vorbis".to_owned()), ..AudioConfig::default() };
    // The sizes of the first two packets: bytes of 255 and one that is smaller, each.
    let (mut packets, mut start) = (2, 1);
    while packets > 0
        && let Some(byte) = private.get(start)
    {
        packets -= u32::from(*byte != 255);
        start += 1;
    }
    let header = private.get(start..).unwrap_or_default();
    if header.starts_with(b"\x01vorbis") && header.len() >= 16 {
        config.channels = Some(u32::from(header[11]));
        config.sample_rate =
            Some(u32::from_le_bytes([header[12], header[13], header[14], header[15]]));
    }
    config
}

/// Reads the STREAMINFO of FLAC (RFC 9639, section 8.2) after the marker and a block header.
fn flac(private: &[u8]) -> AudioConfig {
    let mut config =
        AudioConfig { codec_string: Some("flac".to_owned()), ..AudioConfig::default() };
    if private.starts_with(b"fLaC") && u16_at(private, 5) == 0 && private.len() >= 42 {
        let packed = u32_at(private, 18);
        config.channels = Some((packed >> 9 & 7) + 1);
        config.sample_rate = Some(packed >> 12);
    }
    config
}
