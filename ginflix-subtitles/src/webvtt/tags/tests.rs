use super::*;
use crate::text::CueText;
use crate::webvtt::append_text;

/// The text after reading and writing.
fn written(text: &str) -> String {
    let mut written = String::new();
    append_text(CueText::new(parse(text, 0)).nodes(), &mut written);
    written
}

#[test]
fn valid_text_is_written_as_it_was_read() {
    for text in [
        "plain",
        "two\nlines",
        "<b>bold</b> <i>italic</i> <u>underlined</u>",
        "<b><i>both</i></b>",
        "<c.yellow.bg_blue>colour</c>",
        "<b.loud>classes on others</b>",
        "<v Esme>Hello</v>",
        "<v.first Mary &amp; Ann>Hello</v>",
        "<lang en-GB>colour</lang>",
        "<ruby>漢<rt>kan</rt>字<rt>ji</rt></ruby>",
        "one<00:00:01.000><c.now> two</c><100:00:02.500> three",
        "1 &lt; 2 &amp;&amp; 3 --&gt; 4",
        "\u{202B}שלום, <b>עולם</b>!\u{202C}",
    ] {
        assert_eq!(written(text), text);
    }
}

#[test]
fn faults_are_repaired() {
    for (text, expected) in [
        ("<b>open", "<b>open</b>"),
        ("closed</b>", "closed"),
        ("<b>a<i>b</b>c</i>d", "<b>a<i>bc</i>d</b>"),
        ("<c>no class</c>", "no class"),
        ("<v>no name", "no name"),
        ("<ruby>漢<rt>kan</ruby>!", "<ruby>漢<rt>kan</rt></ruby>!"),
        ("<rt>misplaced</rt>", "misplaced"),
        ("<blink>x</blink><img src=x>", "x"),
        ("<script>alert(1)</script>", "alert(1)"),
        ("a < b, 1 <2, <3", "a &lt; b, 1 &lt;2, &lt;3"),
        ("<<b>>x</b>", "&lt;<b>&gt;x</b>"),
        ("<b", "&lt;b"),
        ("<>x", "x"),
        ("<00:00:01>x<00:60.000>y<1:00.000>z", "xyz"),
        ("<00:01.500>x", "<00:00:01.500>x"),
        ("<v A -->x<c.b-->y<lang en-->z", "<v A>xyz</v>"),
        ("<v\nMary\tAnn>x", "<v Mary Ann>x</v>"),
        (
            "&nbsp;&eacute;&#x41;&#66;&#0;&unknown;&amp;lt;",
            "\u{a0}éAB&amp;#0;&amp;unknown;&amp;lt;",
        ),
        ("a&#10;&#10;b", "a\nb"),
        ("a&#13;b", "ab"),
    ] {
        assert_eq!(written(text), expected, "{text}");
    }
}

#[test]
fn nested_tags_are_bounded() {
    let text = format!("{}x{}y", "<b>".repeat(10_000), "</b>".repeat(10_000));
    let expected = format!("{}x{}y", "<b>".repeat(DEPTH_LIMIT), "</b>".repeat(DEPTH_LIMIT));
    assert_eq!(written(&text), expected);
}

#[test]
fn time_stamps_move() {
    let mut moved = String::new();
    append_text(&parse("a<00:00:01.000>b", 500), &mut moved);
    assert_eq!(moved, "a<00:00:01.500>b");
}
