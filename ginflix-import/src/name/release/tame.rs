//! Makes names harmless to `hunch`.
//!
//! It splits texts at bytes that need not begin a character, so that some names that are not ASCII would end the process by a panic. It
//! also lists every episode of a range such as `E01-E9999`, with work that grows with the square of their number.

use unicode_normalization::UnicodeNormalization as _;

use crate::name::marker::Marker;

/// The greatest number that may be the end of a range.
const RANGE_LIMIT: u16 = 999;

/// A name for `hunch`, and the name as it was.
pub struct Tame {
    /// The name in ASCII.
    pub ascii: String,
    /// The character for each one of `ascii`.
    original: Vec<char>,
}

impl Tame {
    /// Returns a name for `hunch`, with only the first episode of its marker.
    pub fn new(name: &str, marker: Option<&Marker>) -> Self {
        let mut tame = Self { ascii: String::new(), original: Vec::new() };
        let Some(Marker { start, end, season, episodes }) = marker else {
            tame.push(name);
            return tame;
        };
        tame.push(name.get(..*start).unwrap_or_default());
        let season = season.map(|season| format!("S{:02}", season.min(RANGE_LIMIT)));
        let episode = episodes.first.min(RANGE_LIMIT);
        tame.push_ascii(&format!("{}E{episode:02}", season.unwrap_or_default()));
        tame.push(name.get(*end..).unwrap_or_default());
        tame
    }

    /// Returns a part of the name with the characters that it had. `None` if it is no part of it, other than by its letter case
    /// and punctuation.
    pub fn restore(&self, part: &str) -> Option<String> {
        let letters = |text: &str| -> (Vec<usize>, String) {
            let found = text.char_indices().filter(|(_, c)| c.is_ascii_alphanumeric());
            found.map(|(at, letter)| (at, letter.to_ascii_lowercase())).unzip()
        };
        let (places, name) = letters(&self.ascii);
        let (_, wanted) = letters(part);
        let start = name.find(&wanted)?;
        let first = places.get(start)?;
        let last = places.get((start + wanted.len()).checked_sub(1)?)?;
        let original = self.original.get(*first..=*last)?;
        let is_ascii = original.iter().all(char::is_ascii);
        Some(if is_ascii { part.to_owned() } else { original.iter().collect() })
    }

    fn push(&mut self, text: &str) {
        let mut digits = String::new();
        for original in text.chars() {
            let ascii = ascii(original);
            if ascii.is_ascii_digit() {
                digits.push(ascii);
                continue;
            }
            self.push_number(&mut digits, matches!(ascii, 'p' | 'i'));
            self.ascii.push(ascii);
            self.original.push(original);
        }
        self.push_number(&mut digits, false);
    }

    fn push_ascii(&mut self, text: &str) {
        self.ascii.push_str(text);
        self.original.extend(text.chars());
    }

    /// Appends a number. One that may be the end of a range, and is no resolution, becomes at most [`RANGE_LIMIT`].
    fn push_number(&mut self, digits: &mut String, is_resolution: bool) {
        let before = self.ascii.trim_end_matches([' ', '.', '_']);
        let follows_range = before.ends_with(['-', '~', '+', '&', ',']) && !is_year(digits);
        let follows_letter = self.ascii.ends_with(|c: char| c.is_ascii_alphabetic());
        let is_large = digits.len() < 5 && digits.parse::<u16>().is_ok_and(|n| n > RANGE_LIMIT);
        if is_large && !is_resolution && (follows_range || follows_letter) {
            self.push_ascii(&RANGE_LIMIT.to_string());
        } else {
            self.push_ascii(digits);
        }
        digits.clear();
    }
}

/// Returns one character of ASCII: of a letter with accents its base, of another letter `q`, else a space. Separators of folders would
/// be such to `hunch`, too.
fn ascii(character: char) -> char {
    match character {
        '/' | '\\' => ' ',
        ' '..='~' => character,
        '–' | '—' => '-',
        '’' => '\'',
        _ if character.is_alphabetic() => {
            let base = std::iter::once(character).nfd().next();
            base.filter(char::is_ascii_alphabetic).unwrap_or('q')
        }
        _ => ' ',
    }
}

fn is_year(digits: &str) -> bool {
    digits.parse().is_ok_and(|number| crate::text::year(number).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::marker;

    #[test]
    fn ranges_are_short() {
        for (name, expected) in [
            ("S01E01-E9901 x", "S01E01 x"),
            ("E01-E9901", "E01-E999"),
            ("Show 01 - 9901 [720p]", "Show 01 - 999 [720p]"),
            ("Show - 2019.BluRay1080p", "Show - 2019.BluRay1080p"),
            ("Theater 3000", "Theater 3000"),
        ] {
            assert_eq!(Tame::new(name, marker::find(name, false).as_ref()).ascii, expected);
        }
    }

    #[test]
    fn names_become_ascii_and_titles_are_restored() {
        let tame = Tame::new("Éa.映画\u{17f}٣\u{212a}–a\\b", None);
        assert_eq!(tame.ascii, "Ea.qqq K-a b");
        assert_eq!(tame.restore("Ea").as_deref(), Some("Éa"));
        assert_eq!(tame.restore("ea qq").as_deref(), Some("Éa.映画"));
        assert_eq!(tame.restore("b").as_deref(), Some("b"));
        assert_eq!(tame.restore("mkv"), None);
        assert_eq!(tame.restore(""), None);
    }
}
