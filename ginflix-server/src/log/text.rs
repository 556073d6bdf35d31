//! Writes values into log lines: with a limited length, and without characters that could end the
//! line, forge another one or control a terminal.

use std::fmt::{self, Write};

/// Maximum bytes of a field's value, such as a path, a method or a name.
pub const VALUE_LIMIT: usize = 256;
/// Maximum bytes of a message, and of a field that explains an error.
pub const DIAGNOSTIC_LIMIT: usize = 1024;

/// How a value is quoted and escaped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextSyntax {
    /// Not quoted.
    Plain,
    /// Quoted like a string literal of Rust.
    Quoted,
    /// A string of JSON (RFC 8259, section 7).
    Json,
}

/// Writes `text` in at most `limit` bytes, not counting quotation marks. If that is not all of the
/// value, which has `total` bytes, the total length follows.
pub fn write_limited(out: &mut String, text: &str, total: usize, limit: usize, syntax: TextSyntax) {
    if syntax != TextSyntax::Plain {
        out.push('"');
    }
    let mut written = text.len();
    if text.len() > limit || !text.bytes().all(needs_no_escape) {
        let end = out.len() + limit;
        written = 0;
        for character in text.chars() {
            let before = out.len();
            escape(out, character, syntax);
            if out.len() > end {
                out.truncate(before);
                break;
            }
            written += character.len_utf8();
        }
    } else {
        out.push_str(text);
    }
    if written < total {
        // Writing to a string does not fail.
        let _ = write!(out, "… ({total} bytes)");
    }
    if syntax != TextSyntax::Plain {
        out.push('"');
    }
}

/// Whether a byte is the same in each syntax.
fn needs_no_escape(byte: u8) -> bool {
    matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\'
}

fn escape(out: &mut String, character: char, syntax: TextSyntax) {
    let written = match (character, syntax) {
        ('"' | '\\', TextSyntax::Quoted | TextSyntax::Json) => write!(out, "\\{character}"),
        ('\n', _) => out.write_str("\\n"),
        ('\r', _) => out.write_str("\\r"),
        ('\t', _) => out.write_str("\\t"),
        // All of these are in the Basic Multilingual Plane: one group of four digits is enough.
        (c, TextSyntax::Json) if is_unsafe(c) => write!(out, "\\u{:04x}", u32::from(c)),
        (c, _) if is_unsafe(c) => write!(out, "\\u{{{:x}}}", u32::from(c)),
        (c, _) => out.write_char(c),
    };
    // Writing to a string does not fail.
    let _ = written;
}

/// Whether a character is a control character, is taken for the end of a line by some programs, or
/// changes the direction of the surrounding text.
fn is_unsafe(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')
}

/// A writer that keeps the first bytes of a text and counts all of them.
#[derive(Debug)]
pub struct TruncatedText<'a> {
    kept: &'a mut String,
    limit: usize,
    total: usize,
}

impl<'a> TruncatedText<'a> {
    /// Creates a writer that keeps at most `limit` bytes in `kept`, which is cleared first.
    pub fn new(kept: &'a mut String, limit: usize) -> Self {
        kept.clear();
        Self { kept, limit, total: 0 }
    }

    /// Returns how many bytes were written so far.
    pub fn total(&self) -> usize {
        self.total
    }
}

impl Write for TruncatedText<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let is_complete = self.kept.len() == self.total;
        self.total += text.len();
        if is_complete {
            let room = self.limit - self.kept.len();
            self.kept.push_str(&text[..text.floor_char_boundary(room)]);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn limited(text: &str, limit: usize, syntax: TextSyntax) -> String {
        let mut out = String::new();
        write_limited(&mut out, text, text.len(), limit, syntax);
        out
    }

    #[test]
    fn short_values_are_complete() {
        assert_eq!(limited("/stream/film.mp4", 16, TextSyntax::Quoted), r#""/stream/film.mp4""#);
        assert_eq!(limited("four", 4, TextSyntax::Plain), "four");
        assert_eq!(limited("", 0, TextSyntax::Json), r#""""#);
    }

    #[test]
    fn long_values_are_cut_and_followed_by_their_length() {
        assert_eq!(limited(&"a".repeat(60_000), 4, TextSyntax::Plain), "aaaa… (60000 bytes)");
        assert_eq!(limited("abcde", 4, TextSyntax::Json), r#""abcd… (5 bytes)""#);
    }

    #[test]
    fn a_character_is_never_cut_in_two() {
        assert_eq!(limited("aéé", 4, TextSyntax::Plain), "aé… (5 bytes)");
        assert_eq!(limited("a\nb", 2, TextSyntax::Plain), "a… (3 bytes)");
        assert_eq!(limited("aé", 2, TextSyntax::Plain), "a… (3 bytes)");
    }

    #[test]
    fn unsafe_characters_are_escaped() {
        let text = "a\r\nb\u{1b}[2J\u{9b}1m\u{2028}\u{202e}\"\\";
        let plain = limited(text, 256, TextSyntax::Plain);
        assert_eq!(plain, r#"a\r\nb\u{1b}[2J\u{9b}1m\u{2028}\u{202e}"\"#);
        let quoted = limited(text, 256, TextSyntax::Quoted);
        assert_eq!(quoted, r#""a\r\nb\u{1b}[2J\u{9b}1m\u{2028}\u{202e}\"\\""#);
        let json = limited(text, 256, TextSyntax::Json);
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
        assert!(!json.contains(is_unsafe));
    }

    #[test]
    fn truncated_text_keeps_the_beginning_and_counts_all_bytes() {
        let mut kept = "old".to_owned();
        let mut text = TruncatedText::new(&mut kept, 5);
        write!(text, "ab{}", "é".repeat(9)).unwrap();
        write!(text, "c").unwrap();
        assert_eq!(text.total(), 21);
        assert_eq!(kept, "abé");
    }

    proptest! {
        #[test]
        fn text_is_one_line_of_limited_length(text in any::<String>(), limit in 0_usize..300) {
            for syntax in [TextSyntax::Plain, TextSyntax::Quoted, TextSyntax::Json] {
                let line = limited(&text, limit, syntax);
                prop_assert!(!line.contains(is_unsafe), "{line:?}");
                prop_assert!(line.len() <= limit + "\"… (100000 bytes)\"".len(), "{line:?}");
            }
            let json = limited(&text, limit, TextSyntax::Json);
            let read: String = serde_json::from_str(&json).unwrap();
            let cut = format!("… ({} bytes)", text.len());
            prop_assert!(read == text || read.ends_with(&cut), "{read:?}");
        }
    }
}
