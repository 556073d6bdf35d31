//! What holds for all subtitles: nothing panics, what is written is read again, and segments together have all cues.

#![allow(clippy::unwrap_used)] // a panic is how a test fails

use std::ops::Range;

use ginflix_subtitles::cue::{self, CueId};
use ginflix_subtitles::settings::Settings;
use ginflix_subtitles::text::{CueText, Element, Node, Tag};
use ginflix_subtitles::{Cue, TrackConverter, TrackFormat, file_name, read, webvtt};
use proptest::collection::vec;
use proptest::prelude::*;

const HOUR_MS: u64 = 3_600_000;

/// Texts with what has a meaning in a format, line breaks, white space, and letters of several scripts.
fn text() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        Just(" ".to_owned()),
        Just("\n".to_owned()),
        Just("-->".to_owned()),
        Just("--".to_owned()),
        Just("&amp;".to_owned()),
        Just("<b>".to_owned()),
        Just("{\\an8}".to_owned()),
        Just("\u{202B}שלום\u{202C}".to_owned()),
        Just("WEBVTT\n\nNOTE\n".to_owned()),
        "[ -~]{1,6}",
        any::<char>().prop_map(String::from),
    ];
    vec(part, 0..6).prop_map(|parts| parts.concat())
}

fn tag() -> impl Strategy<Value = Tag> {
    prop_oneof![
        Just(Tag::Class),
        Just(Tag::Bold),
        Just(Tag::Italic),
        Just(Tag::Underline),
        Just(Tag::Ruby),
        Just(Tag::RubyText),
        text().prop_map(Tag::Voice),
        "[a-z]{2}(-[A-Z]{2}|--)?|.".prop_map(Tag::Language),
    ]
}

fn nodes() -> impl Strategy<Value = Vec<Node>> {
    let leaf =
        prop_oneof![4 => text().prop_map(Node::Text), 1 => (0..HOUR_MS).prop_map(Node::Timestamp)];
    let node = leaf.prop_recursive(20, 40, 3, |inner| {
        let classes = vec("[a-z_.]{0,8}(--)?|.", 0..3);
        (tag(), classes, vec(inner, 0..3)).prop_map(|(tag, classes, children)| {
            Node::Element(Box::new(Element { tag, classes, children }))
        })
    });
    vec(node, 1..5)
}

fn settings() -> impl Strategy<Value = Settings> {
    let setting = prop_oneof![
        "vertical:(rl|lr)",
        "line:(-?[0-9]{1,2}|[0-9]{1,2}\\.[0-9]{1,3}%)(,(start|center|end))?",
        "position:[0-9]{1,2}(\\.[0-9])?%(,(line-left|center|line-right))?",
        "size:[0-9]{1,2}%",
        "align:(start|center|end|left|right)",
    ];
    vec(setting, 0..4).prop_map(|settings| Settings::parse(&settings.join(" ")))
}

fn cues() -> impl Strategy<Value = Vec<Cue>> {
    let cue = (0..20_000_u64, 1..20_000_u64, text(), settings(), nodes());
    let cue = cue.prop_map(|(start_ms, length, id, settings, nodes)| Cue {
        start_ms,
        end_ms: start_ms + length,
        id: CueId::new(&id),
        settings,
        text: CueText::new(nodes),
    });
    vec(cue, 1..8)
        .prop_map(|cues| cue::merge(cues.into_iter().filter(|cue| !cue.text.is_empty()).collect()))
        .prop_filter("no text", |cues| !cues.is_empty())
}

/// Files that are nearly valid.
fn file() -> impl Strategy<Value = Vec<u8>> {
    const PARTS: [&str; 40] = [
        "WEBVTT",
        "\n",
        "\n\n",
        "1",
        "2\n",
        "00:00:01,000 --> 00:00:02,000\n",
        "00:01.5-->",
        "-->",
        "00:00:03.000 --> 00:00:02.000 line:0 align:left X1:5\n",
        "9999:00:00 --> 9999:00:09\n",
        "[Script Info]\nPlayResX: 0\nPlayResY: -5\n",
        "[V4+ Styles]\n",
        "[V4 Styles]\n",
        "[Events]\n",
        "Format: Start, End, Text\n",
        "Format: Name, Bold, Alignment\n",
        "Style: Default,1,6\n",
        "Dialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,",
        "Dialogue: 0:00:01.00,0:00:02.00,",
        "{\\an8\\pos(1e308,-1e308)}",
        "{\\i1",
        "{\\p1}",
        "}",
        "\\N",
        "<b>",
        "</b>",
        "<v A>",
        "<c.x>",
        "<ruby>",
        "<rt>",
        "<00:01.500>",
        "&lt;",
        "&#",
        "<font color=#ff0000>",
        "NOTE",
        "STYLE\n",
        "X-TIMESTAMP-MAP=MPEGTS:8589934592,LOCAL:-00:00:01.000\n",
        "text",
        " ",
        "\u{feff}",
    ];
    let part = prop_oneof![
        9 => (0..PARTS.len()).prop_map(|at| PARTS[at].as_bytes().to_vec()),
        1 => vec(any::<u8>(), 0..4),
    ];
    vec(part, 0..40).prop_map(|parts| parts.concat())
}

/// The cues of a segment, which is a WebVTT file; there may be none.
fn cues_of_segment(cues: &[Cue], range: Range<u64>, offset_ms: i64) -> Vec<Cue> {
    let segment = webvtt::segment(cues, range, offset_ms);
    read(segment.as_bytes(), None).map(|found| found.cues).unwrap_or_default()
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(cues in cues()) {
        let document = webvtt::document(&cues, 0);
        let found = read(document.as_bytes(), None).unwrap();
        prop_assert_eq!(found.problems, []);
        prop_assert_eq!(found.cues, cues, "{}", document);
    }

    #[test]
    fn no_text_has_an_arrow_or_an_empty_line(cues in cues()) {
        let document = webvtt::document(&cues, 0);
        prop_assert_eq!(document.matches("-->").count(), cues.len());
        prop_assert_eq!(document.matches("\n\n").count(), cues.len() + 1);
    }

    #[test]
    fn segments_together_have_each_cue(cues in cues(), length in 500..9_000_u64, offset in -30_000..30_000_i64) {
        let mut together = Vec::new();
        for start in (0..80_000).step_by(length as usize) {
            let range = start..start + length;
            for cue in cues_of_segment(&cues, range.clone(), offset) {
                prop_assert!(cue.start_ms < range.end && range.start < cue.end_ms);
                together.push(cue);
            }
        }
        let document = webvtt::document(&cues, offset);
        let whole = read(document.as_bytes(), None).map(|found| found.cues).unwrap_or_default();
        together.sort_by_key(|cue| cue.start_ms);
        for cue in &whole {
            prop_assert!(together.contains(cue), "{:?}", cue);
        }
        for cue in &together {
            prop_assert!(whole.contains(cue), "{:?}", cue);
        }
    }

    #[test]
    fn the_normal_form_is_normal(nodes in nodes()) {
        let text = CueText::new(nodes);
        prop_assert_eq!(&CueText::new(text.nodes().to_vec()), &text);
    }

    #[test]
    fn any_file_is_read_or_refused_and_written(file in file()) {
        if let Ok(found) = read(&file, Some("el")) {
            let times = found.cues.iter().all(|cue| cue.start_ms < cue.end_ms);
            let is_sorted = found.cues.is_sorted_by_key(|cue| cue.start_ms);
            prop_assert!(times && is_sorted && !found.cues.is_empty());
            let document = webvtt::document(&found.cues, 0);
            prop_assert_eq!(read(document.as_bytes(), None).unwrap().cues, found.cues, "{}", document);
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in vec(any::<u8>(), 0..400)) {
        let _ = read(&bytes, None);
        for format in [
            TrackFormat::Tx3g, TrackFormat::Wvtt, TrackFormat::SubRip, TrackFormat::Ssa,
            TrackFormat::Ass, TrackFormat::MatroskaWebVtt, TrackFormat::WebmWebVtt,
        ] {
            let (configuration, sample) = bytes.split_at(bytes.len() / 2);
            let _ = TrackConverter::new(format, configuration).cues(1, 2, sample);
        }
    }

    #[test]
    fn any_file_name_is_described_or_refused(name in "(movie)?[-. _()\\[\\]a-zA-Zé]{0,30}(\\.srt)?", media in ".{0,8}") {
        let _ = file_name::describe(&name, &media);
        if let Some(found) = file_name::describe(&name, "movie.mkv") {
            prop_assert!(found.language.is_none_or(|language| language.is_ascii()));
        }
    }
}
