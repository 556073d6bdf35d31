//! From bytes to text: Unicode with and without a byte order mark, and the older encodings of each language.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, ISO_2022_JP, UTF_8, UTF_16BE, UTF_16LE};

use crate::{Error, Result};

/// The most bytes of a subtitle file.
pub const FILE_LIMIT_BYTES: usize = 8 << 20;

/// The most bytes from which an older encoding is guessed: enough for hundreds of lines.
const GUESS_LIMIT_BYTES: usize = 64 << 10;
/// The most bytes in which NUL bytes are counted.
const NUL_LIMIT_BYTES: usize = 64 << 10;
/// UTF-16 has more NUL bytes than so many, even in the times of one cue.
const NULS_OF_UTF_16: usize = 16;
/// UTF-8 is assumed if it has so many valid sequences for each invalid one.
const VALID_FOR_EACH_INVALID: usize = 20;
/// After so many invalid sequences those before decide.
const INVALID_LIMIT: usize = 1_000;

/// The text of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// The text, with LF as the only line end, and without control characters other than tabs.
    pub text: String,
    /// The name of the encoding (Encoding Standard), such as `windows-1251`.
    pub encoding: &'static str,
    /// The number of characters that could not be decoded; each is U+FFFD in the text.
    pub undecodable: usize,
}

/// Decodes a file. A byte order mark decides, then the NUL bytes of UTF-16, then whether the bytes are valid UTF-8; otherwise
/// the encoding is guessed, for which `language`, a language tag (BCP 47), is a hint.
///
/// # Errors
/// The file has more than [`FILE_LIMIT_BYTES`].
pub fn decode(bytes: &[u8], language: Option<&str>) -> Result<Decoded> {
    if bytes.len() > FILE_LIMIT_BYTES {
        return Err(Error::TooLarge(bytes.len()));
    }
    let encoding = recognize(bytes, language);
    let (text, encoding, has_undecodable) = encoding.decode(bytes);
    let count = |text: &str| text.matches(char::REPLACEMENT_CHARACTER).count();
    let undecodable = if has_undecodable { count(&text) } else { 0 };
    Ok(Decoded { text: clean(&text), encoding: encoding.name(), undecodable })
}

fn recognize(bytes: &[u8], language: Option<&str>) -> &'static Encoding {
    if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        return encoding;
    }
    if let Some(encoding) = utf_16_by_nuls(bytes) {
        return encoding;
    }
    if bytes.is_ascii() {
        let has_kanji = |escape: &[u8]| matches!(escape, b"\x1b$B" | b"\x1b$@");
        return if bytes.windows(3).any(has_kanji) { ISO_2022_JP } else { UTF_8 };
    }
    if is_almost_utf_8(bytes) { UTF_8 } else { guess(bytes, language) }
}

/// Recognizes UTF-16 by the high bytes of spaces, digits and line ends, which are NUL.
fn utf_16_by_nuls(bytes: &[u8]) -> Option<&'static Encoding> {
    let (mut high_first, mut low_first, mut pairs) = (0, 0, 0);
    for pair in bytes.chunks_exact(2).take(NUL_LIMIT_BYTES / 2) {
        pairs += 1;
        high_first += usize::from(pair.starts_with(&[0]));
        low_first += usize::from(pair.ends_with(&[0]));
    }
    let is_many =
        |many: usize, few: usize| many >= NULS_OF_UTF_16 && many * 10 >= pairs && many > few * 10;
    if is_many(low_first, high_first) {
        Some(UTF_16LE)
    } else if is_many(high_first, low_first) {
        Some(UTF_16BE)
    } else {
        None
    }
}

/// Tells whether the bytes are UTF-8, with few faults at most: text in another encoding hardly ever has valid sequences.
fn is_almost_utf_8(bytes: &[u8]) -> bool {
    let (mut valid, mut invalid) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        // Each character has one byte that does not continue a sequence.
        let starts = chunk.valid().bytes().filter(|byte| *byte >= 0xC0).count();
        valid += starts;
        invalid += usize::from(!chunk.invalid().is_empty());
        if invalid > INVALID_LIMIT && valid < invalid * VALID_FOR_EACH_INVALID {
            return false;
        }
    }
    valid >= invalid * VALID_FOR_EACH_INVALID
}

/// Guesses an older encoding from the lines that are not ASCII.
fn guess(bytes: &[u8], language: Option<&str>) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    let mut left = GUESS_LIMIT_BYTES;
    for line in bytes.split_inclusive(|byte| *byte == b'\n').filter(|line| !line.is_ascii()) {
        let line = line.get(..left).unwrap_or(line);
        detector.feed(line, false);
        left -= line.len();
        if left == 0 {
            break;
        }
    }
    detector.feed(&[], true);
    let domain = language.and_then(top_level_domain);
    detector.guess(domain.map(str::as_bytes), Utf8Detection::Deny)
}

/// Returns the top-level domain of a country with the language: what the detector takes as a hint. `None` for languages whose
/// countries it does not tell apart.
fn top_level_domain(language: &str) -> Option<&'static str> {
    const DOMAINS: &str = "ar eg,az az,be by,bg bg,bs hr,cmn cn,cs cz,da dk,de de,el gr,es es,et ee,fa ir,fi fi,\
        fr fr,he il,hr hr,hu hu,is is,it it,ja jp,kk kz,ko kr,lt lt,lv lv,mk mk,nb no,nl nl,nn no,no no,pl pl,pt pt,\
        ro ro,ru ru,sk sk,sl si,sq al,sr rs,sv se,th th,tr tr,uk ua,ur ir,vi vn,yi il,yue hk,zh cn";
    let lower = language.to_ascii_lowercase();
    let mut subtags = lower.split('-');
    let primary = subtags.next()?;
    if primary == "zh" && subtags.any(|tag| matches!(tag, "tw" | "hk" | "mo" | "hant")) {
        return Some("tw");
    }
    DOMAINS
        .split(',')
        .filter_map(|entry| entry.split_once(' '))
        .find(|(l, _)| *l == primary)
        .map(|(_, d)| d)
}

/// Makes all line ends LF, and removes other control characters but tabs.
fn clean(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = find_control(rest) {
        let (before, control) = rest.split_at(at);
        clean.push_str(before);
        rest = control.get(control.chars().next().map_or(1, char::len_utf8)..).unwrap_or_default();
        if control.starts_with('\r') {
            rest = rest.strip_prefix('\n').unwrap_or(rest);
            clean.push('\n');
        }
    }
    clean.push_str(rest);
    clean
}

/// Finds the first control character that is neither LF nor a tab. They are one byte below 0x20, 0x7F, or 0xC2 and a byte below 0xA0.
fn find_control(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let is_control = |(at, byte): (usize, &u8)| match byte {
        b'\n' | b'\t' => false,
        0..0x20 | 0x7F => true,
        0xC2 => bytes.get(at + 1).is_some_and(|next| *next < 0xA0),
        _ => false,
    };
    bytes.iter().enumerate().position(is_control)
}

#[cfg(test)]
mod tests;
