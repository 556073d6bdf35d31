//! Recognizes the formats of subtitles by their content.

use std::fmt;

use crate::{time, webvtt};

/// The formats that are read, for people.
pub const ACCEPTED: &str = "SubRip (.srt), WebVTT (.vtt), SubStation Alpha (.ssa, .ass)";
/// The extensions of the formats that are read, in lower case.
pub const EXTENSIONS: [&str; 4] = ["srt", "vtt", "ssa", "ass"];

/// Returns whether a file name has one of [`EXTENSIONS`], in any letter case.
pub fn is_subtitle_file(name: &str) -> bool {
    name.rsplit_once('.')
        .is_some_and(|(_, extension)| EXTENSIONS.iter().any(|e| extension.eq_ignore_ascii_case(e)))
}

/// A format that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// SubRip (`.srt`).
    SubRip,
    /// WebVTT (W3C).
    WebVtt,
    /// SubStation Alpha v4.
    Ssa,
    /// Advanced SubStation Alpha, which calls itself v4+.
    Ass,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SubRip => "SubRip",
            Self::WebVtt => "WebVTT",
            Self::Ssa => "SubStation Alpha",
            Self::Ass => "Advanced SubStation Alpha",
        })
    }
}

/// A format that is not read. It displays as a sentence without its full stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OtherFormat {
    /// VobSub: the `.idx` file or the `.sub` file, an MPEG program stream.
    VobSub,
    /// The bitmaps of Blu-ray discs (`.sup`).
    Pgs,
    /// MicroDVD: frame numbers instead of times.
    MicroDvd,
    /// MPL2: tenths of seconds in brackets.
    Mpl2,
    /// SubViewer.
    SubViewer,
    /// TMPlayer: a time without an end before each text.
    TmPlayer,
    /// Timed Text Markup Language (W3C), and its profiles DFXP and IMSC.
    Ttml,
    /// SAMI (`.smi`).
    Sami,
    /// Scenarist closed captions (`.scc`).
    Scenarist,
    /// EBU STL (Tech 3264).
    EbuStl,
    /// LRC, the lyrics of songs.
    Lrc,
    /// An archive: ZIP, RAR, 7z or gzip.
    Archive,
    /// A media file: Matroska or MP4.
    MediaFile,
}

impl fmt::Display for OtherFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::VobSub => "the file has VobSub subtitles, which are pictures and not text",
            Self::Pgs => "the file has PGS subtitles, which are pictures and not text",
            Self::MicroDvd => {
                "the file has MicroDVD subtitles, whose times depend on the frame rate"
            }
            Self::Mpl2 => "the file has MPL2 subtitles, which are not read",
            Self::SubViewer => "the file has SubViewer subtitles, which are not read",
            Self::TmPlayer => "the file has TMPlayer subtitles, which are not read",
            Self::Ttml => "the file has TTML subtitles, which are not read",
            Self::Sami => "the file has SAMI subtitles, which are not read",
            Self::Scenarist => "the file has Scenarist closed captions, which are not read",
            Self::EbuStl => "the file has EBU STL subtitles, which are not read",
            Self::Lrc => "the file has lyrics (LRC), which are not read",
            Self::Archive => "the file is an archive, which must be unpacked first",
            Self::MediaFile => "the file is a media file; its subtitles are read as its tracks",
        })
    }
}

/// Recognizes binary formats by their first bytes. `None` for text.
pub fn recognize_binary(bytes: &[u8]) -> Option<OtherFormat> {
    const STARTS: [(&[u8], OtherFormat); 8] = [
        (b"PG", OtherFormat::Pgs),
        (b"\0\0\x01\xba", OtherFormat::VobSub),
        (b"PK\x03\x04", OtherFormat::Archive),
        (b"\x1f\x8b", OtherFormat::Archive),
        (b"Rar!\x1a\x07", OtherFormat::Archive),
        (b"7z\xbc\xaf\x27\x1c", OtherFormat::Archive),
        (b"\x1a\x45\xdf\xa3", OtherFormat::MediaFile),
        (b"\0\0\0", OtherFormat::MediaFile),
    ];
    let is_ebu_stl = bytes.get(3..6) == Some(b"STL") && bytes.get(8..11) == Some(b".01");
    let is_media = bytes.get(4..8) == Some(b"ftyp");
    // The letters PG alone may begin a text; the times after them hardly have the type of a PGS segment in their place.
    let is_pgs = matches!(bytes.get(10), Some(0x14..=0x17 | 0x80));
    if is_ebu_stl {
        return Some(OtherFormat::EbuStl);
    }
    let found = STARTS.into_iter().find(|(start, _)| bytes.starts_with(start))?.1;
    match found {
        OtherFormat::Pgs if !is_pgs => None,
        OtherFormat::MediaFile if bytes.starts_with(&[0]) && !is_media => None,
        found => Some(found),
    }
}

/// Recognizes the format of a text.
///
/// # Errors
/// The format is not read, or not known; the error has it if it is known.
pub fn recognize(text: &str) -> Result<Format, Option<OtherFormat>> {
    if webvtt::has_signature(text) {
        return Ok(Format::WebVtt);
    }
    let mut other = None;
    for (number, line) in text.lines().enumerate() {
        let line = line.trim_matches(['\u{feff}', ' ', '\t']);
        if line.is_empty() {
            continue;
        }
        if let Some(format) = substation_alpha(line) {
            return Ok(if format == Format::Ssa && is_v4_plus(text) {
                Format::Ass
            } else {
                format
            });
        }
        if time::timing_line(line).is_some() {
            return Ok(Format::SubRip);
        }
        if number < 100 {
            other = other.or_else(|| recognize_other(line));
        }
    }
    Err(other)
}

/// Recognizes SubStation Alpha by the first line that only it has.
fn substation_alpha(line: &str) -> Option<Format> {
    let starts =
        |start: &str| line.get(..start.len()).is_some_and(|line| line.eq_ignore_ascii_case(start));
    if starts("[V4+ Styles]") {
        return Some(Format::Ass);
    }
    let is_event = (starts("Dialogue:") || starts("Comment:")) && line.matches(',').count() >= 8;
    let is_section = starts("[Script Info]") || starts("[V4 Styles]");
    (is_event || is_section).then_some(Format::Ssa)
}

fn is_v4_plus(text: &str) -> bool {
    let line_is = |line: &str| {
        let line = line.trim().as_bytes();
        line.eq_ignore_ascii_case(b"[V4+ Styles]")
            || line.eq_ignore_ascii_case(b"ScriptType: v4.00+")
    };
    text.lines().take(1_000).any(line_is)
}

/// Recognizes other formats by one of their first lines.
fn recognize_other(line: &str) -> Option<OtherFormat> {
    let lower: String = line.chars().take(200).collect::<String>().to_lowercase();
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    // Two numbers in brackets, such as {0}{25} and [0][25]; MicroDVD may lack the second.
    let numbers = |open: char, close: char| {
        let rest = lower.strip_prefix(open)?;
        let rest = rest.get(digits(rest).max(1)..)?.strip_prefix(close)?.strip_prefix(open)?;
        rest.get(digits(rest)..)?.strip_prefix(close)
    };
    let is_time = |text: &str| {
        let mut parts = text.split(':');
        let is_number = |part: Option<&str>| part.is_some_and(|p| p.len() == 2 && digits(p) == 2);
        is_number(parts.next()) && is_number(parts.next()) && {
            parts.next().is_some_and(|part| part.len() >= 2 && digits(part) >= 2)
        }
    };
    if lower.starts_with("# vobsub index file") {
        Some(OtherFormat::VobSub)
    } else if lower.starts_with("scenarist_scc") {
        Some(OtherFormat::Scenarist)
    } else if lower.starts_with("<sami") {
        Some(OtherFormat::Sami)
    } else if lower.starts_with("<tt ") || lower.starts_with("<tt:tt") || lower.contains("/ttml") {
        Some(OtherFormat::Ttml)
    } else if numbers('{', '}').is_some() {
        Some(OtherFormat::MicroDvd)
    } else if numbers('[', ']').is_some() {
        Some(OtherFormat::Mpl2)
    } else if lower.starts_with("[information]") || is_sub_viewer(&lower) {
        Some(OtherFormat::SubViewer)
    } else if is_time(&lower) {
        Some(OtherFormat::TmPlayer)
    } else if lower.strip_prefix('[').is_some_and(is_lyrics) {
        Some(OtherFormat::Lrc)
    } else {
        None
    }
}

/// Tells whether a line has two times with a comma between them and nothing else.
fn is_sub_viewer(line: &str) -> bool {
    let is_time = |time: &str| {
        time.len() >= 8 && time.bytes().all(|b| b.is_ascii_digit() || matches!(b, b':' | b'.'))
    };
    line.split_once(',').is_some_and(|(start, end)| is_time(start) && is_time(end))
}

/// Tells whether a line continues as the time of a lyric after its bracket: minutes, seconds.
fn is_lyrics(rest: &str) -> bool {
    let Some((time, _)) = rest.split_once(']') else { return false };
    (5..=9).contains(&time.len())
        && time.contains(':')
        && time.bytes().all(|b| b.is_ascii_digit() || matches!(b, b':' | b'.'))
}

#[cfg(test)]
mod tests;
