//! Text as a person compares it: case, accents and punctuation do not count.
//!
//! Both backends store and search what these functions make, so they agree.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The most characters of one word that search looks at.
const MAX_WORD_CHARS: usize = 64;

/// The most characters of a sort key: as many as any index takes.
const MAX_KEY_CHARS: usize = 250;

/// The words of a text, folded. Scripts that write without spaces give one
/// word a character, so that any part of their texts can be found.
pub fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut open = false;
    for c in fold(text).filter(|&c| !is_apostrophe(c)) {
        let in_word = c.is_alphanumeric() || is_combining_mark(c);
        let alone = is_ideographic(c);
        match words.last_mut().filter(|_| open && !alone) {
            Some(word) if in_word && word.chars().count() < MAX_WORD_CHARS => word.push(c),
            None if in_word => words.push(c.to_string()),
            _ => {}
        }
        open = in_word && !alone;
    }
    words
}

/// What titles and names are sorted and held equal by. Numbers sort by their
/// value: "Film 2" comes before "Film 10". Compare it byte by byte.
pub fn sort_key(text: &str) -> String {
    let words = words(text);
    if words.is_empty() {
        return text.trim().to_lowercase().chars().take(MAX_KEY_CHARS).collect();
    }
    let keys: Vec<String> = words.iter().map(|word| with_sortable_numbers(word)).collect();
    keys.join(" ").chars().take(MAX_KEY_CHARS).collect()
}

/// Puts before each run of digits how long it is.
fn with_sortable_numbers(word: &str) -> String {
    let mut key = String::with_capacity(word.len());
    let mut rest = word;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, from_digits) = rest.split_at(start);
        let end = from_digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(from_digits.len());
        let (digits, after) = from_digits.split_at(end);
        let value = digits.trim_start_matches('0');
        key.push_str(before);
        key.push_str(&format!("{:03}{value}", value.len()));
        rest = after;
    }
    key.push_str(rest);
    key
}

/// Lower case, compatibility forms and accents undone, common ligatures spelt out.
fn fold(text: &str) -> impl Iterator<Item = char> {
    text.nfkd()
        .flat_map(char::to_lowercase)
        .filter(|&c| !is_accent(c))
        .flat_map(|c| spelt_out(c).into_iter().flatten())
        .nfc()
}

/// Letters that Unicode does not decompose, as they are looked for.
fn spelt_out(c: char) -> [Option<char>; 2] {
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

/// Marks that may be left out in writing; those of Indic scripts and of kana
/// may not.
fn is_accent(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{591}'..='\u{5c7}' | '\u{64b}'..='\u{65f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}')
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '\u{2019}' | '\u{2bc}')
}

/// Han and kana.
fn is_ideographic(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_are_what_people_type() {
        let cases: [(&str, &[&str]); 8] = [
            ("Amélie", &["amelie"]),
            ("WALL·E: Der Letzte", &["wall", "e", "der", "letzte"]),
            ("Schindler’s List", &["schindlers", "list"]),
            ("Straße Łódź Ærø", &["strasse", "lodz", "aero"]),
            ("İstanbul", &["istanbul"]),
            ("映画 が", &["映", "画", "が"]),
            ("हिन्दी", &["हिन्दी"]),
            ("!!! 🎬", &[]),
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
        fn folding_is_done_at_once(text in "\\PC{0,60}") {
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
