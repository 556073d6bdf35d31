//! Years in names.

use crate::text;

/// A title, the year in parentheses after it, and what follows.
pub struct WithYear<'a> {
    pub title: &'a str,
    pub year: u16,
    pub rest: &'a str,
}

/// Splits a text such as `Title (2001) - 4K` at the last year in parentheses that is not at its start.
pub fn split(text: &str) -> Option<WithYear<'_>> {
    let mut candidates = text.rmatch_indices('(').filter_map(|(at, _)| {
        let title = text.get(..at)?;
        let after = text.get(at + 1..)?;
        let year = four_digits(after)?;
        let rest = after.get(4..)?.strip_prefix(')')?;
        let has_title = title.contains(char::is_alphanumeric);
        has_title.then_some(WithYear { title, year, rest })
    });
    candidates.next()
}

/// Splits a name whose words are separated by dots or underscores, such as `Title.2001`, at a year at its end. `None` if there is none,
/// or the words are separated by spaces: in `Blade Runner 2049` and `Wonder Woman 1984` the number belongs to the title.
pub fn split_bare(text: &str, separator: char) -> Option<(&str, Option<u16>)> {
    if separator == ' ' {
        return None;
    }
    let trimmed = text.trim_end_matches([separator, '-']);
    let (title, number) = trimmed.rsplit_once(separator)?;
    let is_year = number.len() == 4 && title.contains(char::is_alphanumeric);
    let year = four_digits(number).filter(|_| is_year)?;
    Some((title, Some(year)))
}

/// Returns what is before a year that is a word of its own.
pub fn before(text: &str, year: i32) -> Option<&str> {
    let year = year.to_string();
    let found = text.match_indices(&year).find(|(at, _)| {
        let before = text.get(..*at).unwrap_or_default();
        let after = text.get(at + year.len()..).unwrap_or_default();
        let is_word =
            before.ends_with(['.', '_', ' ']) && !after.starts_with(char::is_alphanumeric);
        is_word && !before.starts_with('[')
    });
    text.get(..found?.0)
}

fn four_digits(text: &str) -> Option<u16> {
    let digits = text.get(..4).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
    text::year(digits.parse().ok()?)
}
