//! The names of languages, for people.

use isolang::Language;

/// Returns the English name of a language tag (BCP 47), such as `Portuguese (BR)`; the tag itself if its language is not known.
pub fn name(tag: &str) -> String {
    let (primary, rest) = tag.split_once('-').unwrap_or((tag, ""));
    let primary = primary.to_ascii_lowercase();
    let Some(language) = Language::from_639_1(&primary).or_else(|| Language::from_639_3(&primary))
    else {
        return tag.to_owned();
    };
    // Names of the standard have remarks in parentheses, as in "Modern Greek (1453-)".
    let name = language.to_name();
    let name = name.split(" (").next().unwrap_or(name);
    if rest.is_empty() { name.to_owned() } else { format!("{name} ({rest})") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_named_in_english() {
        for (tag, expected) in [
            ("en", "English"),
            ("pt-BR", "Portuguese (BR)"),
            ("zh-Hans", "Chinese (Hans)"),
            ("cmn", "Mandarin Chinese"),
            ("el", "Modern Greek"),
            ("x-odd", "x-odd"),
            ("", ""),
        ] {
            assert_eq!(name(tag), expected, "{tag}");
        }
    }
}
