//! Media files for unit tests.

use ginflix_api::inspection::{
    AudioTrack, Codec, Container, Inspection, Problem, Track, TrackKind, VideoTrack,
};
use ginflix_api::media::{Media, MediaName};
use ginflix_api::replica::ListedMedia;
use ginflix_media::playability::playability;
use jiff::Timestamp;

/// Returns a media file as a single server lists it.
pub fn listed(name: &str, inspection: Option<Inspection>) -> ListedMedia {
    let name: MediaName = name.parse().unwrap();
    let content_type = match name.extension() {
        "mkv" => "video/matroska",
        "srt" => "application/x-subrip",
        _ => "video/mp4",
    };
    let playability =
        inspection.as_ref().map(|found| playability(found, name.as_str())).unwrap_or_default();
    let media = Media {
        library: None,
        missing_since: None,
        stream_path: ginflix_api::paths::stream(&name),
        name,
        file_name: None,
        size_bytes: 4_200_000_000,
        sha256: Some("ab".repeat(32)),
        content_type: content_type.to_owned(),
        duration_seconds: inspection.as_ref().and_then(|found| found.duration_seconds),
        inspection,
        created_at: Timestamp::UNIX_EPOCH,
    };
    ListedMedia { media, playability, replication: None }
}

/// Returns the content of a file with these tracks.
pub fn content(container: Container, tracks: Vec<Track>) -> Inspection {
    Inspection { container, tracks, duration_seconds: Some(5525.0), ..Inspection::default() }
}

/// Returns the content of a file with a problem, which would play everywhere without it.
pub fn with_problem(problem: Problem) -> Inspection {
    let tracks = vec![video(Codec::H264, 8), audio(Codec::Aac)];
    Inspection { problems: vec![problem], ..content(Container::Mp4, tracks) }
}

/// Returns a video track.
pub fn video(codec: Codec, bit_depth: u8) -> Track {
    let video = VideoTrack {
        width: 1920,
        height: 1080,
        bit_depth: Some(bit_depth),
        ..VideoTrack::default()
    };
    track(codec, TrackKind::Video(video))
}

/// Returns an audio track.
pub fn audio(codec: Codec) -> Track {
    track(codec, TrackKind::Audio(AudioTrack { channels: 2, sample_rate: 48_000 }))
}

/// Returns a track with nothing but its kind and codec.
pub fn track(codec: Codec, kind: TrackKind) -> Track {
    Track {
        number: 1,
        codec,
        codec_id: "X_CODEC".to_owned(),
        codec_string: Some(String::new()),
        kind,
        ..Track::default()
    }
}
