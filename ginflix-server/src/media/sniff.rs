//! Recognizes the format of a file by its first bytes.
//!
//! The list has formats for video, audio, subtitles and images. It distinguishes container formats,
//! not codecs: refusing a good file would be worse than accepting one that no browser plays.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

/// The number of bytes that are needed to recognize a format.
pub const SNIFF_BYTES: usize = 512;

/// A kind of file that may be uploaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaKind {
    /// A container format for video, or a bare video stream.
    Video,
    /// A format for audio only.
    Audio,
    /// A text format for subtitles.
    Subtitles,
    /// A still image.
    Image,
}

/// Returns the kind of a file that has, or will have, `length` bytes. Its first [`SNIFF_BYTES`]
/// must be written.
///
/// # Errors
/// Fails if the file cannot be read, or is too short.
pub fn media_kind_of_file(file: &File, length: u64) -> io::Result<Option<MediaKind>> {
    let mut head = [0; SNIFF_BYTES];
    let head = &mut head[..length.min(SNIFF_BYTES as u64) as usize];
    file.read_exact_at(head, 0)?;
    Ok(media_kind(head))
}

/// Returns the kind of a file by its first [`SNIFF_BYTES`], or by all of it if it is shorter.
/// `None` if the format is not in the list.
pub fn media_kind(head: &[u8]) -> Option<MediaKind> {
    let at = |offset: usize, magic: &[u8]| head.get(offset..).is_some_and(|h| h.starts_with(magic));
    let starts_with_any = |magics: &[&[u8]]| magics.iter().any(|magic| at(0, magic));
    // In RIFF, IFF and MP4, the type of the content follows a tag and a length of four bytes each.
    let has_type = |kinds: &[&[u8]]| kinds.iter().any(|kind| at(8, kind));
    if at(0, b"RIFF") || at(0, b"RF64") {
        return match () {
            () if has_type(&[b"AVI "]) => Some(MediaKind::Video),
            () if has_type(&[b"WAVE"]) => Some(MediaKind::Audio),
            () if has_type(&[b"WEBP"]) => Some(MediaKind::Image),
            () => None,
        };
    }
    // MP4, QuickTime (whose old files begin with any of these boxes), M4A, AVIF.
    let boxes: [&[u8]; 8] =
        [b"ftyp", b"styp", b"moov", b"moof", b"mdat", b"wide", b"free", b"skip"];
    if boxes.iter().any(|name| at(4, name)) {
        return Some(match () {
            () if has_type(&[b"M4A ", b"M4B "]) => MediaKind::Audio,
            () if has_type(&[b"avif", b"avis", b"mif1", b"heic"]) => MediaKind::Image,
            () => MediaKind::Video,
        });
    }
    let video: [&[u8]; 8] = [
        b"\x1a\x45\xdf\xa3",         // Matroska, WebM
        b"OggS",                     // Ogg, which may be audio only: any kind is accepted
        b"FLV\x01",                  // Flash
        b"\x30\x26\xb2\x75\x8e\x66", // ASF: WMV, WMA
        b"\x00\x00\x01\xba",         // MPEG program stream
        b"\x00\x00\x01\xb3",         // MPEG video
        b"\x00\x00\x00\x01\x67",     // bare H.264
        b".RMF",                     // RealMedia
    ];
    // MP3 with an ID3 tag, FLAC, AMR, AC-3, DTS.
    let audio: [&[u8]; 5] = [b"ID3", b"fLaC", b"#!AMR", b"\x0b\x77", b"\x7f\xfe\x80\x01"];
    // JPEG, PNG, GIF, TIFF.
    let image: [&[u8]; 6] =
        [b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a", b"II*\0", b"MM\0*"];
    match () {
        () if starts_with_any(&video) || is_transport_stream(head) => Some(MediaKind::Video),
        () if starts_with_any(&image) => Some(MediaKind::Image),
        () if starts_with_any(&audio) || at(0, b"FORM") && has_type(&[b"AIFF", b"AIFC"]) => {
            Some(MediaKind::Audio)
        }
        () if is_mpeg_audio(head) => Some(MediaKind::Audio),
        () if are_subtitles(head) => Some(MediaKind::Subtitles),
        () => None,
    }
}

/// Returns whether this is an MPEG transport stream: a sync byte every 188 bytes, or in M2TS every
/// 192 bytes after a prefix of four bytes.
fn is_transport_stream(head: &[u8]) -> bool {
    let synced = |first: usize, step: usize| {
        head.len() > first + step && head.iter().skip(first).step_by(step).all(|b| *b == 0x47)
    };
    synced(0, 188) || synced(4, 192)
}

/// Returns whether this is MP3 without an ID3 tag, or AAC: a frame header without reserved values.
fn is_mpeg_audio(head: &[u8]) -> bool {
    let [0xff, second, third, ..] = head else { return false };
    let (version, layer) = (second >> 3 & 3, second >> 1 & 3);
    match second & 0xf6 {
        0xf0 => third >> 2 & 0xf < 13, // an ADTS frame of AAC with a valid sampling frequency
        _ => {
            let (bitrate, frequency) = (third >> 4, third >> 2 & 3);
            second >> 5 == 7 && version != 1 && layer != 0 && bitrate != 15 && frequency != 3
        }
    }
}

/// Returns whether this is WebVTT, SubRip or ASS.
fn are_subtitles(head: &[u8]) -> bool {
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let mut lines =
        text.split(|b| *b == b'\n').map(<[u8]>::trim_ascii).skip_while(|l| l.is_empty());
    let first = lines.next().unwrap_or_default();
    let cue = lines.next().unwrap_or_default();
    let is_number = !first.is_empty() && first.iter().all(u8::is_ascii_digit);
    first.starts_with(b"WEBVTT")
        || first.eq_ignore_ascii_case(b"[Script Info]")
        || is_number && cue.windows(5).any(|arrow| arrow == b" --> ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_recognized_by_their_first_bytes() {
        let mut ts = vec![0; SNIFF_BYTES];
        (0..SNIFF_BYTES).step_by(188).for_each(|at| ts[at] = 0x47);
        let mut m2ts = vec![0; SNIFF_BYTES];
        (4..SNIFF_BYTES).step_by(192).for_each(|at| m2ts[at] = 0x47);
        let cases: [(&[u8], MediaKind); 22] = [
            (b"\0\0\0\x18ftypisom\0\0\x02\0", MediaKind::Video),
            (b"\0\0\x10\0moov\0\0\0\x6cmvhd", MediaKind::Video),
            (b"\0\0\0\x1cftypM4A \0\0\0\0", MediaKind::Audio),
            (b"\0\0\0\x1cftypavif\0\0\0\0", MediaKind::Image),
            (b"\x1a\x45\xdf\xa3\x9fB\x86\x81", MediaKind::Video),
            (b"RIFF\0\0\0\0AVI LIST", MediaKind::Video),
            (b"RIFF\0\0\0\0WAVEfmt ", MediaKind::Audio),
            (b"RIFF\0\0\0\0WEBPVP8 ", MediaKind::Image),
            (b"OggS\0\x02", MediaKind::Video),
            (&ts, MediaKind::Video),
            (&m2ts, MediaKind::Video),
            (b"\x00\x00\x01\xba\x44", MediaKind::Video),
            (b"ID3\x04\0", MediaKind::Audio),
            (b"\xff\xfb\x90\x64", MediaKind::Audio),
            (b"\xff\xf1\x50\x80", MediaKind::Audio),
            (b"fLaC\0", MediaKind::Audio),
            (b"\xff\xd8\xff\xe0\0\x10JFIF", MediaKind::Image),
            (b"\x89PNG\r\n\x1a\n\0", MediaKind::Image),
            (b"WEBVTT\n\n00:01.000 --> 00:02.000\nA", MediaKind::Subtitles),
            (b"\xef\xbb\xbf1\r\n00:00:01,000 --> 00:00:02,000\r\nA", MediaKind::Subtitles),
            (b"\n\n1\n00:00:01,000 --> 00:00:02,000\nA", MediaKind::Subtitles),
            (b"[Script Info]\r\nTitle: A", MediaKind::Subtitles),
        ];
        for (head, kind) in cases {
            assert_eq!(media_kind(head), Some(kind), "{:?}", head.escape_ascii().to_string());
        }
    }

    #[test]
    fn other_formats_are_not_recognized() {
        let cases: [&[u8]; 14] = [
            b"",
            b"G",
            b"<!DOCTYPE html><script>",
            b"<svg xmlns=\"http://www.w3.org/2000/svg\">",
            b"<?xml version=\"1.0\"?>",
            b"#!/bin/sh\n",
            b"\x7fELF\x02\x01",
            b"MZ\x90\0",
            b"PK\x03\x04",
            b"%PDF-1.7",
            b"RIFF\0\0\0\0ACON",
            b"1\nand no cue",
            b"\xff\xff\xff\xff\xff\xff",
            &[0; SNIFF_BYTES],
        ];
        for head in cases {
            assert_eq!(media_kind(head), None, "{:?}", head.escape_ascii().to_string());
        }
    }
}
