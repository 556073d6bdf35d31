//! Normalization of texts for search and sorting: case, accents and punctuation do not count.
//!
//! Both backends store and look up the results of these functions, so their searches and orders
//! agree. A change here requires a migration that computes the stored values again.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The number of characters of a word that are searchable. Later ones are ignored.
const MAX_WORD_CHARS: usize = 64;

/// The most characters of a sort key, which an index of either database can hold.
const MAX_KEY_CHARS: usize = 250;

/// Splits a text into normalized words. In scripts that are written without spaces, each
/// character is a word, so that any part of a text can be found.
pub fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut continues_word = false;
    for c in normalized_chars(text) {
        let in_word = c.is_alphanumeric() || is_combining_mark(c);
        let is_whole_word = is_ideographic(c);
        match words.last_mut().filter(|_| continues_word && !is_whole_word) {
            Some(word) if in_word && word.chars().count() < MAX_WORD_CHARS => word.push(c),
            None if in_word => words.push(c.to_string()),
            _ => {}
        }
        continues_word = in_word && !is_whole_word;
    }
    words
}

/// Returns the key by which titles and names are sorted and compared, byte by byte. Numbers
/// sort by their value: "Part 2" comes before "Part 10".
pub fn sort_key(text: &str) -> String {
    let words = words(text);
    if words.is_empty() {
        return text.trim().to_lowercase().chars().take(MAX_KEY_CHARS).collect();
    }
    let keys: Vec<String> = words.iter().map(|word| with_sortable_numbers(word)).collect();
    keys.join(" ").chars().take(MAX_KEY_CHARS).collect()
}

/// Replaces each number by the count of its digits, in three characters, followed by the digits.
/// Leading zeros do not count: `2` and `02` become `0012`, and `10` becomes `00210`. So the byte
/// order of keys is the order of numbers.
fn with_sortable_numbers(word: &str) -> String {
    let mut key = String::with_capacity(word.len());
    let mut remaining = word;
    while let Some(start) = remaining.find(|c: char| c.is_ascii_digit()) {
        let (before, from_digits) = remaining.split_at(start);
        let end = from_digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(from_digits.len());
        let (digits, after) = from_digits.split_at(end);
        let value = digits.trim_start_matches('0');
        key.push_str(before);
        key.push_str(&format!("{:03}{value}", value.len()));
        remaining = after;
    }
    key.push_str(remaining);
    key
}

/// Yields the characters of a text in lower case, with compatibility characters and ligatures
/// decomposed, without accents and apostrophes, in Unicode normalization form C.
fn normalized_chars(text: &str) -> impl Iterator<Item = char> {
    text.nfkd()
        .flat_map(char::to_lowercase)
        // Before NFC, which puts combining marks that are adjacent then into their canonical order.
        .filter(|&c| !is_accent(c) && !is_apostrophe(c))
        .flat_map(|c| decompose(c).into_iter().flatten())
        .nfc()
}

/// Decomposes letters that have no decomposition in Unicode, as people type them without a
/// special keyboard.
fn decompose(c: char) -> [Option<char>; 2] {
    match c {
        'ß' => [Some('s'), Some('s')],
        'æ' => [Some('a'), Some('e')],
        'œ' => [Some('o'), Some('e')],
        'þ' => [Some('t'), Some('h')],
        'ø' => [Some('o'), None],
        'ł' => [Some('l'), None],
        'đ' | 'ð' => [Some('d'), None],
        'ı' => [Some('i'), None],
        other => [Some(other), None],
    }
}

/// Returns whether this combining mark may be left out: an accent, a Hebrew point or an Arabic
/// vowel sign. Marks of Indic scripts and of kana are part of the spelling.
fn is_accent(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{591}'..='\u{5c7}' | '\u{64b}'..='\u{65f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}')
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '\u{2019}' | '\u{2bc}')
}

/// Returns whether the character is Han or kana, which are written without spaces.
fn is_ideographic(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_are_as_people_type_them() {
        let cases: [(&str, &[&str]); 9] = [
            ("Amélie", &["amelie"]),
            ("WALL·E: Der Letzte", &["wall", "e", "der", "letzte"]),
            ("Schindler’s List", &["schindlers", "list"]),
            ("Straße Łódź Ærø", &["strasse", "lodz", "aero"]),
            ("İstanbul", &["istanbul"]),
            ("映画 が", &["映", "画", "が"]),
            ("हिन्दी", &["हिन्दी"]),
            ("!!! 🎬", &[]),
            ("\u{ec8}'\u{10a3f}", &["\u{10a3f}\u{ec8}"]), // marks of two scripts
        ];
        for (text, expected) in cases {
            assert_eq!(words(text), expected, "{text}");
        }
    }

    #[test]
    fn titles_sort_as_a_person_would() {
        let mut titles =
            ["Zorro", "élan", "Eclair", "Film 10", "Film 2", "film 02b", "10 Dinge", "2 Tage"];
        titles.sort_by_key(|title| sort_key(title));
        assert_eq!(
            titles,
            ["2 Tage", "10 Dinge", "Eclair", "élan", "Film 2", "film 02b", "Film 10", "Zorro"]
        );
        assert_eq!(sort_key("!!!"), "!!!");
    }

    proptest! {
        #[test]
        fn normalizing_twice_changes_nothing(text in "\\PC{0,60}") {
            let once = words(&text);
            prop_assert_eq!(words(&once.join(" ")), once.clone());
            for word in once {
                prop_assert!(!word.is_empty() && word.chars().count() <= MAX_WORD_CHARS);
                prop_assert!(!word.contains(['\'', '"', '\\', ' ']));
            }
        }

        #[test]
        fn numbers_sort_by_value(a in 0u64.., b in 0u64..) {
            let keys = (sort_key(&format!("x {a}")), sort_key(&format!("x {b}")));
            prop_assert_eq!(keys.0.cmp(&keys.1), a.cmp(&b));
        }
    }
}
