//! Media types, by which a browser tells whether it can play something.

use ginflix_api::inspection::{Codec, Container, Inspection, Track, TrackKind};

use super::played_tracks;

/// The media types of a file, its picture and its sound, by which a browser tells whether it can play them
/// (`HTMLMediaElement.canPlayType`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrackTypes {
    /// The types of the container, of which browsers know at least one if they can play it.
    pub container: &'static [&'static str],
    /// The type of the first video track.
    pub picture: Option<String>,
    /// The type of the audio track that players select.
    pub sound: Option<String>,
}

/// Returns the media types of the tracks that a player plays.
pub fn track_types(found: &Inspection) -> TrackTypes {
    let (video, audio) = played_tracks(found);
    TrackTypes {
        container: container_types(found.container),
        picture: video.map(media_type),
        sound: audio.map(media_type),
    }
}

/// Returns the media type of a track: that of a file that has only this track. A track whose codec has no name in media
/// types gets a type that no browser knows.
pub fn media_type(track: &Track) -> String {
    let kind = match track.kind {
        TrackKind::Video(_) => "video",
        _ => "audio",
    };
    let codecs = track.codec_string.as_deref().unwrap_or_default();
    match track.codec {
        Codec::Vp8 | Codec::Vorbis => format!("{kind}/webm; codecs=\"{codecs}\""),
        _ if track.codec_string.is_none() => format!("{kind}/x-unknown"),
        // The names of MP4 are the registered ones.
        Codec::Opus => format!("{kind}/mp4; codecs=\"opus\""),
        Codec::Flac => format!("{kind}/mp4; codecs=\"flac\""),
        _ => format!("{kind}/mp4; codecs=\"{codecs}\""),
    }
}

/// Returns the media types of a container. That of QuickTime files is unknown to Chrome, which plays them like MP4.
fn container_types(container: Container) -> &'static [&'static str] {
    match container {
        Container::Mp4 | Container::QuickTime => &["video/mp4"],
        Container::Matroska => &["video/matroska", "video/x-matroska"],
        Container::WebM => &["video/webm"],
        Container::Avi => &["video/x-msvideo"],
        Container::MpegTs => &["video/mp2t"],
        Container::MpegPs => &["video/mpeg"],
        Container::Ogg => &["video/ogg"],
        Container::Flv => &["video/x-flv"],
        Container::Asf => &["video/x-ms-asf"],
        Container::MpegAudio => &["audio/mpeg"],
        Container::Adts => &["audio/aac"],
        Container::Flac => &["audio/flac"],
        Container::Wav => &["audio/wav"],
        Container::Unknown => &["application/octet-stream"],
    }
}
