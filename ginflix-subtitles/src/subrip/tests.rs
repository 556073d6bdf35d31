use super::*;
use crate::text::CueText;
use crate::webvtt::append_text;

/// The cues as start, end, settings and text.
fn cues(text: &str) -> Vec<(u64, u64, String, String)> {
    let written = |cue: &Cue| {
        let mut written = String::new();
        append_text(cue.text.nodes(), &mut written);
        written
    };
    let (cues, _) = read(text);
    cues.iter()
        .map(|cue| (cue.start_ms, cue.end_ms, cue.settings.to_string(), written(cue)))
        .collect()
}

fn cue(start_ms: u64, end_ms: u64, text: &str) -> (u64, u64, String, String) {
    (start_ms, end_ms, String::new(), text.to_owned())
}

fn text(markup: &str) -> String {
    let mut written = String::new();
    append_text(CueText::new(parse_text(markup).0).nodes(), &mut written);
    written
}

#[test]
fn cues_are_found_by_their_times() {
    let both = vec![cue(1_000, 2_000, "a"), cue(3_000, 4_000, "b")];
    for file in [
        "1\n00:00:01,000 --> 00:00:02,000\na\n\n2\n00:00:03,000 --> 00:00:04,000\nb\n",
        // No numbers, wrong numbers, no empty lines, too many.
        "00:00:01,000 --> 00:00:02,000\na\n\n00:00:03,000 --> 00:00:04,000\nb",
        "7\n00:00:01,000 --> 00:00:02,000\na\n\n7\n00:00:03,000 --> 00:00:04,000\nb\n\n\n",
        "1\n00:00:01,000 --> 00:00:02,000\na\n2\n00:00:03,000 --> 00:00:04,000\nb",
        "1\n\n00:00:01,000 --> 00:00:02,000\n\na\n\n\n2\n\n00:00:03,000 --> 00:00:04,000\n\nb",
        // A mark and spaces before numbers and times.
        "\u{feff}1 \n 00:00:01.000-->00:00:02.000 X1:10 X2:20 Y1:30 Y2:40\na\n \n 2\n0:0:3,0 -> 0:0:4\nb",
        // Not sorted, and one cue twice.
        "00:03,0 --> 00:04,0\nb\n\n00:01,0 --> 00:02,0\na\n\n00:03,0 --> 00:04,0\nb\n",
    ] {
        assert_eq!(cues(file), both, "{file}");
    }
}

#[test]
fn texts_may_have_empty_lines_and_numbers() {
    let file = "1\n00:00:01,000 --> 00:00:02,000\nfirst\n\nsecond\n\n2\n00:00:03,000 --> 00:00:04,000\n1984\n\n\
        3\n00:00:05,000 --> 00:00:06,000\nThe year:\n\n1984\n\n4\n00:00:07,000 --> 00:00:08,000\nA --> B\n";
    assert_eq!(
        cues(file),
        [
            cue(1_000, 2_000, "first\nsecond"),
            cue(3_000, 4_000, "1984"),
            cue(5_000, 6_000, "The year:\n1984"),
            cue(7_000, 8_000, "A --&gt; B"),
        ]
    );
    let file = "00:01,0 --> 00:02,0\nThe year:\n\n1984\n\n00:03,0 --> 00:04,0\nb\n";
    assert_eq!(cues(file), [cue(1_000, 2_000, "The year:\n1984"), cue(3_000, 4_000, "b")]);
}

#[test]
fn times_that_are_not_valid_are_repaired_or_left_out() {
    let file = "1\n00:00:0x,000 --> 00:00:02,000\nlost\n\n2\n00:00:05,000 --> 00:00:04,000\na\n\n\
        3\n00:00:08,000 --> 00:00:08,000\nb\n\n4\n-00:00:02,000 --> -00:00:01,000\nlost\n\n\
        5\n-00:00:01,000 --> 00:00:01,000\nc\n\n6\n123:00:00,000 --> 123:00:01,000\nd\n\n\
        7\n99999:00:00,000 --> 99999:00:01,000\nlost\n";
    let (_, problems) = read(file);
    assert_eq!(
        cues(file),
        [
            cue(0, 1_000, "c"),
            cue(5_000, 7_000, "a"),
            cue(8_000, 10_000, "b"),
            cue(442_800_000, 442_801_000, "d"),
        ]
    );
    assert_eq!(problems, [Problem::InvalidTimes(3), Problem::EndsLengthened(2)]);
}

#[test]
fn overlapping_cues_stay() {
    let file = "00:01,0 --> 00:09,0\na\n\n00:02,0 --> 00:03,0\nb\n\n00:02,0 --> 00:03,0\nc\n";
    assert_eq!(
        cues(file),
        [cue(1_000, 9_000, "a"), cue(2_000, 3_000, "b"), cue(2_000, 3_000, "c")]
    );
}

#[test]
fn tags_become_those_of_webvtt() {
    for (markup, expected) in [
        ("<b>a</b> <I>b</I> <u>c</u>", "<b>a</b> <i>b</i> <u>c</u>"),
        ("<b>a<i>b</b>c</i>d", "<b>a</b><i><b>b</b>c</i>d"),
        ("<i>open", "<i>open</i>"),
        ("closed</i></font>", "closed"),
        ("<strong>a</strong><em>b</em>", "<b>a</b><i>b</i>"),
        ("<font color=\"#ffff00\">a</font>b", "<c.yellow>a</c>b"),
        ("<font color=red size='3'>a<font face=x>b</font></font>c", "<c.red>ab</c>c"),
        ("<font color=\"#123456\">a</font>", "a"),
        ("<font color=white>a</font>", "a"),
        ("a<br>b<br/>c\\Nd", "a\nb\nc\nd"),
        ("<span class='x'>a</span><c.loud>b</c>", "ab"),
        ("<Narrator> a <3 b <= c < d >", "&lt;Narrator&gt; a &lt;3 b &lt;= c &lt; d &gt;"),
        ("< i >a</ i >", "<i>a</i>"),
        ("&lt;b&gt; &amp; &eacute; R&D &copy;", "&lt;b&gt; &amp; é R&amp;D ©"),
        ("{\\i1}a{\\i0}b{\\fs20\\c&HFF&}c{y:b}d {e} {", "<i>a</i>bcd {e} {"),
        ("{\\an8", "{\\an8"),
        ("\u{202B}שלום\u{202C}", "\u{202B}שלום\u{202C}"),
    ] {
        assert_eq!(text(markup), expected, "{markup}");
    }
}

#[test]
fn alignments_are_kept() {
    for (markup, settings) in [
        ("{\\an8}a", Some(" line:0")),
        ("a{\\an7}{\\an1}", Some(" line:0 align:left")),
        ("{\\a6}a", Some(" line:0")),
        ("{\\an2}a", Some("")),
        ("{\\pos(1,2)}a", None),
    ] {
        let found = parse_text(markup).1.map(|settings| settings.to_string());
        assert_eq!(found.as_deref(), settings, "{markup}");
    }
    // WebVTT without its first line is read too.
    let file = "00:01.000 --> 00:02.000 align:left\na\n";
    assert_eq!(cues(file), [(1_000, 2_000, " align:left".to_owned(), "a".to_owned())]);
}
