use ginflix_api::inspection::{AudioTrack, Codec, Container, Track, TrackKind, VideoTrack};
use jiff::Timestamp;

use super::*;

fn track(codec: Codec, codec_string: &str, kind: TrackKind) -> Track {
    Track {
        codec,
        codec_string: Some(codec_string.to_owned()),
        default: true,
        kind,
        ..Track::default()
    }
}

fn media(container: Container, codec: Codec, codec_string: &str, problems: Vec<Problem>) -> Media {
    let tracks = vec![
        track(codec, codec_string, TrackKind::Video(VideoTrack::default())),
        track(Codec::Aac, "mp4a.40.2", TrackKind::Audio(AudioTrack::default())),
    ];
    Media {
        name: "film.mp4".parse().unwrap(),
        file_name: None,
        size_bytes: 1,
        sha256: Some(String::new()),
        content_type: "video/mp4".to_owned(),
        duration_seconds: None,
        inspection: Some(Inspection { container, tracks, problems, ..Inspection::default() }),
        created_at: Timestamp::UNIX_EPOCH,
        library: None,
        missing_since: None,
        stream_path: String::new(),
    }
}

#[test]
fn nothing_is_said_of_a_file_that_plays_everywhere() {
    let media = media(Container::Mp4, Codec::H264, "avc1.640028", Vec::new());
    let playing = Playing::of(&media, Locale::English);
    assert_eq!((playing.has_picture, &playing.note), (true, &None));
    assert!(playing.starts_with_file() && !playing.has_audio_choice());
    assert_eq!(FileNote::of(&media, Locale::English), None);
}

#[test]
fn the_browser_is_asked_about_hevc() {
    let media = media(Container::Mp4, Codec::Hevc, "hvc1.1.6.L93.B0", Vec::new());
    let playing = Playing::of(&media, Locale::English);
    assert_eq!(playing.note, None);
    assert!(!playing.starts_with_file());
    let options = playing.options.unwrap();
    let video = options.video.unwrap();
    assert_eq!(video.media_type, "video/mp4; codecs=\"hvc1.1.6.L93.B0\"");
    assert_eq!((video.name, options.browsers.as_str()), ("HEVC (H.265)", "Safari"));
    let note = FileNote::of(&media, Locale::English).unwrap();
    assert_eq!(note.summary, "Plays only in Safari");
    assert!(note.remedy.unwrap().starts_with("ffmpeg -i film.mp4 "));
}

#[test]
fn a_few_browsers_that_do_not_play_it_are_named() {
    let ogg = media(Container::Ogg, Codec::H264, "avc1.640028", Vec::new());
    assert_eq!(FileNote::of(&ogg, Locale::English).unwrap().summary, "Does not play in Safari");
    let matroska = media(Container::Matroska, Codec::H264, "avc1.640028", Vec::new());
    assert_eq!(FileNote::of(&matroska, Locale::English), None);
    let av1 = media(Container::Mp4, Codec::Av1, "av01.0.08M.08", Vec::new());
    assert_eq!(FileNote::of(&av1, Locale::English).unwrap().summary, "May not play in Safari");
}

#[test]
fn a_file_that_no_browser_plays_needs_no_question() {
    let media = media(Container::Avi, Codec::Mpeg4Visual, "mp4v.20", Vec::new());
    let playing = Playing::of(&media, Locale::English);
    assert!(playing.note.unwrap().starts_with("This film does not play in browsers"));
    assert!(playing.offers_download);
    assert!(!playing.options.unwrap().is_packaged);
    assert_eq!(FileNote::of(&media, Locale::English).unwrap().summary, "Plays in no browser");
}

#[test]
fn damage_comes_first() {
    let problems = vec![Problem::Truncated { missing_bytes: 9 }];
    let media = media(Container::Mp4, Codec::Hevc, "hvc1.1.6.L93.B0", problems);
    let playing = Playing::of(&media, Locale::English);
    assert!(playing.note.unwrap().contains("incomplete"));
    assert!(!playing.offers_download);
    let french = Playing::of(&media, Locale::French).note.unwrap();
    assert!(french.contains("incomplet\u{a0}: le film s’arrête avant la fin"), "{french}");
    assert_eq!(
        FileNote::of(&media, Locale::English).unwrap().summary,
        "Damaged: it is cut short: at least 9 bytes are missing at its end"
    );
}
