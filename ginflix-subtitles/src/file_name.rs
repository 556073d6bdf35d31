//! What the name of a subtitle file says: its media file, language, title and flags, by the conventions of Jellyfin and Kodi.
//!
//! The name is that of the media file without its extension, and then parts in any order, as in `movie.pt-BR.forced.srt`:
//! - a language: a tag (BCP 47), a code of ISO 639-1 or ISO 639-2, or a name in English
//! - `default`; `forced` or `foreign`; `sdh`, `cc` or `hi` for the hearing impaired. `hi` is Hindi unless there is another
//!   language
//! - anything else is a title, if a dot is before it
//!
//! Dots, spaces, dashes, underscores, parentheses and brackets separate the parts.

mod language;

use std::collections::HashSet;

use unicode_normalization::UnicodeNormalization as _;

use crate::format::is_subtitle_file;

/// What the name of a subtitle file says of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Description {
    /// A language tag (BCP 47).
    pub language: Option<String>,
    /// A title, such as `Commentary`.
    pub title: Option<String>,
    /// Whether it is shown unless the viewer chose another one.
    pub is_default: bool,
    /// Whether it only has what even viewers need who understand the language of the sound.
    pub is_forced: bool,
    /// Whether it also describes sounds, for the hearing impaired.
    pub is_hearing_impaired: bool,
}

/// Describes a subtitle file that belongs to a media file, both by their names without folders. `None` if it does not belong to it,
/// or its extension is none of [`EXTENSIONS`](crate::format::EXTENSIONS). Letter case and the Unicode normal form do not count.
pub fn describe(subtitle_name: &str, media_name: &str) -> Option<Description> {
    let (stem, _) = subtitle_name.rsplit_once('.')?;
    let media_stem = media_name.rsplit_once('.').map_or(media_name, |(stem, _)| stem);
    if !is_subtitle_file(subtitle_name) || media_stem.is_empty() {
        return None;
    }
    let stem: String = stem.nfc().collect();
    let rest = strip_prefix(&stem, media_stem)?;
    let mut words = Words::default();
    // What directly follows the name, without a dot, must be known: other media files have names that continue so.
    let (attached, parts) = rest.split_once('.').unwrap_or((rest, ""));
    let is_separated = attached.is_empty() || attached.starts_with(SEPARATORS);
    if !is_separated || !words.take_all(attached) {
        return None;
    }
    let mut titles: Vec<&str> = Vec::new();
    // From the end, where the language is: what is before it may be a title that is like a language.
    for part in parts.rsplit('.') {
        if !words.take_all(part) {
            titles.push(part);
        }
    }
    titles.reverse();
    let title = titles.join(".");
    let title = words.take_title(&title).join(" ");
    Some(words.describe(&title))
}

/// Describes a subtitle file and returns the media file that it belongs to: of all to which it could, the one with the longest
/// name. `None` if it belongs to none.
pub fn find_media<'a>(
    subtitle_name: &str,
    media_names: impl IntoIterator<Item = &'a str>,
) -> Option<(&'a str, Description)> {
    let describe = |name| Some((name, describe(subtitle_name, name)?));
    media_names
        .into_iter()
        .filter_map(describe)
        .max_by_key(|(name, _)| name.rsplit_once('.').map_or(name.len(), |(stem, _)| stem.len()))
}

/// Returns the language tag (BCP 47) of a tag, a code of ISO 639 or an English name.
pub fn parse_language(text: &str) -> Option<String> {
    language::parse(text)
}

const SEPARATORS: [char; 8] = [' ', '-', '_', '(', ')', '[', ']', ','];

/// Returns what follows a prefix, whatever its letter case and normal form. The text is in the normal form C.
fn strip_prefix<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let mut characters = text.chars();
    for expected in prefix.nfc() {
        let found = characters.next()?;
        if found != expected && !found.to_lowercase().eq(expected.to_lowercase()) {
            return None;
        }
    }
    Some(characters.as_str())
}

/// A word that is known.
enum Word {
    Language(String),
    Default,
    Forced,
    HearingImpaired,
    /// `hi`: Hindi or hearing impaired.
    Hi,
    /// The language is not determined.
    Undetermined,
}

fn word(text: &str) -> Option<Word> {
    Some(match text.to_lowercase().replace(SEPARATORS, " ").as_str() {
        "default" => Word::Default,
        "forced" | "foreign" => Word::Forced,
        "sdh" | "cc" | "hoh" | "hearing impaired" | "closed captions" => Word::HearingImpaired,
        "hi" => Word::Hi,
        "und" | "undetermined" => Word::Undetermined,
        _ => Word::Language(language::parse(text)?),
    })
}

/// The words that were found.
#[derive(Default)]
struct Words {
    description: Description,
    has_hi: bool,
    has_hi_twice: bool,
}

impl Words {
    /// Takes a part as one word, or else each of its words. False if it has a word that is not known or a second language; then
    /// nothing is taken.
    fn take_all(&mut self, part: &str) -> bool {
        let part = part.trim_matches(SEPARATORS);
        let mut words = Vec::new();
        if !part.is_empty() {
            match word(part) {
                Some(word) => words.push(word),
                None => {
                    for text in part.split(SEPARATORS).filter(|text| !text.is_empty()) {
                        let Some(word) = word(text) else { return false };
                        words.push(word);
                    }
                }
            }
        }
        let known = self.description.language.iter();
        let languages = known.chain(words.iter().filter_map(|word| match word {
            Word::Language(language) => Some(language),
            _ => None,
        }));
        if languages.collect::<HashSet<_>>().len() > 1 {
            return false;
        }
        self.take(words);
        true
    }

    /// Takes what is known of a title: flags, and the name of a language at its start. Returns the other words.
    fn take_title<'a>(&mut self, title: &'a str) -> Vec<&'a str> {
        let mut others = Vec::new();
        for text in title.split_whitespace() {
            match word(text.trim_matches(SEPARATORS)) {
                Some(word @ (Word::Forced | Word::HearingImpaired | Word::Default)) => {
                    self.take(vec![word]);
                }
                Some(word @ Word::Language(_))
                    if text.len() > 3
                        && others.is_empty()
                        && self.description.language.is_none() =>
                {
                    self.take(vec![word]);
                }
                _ => others.push(text),
            }
        }
        others
    }

    fn take(&mut self, words: Vec<Word>) {
        for word in words {
            match word {
                Word::Language(language) => self.description.language = Some(language),
                Word::Default => self.description.is_default = true,
                Word::Forced => self.description.is_forced = true,
                Word::HearingImpaired => self.description.is_hearing_impaired = true,
                Word::Hi => {
                    self.has_hi_twice |= self.has_hi;
                    self.has_hi = true;
                }
                Word::Undetermined => {}
            }
        }
    }

    fn describe(self, title: &str) -> Description {
        let mut description = self.description;
        if self.has_hi && description.language.is_none() {
            description.language = Some("hi".to_owned());
            description.is_hearing_impaired |= self.has_hi_twice;
        } else {
            description.is_hearing_impaired |= self.has_hi;
        }
        description.title = Some(title.to_owned()).filter(|title| !title.is_empty());
        description
    }
}

#[cfg(test)]
mod tests;
