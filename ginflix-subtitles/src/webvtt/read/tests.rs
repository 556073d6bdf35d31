use super::*;

/// The cues as start, end, settings and text.
fn cues(text: &str) -> Vec<(u64, u64, String, String)> {
    let (cues, _) = read(text);
    cues.iter()
        .map(|cue| (cue.start_ms, cue.end_ms, cue.settings.to_string(), cue.text.plain()))
        .collect()
}

fn problems(text: &str) -> Vec<Problem> {
    read(text).1
}

fn cue(start_ms: u64, end_ms: u64, text: &str) -> (u64, u64, String, String) {
    (start_ms, end_ms, String::new(), text.to_owned())
}

#[test]
fn blocks_are_told_apart() {
    let text = "WEBVTT - Title\nKind: captions\n\nNOTE A comment\nof two lines\n\n\
        STYLE\n::cue { color: red }\n\nREGION\nid:fred\nwidth:40%\n\n\
        intro\n00:01.000 --> 00:02.000 align:left region:fred\nFirst\nline\n\nNOTE\n\n\
        00:00:03.000 --> 00:00:04.000\nSecond\n";
    let (found, problems) = read(text);
    assert_eq!(
        found.iter().map(|cue| cue.id.as_ref()).collect::<Vec<_>>(),
        [CueId::new("intro").as_ref(), None]
    );
    assert_eq!(
        cues(text),
        [
            (1_000, 2_000, " align:left".to_owned(), "First\nline".to_owned()),
            cue(3_000, 4_000, "Second")
        ]
    );
    assert_eq!(problems, [Problem::StyleSheetsLeftOut]);
}

#[test]
fn faults_of_blocks_do_not_end_reading() {
    for (text, expected) in [
        // No empty line after the header, or between cues.
        (
            "WEBVTT\n00:01.000 --> 00:02.000\na\n00:03.000 --> 00:04.000\nb",
            vec![cue(1_000, 2_000, "a"), cue(3_000, 4_000, "b")],
        ),
        // White space instead of an empty line.
        (
            "WEBVTT\n\n00:01.000 --> 00:02.000\na\n  \n2\n00:03.000 --> 00:04.000\nb",
            vec![cue(1_000, 2_000, "a"), cue(3_000, 4_000, "b")],
        ),
        // White space within a text.
        ("WEBVTT\n\n00:01.000 --> 00:02.000\na\n  \nb", vec![cue(1_000, 2_000, "a\nb")]),
        // A comma, hours without a zero, a note as an identifier.
        ("WEBVTT\n\nNOTE\n0:00:01,5 --> 0:00:02,000\na", vec![cue(1_500, 2_000, "a")]),
        // Cues that are not sorted, overlap, and one that is there twice.
        (
            "WEBVTT\n\n00:03.000 --> 00:09.000\nb\n\n00:01.000 --> 00:09.000\na\n\n00:03.000 --> 00:09.000\nb",
            vec![cue(1_000, 9_000, "a"), cue(3_000, 9_000, "b")],
        ),
    ] {
        assert_eq!(cues(text), expected, "{text}");
    }
}

#[test]
fn problems_are_counted() {
    let text = "WEBVTT\n\n00:0x --> 00:02.000\nlost\n\n00:05.000 --> 00:04.000\na\n\nlost too\n\n\
        00:06.000 --> 00:06.000\nb\n\n00:07.000 --> 00:08.000\n\n99999:00:00.000 --> 99999:00:01.000\nc\n";
    assert_eq!(cues(text), [cue(5_000, 7_000, "a"), cue(6_000, 8_000, "b")]);
    assert_eq!(
        problems(text),
        [Problem::InvalidTimes(2), Problem::EndsLengthened(2), Problem::TextWithoutTimes(1)]
    );
}

#[test]
fn maps_of_segments_are_applied() {
    let header = "WEBVTT\nX-TIMESTAMP-MAP=";
    for (text, expected) in [
        // The start of the stream is the start of the media file.
        (
            format!("{header}MPEGTS:900000,LOCAL:00:00:00.000\n\n00:01.000 --> 00:02.000\na\n"),
            vec![cue(1_000, 2_000, "a")],
        ),
        (
            format!("{header}LOCAL:01:00:00.000,MPEGTS:0\n\n01:00:01.000 --> 01:00:02.000\na\n"),
            vec![cue(1_000, 2_000, "a")],
        ),
        // Several segments after each other, and a clock that starts again.
        (
            format!(
                "{header}MPEGTS:8589844592,LOCAL:00:00:00.000\n\n00:00.000 --> 00:02.000\na\n\n\
                 {header}MPEGTS:450000,LOCAL:00:00:00.000\n\n00:01.000 --> 00:02.000\nb<00:01.500>c\n"
            ),
            vec![cue(0, 2_000, "a"), cue(7_000, 8_000, "bc")],
        ),
        (format!("{header}LOCAL:x\n\n00:01.000 --> 00:02.000\na\n"), vec![cue(1_000, 2_000, "a")]),
    ] {
        assert_eq!(cues(&text), expected, "{text}");
    }
}
