use super::*;

#[test]
fn any_format_in_any_encoding_is_read() {
    let text = "1\r\n00:00:01,000 --> 00:00:02,000\r\nПривет, мир! Как дела сегодня?\r\n";
    let (bytes, _, _) = encoding_rs::WINDOWS_1251.encode(text);
    let found = read(&bytes, Some("ru")).expect("a valid file");
    assert_eq!((found.format, found.encoding), (Format::SubRip, "windows-1251"));
    assert_eq!(found.cues, [Cue::new(1_000, 2_000, "Привет, мир! Как дела сегодня?".into())]);
    assert_eq!(found.problems, []);

    let found = read("\u{feff}WEBVTT\n\n00:01.000 --> 00:02.000\nשלום\u{200F}!\n".as_bytes(), None);
    let found = found.expect("a valid file");
    assert_eq!((found.format, found.encoding), (Format::WebVtt, "UTF-8"));
    assert_eq!(found.cues, [Cue::new(1_000, 2_000, "שלום\u{200F}!".into())]);
}

#[test]
fn each_format_is_read_in_each_encoding() {
    use encoding_rs::{GB18030, SHIFT_JIS, WINDOWS_1251, WINDOWS_1252, WINDOWS_1255};

    let russian = "Я не знаю, что тебе сказать.";
    let hebrew = "אני לא יודע מה להגיד לך, בוא נלך הביתה.";
    for (encoding, language, text) in [
        (encoding_rs::UTF_8, None, hebrew),
        (encoding_rs::UTF_16LE, None, russian),
        (WINDOWS_1252, Some("fr"), "Où est-il passé, mon garçon ?"),
        (WINDOWS_1251, Some("ru"), russian),
        (WINDOWS_1255, Some("he"), hebrew),
        (SHIFT_JIS, Some("ja"), "何を言えばいいのか分かりません。"),
        (GB18030, Some("zh"), "我不知道该跟你说什么。回家吧。"),
    ] {
        for (format, file) in [
            (Format::SubRip, format!("1\n00:00:01,000 --> 00:00:02,000\n<i>{text}</i>\n")),
            (Format::WebVtt, format!("WEBVTT\n\n00:01.000 --> 00:02.000\n<i>{text}</i>\n")),
            (
                Format::Ass,
                format!(
                    "[Script Info]\nScriptType: v4.00+\n\n[Events]\n\
                     Dialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,{{\\i1}}{text}\n"
                ),
            ),
        ] {
            let bytes = if encoding == encoding_rs::UTF_16LE {
                file.encode_utf16().flat_map(u16::to_le_bytes).collect()
            } else {
                encoding.encode(&file).0.into_owned()
            };
            let found = read(&bytes, language).expect("a valid file");
            assert_eq!(found.format, format);
            let document = webvtt::document(&found.cues, 0);
            let expected = format!("00:00:01.000 --> 00:00:02.000\n<i>{text}</i>\n\n");
            let name = encoding.name();
            assert_eq!(document, format!("WEBVTT\n\n{expected}"), "{name} as {}", found.encoding);
        }
    }
}

#[test]
fn errors_say_what_can_be_read() {
    for (bytes, message) in [
        (&b""[..], "the file is empty; "),
        (b" \n\0\n", "the file is empty; "),
        (b"Just a text.", "the format of the file is not known; "),
        (
            b"PG\0\0\0\0\0\0\0\0\x16",
            "the file has PGS subtitles, which are pictures and not text; ",
        ),
        (
            b"{0}{25}Hello",
            "the file has MicroDVD subtitles, whose times depend on the frame rate; ",
        ),
    ] {
        let error = read(bytes, None).expect_err("it is none").to_string();
        let formats =
            "formats that can be read: SubRip (.srt), WebVTT (.vtt), SubStation Alpha (.ssa, .ass)";
        assert_eq!(error, format!("{message}{formats}"));
    }
    for file in
        ["WEBVTT\n\nNOTE Nothing\n", "[Script Info]\n", "1\n00:00:01,000 --> 00:00:02,000\n\n"]
    {
        assert_eq!(read(file.as_bytes(), None), Err(Error::NoCues), "{file}");
    }
}

#[test]
fn characters_that_cannot_be_decoded_are_reported() {
    let file = "WEBVTT\n\n00:01.000 --> 00:02.000\näöüäöüäöüäöüäöüäöüäöü".as_bytes();
    let found = read(&[file, b"\xFFx\n"].concat(), None).expect("a valid file");
    assert_eq!(found.problems, [Problem::Undecodable { count: 1, encoding: "UTF-8" }]);
}

#[test]
fn cues_beyond_the_limit_are_left_out() {
    let limit = crate::cue::CUES_LIMIT;
    let file: String = (0..limit + 5)
        .map(|n| format!("00:00:{}.{:03}-->9:0:0\nx\n", n / 1000, n % 1000))
        .collect();
    let found = read(file.as_bytes(), None).expect("a valid file");
    assert_eq!(found.cues.len(), limit);
    assert_eq!(found.problems, [Problem::TooManyCues(5)]);
}

#[test]
fn the_styles_of_a_file_are_bounded() {
    let file: String = (0..300)
        .map(|n| format!("00:00:{n}.000 --> 9:0:0\n{}\n\n", "<b>x</b>y".repeat(1_000)))
        .collect();
    let found = read(format!("WEBVTT\n\n{file}").as_bytes(), None).expect("a valid file");
    assert_eq!(found.problems, [Problem::StylesLeftOut(50)]);
    assert!(found.cues.iter().all(|cue| cue.text.plain().len() == 2_000));
}
