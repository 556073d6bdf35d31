//! The paths of playlists and segments, and what they name.
//!
//! Everything of a media file is below `/stream/{name}/hls/`:
//!
//! | path | content |
//! |---|---|
//! | `master.m3u8` | the master playlist |
//! | `video.m3u8`, `audio-{n}.m3u8`, `iframes.m3u8` | the media playlist of a rendition; `n` counts audio tracks from 0 |
//! | `{rendition}/{revision}/init.mp4` | its initialization segment |
//! | `{rendition}/{revision}/{n}.m4s` | its segment `n`, from 0 |
//! | `texts.json` | the list of the texts, for players that do not read playlists |
//! | `text-{n}.m3u8` | the media playlist of a text; `n` counts texts from 0 |
//! | `text-{n}/{revision}/{k}.vtt` | its segment `k`, from 0 |
//! | `text-{n}/{revision}/all.vtt` | the whole text as one file of WebVTT |
//!
//! A revision is a hash of the media file and the version of packaging, such as `1a2b3c4d-1`: what is below it never
//! changes and can be cached for ever. For a text that is no track of the media file, the hash must depend on the text too.

use std::fmt;

use crate::rendition::RenditionKind;

/// The version of packaging. It changes whenever the bytes of an initialization segment or a segment change.
pub const PACKAGING_VERSION: u32 = 2;
/// The name of the master playlist.
pub const MASTER: &str = "master.m3u8";
/// The name of the list of texts.
const TEXT_LIST: &str = "texts.json";
/// The name of an initialization segment.
const INIT: &str = "init.mp4";
/// The name of a whole text.
const DOCUMENT: &str = "all.vtt";

/// Names a rendition in paths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RenditionName {
    /// The kind.
    pub kind: RenditionKind,
    /// The number among the renditions of the same kind, from 0.
    pub number: usize,
}

impl fmt::Display for RenditionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            RenditionKind::Video => f.write_str("video"),
            RenditionKind::Audio => write!(f, "audio-{}", self.number),
            RenditionKind::IFrames => f.write_str("iframes"),
            RenditionKind::Text => write!(f, "text-{}", self.number),
        }
    }
}

impl RenditionName {
    fn parse(text: &str) -> Option<Self> {
        let (kind, number) = match text {
            "video" => (RenditionKind::Video, 0),
            "iframes" => (RenditionKind::IFrames, 0),
            _ => match text.strip_prefix("text-") {
                Some(number) => (RenditionKind::Text, decimal(number)? as usize),
                None => (RenditionKind::Audio, decimal(text.strip_prefix("audio-")?)? as usize),
            },
        };
        Some(Self { kind, number })
    }
}

/// The part of a path that changes with the content: a hash of the media file and the version of packaging.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Revision(String);

impl Revision {
    /// Returns the revision of a media file. `hash` is the SHA-256 of the file in hexadecimal digits, or its first 8 or more.
    /// `None` if it is not that.
    pub fn new(hash: &str) -> Option<Self> {
        is_hash(hash).then(|| Self(format!("{hash}-{PACKAGING_VERSION}")))
    }

    fn parse(text: &str) -> Option<Self> {
        let (hash, version) = text.split_once('-')?;
        (is_hash(hash) && decimal(version).is_some()).then(|| Self(text.to_owned()))
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_hash(text: &str) -> bool {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    (8..=64).contains(&text.len()) && text.bytes().all(is_digit)
}

/// Reads a number without a sign and without zeros at its start.
fn decimal(text: &str) -> Option<u32> {
    let is_canonical = text == "0" || !text.starts_with(['0', '+']);
    text.parse().ok().filter(|_| is_canonical)
}

/// What a path names.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Resource {
    /// The master playlist.
    Master,
    /// The list of the texts.
    TextList,
    /// The media playlist of a rendition.
    Playlist(RenditionName),
    /// The initialization segment of a rendition, which a text has not.
    Init(RenditionName, Revision),
    /// The segment of a rendition with this number, from 0.
    Segment(RenditionName, Revision, u32),
    /// The whole of a text.
    Document(RenditionName, Revision),
}

impl Resource {
    /// Parses the part of a path after `/stream/{name}/hls/`. Each resource has one path only; `None` for any
    /// other. The caller compares the revision with that of the file.
    pub fn parse(path: &str) -> Option<Self> {
        if path == MASTER {
            return Some(Self::Master);
        }
        if path == TEXT_LIST {
            return Some(Self::TextList);
        }
        let mut parts = path.split('/');
        let first = parts.next()?;
        let Some(revision) = parts.next() else {
            return Some(Self::Playlist(RenditionName::parse(first.strip_suffix(".m3u8")?)?));
        };
        let (rendition, revision) = (RenditionName::parse(first)?, Revision::parse(revision)?);
        let file = parts.next().filter(|_| parts.next().is_none())?;
        let is_text = rendition.kind == RenditionKind::Text;
        match file {
            INIT if !is_text => return Some(Self::Init(rendition, revision)),
            DOCUMENT if is_text => return Some(Self::Document(rendition, revision)),
            _ => {}
        }
        let number = decimal(file.strip_suffix(extension(rendition.kind))?)?;
        Some(Self::Segment(rendition, revision, number))
    }

    /// Returns the media type of the content.
    pub fn media_type(&self) -> &'static str {
        let name = match self {
            Self::Master | Self::Playlist(_) => return "application/vnd.apple.mpegurl",
            Self::TextList => return "application/json",
            Self::Init(name, _) | Self::Segment(name, ..) | Self::Document(name, _) => name,
        };
        match name.kind {
            RenditionKind::Audio => "audio/mp4",
            RenditionKind::Video | RenditionKind::IFrames => "video/mp4",
            RenditionKind::Text => "text/vtt",
        }
    }
}

/// Returns what the names of segments end with.
fn extension(kind: RenditionKind) -> &'static str {
    if kind == RenditionKind::Text { ".vtt" } else { ".m4s" }
}

impl fmt::Display for Resource {
    /// Writes the path after `/stream/{name}/hls/`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Master => f.write_str(MASTER),
            Self::TextList => f.write_str(TEXT_LIST),
            Self::Playlist(name) => write!(f, "{name}.m3u8"),
            Self::Init(name, revision) => write!(f, "{name}/{revision}/{INIT}"),
            Self::Segment(name, revision, number) => {
                write!(f, "{name}/{revision}/{number}{}", extension(name.kind))
            }
            Self::Document(name, revision) => write!(f, "{name}/{revision}/{DOCUMENT}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_path_is_parsed_as_it_is_written() {
        for path in [
            "master.m3u8",
            "texts.json",
            "video.m3u8",
            "iframes.m3u8",
            "audio-0.m3u8",
            "audio-17.m3u8",
            "video/1a2b3c4d-2/init.mp4",
            "audio-3/1a2b3c4d-2/init.mp4",
            "iframes/1a2b3c4d-2/1200.m4s",
            "text-0.m3u8",
            "text-12/1a2b3c4d-2/0.vtt",
            "text-1/1a2b3c4d-2/all.vtt",
        ] {
            assert_eq!(Resource::parse(path).unwrap().to_string(), path);
        }
        let revision = Revision::new("1a2b3c4d").unwrap();
        let name = RenditionName { kind: RenditionKind::Audio, number: 1 };
        let segment = Resource::Segment(name, revision, 12);
        assert_eq!(segment.to_string(), "audio-1/1a2b3c4d-2/12.m4s");
        assert_eq!(segment.media_type(), "audio/mp4");
        let name = RenditionName { kind: RenditionKind::Text, number: 0 };
        let document = Resource::Document(name, Revision::new("1a2b3c4d").unwrap());
        assert_eq!(document.to_string(), "text-0/1a2b3c4d-2/all.vtt");
        assert_eq!(document.media_type(), "text/vtt");
    }

    #[test]
    fn other_paths_name_nothing() {
        for path in [
            "",
            "/",
            "master.m3u8/",
            "video",
            "video-0.m3u8",
            "audio-.m3u8",
            "audio-01.m3u8",
            "audio--1.m3u8",
            "audio-+1.m3u8",
            "video/init.mp4",
            "video/1A2B3C4D-1/init.mp4",
            "video/1a2b3c4d/init.mp4",
            "video/1a2b-1/init.mp4",
            "video/1a2b3c4d-2/",
            "video/1a2b3c4d-2/01.m4s",
            "video/1a2b3c4d-2/99999999999.m4s",
            "video/1a2b3c4d-2/1.m4s/x",
            "../video.m3u8",
            "text-.m3u8",
            "text-01.m3u8",
            "text-0.vtt",
            "text-0/1a2b3c4d-2/init.mp4",
            "text-0/1a2b3c4d-2/0.m4s",
            "text-0/1a2b3c4d-2/00.vtt",
            "text-0/1a2b3c4d-2/all.m4s",
            "text-0/all.vtt",
            "video/1a2b3c4d-2/0.vtt",
            "audio-0/1a2b3c4d-2/all.vtt",
        ] {
            assert_eq!(Resource::parse(path), None, "{path}");
        }
        assert_eq!(Revision::new("../../.."), None);
    }
}
