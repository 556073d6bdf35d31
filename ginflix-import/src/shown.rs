//! File names for people: any name, on one line, so that no two names look the same because of what is not visible.

use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

/// Returns a path for messages: control characters and those that change the direction of text are escaped as in Rust (`\n`,
/// `\u{202e}`), and bytes that are no UTF-8 as `\xFF`. Backslashes are not escaped, because names with them are common.
pub fn shown(path: &Path) -> String {
    let bytes = path.as_os_str().as_bytes();
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            if character.is_control() || is_invisible(character) {
                text.extend(character.escape_default());
            } else {
                text.push(character);
            }
        }
        for byte in chunk.invalid() {
            text.push_str(&format!("\\x{byte:02X}"));
        }
    }
    text
}

/// Tells whether a character changes the direction of text, separates lines or paragraphs, or has no width.
pub(crate) fn is_invisible(character: char) -> bool {
    matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsStr;

    #[test]
    fn what_is_not_visible_is_escaped() {
        for (bytes, text) in [
            (&b"a/b c.mp4"[..], "a/b c.mp4"),
            (b"line\nbreak", "line\\nbreak"),
            (b"c\xe9.mp4", "c\\xE9.mp4"),
            ("right\u{202e}4pm".as_bytes(), "right\\u{202e}4pm"),
            ("映画.mp4".as_bytes(), "映画.mp4"),
        ] {
            assert_eq!(shown(Path::new(OsStr::from_bytes(bytes))), text);
        }
    }
}
