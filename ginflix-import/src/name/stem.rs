//! The stem of a file's name, and how it becomes readable.

use unicode_normalization::UnicodeNormalization as _;

use super::NAME_LIMIT_BYTES;
use crate::text;

/// The name of a file without its extension, or that of a folder, without ids in brackets.
pub struct Stem {
    /// The whole name on one line.
    pub name: String,
    /// The name without its extension and without ids.
    pub text: String,
    /// What separates its words: a space, an underscore or a dot.
    pub separator: char,
    /// The edition in braces, as in `{edition-Director's Cut}`.
    pub edition: Option<String>,
}

/// The beginnings of ids in brackets, in lower case.
const IDS: [&str; 9] =
    ["imdb", "tmdb", "tvdb", "anidb", "anilist", "tvmaze", "tvrage", "mal-", "tt0"];

impl Stem {
    pub fn of_file(name: &str) -> Self {
        let name = bounded(name);
        let stem = match name.rsplit_once('.') {
            Some((stem, extension)) if !stem.is_empty() && is_extension(extension) => stem,
            _ => name,
        };
        Self::new(name, stem)
    }

    pub fn of_folder(name: &str) -> Self {
        let name = bounded(name);
        Self::new(name, name)
    }

    fn new(name: &str, stem: &str) -> Self {
        let (text, edition) = without_ids(&text::line(stem));
        let separator = [' ', '_', '.'].into_iter().find(|c| text.contains(*c)).unwrap_or(' ');
        Self { name: text::line(name), text, separator, edition }
    }

    /// Tells whether it is hardly a title, but a name that a program made up or an abbreviation: `eb518eaf33f6`, `dmd-aw`.
    pub fn is_opaque(&self) -> bool {
        !self.text.contains([' ', '(']) && self.text.matches(['.', '_']).count() <= 1
    }

    /// Returns a part of the stem as a title. Dots and underscores become spaces if the stem has no spaces. `None` if no letter
    /// or digit is left.
    pub fn readable(&self, part: &str) -> Option<String> {
        let part = part.trim_start_matches([' ', '-', '_', '.', '–', '—', ':', ',']);
        let part = part.trim_end_matches([' ', '-', '_', '–', '—', ':', ',', '(', '[', '{']);
        let readable = match self.separator {
            '_' => part.replace('_', " "),
            '.' => without_dots(part),
            _ => part.to_owned(),
        };
        let is_empty = !readable.contains(|c: char| !c.is_ascii_punctuation() && c != ' ');
        text::title(&readable).filter(|_| !is_empty)
    }
}

fn bounded(name: &str) -> &str {
    name.get(..name.floor_char_boundary(NAME_LIMIT_BYTES)).unwrap_or(name)
}

fn is_extension(text: &str) -> bool {
    (1..=10).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Makes dots spaces, but not those of abbreviations (`S.W.A.T`) and between two digits (`5.1`).
fn without_dots(text: &str) -> String {
    let parts: Vec<&str> = text.split('.').filter(|part| !part.is_empty()).collect();
    let is_letter = |part: &str| {
        let mut characters = part.chars();
        characters.next().is_some_and(char::is_alphabetic) && characters.next().is_none()
    };
    let is_number = |part: &str| part.len() <= 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    let mut readable = String::with_capacity(text.len());
    let mut before = "";
    for part in parts {
        let keeps_dot =
            (is_letter(before) && is_letter(part)) || (is_number(before) && is_number(part));
        if !before.is_empty() {
            readable.push(if keeps_dot { '.' } else { ' ' });
        }
        readable.push_str(part);
        before = part;
    }
    readable
}

/// Removes ids in brackets, and returns the edition in braces if there is one.
fn without_ids(text: &str) -> (String, Option<String>) {
    let mut kept = String::with_capacity(text.len());
    let mut edition = None;
    let mut rest = text;
    while let Some(open) = rest.find(['[', '{', '(']) {
        let (before, bracket) = rest.split_at(open);
        kept.push_str(before);
        let close = bracket.find([']', '}', ')']).map_or(bracket.len(), |at| at + 1);
        let (whole, after) = bracket.split_at(close);
        let content = whole.trim_matches(['[', ']', '{', '}', '(', ')', ' ']);
        let lower = content.to_ascii_lowercase();
        if let Some(name) = lower
            .strip_prefix("edition-")
            .and_then(|name| content.get(content.len() - name.len()..))
        {
            edition = text::title(name);
        } else if !is_id(&lower) {
            kept.push_str(whole);
        }
        rest = after;
    }
    kept.push_str(rest);
    (text::line(&kept), edition)
}

/// Tells whether the content of brackets is the id of a database, such as `imdbid-tt0133093`.
fn is_id(lower: &str) -> bool {
    IDS.iter().any(|start| lower.starts_with(start)) && lower.contains(|c: char| c.is_ascii_digit())
}

/// Removes the group in brackets with which a release begins.
pub fn without_group(text: &str) -> &str {
    match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((_, after)) if after.contains(char::is_alphanumeric) => after,
        _ => text,
    }
}

/// Returns a text without the brackets around all of it.
pub fn unbracketed(text: &str) -> &str {
    let text = text.trim_matches([' ', '-', '_', '.']);
    let inside = text.strip_prefix(['[', '(', '{']).and_then(|t| t.strip_suffix([']', ')', '}']));
    inside.filter(|inside| !inside.contains(['[', '(', '{', ']', ')', '}'])).unwrap_or(text)
}

/// Splits the number of a part from the end of a text: `Movie CD2`, `Movie-disc1`. A title such as `Movie Part 2` is kept.
pub fn split_part(text: &str) -> (&str, Option<u16>) {
    let digits = text.bytes().rev().take_while(u8::is_ascii_digit).count();
    let (before, number) = text.split_at(text.len() - digits);
    let before = before.trim_end_matches([' ', '.', '_', '-']);
    let number = number.parse().ok().filter(|_| (1..=2).contains(&digits));
    for word in ["cd", "disc", "disk", "dvd"] {
        let at = before.len().saturating_sub(word.len());
        let (Some(title), Some(end)) = (before.get(..at), before.get(at..)) else { continue };
        let is_separated = title.ends_with([' ', '.', '_', '-', '(', '[']);
        if number.is_some() && is_separated && end.eq_ignore_ascii_case(word) {
            return (title, number);
        }
    }
    (text, None)
}

/// Tells whether a name says nothing, so that the folder's name is the title.
pub fn is_generic(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    matches!(lower.as_str(), "movie" | "video" | "feature" | "main" | "main feature" | "main movie")
}

/// Tells whether two titles have the same words, whatever their letter case, accents and punctuation.
pub fn same_words(a: &str, b: &str) -> bool {
    letters(a) == letters(b)
}

/// The letters and digits of a text, in lower case and without accents.
pub fn letters(text: &str) -> String {
    text.nfd().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
