//! What a file is by its first bytes, whatever its name says.
//!
//! Only formats are listed that hold films, sound, subtitles or pictures. The
//! list looks at containers and not at what is in them: a film that was
//! refused wrongly is worse than one that no browser plays.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

/// As many bytes as are needed to tell.
pub const HEAD_BYTES: usize = 512;

/// What GinFlix takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A container of pictures and sound.
    Video,
    /// Sound alone.
    Audio,
    /// Text that goes with a film.
    Subtitles,
    /// A still picture.
    Image,
}

/// What a file of `length` bytes is; its head must be there.
///
/// # Errors
/// Where it cannot be read.
pub fn of_file(file: &File, length: u64) -> io::Result<Option<Kind>> {
    let mut head = [0; HEAD_BYTES];
    let head = &mut head[..length.min(HEAD_BYTES as u64) as usize];
    file.read_exact_at(head, 0)?;
    Ok(of(head))
}

/// What a file is that begins with these bytes: its first [`HEAD_BYTES`], or
/// all of it if it is shorter. `None` where it is nothing of the list.
pub fn of(head: &[u8]) -> Option<Kind> {
    let at = |offset: usize, magic: &[u8]| head.get(offset..).is_some_and(|h| h.starts_with(magic));
    let any = |magics: &[&[u8]]| magics.iter().any(|magic| at(0, magic));
    let form = |kinds: &[&[u8]]| kinds.iter().any(|kind| at(8, kind));
    if at(0, b"RIFF") || at(0, b"RF64") {
        return match () {
            () if form(&[b"AVI "]) => Some(Kind::Video),
            () if form(&[b"WAVE"]) => Some(Kind::Audio),
            () if form(&[b"WEBP"]) => Some(Kind::Image),
            () => None,
        };
    }
    // MP4, QuickTime (old ones begin with any of these boxes), M4A, AVIF.
    let boxes: [&[u8]; 8] =
        [b"ftyp", b"styp", b"moov", b"moof", b"mdat", b"wide", b"free", b"skip"];
    if boxes.iter().any(|name| at(4, name)) {
        return Some(match () {
            () if form(&[b"M4A ", b"M4B "]) => Kind::Audio,
            () if form(&[b"avif", b"avis", b"mif1", b"heic"]) => Kind::Image,
            () => Kind::Video,
        });
    }
    let video: [&[u8]; 8] = [
        b"\x1a\x45\xdf\xa3",         // Matroska, WebM
        b"OggS",                     // Ogg; often sound, which is no matter here
        b"FLV\x01",                  // Flash
        b"\x30\x26\xb2\x75\x8e\x66", // ASF: WMV, WMA
        b"\x00\x00\x01\xba",         // MPEG program stream
        b"\x00\x00\x01\xb3",         // MPEG video
        b"\x00\x00\x00\x01\x67",     // bare H.264
        b".RMF",                     // RealMedia
    ];
    let audio: [&[u8]; 5] = [b"ID3", b"fLaC", b"#!AMR", b"\x0b\x77", b"\x7f\xfe\x80\x01"];
    let image: [&[u8]; 6] =
        [b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a", b"II*\0", b"MM\0*"];
    match () {
        () if any(&video) || is_transport_stream(head) => Some(Kind::Video),
        () if any(&image) => Some(Kind::Image),
        () if any(&audio) || at(0, b"FORM") && form(&[b"AIFF", b"AIFC"]) => Some(Kind::Audio),
        () if is_mpeg_audio(head) => Some(Kind::Audio),
        () if are_subtitles(head) => Some(Kind::Subtitles),
        () => None,
    }
}

/// MPEG transport streams: a sync byte every 188 bytes, in M2TS after four more each.
fn is_transport_stream(head: &[u8]) -> bool {
    let synced = |first: usize, step: usize| {
        head.len() > first + step && head.iter().skip(first).step_by(step).all(|b| *b == 0x47)
    };
    synced(0, 188) || synced(4, 192)
}

/// MP3 without a tag, and AAC: a frame's header with no reserved value in it.
fn is_mpeg_audio(head: &[u8]) -> bool {
    let [0xff, second, third, ..] = head else { return false };
    let (version, layer) = (second >> 3 & 3, second >> 1 & 3);
    match second & 0xf6 {
        0xf0 => third >> 2 & 0xf < 13, // ADTS: the sampling frequency
        _ => {
            let (bitrate, frequency) = (third >> 4, third >> 2 & 3);
            second >> 5 == 7 && version != 1 && layer != 0 && bitrate != 15 && frequency != 3
        }
    }
}

/// WebVTT, SubRip and ASS.
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
    fn media_are_known_by_their_first_bytes() {
        let mut ts = vec![0; HEAD_BYTES];
        (0..HEAD_BYTES).step_by(188).for_each(|at| ts[at] = 0x47);
        let mut m2ts = vec![0; HEAD_BYTES];
        (4..HEAD_BYTES).step_by(192).for_each(|at| m2ts[at] = 0x47);
        let cases: [(&[u8], Kind); 22] = [
            (b"\0\0\0\x18ftypisom\0\0\x02\0", Kind::Video),
            (b"\0\0\x10\0moov\0\0\0\x6cmvhd", Kind::Video),
            (b"\0\0\0\x1cftypM4A \0\0\0\0", Kind::Audio),
            (b"\0\0\0\x1cftypavif\0\0\0\0", Kind::Image),
            (b"\x1a\x45\xdf\xa3\x9fB\x86\x81", Kind::Video),
            (b"RIFF\0\0\0\0AVI LIST", Kind::Video),
            (b"RIFF\0\0\0\0WAVEfmt ", Kind::Audio),
            (b"RIFF\0\0\0\0WEBPVP8 ", Kind::Image),
            (b"OggS\0\x02", Kind::Video),
            (&ts, Kind::Video),
            (&m2ts, Kind::Video),
            (b"\x00\x00\x01\xba\x44", Kind::Video),
            (b"ID3\x04\0", Kind::Audio),
            (b"\xff\xfb\x90\x64", Kind::Audio),
            (b"\xff\xf1\x50\x80", Kind::Audio),
            (b"fLaC\0", Kind::Audio),
            (b"\xff\xd8\xff\xe0\0\x10JFIF", Kind::Image),
            (b"\x89PNG\r\n\x1a\n\0", Kind::Image),
            (b"WEBVTT\n\n00:01.000 --> 00:02.000\nA", Kind::Subtitles),
            (b"\xef\xbb\xbf1\r\n00:00:01,000 --> 00:00:02,000\r\nA", Kind::Subtitles),
            (b"\n\n1\n00:00:01,000 --> 00:00:02,000\nA", Kind::Subtitles),
            (b"[Script Info]\r\nTitle: A", Kind::Subtitles),
        ];
        for (head, kind) in cases {
            assert_eq!(of(head), Some(kind), "{:?}", head.escape_ascii().to_string());
        }
    }

    #[test]
    fn everything_else_is_nothing_of_the_list() {
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
            &[0; HEAD_BYTES],
        ];
        for head in cases {
            assert_eq!(of(head), None, "{:?}", head.escape_ascii().to_string());
        }
    }
}
