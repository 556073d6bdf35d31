//! Conversion of the query parameters of a list into the filter for the backend.

use ginflix_api::movie::{MovieQuery, MovieSort};
use jiff::ToSpan;
use jiff::civil::Date;

use super::fuzzy::Fuzziness;
use super::store::MovieFilter;
use super::{cursor, normalize};
use crate::error::AppError;

/// The number of entries of a page if the client gives no limit.
const DEFAULT_LIMIT: u32 = 50;
/// The most entries of a page.
const MAX_LIMIT: u32 = 200;
/// The most characters of a search.
const MAX_SEARCH_CHARS: usize = 200;
/// The number of words of a search that count. Later ones are ignored.
const MAX_WORDS: usize = 12;
/// The number of days before today that belong to the current week.
const WEEK_DAYS_BEFORE_TODAY: i64 = 6;

/// Returns the filter of a list (which movies, in which order, after which position), and the
/// fuzziness that the cursor requires for the search words.
///
/// # Errors
/// `Invalid` if a parameter exceeds its limit or the cursor belongs to another list.
pub fn to_filter(query: &MovieQuery, today: Date) -> Result<(MovieFilter, Fuzziness), AppError> {
    let words = words(query.q.as_deref().unwrap_or_default())?;
    let sort = match query.sort {
        None if words.is_empty() => MovieSort::Newest,
        None => MovieSort::Relevance,
        Some(MovieSort::Relevance) if words.is_empty() => MovieSort::Newest,
        Some(sort) => sort,
    };
    let genre = query.genre.clone();
    if genre.as_ref().is_some_and(|text| text.chars().any(char::is_control)) {
        return Err(AppError::invalid("genre", "may not have control characters"));
    }
    let position = query.cursor.as_deref().map(|text| cursor::decode_movie(text, sort));
    let (after, fuzziness) = position.transpose()?.unzip();
    let filter = MovieFilter {
        words,
        alternatives: Vec::new(),
        genre,
        year: query.year,
        media: query.media.clone(),
        sort,
        week_start: week_start(today),
        limit: limit(query.limit)?,
        after,
    };
    Ok((filter, fuzziness.unwrap_or_default()))
}

/// Returns the first day of the current week.
pub fn week_start(today: Date) -> Date {
    today.saturating_sub(WEEK_DAYS_BEFORE_TODAY.days())
}

/// Returns the number of entries of a page.
///
/// # Errors
/// `Invalid` if the requested number is not 1 to 200.
pub fn limit(requested: Option<u32>) -> Result<u32, AppError> {
    match requested.unwrap_or(DEFAULT_LIMIT) {
        limit @ 1..=MAX_LIMIT => Ok(limit),
        other => Err(AppError::invalid("limit", format!("must be 1 to {MAX_LIMIT}, not {other}"))),
    }
}

fn words(text: &str) -> Result<Vec<String>, AppError> {
    if text.chars().count() > MAX_SEARCH_CHARS {
        let message = format!("may have at most {MAX_SEARCH_CHARS} characters");
        return Err(AppError::invalid("q", message));
    }
    let mut words = normalize::words(text);
    words.truncate(MAX_WORDS);
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: Date = jiff::civil::date(2026, 1, 3);

    fn sort(q: Option<&str>, sort: Option<MovieSort>) -> MovieSort {
        let query = MovieQuery { q: q.map(String::from), sort, ..MovieQuery::default() };
        to_filter(&query, TODAY).unwrap().0.sort
    }

    #[test]
    fn the_order_depends_on_the_search() {
        assert_eq!(sort(None, None), MovieSort::Newest);
        assert_eq!(sort(Some("  "), None), MovieSort::Newest);
        assert_eq!(sort(Some("alien"), None), MovieSort::Relevance);
        assert_eq!(sort(None, Some(MovieSort::Relevance)), MovieSort::Newest);
        assert_eq!(sort(Some("alien"), Some(MovieSort::Title)), MovieSort::Title);
    }

    #[test]
    fn parameters_have_limits() {
        let filter_of = |query: MovieQuery| to_filter(&query, TODAY).map(|(filter, _)| filter);
        assert_eq!(filter_of(MovieQuery::default()).unwrap().limit, 50);
        let week = filter_of(MovieQuery::default()).unwrap().week_start;
        assert_eq!(week, jiff::civil::date(2025, 12, 28));
        assert!(filter_of(MovieQuery { limit: Some(0), ..Default::default() }).is_err());
        assert!(filter_of(MovieQuery { limit: Some(201), ..Default::default() }).is_err());
        assert!(filter_of(MovieQuery { q: Some("x".repeat(201)), ..Default::default() }).is_err());
        assert!(filter_of(MovieQuery { genre: Some("\0".into()), ..Default::default() }).is_err());
        let many =
            filter_of(MovieQuery { q: Some("a b ".repeat(20)), ..Default::default() }).unwrap();
        assert_eq!(many.words.len(), MAX_WORDS);
    }
}
