use super::*;

#[test]
fn formats_are_recognized_by_their_content() {
    for (text, format) in [
        ("1\n00:00:01,000 --> 00:00:02,000\nText", Format::SubRip),
        ("\n\n00:01.5 -> 00:02\nText", Format::SubRip),
        ("Some words first\n\n1\n00:00:01,000 --> 00:00:02,000\nText", Format::SubRip),
        ("WEBVTT", Format::WebVtt),
        ("\u{feff}WEBVTT - A title\n\n00:01.000 --> 00:02.000\nText", Format::WebVtt),
        ("\n WEBVTT\nKind: captions\n", Format::WebVtt),
        ("[Script Info]\nScriptType: v4.00+\n", Format::Ass),
        ("\u{feff}; A comment\n[script info]\n[V4+ Styles]\n", Format::Ass),
        ("[Script Info]\nScriptType: v4.00\n[V4 Styles]\n", Format::Ssa),
        ("Dialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,Text", Format::Ssa),
    ] {
        assert_eq!(recognize(text), Ok(format), "{text}");
    }
}

#[test]
fn other_formats_are_named() {
    for (text, other) in [
        ("{0}{25}Hello|there", Some(OtherFormat::MicroDvd)),
        ("{1}{}Hello", Some(OtherFormat::MicroDvd)),
        ("[0][25]Hello", Some(OtherFormat::Mpl2)),
        ("00:00:01:Hello", Some(OtherFormat::TmPlayer)),
        ("00:00:01.00,00:00:02.00\nHello", Some(OtherFormat::SubViewer)),
        ("[INFORMATION]\n[TITLE]A", Some(OtherFormat::SubViewer)),
        (
            "<?xml version=\"1.0\"?>\n<tt xmlns=\"http://www.w3.org/ns/ttml\">",
            Some(OtherFormat::Ttml),
        ),
        ("<SAMI>\n<HEAD>", Some(OtherFormat::Sami)),
        ("Scenarist_SCC V1.0\n\n00:00:00:22\t9425", Some(OtherFormat::Scenarist)),
        ("[00:12.00]La la la", Some(OtherFormat::Lrc)),
        ("# VobSub index file, v7\nsize: 720x576", Some(OtherFormat::VobSub)),
        ("Once upon a time\n{there} was a text --> it had no times", None),
        ("", None),
    ] {
        assert_eq!(recognize(text), Err(other), "{text}");
    }
}

#[test]
fn binary_formats_are_named() {
    for (bytes, other) in [
        (&b"PG\0\x01\x02\x03\0\0\0\0\x16\0\x13"[..], Some(OtherFormat::Pgs)),
        (b"PG-13 is what it says", None),
        (b"\0\0\x01\xba\x44", Some(OtherFormat::VobSub)),
        (b"PK\x03\x04", Some(OtherFormat::Archive)),
        (b"\x1a\x45\xdf\xa3", Some(OtherFormat::MediaFile)),
        (b"\0\0\0\x18ftypmp42", Some(OtherFormat::MediaFile)),
        (b"\0\0\0\x31\0\n", None),
        (b"850STL25.01", Some(OtherFormat::EbuStl)),
        (b"1\n", None),
        (b"", None),
    ] {
        assert_eq!(recognize_binary(bytes), other, "{bytes:?}");
    }
}
