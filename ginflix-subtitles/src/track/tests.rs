use super::*;
use crate::webvtt::document;

fn boxed(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let size = u32::try_from(content.len() + 8).expect("a small box");
    [&size.to_be_bytes()[..], kind, content].concat()
}

fn converted(format: TrackFormat, configuration: &[u8], sample: &[u8]) -> String {
    let cues = TrackConverter::new(format, configuration).cues(1_000, 2_000, sample);
    document(&cues.expect("a valid sample"), 0).replace("WEBVTT\n\n", "")
}

const TIMES: &str = "00:00:01.000 --> 00:00:02.000";

fn tx3g(text: &[u8], boxes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(text.len()).expect("a short text");
    [&length.to_be_bytes()[..], text, boxes].concat()
}

fn style(start: u16, end: u16, face: u8) -> Vec<u8> {
    [&start.to_be_bytes()[..], &end.to_be_bytes(), &[0, 1, face, 18, 255, 255, 255, 255]].concat()
}

#[test]
fn timed_text_has_styles() {
    let styles = [&[0, 2][..], &style(1, 2, 1), &style(3, 99, 6)].concat();
    let boxes = [boxed(b"hlit", &[0; 4]), boxed(b"styl", &styles)].concat();
    let sample = tx3g("äbc\r<d>".as_bytes(), &boxes);
    assert_eq!(
        converted(TrackFormat::Tx3g, &[], &sample),
        format!("{TIMES}\nä<b>b</b>c<i><u>\n&lt;d&gt;</u></i>\n\n")
    );
    // The default style of the sample entry is italic.
    let configuration = [&[0; 24][..], &[2, 18, 255, 255, 255, 255]].concat();
    let sample = tx3g(b"\xFE\xFF\0a\x20\x0F\x05\xD0", &[]);
    let expected = format!("{TIMES}\n<i>a\u{200F}א</i>\n\n");
    assert_eq!(converted(TrackFormat::Tx3g, &configuration, &sample), expected);
}

#[test]
fn a_pause_has_no_cue() {
    for (format, sample) in [
        (TrackFormat::Tx3g, &b"\0\0"[..]),
        (TrackFormat::Tx3g, b""),
        (TrackFormat::Wvtt, b"\0\0\0\x08vtte"),
        (TrackFormat::SubRip, b" \n"),
        (TrackFormat::Ass, b"0,0,Default,,0,0,0,,{\\p1}m 0 0{\\p0}"),
        (TrackFormat::WebmWebVtt, b""),
    ] {
        assert_eq!(converted(format, &[], sample), "", "{format:?}");
    }
    let converter = TrackConverter::new(TrackFormat::SubRip, &[]);
    assert_eq!(converter.cues(2_000, 2_000, b"a"), Ok(Vec::new()));
}

#[test]
fn webvtt_in_mp4_has_a_box_for_each_cue() {
    let first = [
        boxed(b"iden", b"intro"),
        boxed(b"sttg", b"line:0 align:left"),
        boxed(b"payl", "<i>a</i> &lt; b".as_bytes()),
    ]
    .concat();
    let second = boxed(b"payl", b"two\r\n\r\nlines");
    let sample =
        [boxed(b"vttc", &first), boxed(b"vtta", b"note"), boxed(b"vttc", &second)].concat();
    assert_eq!(
        converted(TrackFormat::Wvtt, b"WEBVTT", &sample),
        format!("intro\n{TIMES} line:0 align:left\n<i>a</i> &lt; b\n\n{TIMES}\ntwo\nlines\n\n")
    );
}

#[test]
fn matroska_has_texts_without_times() {
    let header = b"[Script Info]\nPlayResX: 100\nPlayResY: 100\n[V4+ Styles]\nFormat: Name, Italic, Alignment\n\
        Style: Default,0,2\nStyle: Top,-1,8\n";
    for (format, sample, expected) in [
        (
            TrackFormat::SubRip,
            "{\\an8}<b>a</b>\r\nb",
            "00:00:01.000 --> 00:00:02.000 line:0\n<b>a</b>\nb",
        ),
        (
            TrackFormat::Ass,
            "7,0,Top,,0,0,0,,a, b\\Nc",
            "00:00:01.000 --> 00:00:02.000 line:0\n<i>a, b\nc</i>",
        ),
        (TrackFormat::Ssa, "7,0,Default,,0,0,0,,a", "00:00:01.000 --> 00:00:02.000\na"),
        (
            TrackFormat::MatroskaWebVtt,
            "a<00:00:00.500>b",
            "00:00:01.000 --> 00:00:02.000\na<00:00:01.500>b",
        ),
        (
            TrackFormat::WebmWebVtt,
            "intro\nline:0\na<00:00:01.500>b",
            "intro\n00:00:01.000 --> 00:00:02.000 line:0\na<00:00:01.500>b",
        ),
    ] {
        assert_eq!(
            converted(format, header, sample.as_bytes()),
            format!("{expected}\n\n"),
            "{format:?}"
        );
    }
}

#[test]
fn damaged_samples_are_refused() {
    for (format, sample) in [
        (TrackFormat::Tx3g, &b"\0"[..]),
        (TrackFormat::Tx3g, b"\0\x09short"),
        (TrackFormat::Wvtt, b"\0\0\0\x09vtte"),
        (TrackFormat::Wvtt, b"\0\0\0\x04"),
        (TrackFormat::Wvtt, b"\0\0"),
        (TrackFormat::Ass, b"0,0,Default"),
        (TrackFormat::SubRip, &[b'a'; SAMPLE_LIMIT_BYTES + 1]),
    ] {
        let found = TrackConverter::new(format, &[]).cues(1_000, 2_000, sample);
        assert!(matches!(found, Err(Error::Sample(_))), "{format:?} {found:?}");
    }
}

#[test]
fn formats_are_recognized_by_the_container() {
    assert_eq!(TrackFormat::from_matroska("S_TEXT/UTF8"), Some(TrackFormat::SubRip));
    assert_eq!(TrackFormat::from_matroska("D_WEBVTT/SUBTITLES"), Some(TrackFormat::WebmWebVtt));
    assert_eq!(TrackFormat::from_matroska("S_VOBSUB"), None);
    assert_eq!(TrackFormat::from_matroska("S_HDMV/PGS"), None);
    assert_eq!(TrackFormat::from_mp4(*b"tx3g"), Some(TrackFormat::Tx3g));
    assert_eq!(TrackFormat::from_mp4(*b"stpp"), None);
}
