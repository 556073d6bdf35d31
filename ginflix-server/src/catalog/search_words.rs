//! The words of a search, of which one may be the year of a movie: "the matrix 1999".
//!
//! A word that can be a year matches the texts of a movie, as any other word does, or its year. So a search with such a word
//! has two ways to match: all its words are in the texts, or the others are, and the year is the one of the word.

use std::ops::RangeInclusive;

use super::store::MovieFilter;

/// The numbers that can be the year of a movie: from the first ones to those that are announced.
const YEARS: RangeInclusive<u16> = 1870..=2100;
/// The number of different years in a search that count as years. Each of them costs as much as the search itself.
const YEARS_LIMIT: usize = 2;
/// The rank of a movie of the year if the search has no other words: after the titles with that number, before other texts.
const YEAR_ALONE_RANK: usize = text_rank(0) + 1;

/// Words of which a movie must have each, or one of its alternatives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WordSearch {
    /// The words.
    pub words: Vec<String>,
    /// The alternatives of each word; empty without any.
    pub alternatives: Vec<Vec<String>>,
    /// Whether the last word may be only the beginning of one.
    pub is_unfinished: bool,
}

/// A way to match a search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// The year of the movie, which a word of the search says; `None` if all words are in the texts.
    pub year: Option<u16>,
    /// The words in the texts of the movie. There may be none if there is a year.
    pub words: WordSearch,
}

/// A way to match a search in some of the texts of a movie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RankedSearch {
    /// The rank, of which 0 is the best.
    pub rank: usize,
    /// The texts, as the database names them.
    pub fields: &'static str,
    /// What is in them.
    pub search: Search,
}

impl WordSearch {
    fn of(filter: &MovieFilter) -> Self {
        Self {
            words: filter.words.clone(),
            alternatives: filter.alternatives.clone(),
            is_unfinished: true,
        }
    }

    fn without(&self, word: &str) -> Self {
        let is_other = |other: &&String| *other != word;
        let numbered = self.alternatives.iter().zip(&self.words);
        Self {
            words: self.words.iter().filter(is_other).cloned().collect(),
            alternatives: numbered
                .filter(|(_, other)| is_other(other))
                .map(|(alternatives, _)| alternatives.clone())
                .collect(),
            // The words before the year were completed when it was typed.
            is_unfinished: self.is_unfinished && self.words.last().is_some_and(|last| last != word),
        }
    }
}

impl Search {
    /// Returns all ways to match the words of a filter: first the one by the texts alone.
    pub fn all_of(filter: &MovieFilter) -> Vec<Self> {
        let words = WordSearch::of(filter);
        let mut all = vec![Self { year: None, words: words.clone() }];
        for word in &filter.words {
            let is_new = |year: &u16| all.iter().all(|one| one.year != Some(*year));
            let Some(year) = year(word).filter(is_new) else { continue };
            if all.len() <= YEARS_LIMIT {
                all.push(Self { year: Some(year), words: words.without(word) });
            }
        }
        all
    }

    /// Returns all ways to match the words of a filter in each tier of texts, the best first. The `tiers` name the texts
    /// that must have every word.
    pub fn ranked(filter: &MovieFilter, tiers: [&'static str; 4]) -> Vec<RankedSearch> {
        let mut all: Vec<RankedSearch> =
            Self::all_of(filter).iter().flat_map(|search| search.in_tiers(tiers)).collect();
        all.sort_by_key(|search| search.rank);
        all
    }

    fn in_tiers(&self, tiers: [&'static str; 4]) -> Vec<RankedSearch> {
        if self.words.words.is_empty() {
            return vec![RankedSearch {
                rank: YEAR_ALONE_RANK,
                fields: tiers[3],
                search: self.clone(),
            }];
        }
        let exact = WordSearch { alternatives: Vec::new(), ..self.words.clone() };
        // Movies that match by an alternative alone come last.
        let fuzzy = (!self.words.alternatives.is_empty()).then(|| (tiers[3], self.words.clone()));
        let all = tiers.map(|fields| (fields, exact.clone())).into_iter().chain(fuzzy);
        let ranked = |(tier, (fields, words))| RankedSearch {
            rank: if self.year.is_some() { year_rank(tier) } else { text_rank(tier) },
            fields,
            search: Self { year: self.year, words },
        };
        all.enumerate().map(ranked).collect()
    }
}

/// Returns the year that a normalized word is.
fn year(word: &str) -> Option<u16> {
    let is_number = word.len() == 4 && word.bytes().all(|byte| byte.is_ascii_digit());
    word.parse().ok().filter(|year| is_number && YEARS.contains(year))
}

/// Returns the rank of a match of all words in the texts of a tier, of which 0 is the best.
const fn text_rank(tier: usize) -> usize {
    2 * tier + 1
}

/// Returns the rank of a match of the other words in the texts of a tier, by a movie of the year: before all movies whose
/// texts match as well.
const fn year_rank(tier: usize) -> usize {
    2 * tier
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(words: &[&str]) -> MovieFilter {
        let words: Vec<String> = words.iter().map(|word| word.to_string()).collect();
        let alternatives = words.iter().map(|word| vec![format!("{word}x")]).collect();
        MovieFilter { words, alternatives, ..MovieFilter::default() }
    }

    #[test]
    fn a_number_of_four_digits_may_be_a_year() {
        for (word, expected) in [
            ("1870", Some(1870)),
            ("2100", Some(2100)),
            ("1869", None),
            ("2101", None),
            ("199", None),
            ("+199", None),
            ("01999", None),
            ("١٩٩٩", None),
        ] {
            assert_eq!(year(word), expected, "{word}");
        }
    }

    /// Returns the ways by a year.
    fn by_year(words: &[&str]) -> Vec<Search> {
        Search::all_of(&filter(words)).split_off(1)
    }

    #[test]
    fn the_other_words_keep_their_alternatives() {
        let words = WordSearch {
            words: vec!["matrix".to_owned()],
            alternatives: vec![vec!["matrixx".to_owned()]],
            is_unfinished: true,
        };
        let first = Search { year: Some(1999), words: words.clone() };
        assert_eq!(by_year(&["1999", "matrix"]), [first]);
        let words = WordSearch { is_unfinished: false, ..words };
        assert_eq!(by_year(&["matrix", "1999"]), [Search { year: Some(1999), words }]);
    }

    #[test]
    fn a_year_is_searched_once_and_few_years_count() {
        let years = |words: &[&str]| -> Vec<Option<u16>> {
            by_year(words).iter().map(|one| one.year).collect()
        };
        assert_eq!(years(&["1999", "1999"]), [Some(1999)]);
        assert_eq!(years(&["1999", "x", "2000", "2001"]), [Some(1999), Some(2000)]);
        assert!(by_year(&["1999", "1999"])[0].words.words.is_empty());
    }

    #[test]
    fn a_movie_of_the_year_comes_first_in_each_tier() {
        let ranked = |words: &[&str]| -> Vec<(Option<u16>, &str)> {
            let all = Search::ranked(&filter(words), ["a", "b", "c", "d"]);
            all.iter().map(|one| (one.search.year, one.fields)).collect()
        };
        let (text, year) = (None, Some(1999));
        let both = ["a", "b", "c", "d", "d"].map(|fields| [(year, fields), (text, fields)]);
        assert_eq!(ranked(&["matrix", "1999"]), both.concat());
        let alone = [(text, "a"), (year, "d"), (text, "b"), (text, "c"), (text, "d"), (text, "d")];
        assert_eq!(ranked(&["1999"]), alone);
    }
}
