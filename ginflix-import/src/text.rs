//! Makes texts from outside fit the limits of [`ginflix_api::movie`].

use std::collections::HashSet;

use ginflix_api::movie::{
    MAX_DESCRIPTION_CHARS, MAX_NAME_CHARS, MAX_NAMES, MAX_TITLE_CHARS, YEARS,
};
use unicode_normalization::UnicodeNormalization as _;

use crate::shown::is_invisible;

/// Returns a text on one line in Unicode normal form C, without control characters, and with single spaces.
pub fn line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for character in text.nfc() {
        let is_space = character.is_whitespace() || character.is_control();
        let has_meaning = matches!(character, '\u{200c}' | '\u{200d}'); // joins and separates letters
        if !is_space && (has_meaning || !is_invisible(character)) {
            line.push(character);
        } else if is_space && !line.is_empty() && !line.ends_with(' ') {
            line.push(' ');
        }
    }
    line.truncate(line.trim_end().len());
    line
}

/// Returns a text as a title: one line of at most [`MAX_TITLE_CHARS`] characters. `None` if nothing is left.
pub fn title(text: &str) -> Option<String> {
    bounded_line(text, MAX_TITLE_CHARS)
}

/// Returns a text as a description of at most [`MAX_DESCRIPTION_CHARS`] characters, which may have several lines. `None` if
/// nothing is left.
pub fn description(text: &str) -> Option<String> {
    let lines: Vec<String> = text.lines().map(line).collect();
    let text = cut(lines.join("\n").trim(), MAX_DESCRIPTION_CHARS).to_owned();
    Some(text).filter(|text| !text.is_empty())
}

/// Returns texts as genres or names of people: at most [`MAX_NAMES`] of at most [`MAX_NAME_CHARS`] characters, each once,
/// whatever its letter case.
pub fn names<'a>(texts: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut known = HashSet::new();
    let names = texts.into_iter().filter_map(|text| bounded_line(text, MAX_NAME_CHARS));
    names.filter(|name| known.insert(name.to_lowercase())).take(MAX_NAMES).collect()
}

/// Returns a number as a year if it is within [`YEARS`].
pub fn year(number: u64) -> Option<u16> {
    u16::try_from(number).ok().filter(|year| YEARS.contains(year))
}

/// Returns a text on one line with at most so many characters. `None` if nothing is left.
pub(crate) fn bounded_line(text: &str, max_chars: usize) -> Option<String> {
    let mut line = line(text);
    line.truncate(cut(&line, max_chars).len());
    Some(line).filter(|line| !line.is_empty())
}

/// Cuts a text after so many characters, and then the spaces at its end.
pub(crate) fn cut(text: &str, max_chars: usize) -> &str {
    match text.char_indices().nth(max_chars) {
        Some((end, _)) => text.get(..end).unwrap_or_default().trim_end(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_one_line() {
        assert_eq!(title(" a\n\tb\u{0}c \u{200b}").as_deref(), Some("a b c"));
        assert_eq!(title("e\u{301}te\u{301}").as_deref(), Some("été"));
        assert_eq!(title(" \n\u{feff}"), None);
    }

    #[test]
    fn texts_are_cut_at_characters() {
        assert_eq!(title(&"é".repeat(300)), Some("é".repeat(MAX_TITLE_CHARS)));
        assert_eq!(cut("ab cd", 3), "ab");
    }

    #[test]
    fn a_description_keeps_its_lines() {
        assert_eq!(description("\r\n a  b\r\nc\n").as_deref(), Some("a b\nc"));
    }

    #[test]
    fn names_are_there_once() {
        assert_eq!(names(["Drama", " drama ", "", "Krimi"]), ["Drama", "Krimi"]);
        let many: Vec<String> = (0..100).map(|number| number.to_string()).collect();
        assert_eq!(names(many.iter().map(String::as_str)).len(), MAX_NAMES);
    }

    #[test]
    fn years_are_in_range() {
        assert_eq!(year(1888), Some(1888));
        assert_eq!(year(1887), None);
        assert_eq!(year(70_000), None);
    }
}
