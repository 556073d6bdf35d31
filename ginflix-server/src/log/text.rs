//! The text of a value in a log line: of limited length, and without characters that could
//! break the line, forge another or move a terminal.

use std::fmt::{self, Write};

/// Most bytes that the value of a field takes, such as a path, a method or a name.
pub const VALUE_LIMIT: usize = 256;
/// Most bytes that a message takes, or a field that explains an error.
pub const DIAGNOSTIC_LIMIT: usize = 1024;

/// How text is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Syntax {
    /// As it is.
    Plain,
    /// In quotation marks, as a string of Rust.
    Quoted,
    /// In quotation marks, as a string of JSON (RFC 8259, section 7).
    Json,
}

/// Writes `text` in at most `limit` bytes, quotation marks not counted. Where that is not all
/// of the value, which has `total` bytes, the length of the whole follows.
pub fn write_limited(out: &mut String, text: &str, total: usize, limit: usize, syntax: Syntax) {
    if syntax != Syntax::Plain {
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
    if syntax != Syntax::Plain {
        out.push('"');
    }
}

/// Whether a byte stands for itself in each syntax.
fn needs_no_escape(byte: u8) -> bool {
    matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\'
}

fn escape(out: &mut String, character: char, syntax: Syntax) {
    let written = match (character, syntax) {
        ('"' | '\\', Syntax::Quoted | Syntax::Json) => write!(out, "\\{character}"),
        ('\n', _) => out.write_str("\\n"),
        ('\r', _) => out.write_str("\\r"),
        ('\t', _) => out.write_str("\\t"),
        // All of these are in the Basic Multilingual Plane: one group of four digits is enough.
        (c, Syntax::Json) if is_unsafe(c) => write!(out, "\\u{:04x}", u32::from(c)),
        (c, _) if is_unsafe(c) => write!(out, "\\u{{{:x}}}", u32::from(c)),
        (c, _) => out.write_char(c),
    };
    // Writing to a string does not fail.
    let _ = written;
}

/// Control characters, what some programs take for the end of a line, and what changes the
/// direction of the text around it.
fn is_unsafe(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')
}

/// Keeps the beginning of what is written to it, and counts all of it.
#[derive(Debug)]
pub struct Clip<'a> {
    kept: &'a mut String,
    limit: usize,
    total: usize,
}

impl<'a> Clip<'a> {
    /// Keeps at most `limit` bytes in `kept`, which is cleared first.
    pub fn new(kept: &'a mut String, limit: usize) -> Self {
        kept.clear();
        Self { kept, limit, total: 0 }
    }

    /// Bytes that were written so far.
    pub fn total(&self) -> usize {
        self.total
    }
}

impl Write for Clip<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let is_whole = self.kept.len() == self.total;
        self.total += text.len();
        if is_whole {
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

    fn limited(text: &str, limit: usize, syntax: Syntax) -> String {
        let mut out = String::new();
        write_limited(&mut out, text, text.len(), limit, syntax);
        out
    }

    #[test]
    fn what_fits_is_whole() {
        assert_eq!(limited("/stream/film.mp4", 16, Syntax::Quoted), r#""/stream/film.mp4""#);
        assert_eq!(limited("four", 4, Syntax::Plain), "four");
        assert_eq!(limited("", 0, Syntax::Json), r#""""#);
    }

    #[test]
    fn what_does_not_fit_is_cut_and_its_length_is_told() {
        assert_eq!(limited(&"a".repeat(60_000), 4, Syntax::Plain), "aaaa… (60000 bytes)");
        assert_eq!(limited("abcde", 4, Syntax::Json), r#""abcd… (5 bytes)""#);
    }

    #[test]
    fn a_character_is_never_cut_in_two() {
        assert_eq!(limited("aéé", 4, Syntax::Plain), "aé… (5 bytes)");
        assert_eq!(limited("a\nb", 2, Syntax::Plain), "a… (3 bytes)");
        assert_eq!(limited("aé", 2, Syntax::Plain), "a… (3 bytes)");
    }

    #[test]
    fn no_line_is_broken_and_no_terminal_moved() {
        let text = "a\r\nb\u{1b}[2J\u{9b}1m\u{2028}\u{202e}\"\\";
        let plain = limited(text, 256, Syntax::Plain);
        assert_eq!(plain, r#"a\r\nb\u{1b}[2J\u{9b}1m\u{2028}\u{202e}"\"#);
        let quoted = limited(text, 256, Syntax::Quoted);
        assert_eq!(quoted, r#""a\r\nb\u{1b}[2J\u{9b}1m\u{2028}\u{202e}\"\\""#);
        let json = limited(text, 256, Syntax::Json);
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
        assert!(!json.contains(is_unsafe));
    }

    #[test]
    fn a_clip_keeps_the_beginning_and_counts_all() {
        let mut kept = "old".to_owned();
        let mut clip = Clip::new(&mut kept, 5);
        write!(clip, "ab{}", "é".repeat(9)).unwrap();
        write!(clip, "c").unwrap();
        assert_eq!(clip.total(), 21);
        assert_eq!(kept, "abé");
    }

    proptest! {
        #[test]
        fn text_is_one_line_of_limited_length(text in any::<String>(), limit in 0_usize..300) {
            for syntax in [Syntax::Plain, Syntax::Quoted, Syntax::Json] {
                let line = limited(&text, limit, syntax);
                prop_assert!(!line.contains(is_unsafe), "{line:?}");
                prop_assert!(line.len() <= limit + "\"… (100000 bytes)\"".len(), "{line:?}");
            }
            let json = limited(&text, limit, Syntax::Json);
            let read: String = serde_json::from_str(&json).unwrap();
            let cut = format!("… ({} bytes)", text.len());
            prop_assert!(read == text || read.ends_with(&cut), "{read:?}");
        }
    }
}
