//! What `media show` prints, on a terminal of 80 columns.

use ginflix_api::inspection::{
    Attachment, AudioTrack, Codec, Container, Hdr, Problem, Ratio, Track, TrackKind, VideoTrack,
};
use ginflix_api::replica::{Replica, ReplicaState, Replication};

use super::super::test_media::{audio, content, listed, track, video, with_problem};
use super::*;

/// Formats a file without the escape sequences of a terminal, of which the headings have some.
fn show(listed: &ListedMedia, width: Option<u16>) -> String {
    let url = "http://127.0.0.1:4463/stream/film.mkv";
    let text = render(listed, url, "1970-01-03T00:00:00Z".parse().unwrap(), width);
    console::strip_ansi_codes(&text).into_owned()
}

/// Returns a picture of high dynamic range.
fn picture() -> Track {
    let picture = VideoTrack {
        width: 3840,
        height: 1608,
        frame_rate: Ratio::new(24_000, 1001),
        constant_frame_rate: Some(true),
        bit_depth: Some(10),
        hdr: Some(Hdr::Pq),
        ..VideoTrack::default()
    };
    Track {
        codec_string: Some("hvc1.2.4.L153.B0".to_owned()),
        bit_rate: Some(5_800_000),
        peak_bit_rate: Some(14_200_000),
        default: true,
        ..track(Codec::Hevc, TrackKind::Video(picture))
    }
}

/// Returns a file that has everything, and does not play everywhere.
fn full() -> ListedMedia {
    let sound = |number, language: &str, name: Option<&str>, default| Track {
        number,
        language: Some(language.to_owned()),
        name: name.map(str::to_owned),
        codec_string: Some("ec-3".to_owned()),
        bit_rate: Some(384_000),
        default,
        ..track(Codec::Eac3, TrackKind::Audio(AudioTrack { channels: 6, sample_rate: 48_000 }))
    };
    let text = Track {
        number: 4,
        language: Some("de".to_owned()),
        name: Some("Schilder".to_owned()),
        forced: true,
        hearing_impaired: true,
        ..track(Codec::SubRip, TrackKind::Text)
    };
    let tracks = vec![
        picture(),
        sound(2, "en", None, true),
        sound(3, "pt-BR", Some("Director's commentary"), false),
        text,
    ];
    let mut found = content(Container::Matroska, tracks);
    found.title = Some("A film\nwith a title".to_owned());
    (found.bit_rate, found.peak_bit_rate) = (Some(6_100_000), Some(14_900_000));
    let chapter = |start_seconds, title: &str| Chapter { start_seconds, title: title.to_owned() };
    found.chapters = vec![chapter(0.0, "Opening"), chapter(4000.4, "The end")];
    found.attachments = vec![Attachment {
        name: "cover.jpg".to_owned(),
        media_type: "image/jpeg".to_owned(),
        size_bytes: 120_000,
    }];
    let replica = Replica {
        streamer: "streamer-1".to_owned(),
        state: ReplicaState::Pulling,
        problem: None,
        is_verified: false,
        verified_at: None,
    };
    let replication = Some(Replication { wanted: 2, whole: 1, replicas: vec![replica] });
    ListedMedia { replication, ..listed("film.mkv", Some(found)) }
}

#[test]
fn a_file_with_everything_is_shown_as_agreed_on() {
    insta::assert_snapshot!("full", show(&full(), Some(80)));
}

#[test]
fn lines_fit_within_the_width_except_for_commands() {
    for width in [80, 120] {
        for line in show(&full(), Some(width)).lines() {
            let is_command = line.starts_with("  ffmpeg ");
            let columns = console::measure_text_width(line);
            assert!(is_command || columns <= usize::from(width), "{line}");
        }
    }
}

#[test]
fn a_file_that_plays_everywhere_needs_no_remedy() {
    let tracks = vec![video(Codec::H264, 8), audio(Codec::Aac)];
    let text = show(&listed("film.mp4", Some(content(Container::Mp4, tracks))), None);
    assert!(text.contains("plays everywhere"), "{text}");
    for absent in ["Why", "ffmpeg", "CHAPTER", "ATTACHMENT", "NAME", "Copies", "Title"] {
        assert!(!text.contains(absent), "{absent}: {text}");
    }
}

#[test]
fn a_damaged_file_says_what_is_missing() {
    let damaged = with_problem(Problem::Truncated { missing_bytes: 1000 });
    let text = show(&listed("film.mp4", Some(damaged)), None);
    assert!(text.contains("damaged: it is cut short: at least 1000 bytes are missing"), "{text}");
}

#[test]
fn a_file_without_inspection_says_so() {
    let text = show(&listed("film.mp4", None), None);
    assert!(text.contains("not inspected yet") && text.contains("look again later"), "{text}");
    assert!(!text.contains("BROWSER") && !text.contains("TRACK"), "{text}");
}

#[test]
fn properties_of_a_picture_are_named() {
    let details = |video| tracks::details(&track(Codec::H264, TrackKind::Video(video)));
    let size = VideoTrack { width: 720, height: 576, ..VideoTrack::default() };
    assert_eq!(details(size.clone()), "720×576");
    let anamorphic = VideoTrack {
        rotation: 90,
        sample_aspect_ratio: Ratio::new(16, 15),
        frame_rate: Ratio::new(25, 1),
        constant_frame_rate: Some(false),
        hdr: Some(Hdr::DolbyVision { profile: 5, compatible: false }),
        ..size.clone()
    };
    assert_eq!(
        details(anamorphic),
        "720×576, rotated by 90°, sample aspect ratio 16:15, 25 fps (variable), \
         Dolby Vision profile 5, wrong colours without it"
    );
    let square = VideoTrack { sample_aspect_ratio: Ratio::new(1, 1), ..size };
    assert_eq!(details(square), "720×576");
}

#[test]
fn channels_are_named_by_their_layout() {
    let details = |channels| {
        let audio = AudioTrack { channels, sample_rate: 44_100 };
        tracks::details(&track(Codec::Aac, TrackKind::Audio(audio)))
    };
    let layouts = [(1, "mono"), (2, "stereo"), (4, "4 channels"), (6, "5.1"), (8, "7.1")];
    for (channels, layout) in layouts {
        assert_eq!(details(channels), format!("{layout}, 44.1 kHz"));
    }
}

#[test]
fn an_unknown_name_suggests_the_list() {
    use clap::Parser;
    let args = crate::args::Args::try_parse_from(["ginflix", "logout"]).unwrap();
    let failure = unknown(&"none.mp4".parse().unwrap(), &args.global);
    assert_eq!(failure.status, ExitStatus::NotFound);
    assert!(failure.message.contains("none.mp4"));
    assert!(failure.hint.unwrap().contains("ginflix media list"));
}
