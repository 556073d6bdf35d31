use encoding_rs::{
    BIG5, EUC_KR, GB18030, ISO_8859_2, ISO_8859_7, SHIFT_JIS, WINDOWS_1250, WINDOWS_1251,
    WINDOWS_1252, WINDOWS_1254, WINDOWS_1255, WINDOWS_1256,
};

use super::*;

fn decoded(bytes: &[u8], language: Option<&str>) -> (String, &'static str) {
    let decoded = decode(bytes, language).expect("a small file");
    assert_eq!(decoded.undecodable, 0, "{}", decoded.text);
    (decoded.text, decoded.encoding)
}

fn utf_16(text: &str, to_bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(to_bytes).collect()
}

const RUSSIAN: &str = "1\n00:00:01,000 --> 00:00:03,000\nЯ не знаю, что тебе сказать.\n\n\
    2\n00:00:04,000 --> 00:00:06,000\nПойдём домой, уже поздно.\n";

#[test]
fn unicode_is_recognized_with_and_without_a_byte_order_mark() {
    for (bytes, encoding) in [
        (RUSSIAN.as_bytes().to_vec(), "UTF-8"),
        ([b"\xEF\xBB\xBF", RUSSIAN.as_bytes()].concat(), "UTF-8"),
        (utf_16(RUSSIAN, u16::to_le_bytes), "UTF-16LE"),
        (utf_16(RUSSIAN, u16::to_be_bytes), "UTF-16BE"),
        ([vec![0xFF, 0xFE], utf_16(RUSSIAN, u16::to_le_bytes)].concat(), "UTF-16LE"),
        ([vec![0xFE, 0xFF], utf_16(RUSSIAN, u16::to_be_bytes)].concat(), "UTF-16BE"),
    ] {
        assert_eq!(decoded(&bytes, None), (RUSSIAN.to_owned(), encoding));
    }
}

#[test]
fn older_encodings_are_guessed() {
    for (encoding, language, text) in [
        (WINDOWS_1252, None, "Où est-il passé ? Je ne vois pas où il est allé, mon garçon."),
        (WINDOWS_1252, Some("de"), "Das wäre schön, aber ich weiß es nicht. Grüße!"),
        (WINDOWS_1251, None, RUSSIAN),
        (WINDOWS_1251, Some("uk"), "Я не знаю, що тобі сказати. Ходімо додому, вже пізно."),
        (SHIFT_JIS, None, "何を言えばいいのか分かりません。もう遅いから帰りましょう。"),
        (GB18030, None, "我不知道该跟你说什么。回家吧，已经很晚了。"),
        (BIG5, Some("zh-TW"), "我不知道該跟你說什麼。回家吧，已經很晚了。"),
        (EUC_KR, None, "무슨 말을 해야 할지 모르겠어요. 늦었으니 집에 가자."),
        (WINDOWS_1255, Some("he"), "אני לא יודע מה להגיד לך. בוא נלך הביתה, כבר מאוחר."),
        (WINDOWS_1255, None, "אני לא יודע מה להגיד לך. בוא נלך הביתה, כבר מאוחר."),
        (WINDOWS_1256, Some("ar"), "لا أعرف ماذا أقول لك. هيا نذهب إلى البيت، لقد تأخر الوقت."),
        (ISO_8859_7, Some("el"), "Δεν ξέρω τι να σου πω. Πάμε σπίτι, είναι αργά."),
        (
            WINDOWS_1250,
            Some("pl"),
            "Nie wiem, co ci powiedzieć. Chodźmy już do domu, późno się zrobiło.",
        ),
        (ISO_8859_2, Some("hu"), "Nem tudom, mit mondjak. Menjünk haza, már késő van, őszintén."),
        (
            WINDOWS_1254,
            Some("tr"),
            "Sana ne söyleyeceğimi bilmiyorum. Eve gidelim, geç oldu, şimdi.",
        ),
    ] {
        let (bytes, _, is_lossy) = encoding.encode(text);
        assert!(!is_lossy, "{text}");
        let (found, name) = decoded(&bytes, language);
        assert_eq!(found, text, "{} read as {name}", encoding.name());
    }
}

#[test]
fn seven_bit_japanese_is_recognized() {
    let (bytes, _, _) = (b"\x1b$B$3$s$K$A$O\x1b(B", (), ());
    assert_eq!(decoded(bytes, None), ("こんにちは".to_owned(), "ISO-2022-JP"));
}

#[test]
fn a_fault_does_not_change_the_encoding() {
    let mut bytes = RUSSIAN.as_bytes().to_vec();
    bytes.truncate(bytes.len() - 3);
    bytes.insert(2, 0xFF);
    let decoded = decode(&bytes, None).expect("a small file");
    assert_eq!((decoded.encoding, decoded.undecodable), ("UTF-8", 2));
    assert!(decoded.text.contains("Пойдём домой"));
}

#[test]
fn line_ends_are_equal_and_control_characters_removed() {
    let (text, _) = decoded(b"a\r\nb\rc\n\r\nd\0e\x07\x1bf\tg\x7f\xC2\x85", None);
    assert_eq!(text, "a\nb\nc\n\ndef\tg");
    // Marks of direction are no control characters.
    let marks = "\u{200E}\u{200F}\u{202A}x\u{202E}\u{2066}y\u{2069}";
    assert_eq!(decoded(marks.as_bytes(), None).0, marks);
}

#[test]
fn a_late_character_is_seen() {
    let mut bytes = b"1\n00:00:01,000 --> 00:00:03,000\nText.\n\n".repeat(20_000);
    let (russian, _, _) = WINDOWS_1251.encode(RUSSIAN);
    bytes.extend_from_slice(&russian);
    assert_eq!(decode(&bytes, None).expect("a small file").encoding, "windows-1251");
}

#[test]
fn the_limit_is_named() {
    let error = decode(&vec![b'a'; FILE_LIMIT_BYTES + 1], None).expect_err("too large");
    assert_eq!(
        error.to_string(),
        "the file has 8388609 bytes; a subtitle file may have at most 8 MiB"
    );
}
