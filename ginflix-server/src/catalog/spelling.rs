//! Words that were meant, where those that were typed find too little.
//!
//! The database names words that have pieces in common with a word; which of
//! them are near enough is decided here, alike for all backends.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::fold;
use super::store::MovieRecord;

/// The fewest and the most characters of a word that may be spelt wrong.
const MIN_CHARS: usize = 4;
const MAX_CHARS: usize = 32;
/// Fewer characters make a short word.
const SHORT: usize = 6;
/// From so many characters on there may be two slips.
const LONG: usize = 8;
/// So many words at most stand for one.
const MOST: usize = 8;

/// Which words of a search are taken for others that are spelt alike.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Correction {
    /// None.
    #[default]
    None,
    /// Those that no movie has, as something is found for the others.
    Unknown,
    /// All, as nothing is found.
    All,
}

/// Words of a movie that a search may have meant, in order.
pub fn of(movie: &MovieRecord) -> Vec<String> {
    let people = movie.directors.iter().chain(&movie.cast);
    let texts = std::iter::once(&movie.title).chain(people).chain(&movie.genres);
    let words: BTreeSet<String> =
        texts.flat_map(|text| fold::words(text)).filter(|word| may_be_wrong(word)).collect();
    words.into_iter().collect()
}

/// Whether it makes sense to look for words that are spelt alike: not for short
/// ones, where most words are, nor for numbers, where each means another thing.
pub fn may_be_wrong(word: &str) -> bool {
    (MIN_CHARS..=MAX_CHARS).contains(&word.chars().count()) && !word.contains(char::is_numeric)
}

/// Stretches of three characters, one of which a word that may have been meant
/// has at least, counting one space at either end.
pub fn grams(word: &str) -> Vec<String> {
    let letters: Vec<char> = word.chars().collect();
    let mut grams = stretches(&letters);
    // Two that changed places are in most stretches of a short word.
    for at in 1..if letters.len() < SHORT { letters.len() } else { 0 } {
        let mut swapped = letters.clone();
        swapped.swap(at - 1, at);
        grams.extend(stretches(&swapped));
    }
    grams.sort();
    grams.dedup();
    grams
}

fn stretches(letters: &[char]) -> Vec<String> {
    let spaced: Vec<char> = [' '].into_iter().chain(letters.iter().copied()).chain([' ']).collect();
    spaced.windows(3).map(|three| three.iter().collect()).collect()
}

/// Those of these words that may have been meant by one, the nearest first. Of
/// an unfinished word their beginning counts.
pub fn meant(
    word: &str,
    unfinished: bool,
    correction: Correction,
    known: Vec<String>,
) -> Vec<String> {
    let is_known = |known: &String| known == word || (unfinished && known.starts_with(word));
    let as_it_is = correction == Correction::Unknown && known.iter().any(is_known);
    if correction == Correction::None || as_it_is || !may_be_wrong(word) {
        return Vec::new();
    }
    let typed: Vec<char> = word.chars().collect();
    let most = if typed.len() < LONG { 1 } else { 2 };
    let mut near: Vec<(usize, String)> = known
        .into_iter()
        .filter(|known| known != word)
        .map(|known| (distance(&typed, &known.chars().collect::<Vec<_>>(), unfinished), known))
        .filter(|(distance, _)| *distance <= most)
        .collect();
    near.sort();
    near.truncate(MOST);
    near.into_iter().map(|(_, word)| word).collect()
}

/// How many characters have to be put in, left out, changed, or swapped with
/// their neighbours; with `unfinished`, to reach any beginning of the word.
fn distance(typed: &[char], word: &[char], unfinished: bool) -> usize {
    let (mut before, mut last) = (Vec::new(), (0..=word.len()).collect::<Vec<usize>>());
    for (i, a) in typed.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in word.iter().enumerate() {
            let mut least = (last[j] + usize::from(a != b)).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *a == word[j - 1] && typed[i - 1] == *b {
                least = least.min(before[j - 1] + 1);
            }
            row.push(least);
        }
        (before, last) = (last, row);
    }
    match unfinished {
        true => last.into_iter().min().unwrap_or(0),
        false => last[word.len()],
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn near(word: &str, unfinished: bool, known: &[&str]) -> Vec<String> {
        let known = known.iter().map(|word| word.to_string()).collect();
        meant(word, unfinished, Correction::All, known)
    }

    #[test]
    fn one_slip_in_a_short_word_and_two_in_a_long_one() {
        let known = ["matrix", "mattress", "martin", "matrix2"];
        assert_eq!(near("matirx", false, &known), ["matrix"]);
        assert_eq!(near("matrx", false, &known), ["matrix"]);
        assert_eq!(near("matrixx", false, &known), ["matrix", "matrix2"]);
        assert_eq!(near("mtarxi", false, &known), [] as [&str; 0]);
        assert_eq!(near("schwarzeneger", false, &["schwarzenegger"]), ["schwarzenegger"]);
        assert_eq!(near("shwarzeneger", false, &["schwarzenegger"]), ["schwarzenegger"]);
        assert_eq!(near("cat", false, &["car", "bat"]), [] as [&str; 0]);
    }

    #[test]
    fn a_word_that_is_known_is_meant_unless_nothing_is_found() {
        let known = || vec!["allen".to_owned(), "alien".to_owned(), "aliens".to_owned()];
        let meant = |word, unfinished, how| meant(word, unfinished, how, known());
        assert!(meant("alien", false, Correction::Unknown).is_empty());
        assert!(meant("alie", true, Correction::Unknown).is_empty());
        assert_eq!(meant("alie", false, Correction::Unknown), ["alien"]);
        assert_eq!(meant("alien", false, Correction::All), ["aliens", "allen"]);
        assert!(meant("alien", false, Correction::None).is_empty());
    }

    #[test]
    fn short_words_and_numbers_are_as_they_are() {
        for word in ["up", "car", "2001", "blade2", &"x".repeat(33)] {
            assert!(!may_be_wrong(word), "{word}");
        }
        assert!(may_be_wrong("cars"));
    }

    #[test]
    fn the_beginning_of_a_word_may_be_spelt_wrong() {
        assert_eq!(near("schwra", true, &["schwarzenegger"]), ["schwarzenegger"]);
        assert_eq!(near("schwra", false, &["schwarzenegger"]), [] as [&str; 0]);
    }

    #[test]
    fn pieces_have_their_ends() {
        assert_eq!(grams("abcdefa"), [" ab", "abc", "bcd", "cde", "def", "efa", "fa "]);
        assert_eq!(grams("aaaaaa"), [" aa", "aa ", "aaa"]);
    }

    proptest! {
        #[test]
        fn a_swap_is_one_slip(word in "[a-z]{4,12}", at in 0usize..11) {
            let mut swapped: Vec<char> = word.chars().collect();
            let at = at % (swapped.len() - 1);
            swapped.swap(at, at + 1);
            let word: Vec<char> = word.chars().collect();
            prop_assert!(distance(&swapped, &word, false) <= 1);
            prop_assert!(distance(&word, &swapped, true) <= 1);
        }

        /// Otherwise the database would not name it.
        #[test]
        fn a_slip_leaves_a_piece(word in "[a-z]{4,9}", at in 0usize..9, letter in "[a-z]", how in 0..4) {
            let mut typed: Vec<char> = word.chars().collect();
            let at = at % (typed.len() - 1);
            let letter = letter.chars().next().unwrap();
            match how {
                0 => typed.swap(at, at + 1),
                1 => typed[at] = letter,
                2 => typed.insert(at, letter),
                _ => drop(typed.remove(at)),
            }
            let typed = typed.into_iter().collect::<String>();
            let of_word = stretches(&word.chars().collect::<Vec<_>>());
            let shared = grams(&typed).iter().any(|gram| of_word.contains(gram));
            prop_assert!(shared || !may_be_wrong(&typed), "{typed} {word}");
        }

        #[test]
        fn it_is_as_far_there_as_back(a in "[a-c]{0,8}", b in "[a-c]{0,8}") {
            let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
            prop_assert_eq!(distance(&a, &b, false), distance(&b, &a, false));
            prop_assert_eq!(distance(&a, &a, false), 0);
            prop_assert!(distance(&a, &b, true) <= distance(&a, &b, false));
        }
    }
}
