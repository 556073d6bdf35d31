//! Suggestions for search words that are misspelt.
//!
//! The database finds candidates: words that share trigrams with a search word. This module
//! decides which of them are similar enough, so the results are the same for all backends.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::normalize;
use super::store::MovieRecord;

/// The fewest characters of a word that is corrected.
const MIN_CORRECTABLE_CHARS: usize = 4;
/// The most characters of a word that is corrected.
const MAX_CORRECTABLE_CHARS: usize = 32;
/// The length from which a word keeps a trigram when two neighbours are swapped.
const SWAP_SAFE_CHARS: usize = 6;
/// The length from which a word may have two errors instead of one.
const TWO_ERRORS_CHARS: usize = 8;
/// The most suggestions for one word.
const SUGGESTIONS_LIMIT: usize = 8;

/// Which words of a search match similar words too.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fuzziness {
    /// No word.
    #[default]
    None,
    /// The words that occur in no movie. The others match something as they are.
    Unknown,
    /// All words, because the search finds nothing otherwise.
    All,
}

/// Returns the words of a movie that can be suggested, sorted: those of its title, people and
/// genres.
pub fn correctable_words(movie: &MovieRecord) -> Vec<String> {
    let people = movie.directors.iter().chain(&movie.cast);
    let texts = std::iter::once(&movie.title).chain(people).chain(&movie.genres);
    let words = texts.flat_map(|text| normalize::words(text));
    let words: BTreeSet<String> = words.filter(|word| is_correctable(word)).collect();
    words.into_iter().collect()
}

/// Returns whether similar words are suggested for this word. Short words are similar to too
/// many others, and a number that differs in one digit means something else.
pub fn is_correctable(word: &str) -> bool {
    (MIN_CORRECTABLE_CHARS..=MAX_CORRECTABLE_CHARS).contains(&word.chars().count())
        && !word.contains(char::is_numeric)
}

/// Returns the trigrams to look up candidates by, with one space at either end of the word.
/// Every word at an edit distance of 1 has at least one of them.
pub fn trigrams(word: &str) -> Vec<String> {
    let chars: Vec<char> = word.chars().collect();
    let mut trigrams = padded_trigrams(&chars);
    // In a short word two swapped characters are part of most trigrams, so those of each
    // possible swap are added.
    for at in 1..if chars.len() < SWAP_SAFE_CHARS { chars.len() } else { 0 } {
        let mut swapped = chars.clone();
        swapped.swap(at - 1, at);
        trigrams.extend(padded_trigrams(&swapped));
    }
    trigrams.sort();
    trigrams.dedup();
    trigrams
}

fn padded_trigrams(word: &[char]) -> Vec<String> {
    let padded: Vec<char> = [' '].into_iter().chain(word.iter().copied()).chain([' ']).collect();
    padded.windows(3).map(|three| three.iter().collect()).collect()
}

/// Returns the candidates that are similar to a search word, the most similar first. An
/// `unfinished` word is compared with the beginnings of the candidates.
pub fn suggestions(
    word: &str,
    unfinished: bool,
    fuzziness: Fuzziness,
    candidates: Vec<String>,
) -> Vec<String> {
    let matches = |other: &String| other == word || (unfinished && other.starts_with(word));
    let is_exact = fuzziness == Fuzziness::Unknown && candidates.iter().any(matches);
    if fuzziness == Fuzziness::None || is_exact || !is_correctable(word) {
        return Vec::new();
    }
    let chars: Vec<char> = word.chars().collect();
    let max_distance = if chars.len() < TWO_ERRORS_CHARS { 1 } else { 2 };
    let mut similar: Vec<(usize, String)> = candidates
        .into_iter()
        .filter(|other| other != word)
        .map(|other| {
            let distance = edit_distance(&chars, &other.chars().collect::<Vec<_>>(), unfinished);
            (distance, other)
        })
        .filter(|(distance, _)| *distance <= max_distance)
        .collect();
    similar.sort();
    similar.truncate(SUGGESTIONS_LIMIT);
    similar.into_iter().map(|(_, word)| word).collect()
}

/// Computes the optimal string alignment distance: the number of insertions, deletions,
/// substitutions and swaps of neighbours that turn `typed` into `word`, or with `unfinished`
/// into any beginning of it.
fn edit_distance(typed: &[char], word: &[char], unfinished: bool) -> usize {
    // Two rows of the matrix are enough: a swap refers to the row before the last one.
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

    fn similar(word: &str, unfinished: bool, known: &[&str]) -> Vec<String> {
        let known = known.iter().map(|word| word.to_string()).collect();
        suggestions(word, unfinished, Fuzziness::All, known)
    }

    #[test]
    fn a_short_word_may_have_one_error_and_a_long_one_two() {
        let known = ["matrix", "mattress", "martin", "matrix2"];
        assert_eq!(similar("matirx", false, &known), ["matrix"]);
        assert_eq!(similar("matrx", false, &known), ["matrix"]);
        assert_eq!(similar("matrixx", false, &known), ["matrix", "matrix2"]);
        assert_eq!(similar("mtarxi", false, &known), [] as [&str; 0]);
        assert_eq!(similar("schwarzeneger", false, &["schwarzenegger"]), ["schwarzenegger"]);
        assert_eq!(similar("shwarzeneger", false, &["schwarzenegger"]), ["schwarzenegger"]);
        assert_eq!(similar("cat", false, &["car", "bat"]), [] as [&str; 0]);
    }

    #[test]
    fn a_known_word_is_corrected_only_if_nothing_is_found() {
        let known = || vec!["allen".to_owned(), "alien".to_owned(), "aliens".to_owned()];
        let suggest =
            |word, unfinished, fuzziness| suggestions(word, unfinished, fuzziness, known());
        assert!(suggest("alien", false, Fuzziness::Unknown).is_empty());
        assert!(suggest("alie", true, Fuzziness::Unknown).is_empty());
        assert_eq!(suggest("alie", false, Fuzziness::Unknown), ["alien"]);
        assert_eq!(suggest("alien", false, Fuzziness::All), ["aliens", "allen"]);
        assert!(suggest("alien", false, Fuzziness::None).is_empty());
    }

    #[test]
    fn short_words_and_numbers_are_not_corrected() {
        for word in ["up", "car", "2001", "blade2", &"x".repeat(33)] {
            assert!(!is_correctable(word), "{word}");
        }
        assert!(is_correctable("cars"));
    }

    #[test]
    fn an_unfinished_word_is_compared_with_beginnings() {
        assert_eq!(similar("schwra", true, &["schwarzenegger"]), ["schwarzenegger"]);
        assert_eq!(similar("schwra", false, &["schwarzenegger"]), [] as [&str; 0]);
    }

    #[test]
    fn trigrams_include_the_ends_of_the_word() {
        assert_eq!(trigrams("abcdefa"), [" ab", "abc", "bcd", "cde", "def", "efa", "fa "]);
        assert_eq!(trigrams("aaaaaa"), [" aa", "aa ", "aaa"]);
    }

    proptest! {
        #[test]
        fn a_swap_is_one_error(word in "[a-z]{4,12}", at in 0usize..11) {
            let mut swapped: Vec<char> = word.chars().collect();
            let at = at % (swapped.len() - 1);
            swapped.swap(at, at + 1);
            let word: Vec<char> = word.chars().collect();
            prop_assert!(edit_distance(&swapped, &word, false) <= 1);
            prop_assert!(edit_distance(&word, &swapped, true) <= 1);
        }

        /// The database finds a candidate only by a trigram that they share.
        #[test]
        fn an_error_leaves_a_shared_trigram(word in "[a-z]{4,9}", at in 0usize..9, letter in "[a-z]", edit in 0..4) {
            let mut typed: Vec<char> = word.chars().collect();
            let at = at % (typed.len() - 1);
            let letter = letter.chars().next().unwrap();
            match edit {
                0 => typed.swap(at, at + 1),
                1 => typed[at] = letter,
                2 => typed.insert(at, letter),
                _ => drop(typed.remove(at)),
            }
            let typed = typed.into_iter().collect::<String>();
            let word_trigrams = padded_trigrams(&word.chars().collect::<Vec<_>>());
            let shared = trigrams(&typed).iter().any(|trigram| word_trigrams.contains(trigram));
            prop_assert!(shared || !is_correctable(&typed), "{typed} {word}");
        }

        #[test]
        fn the_distance_is_symmetric(a in "[a-c]{0,8}", b in "[a-c]{0,8}") {
            let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
            prop_assert_eq!(edit_distance(&a, &b, false), edit_distance(&b, &a, false));
            prop_assert_eq!(edit_distance(&a, &a, false), 0);
            prop_assert!(edit_distance(&a, &b, true) <= edit_distance(&a, &b, false));
        }
    }
}
