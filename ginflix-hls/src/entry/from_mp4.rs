//! Rebuilds the sample entries of MP4 and QuickTime: without what only QuickTime has, and with the boxes that
//! configure the decoder as they are.

use ginflix_api::inspection::{Codec, Track, TrackKind};
use ginflix_media::mp4::boxes;
use ginflix_media::source::u16_at;

use super::SampleEntry;
use super::audio::{self, audio_entry, object_type};
use super::light::{DolbyVision, dolby_vision};
use super::video::{has_avc_parameter_sets, has_hevc_parameter_sets, visual_entry};
use crate::boxes::boxed;
use crate::error::{Error, Result};

/// The boxes of a visual sample entry that are kept: configuration, colour, shape and light of the picture.
const VISUAL_BOXES: [&[u8; 4]; 11] = [
    b"avcC", b"hvcC", b"av1C", b"vpcC", b"pasp", b"mdcv", b"clli", b"SmDm", b"CoLL", b"dvcC",
    b"dvvC",
];
/// The bytes of a visual sample entry before its boxes.
const VISUAL_BYTES: usize = 78;

/// Rebuilds a sample entry of this type. `found` is the track. That of a text stays as it is.
pub fn from_mp4(kind: [u8; 4], content: &[u8], found: &Track) -> Result<SampleEntry> {
    match &found.kind {
        TrackKind::Video(_) => visual(kind, content, found),
        TrackKind::Audio(audio) => {
            let (fourcc, extension) = sound(kind, content, found.codec)?;
            let bytes = audio_entry(fourcc, audio.channels, audio.sample_rate, &extension);
            Ok(SampleEntry { bytes, codecs: None })
        }
        TrackKind::Text => Ok(SampleEntry { bytes: boxed(&kind, content), codecs: None }),
        TrackKind::Other => Err(Error::Unsupported("Only video, audio and text are packaged.")),
    }
}

fn visual(kind: [u8; 4], content: &[u8], found: &Track) -> Result<SampleEntry> {
    const MISSING: Error = Error::Unsupported("The configuration of the video is missing.");
    let mut extensions = Vec::new();
    let (mut fourcc, mut is_configured) = (kind, false);
    for (extension, inner) in boxes::in_bytes(content.get(VISUAL_BYTES..).ok_or(MISSING)?) {
        if VISUAL_BOXES.contains(&&extension) {
            extensions.extend(boxed(&extension, inner));
        }
        match &extension {
            b"avcC" => {
                is_configured = true;
                // With parameter sets in the record, those among the samples need not be announced.
                if has_avc_parameter_sets(inner) {
                    fourcc = *b"avc1";
                }
            }
            b"hvcC" => {
                is_configured = true;
                fourcc = match &kind {
                    _ if !has_hevc_parameter_sets(inner) => kind,
                    b"dvhe" | b"dvh1" => *b"dvh1",
                    _ => *b"hvc1",
                };
            }
            b"av1C" | b"vpcC" => is_configured = true,
            b"colr" => extensions.extend(colour(inner)),
            _ => {}
        }
    }
    if !is_configured {
        return Err(MISSING);
    }
    let size = (u32::from(u16_at(content, 24)), u32::from(u16_at(content, 26)));
    let (old, new) = (String::from_utf8_lossy(&kind), String::from_utf8_lossy(&fourcc));
    let codecs = found.codec_string.as_ref().map(|codecs| codecs.replacen(&*old, &new, 1));
    let bytes = visual_entry(&fourcc, size, &extensions);
    // Without a base layer that other players show, the codec is that of Dolby Vision.
    let dolby_vision = dolby_vision(&bytes).filter(|_| fourcc == *b"dvh1");
    Ok(SampleEntry { codecs: dolby_vision.map(DolbyVision::codecs).or(codecs), bytes })
}

/// Returns a `colr` box; that of QuickTime lacks the range, which is limited.
fn colour(content: &[u8]) -> Vec<u8> {
    match content.strip_prefix(b"nclc") {
        Some(points) if points.len() >= 6 => {
            boxed(b"colr", &[&b"nclx"[..], &points[..6], &[0]].concat())
        }
        Some(_) => Vec::new(),
        None => boxed(b"colr", content),
    }
}

/// Returns the type and the configuration box of an audio sample entry.
fn sound(kind: [u8; 4], content: &[u8], codec: Codec) -> Result<(&'static [u8; 4], Vec<u8>)> {
    // The versions 1 and 2 of QuickTime have more fields.
    let start = match u16_at(content, 8) {
        1 => 44,
        2 => 64,
        _ => 28,
    };
    let mut extensions = content.get(start..).unwrap_or_default();
    if let Some((_, wave)) = boxes::in_bytes(extensions).find(|(kind, _)| kind == b"wave") {
        extensions = wave;
    }
    let copied = |kind: &[u8; 4]| {
        let mut found = boxes::in_bytes(extensions).filter(|(extension, _)| extension == kind);
        found.next().map(|(kind, content)| boxed(&kind, content))
    };
    let found = match codec {
        Codec::Aac => (b"mp4a", copied(b"esds")),
        Codec::Mp3 if kind != *b"mp4a" => {
            (b"mp4a", Some(audio::elementary_stream_box(object_type::MPEG1_AUDIO, &[])))
        }
        Codec::Mp3 => (b"mp4a", copied(b"esds")),
        Codec::Opus => (b"Opus", copied(b"dOps")),
        Codec::Flac => (b"fLaC", copied(b"dfLa")),
        Codec::Ac3 => (b"ac-3", copied(b"dac3")),
        Codec::Eac3 => (b"ec-3", copied(b"dec3")),
        _ => (b"mp4a", None),
    };
    let (fourcc, extension) = found;
    let extension =
        extension.ok_or(Error::Unsupported("The configuration of the audio is missing."))?;
    Ok((fourcc, extension))
}
