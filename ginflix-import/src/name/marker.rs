//! Markers of episodes in names, such as `S01E02`.

use super::{Episodes, season};

/// A marker in a text.
#[derive(Debug, PartialEq, Eq)]
pub struct Marker {
    /// The offset of its first byte.
    pub start: usize,
    /// The offset after its last byte.
    pub end: usize,
    /// The season, if the marker has it.
    pub season: Option<u16>,
    pub episodes: Episodes,
}

/// The most digits of the number of a season or an episode.
const MAX_DIGITS: usize = 4;

/// Words before the number of an episode, in lower case. One that begins with another comes before it.
const EPISODE_WORDS: [&str; 9] =
    ["episode", "episodio", "ep", "e", "folge", "capitulo", "odcinek", "aflevering", "avsnitt"];

/// Finds the marker of a name without its extension. In a folder of a season, numbers alone count too.
pub fn find(name: &str, is_in_season: bool) -> Option<Marker> {
    let starts = || starts_of_words(name);
    let mut found = starts().find_map(|start| at(name, start, season_and_episode));
    if is_in_season {
        found = found
            .or_else(|| starts().find_map(|start| at(name, start, episode_word)))
            .or_else(|| at(name, 0, leading_number))
            .or_else(|| starts().find_map(|start| number_between_dashes(name, start)));
    }
    found
}

/// The offsets at which a word begins.
fn starts_of_words(name: &str) -> impl Iterator<Item = usize> {
    let mut was_letter = false;
    name.char_indices().filter_map(move |(at, character)| {
        let is_start = !was_letter && character.is_alphanumeric();
        was_letter = character.is_alphanumeric();
        is_start.then_some(at)
    })
}

type Found = (Option<u16>, Episodes);

fn at(name: &str, start: usize, read: fn(&mut Cursor) -> Option<Found>) -> Option<Marker> {
    let mut cursor = Cursor { rest: name.get(start..)? };
    let (season, episodes) = read(&mut cursor)?;
    Some(Marker { start, end: name.len() - cursor.rest.len(), season, episodes })
}

/// Reads `S01E02`, `S01.E02`, `s1ep2`, `1x02`, `Season 1 Episode 2`, and what continues them: `E03`, `-E03`, `-03`.
fn season_and_episode(cursor: &mut Cursor) -> Option<Found> {
    let season;
    if cursor.take_any(&season::WORDS) || cursor.take_word("s") {
        cursor.skip_separators();
        season = cursor.number(1..=MAX_DIGITS)?;
        cursor.skip_separators();
        if cursor.rest.get(1..).is_some_and(|rest| rest.starts_with(['E', 'e'])) {
            cursor.take_word("x"); // S01xE02
        }
        if !cursor.take_any(&EPISODE_WORDS) {
            return None;
        }
        cursor.skip_separators();
        let first = cursor.number(1..=MAX_DIGITS)?;
        return cursor.range(first, &["e", "ep"]).map(|episodes| (Some(season), episodes));
    }
    season = cursor.number(1..=2)?;
    let least_digits = if cursor.take_word("×") { 1 } else { 2 };
    if least_digits == 2 && !cursor.take_word("x") {
        return None;
    }
    let first = cursor.number(least_digits..=3)?;
    cursor.range(first, &["x"]).map(|episodes| (Some(season), episodes))
}

/// Reads `Episode 3`, `Ep. 3`, `E03`.
fn episode_word(cursor: &mut Cursor) -> Option<Found> {
    if !cursor.take_any(&EPISODE_WORDS) {
        return None;
    }
    cursor.skip_separators();
    let first = cursor.number(1..=MAX_DIGITS)?;
    cursor.range(first, &["e", "ep"]).map(|episodes| (None, episodes))
}

/// Reads the number with which a name begins: `01`, `01 - Title`, `01. Title`.
fn leading_number(cursor: &mut Cursor) -> Option<Found> {
    let first = cursor.number(1..=3)?;
    cursor.range(first, &[]).map(|episodes| (None, episodes))
}

/// Reads `Series - 01` and `Series - 01 - Title`.
fn number_between_dashes(name: &str, start: usize) -> Option<Marker> {
    let marker = at(name, start, leading_number)?;
    let after = name.get(marker.end..)?.trim_start();
    let is_between = name.get(..start)?.trim_end().ends_with('-');
    (is_between && (after.is_empty() || after.starts_with(['-', '[', '(']))).then_some(marker)
}

/// What is left to read.
#[derive(Clone)]
struct Cursor<'a> {
    rest: &'a str,
}

impl<'a> Cursor<'a> {
    fn take_any(&mut self, words: &[&str]) -> bool {
        words.iter().any(|word| self.take_word(word))
    }

    /// Takes a word, whatever the case of its ASCII letters.
    fn take_word(&mut self, word: &str) -> bool {
        let is_there =
            self.rest.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
        if is_there {
            self.rest = self.rest.get(word.len()..).unwrap_or_default();
        }
        is_there
    }

    fn skip_separators(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '.', '_', '-', ',']);
    }

    /// Takes a number with so many digits.
    fn number(&mut self, digits: std::ops::RangeInclusive<usize>) -> Option<u16> {
        let count = self.rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, rest) = self.rest.split_at(count);
        let number = number.parse().ok().filter(|_| digits.contains(&count))?;
        self.rest = rest;
        Some(number)
    }

    /// Takes the other episodes of a file after its first one. `None` if a letter follows, other than a version such as `v2`.
    fn range(&mut self, first: u16, prefixes: &[&str]) -> Option<Episodes> {
        let mut last = first;
        while let Some((number, rest)) = self.next_episode(prefixes).filter(|next| next.0 > last) {
            last = number;
            self.rest = rest;
        }
        let mut version = self.clone();
        if version.take_word("v") && version.number(1..=1).is_some() {
            self.rest = version.rest;
        }
        let is_end = !self.rest.starts_with(char::is_alphanumeric);
        is_end.then_some(Episodes { first, last })
    }

    fn next_episode(&self, prefixes: &[&str]) -> Option<(u16, &'a str)> {
        let mut next = self.clone();
        let has_dash = next.take_word("-");
        // A season may be repeated: S01E01-S01E02.
        let mut season = next.clone();
        if season.take_word("s") && season.number(1..=MAX_DIGITS).is_some() {
            next = season;
        }
        let has_prefix = prefixes.iter().any(|prefix| next.take_word(prefix));
        let number = next.number(1..=MAX_DIGITS)?;
        let is_end = has_prefix || !next.rest.starts_with(char::is_alphanumeric);
        ((has_dash || has_prefix) && is_end).then_some((number, next.rest))
    }
}
