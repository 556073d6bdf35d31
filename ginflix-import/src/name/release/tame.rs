//! Makes names harmless to `hunch`.
//!
//! It looks for digits and letters of any script, but assumes those of ASCII, so that some names would end the process by a panic. It
//! also lists every episode of a range such as `E01-E9999`, with work that grows with the square of their number.

use crate::name::marker::Marker;

/// The greatest number that may be the end of a range.
const RANGE_LIMIT: u32 = 999;

/// Returns a name for `hunch`, with only the first episode of its marker.
pub fn tame(name: &str, marker: Option<&Marker>) -> String {
    let Some(Marker { start, end, season, episodes }) = marker else { return characters(name) };
    let season = season.map(|season| format!("S{:02}", season.min(RANGE_LIMIT as u16)));
    let before = name.get(..*start).unwrap_or_default();
    let after = name.get(*end..).unwrap_or_default();
    let episode = episodes.first.min(RANGE_LIMIT as u16);
    let season = season.unwrap_or_default();
    format!("{}{season}E{episode:02}{}", characters(before), characters(after))
}

fn characters(text: &str) -> String {
    let mut tame = String::with_capacity(text.len());
    let mut digits = String::new();
    for character in text.chars().map(character) {
        if character.is_ascii_digit() {
            digits.push(character);
        } else {
            push_number(&mut tame, &mut digits, matches!(character, 'p' | 'i'));
            tame.push(character);
        }
    }
    push_number(&mut tame, &mut digits, false);
    tame
}

/// Replaces what is neither ASCII nor a letter. Separators of folders would be such to `hunch`, too.
fn character(character: char) -> char {
    match character {
        '/' | '\\' => ' ',
        '–' | '—' => '-',
        '’' => '\'',
        ' '..='~' => character,
        // A letter whose other case is ASCII, such as the Kelvin sign, matches an expression for ASCII.
        _ if character.is_alphabetic() && !character.is_numeric() && !folds_to_ascii(character) => {
            character
        }
        _ => ' ',
    }
}

fn folds_to_ascii(character: char) -> bool {
    character.to_lowercase().chain(character.to_uppercase()).any(|folded| folded.is_ascii())
}

/// Appends a number. One that may be the end of a range, and is no resolution, becomes at most [`RANGE_LIMIT`].
fn push_number(tame: &mut String, digits: &mut String, is_resolution: bool) {
    let before = tame.trim_end_matches([' ', '.', '_']);
    let follows_range = before.ends_with(['-', '~', '+', '&', ',']) && !is_year(digits);
    let follows_letter = tame.ends_with(|c: char| c.is_ascii_alphabetic());
    let is_large =
        digits.parse::<u32>().is_ok_and(|number| number > RANGE_LIMIT) && digits.len() < 5;
    if is_large && !is_resolution && (follows_range || follows_letter) {
        tame.push_str("999");
    } else {
        tame.push_str(digits);
    }
    digits.clear();
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
            ("Show - 2019.1080p", "Show - 2019.1080p"),
            ("Theater 3000", "Theater 3000"),
        ] {
            assert_eq!(tame(name, marker::find(name, false).as_ref()), expected);
        }
    }

    #[test]
    fn only_letters_are_not_ascii() {
        assert_eq!(tame("\u{17f}٣\u{212a}映画É–\u{3000}¼a\\b", None), "   映画É-  a b");
    }
}
