use super::*;
use crate::webvtt::append_text;

const STYLES: &str = "[Script Info]\nScriptType: v4.00+\nPlayResX: 1000\nPlayResY: 500\n\n[V4+ Styles]\n\
    Format: Name, Fontname, Bold, Italic, Underline, Alignment\n\
    Style: Default,Arial,0,0,0,2\nStyle: Sign,Arial,-1,0,0,8\nStyle: Thought,Arial,0,-1,0,2\n\n";
const EVENTS: &str = "[Events]\n\
    Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n";

/// The cues as start, end, settings and text.
fn cues(file: &str) -> Vec<(u64, u64, String, String)> {
    let written = |cue: &Cue| {
        let mut written = String::new();
        append_text(cue.text.nodes(), &mut written);
        written
    };
    let (cues, _) = read(file);
    cues.iter()
        .map(|cue| (cue.start_ms, cue.end_ms, cue.settings.to_string(), written(cue)))
        .collect()
}

/// The settings and the text of one event.
fn event(style: &str, text: &str) -> (String, String) {
    let file =
        format!("{STYLES}{EVENTS}Dialogue: 0,0:00:01.00,0:00:02.50,{style},,0,0,0,,{text}\n");
    let (start, end, settings, text) = cues(&file).pop().expect("a cue");
    assert_eq!((start, end), (1_000, 2_500));
    (settings, text)
}

#[test]
fn events_become_cues() {
    let file = format!(
        "{STYLES}{EVENTS}Comment: 0,0:00:00.00,0:00:09.00,Default,,0,0,0,,not shown\n\
         Dialogue: 0,0:00:03.00,0:00:04.00,Default,A,0,0,0,,second, with commas, too\n\
         Dialogue: 0,0:00:01.00,0:00:02.50,Default,,0000,0000,0000,,first\n"
    );
    let cue = |start, end, text: &str| (start, end, String::new(), text.to_owned());
    assert_eq!(
        cues(&file),
        [cue(1_000, 2_500, "first"), cue(3_000, 4_000, "second, with commas, too")]
    );
    assert_eq!(read(&file).1, []);
}

#[test]
fn override_blocks_are_applied_or_removed() {
    for (text, expected) in [
        (r"{\i1}a{\i0} b", "<i>a</i> b"),
        (r"{\b1\i1}a{\r}b{\rSign}c{\b0}d", "<i><b>a</b></i>b<b>c</b>d"),
        (r"{a comment}a{\fs20\c&H0000FF&\fad(1,2)}b{\k20}c{\kf30}d", "abcd"),
        (r"{\p1}m 0 0 l 100 0{\p0}a", "a"),
        (r"a\Nb\nc\hd\\e", "a\nb c\u{a0}d\\\\e"),
        (r"\{a\} {b", "{a} {b"),
        (r"{\t(\b1)}a & <b>", "a &amp; &lt;b&gt;"),
        (r"{\u1}a{\u}b", "<u>a</u>b"),
    ] {
        assert_eq!(event("Default", text), (String::new(), expected.to_owned()), "{text}");
    }
}

#[test]
fn styles_give_emphasis_and_place() {
    for (style, text, settings, expected) in [
        ("Sign", "a", " line:0", "<b>a</b>"),
        ("*Sign", r"{\b0}a", " line:0", "a"),
        ("Thought", r"a{\i0}b{\i}c", "", "<i>a</i>b<i>c</i>"),
        ("Unknown", "a", "", "a"),
        ("Default", r"{\an7}a", " line:0 align:left", "a"),
        ("Default", r"{\an1}{\an9}a", " align:left", "a"),
        ("Default", r"{\an5\pos(250,250)}a\Nb", " line:44% position:25%", "a\nb"),
        ("Default", r"{\pos(500,490)}a", "", "a"),
        ("Sign", r"{\move(500,100,0,0)}a", " line:20%", "<b>a</b>"),
    ] {
        assert_eq!(
            event(style, text),
            (settings.to_owned(), expected.to_owned()),
            "{style} {text}"
        );
    }
}

#[test]
fn version_4_has_other_alignments_and_fields() {
    let file = "[Script Info]\nScriptType: v4.00\n\n[V4 Styles]\n\
        Format: Name, Fontname, Bold, Italic, Alignment\nStyle: *Default,Arial,0,0,6\n\n[Events]\n\
        Format: Marked, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n\
        Dialogue: Marked=0,0:00:01.00,0:00:02.00,*Default,NTP,0000,0000,0000,!Effect,a\n";
    assert_eq!(cues(file), [(1_000, 2_000, " line:0".to_owned(), "a".to_owned())]);
}

#[test]
fn layers_and_frames_become_one_cue() {
    let line = |layer, start, end, text| {
        format!("Dialogue: {layer},0:00:{start},0:00:{end},Default,,0,0,0,,{text}\n")
    };
    let file = [
        STYLES.to_owned(),
        EVENTS.to_owned(),
        line(0, "01.00", "02.00", r"{\bord5}Sign"),
        line(1, "01.00", "02.00", r"{\bord0}Sign"),
        line(0, "02.00", "02.04", r"{\pos(1,1)}Sign"),
        line(0, "02.04", "02.08", r"{\pos(2,2)}Sign"),
        line(0, "01.50", "03.00", "Other"),
    ]
    .concat();
    let cue = |start, end, text: &str| (start, end, String::new(), text.to_owned());
    assert_eq!(cues(&file), [cue(1_000, 2_080, "Sign"), cue(1_500, 3_000, "Other")]);
}

#[test]
fn faults_are_counted() {
    let file = format!(
        "{EVENTS}Dialogue: 0,0:00:0x.00,0:00:02.00,Default,,0,0,0,,lost\nDialogue: 0,0:00:01.00\n\
         Dialogue: 0,0:00:02.00,0:00:02.00,Default,,0,0,0,,lost\n\
         Dialogue: 0,0:00:02.00,0:00:03.00,Default,,0,0,0,,\n\
         Dialogue: 0,0:00:02.00,0:00:03.00,Default,,0,0,0,,{{\\p1}}m 0 0{{\\p0}}\n\
         Dialogue: 0,0:00:05.00,0:00:06.00,Default,,0,0,0,,kept\n"
    );
    assert_eq!(cues(&file).len(), 1);
    assert_eq!(read(&file).1, [Problem::InvalidTimes(2), Problem::NoDuration(1)]);
}

#[test]
fn attachments_are_not_read() {
    let file = format!(
        "[Fonts]\nfontname: a.ttf\nDialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,font\n\
         {EVENTS}Dialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,text\n"
    );
    assert_eq!(cues(&file).len(), 1);
}
