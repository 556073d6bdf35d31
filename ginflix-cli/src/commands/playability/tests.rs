//! The verdict in one line, and the warning.

use ginflix_api::inspection::Codec;

use super::super::test_media::{audio, content, listed, video, with_problem};
use super::*;

fn summary(container: Container, tracks: Vec<Track>) -> String {
    ContentVerdict::of(&listed("film.mkv", Some(content(container, tracks)))).summary()
}

#[test]
fn the_summary_names_causes_and_browsers() {
    use Codec::{Aac, Ac3, Dts, H264, Hevc, Mpeg2Video, Vp9};
    use Container::{Avi, Matroska, Mp4, Ogg};
    let cases: [(Container, Codec, u8, Codec, &str); 11] = [
        (Mp4, H264, 8, Aac, "plays everywhere"),
        (
            Mp4,
            Hevc,
            8,
            Aac,
            "HEVC: no picture in Chrome on Linux; in Chrome and Firefox only on some devices",
        ),
        (Mp4, H264, 10, Aac, "H.264 of 10 bits: no picture in Firefox and Safari"),
        (Mp4, H264, 8, Ac3, "AC-3: no sound in Chrome, Chrome on Linux and Firefox"),
        (Mp4, H264, 8, Dts, "DTS: no sound in any browser"),
        (Mp4, Mpeg2Video, 8, Dts, "MPEG-2, DTS: does not play in any browser"),
        (Mp4, Vp9, 8, Aac, "VP9: in Safari only on some devices"),
        (Matroska, H264, 8, Aac, "plays everywhere"),
        (Matroska, H264, 8, Dts, "DTS: no sound in any browser"),
        (Ogg, H264, 8, Aac, "Ogg: not in Safari"),
        (Avi, H264, 8, Aac, "AVI: does not play in any browser"),
    ];
    for (container, picture, depth, sound, expected) in cases {
        assert_eq!(summary(container, vec![video(picture, depth), audio(sound)]), expected);
    }
}

#[test]
fn the_selected_sound_is_the_cause() {
    let selected = Track { default: true, ..audio(Codec::Dts) };
    let tracks = vec![video(Codec::H264, 8), audio(Codec::Ac3), selected];
    let expected = "DTS: no sound in Chrome, Chrome on Linux and Firefox";
    assert_eq!(summary(Container::Mp4, tracks), expected);
    let selected = Track { default: true, ..audio(Codec::Dts) };
    let tracks = vec![video(Codec::H264, 8), audio(Codec::Aac), selected];
    assert_eq!(summary(Container::Mp4, tracks), "plays everywhere");
    let unknown = vec![video(Codec::H264, 8), audio(Codec::Other)];
    assert_eq!(summary(Container::Mp4, unknown), "X_CODEC: no sound in any browser");
}

#[test]
fn problems_come_first() {
    let summary = |problem| {
        let file = listed("film.mp4", Some(with_problem(problem)));
        assert!(ContentVerdict::of(&file).is_problem());
        ContentVerdict::of(&file).summary()
    };
    assert_eq!(
        summary(Problem::Truncated { missing_bytes: 7 }),
        "damaged: it is cut short: at least 7 bytes are missing at its end"
    );
    assert_eq!(
        summary(Problem::Malformed { reason: "a\u{1b}\nb".to_owned() }),
        "damaged: its structure is broken: a��b"
    );
    assert_eq!(summary(Problem::Encrypted), "it is encrypted; does not play in any browser");
}

#[test]
fn what_is_not_known_or_not_played_is_no_problem() {
    let cases = [
        (listed("film.mp4", None), "not inspected yet", true),
        (listed("film.srt", None), "neither video nor audio", false),
        (listed("film.srt", Some(Inspection::default())), "neither video nor audio", false),
    ];
    for (file, expected, is_pending) in cases {
        let verdict = ContentVerdict::of(&file);
        assert_eq!(verdict.summary(), expected);
        assert_eq!((verdict.is_pending(), verdict.is_problem()), (is_pending, false));
        assert_eq!(verdict.warning(), None);
    }
}

#[test]
fn an_unknown_format_is_a_problem() {
    let file = listed("film.mp4", Some(Inspection::default()));
    let verdict = ContentVerdict::of(&file);
    assert!(verdict.is_problem());
    assert_eq!(verdict.summary(), "its format is not known");
    let warning = "film.mp4 may not play.\n  The format of the file is not known.";
    assert_eq!(verdict.warning().as_deref(), Some(warning));
}

#[test]
fn the_warning_has_reasons_and_remedy() {
    let found = content(Container::Mp4, vec![video(Codec::Hevc, 8), audio(Codec::Aac)]);
    let file = listed("film.mp4", Some(found));
    assert_eq!(
        ContentVerdict::of(&file).warning().as_deref(),
        Some(
            "film.mp4 does not play in every browser.\n  \
             The picture is HEVC (H.265): Chrome on Linux cannot play it, and Chrome and Firefox \
             only on some devices.\n  \
             A copy that plays everywhere: ffmpeg -i film.mp4 -c:v libx264 -crf 20 \
             -pix_fmt yuv420p -c:a copy -movflags +faststart film.h264.mp4"
        )
    );
    let damaged = listed("film.mp4", Some(with_problem(Problem::NoIndex)));
    let warning = "film.mp4 is damaged: it has no index, so that it cannot be played.";
    assert_eq!(ContentVerdict::of(&damaged).warning().as_deref(), Some(warning));
    let found = content(Container::Avi, vec![]);
    let warning = ContentVerdict::of(&listed("film.avi", Some(found))).warning().unwrap();
    assert!(warning.starts_with("film.avi does not play in any browser.\n"), "{warning}");
}

#[test]
fn nothing_is_said_about_a_file_that_plays_everywhere() {
    let found = content(Container::Mp4, vec![video(Codec::H264, 8), audio(Codec::Aac)]);
    assert_eq!(ContentVerdict::of(&listed("film.mp4", Some(found))).warning(), None);
}

#[test]
fn the_rule_is_applied_if_the_server_states_no_verdict() {
    let found = content(Container::Ogg, vec![video(Codec::H264, 8), audio(Codec::Aac)]);
    let silent =
        ListedMedia { playability: Playability::default(), ..listed("a.ogv", Some(found)) };
    assert_eq!(ContentVerdict::of(&silent).summary(), "Ogg: not in Safari");
}
