use super::*;
use crate::cue::CueId;
use crate::settings::Settings;
use crate::text::Node;

fn cue(start_ms: u64, end_ms: u64, text: &str) -> Cue {
    Cue::new(start_ms, end_ms, text.into())
}

#[test]
fn a_document_has_all_cues() {
    let mut first = cue(0, 360_001_500, "a < b --> c & d");
    first.id = CueId::new("intro");
    first.settings = Settings::parse("align:left line:0");
    let cues = [first, cue(1_000, 2_000, "two\n\nlines")];
    assert_eq!(
        document(&cues, 0),
        "WEBVTT\n\n\
         intro\n00:00:00.000 --> 100:00:01.500 line:0 align:left\na &lt; b --&gt; c &amp; d\n\n\
         00:00:01.000 --> 00:00:02.000\ntwo\nlines\n\n"
    );
}

#[test]
fn an_offset_moves_cues_and_time_stamps() {
    let nodes =
        vec![Node::Text("a".to_owned()), Node::Timestamp(3_000), Node::Text("b".to_owned())];
    let cues =
        [cue(0, 1_000, "x"), cue(500, 1_500, "y"), Cue::new(2_000, 4_000, CueText::new(nodes))];
    assert_eq!(
        document(&cues, -1_000),
        "WEBVTT\n\n00:00:00.000 --> 00:00:00.500\ny\n\n\
         00:00:01.000 --> 00:00:03.000\na<00:00:02.000>b\n\n"
    );
    assert_eq!(document(&cues, i64::MIN), "WEBVTT\n\n");
    assert_eq!(document(&cues, i64::MAX), "WEBVTT\n\n");
}

#[test]
fn a_segment_has_the_cues_that_are_shown_in_it() {
    let cues = [
        cue(0, 6_000, "a"),
        cue(5_000, 7_000, "b"),
        cue(6_000, 9_000, "c"),
        cue(12_000, 13_000, "d"),
    ];
    let header = "WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000\n\n";
    let b = "00:00:05.000 --> 00:00:07.000\nb\n\n";
    let c = "00:00:06.000 --> 00:00:09.000\nc\n\n";
    assert_eq!(segment(&cues, 6_000..12_000, 0), format!("{header}{b}{c}"));
    let first = segment(&cues, 0..6_000, 0);
    assert!(first.contains("\na\n") && first.contains(b) && !first.contains("\nc\n"), "{first}");
    assert_eq!(segment(&cues, 9_000..12_000, 0), header);
    // The range is that of the presentation, after the offset.
    assert_eq!(
        segment(&cues, 12_000..18_000, 1_000),
        format!("{header}00:00:13.000 --> 00:00:14.000\nd\n\n")
    );
}

#[test]
fn an_empty_line_never_ends_a_cue() {
    let cues = [cue(0, 1_000, " \n"), cue(0, 1_000, "a\n \n\n-->\n")];
    let document = document(&cues, 0);
    assert_eq!(document, "WEBVTT\n\n00:00:00.000 --> 00:00:01.000\na\n--&gt;\n\n");
}
