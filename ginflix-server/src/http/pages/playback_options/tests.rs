use ginflix_api::inspection::{AudioTrack, Container, VideoTrack};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::*;

fn track(codec: Codec, codec_string: &str, kind: TrackKind) -> Track {
    Track { codec, codec_string: Some(codec_string.to_owned()), kind, ..Track::default() }
}

fn audio(codec: Codec, codec_string: &str) -> Track {
    let kind = TrackKind::Audio(AudioTrack { channels: 6, sample_rate: 48_000 });
    Track { language: Some("de".to_owned()), ..track(codec, codec_string, kind) }
}

fn options(container: Container, audio: &[Track]) -> PlaybackOptions {
    let video = track(Codec::H264, "avc1.640028", TrackKind::Video(VideoTrack::default()));
    let tracks = [video].iter().chain(audio).cloned().collect();
    let inspection = Inspection { container, tracks, ..Inspection::default() };
    let media = Media {
        name: "film.mkv".parse().unwrap(),
        file_name: None,
        size_bytes: 1,
        sha256: Some(String::new()),
        content_type: "video/matroska".to_owned(),
        duration_seconds: None,
        inspection: Some(inspection),
        created_at: Timestamp::UNIX_EPOCH,
        library: None,
        missing_since: None,
        stream_path: String::new(),
    };
    PlaybackOptions::of(&media, Locale::English).unwrap()
}

#[test]
fn the_script_knows_each_audio_track() {
    let default = Track { default: true, ..audio(Codec::Aac, "mp4a.40.2") };
    let found = options(Container::Matroska, &[audio(Codec::Dts, "dtsc"), default]);
    let json: Value = serde_json::from_str(&found.to_json()).unwrap();
    assert_eq!(
        json["audio"][1],
        json!({
            "codec": "aac", "name": "AAC", "media_type": "audio/mp4; codecs=\"mp4a.40.2\"",
            "language": "de", "title": null, "channels": 6, "is_default": true, "is_packaged": true,
        })
    );
    let first = &found.audio[0];
    assert_eq!((first.is_default, first.is_packaged), (false, false));
    assert_eq!(json["container"], json!(["video/matroska", "video/x-matroska"]));
}

#[test]
fn a_file_without_another_way_is_no_choice() {
    let aac = || audio(Codec::Aac, "mp4a.40.2");
    assert!(options(Container::Mp4, &[aac()]).has_no_choice());
    assert!(!options(Container::Mp4, &[aac(), aac()]).has_no_choice());
    assert!(!options(Container::Matroska, &[aac()]).has_no_choice());
    assert!(options(Container::Avi, &[aac(), aac()]).has_no_choice());
    assert!(!options(Container::Mp4, &[audio(Codec::Ac3, "ac-3")]).has_no_choice());
}

#[test]
fn the_playlist_has_the_query_of_a_signed_link() {
    assert_eq!(master_playlist("/stream/a.mkv"), "/stream/a.mkv/hls/master.m3u8");
    let signed = master_playlist("/stream/a.mkv?expires=1&signature=x");
    assert_eq!(signed, "/stream/a.mkv/hls/master.m3u8?expires=1&signature=x");
}
