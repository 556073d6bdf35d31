//! Lists and searches of movies, page by page.

use std::sync::Arc;

use ginflix_api::Page;
use ginflix_api::movie::{Movie, MovieQuery};
use jiff::tz::TimeZone;

use super::cache::{CacheKey, CachedMoviePage};
use super::fuzzy::{self, Fuzziness};
use super::store::{ListedMovie, MovieFilter};
use super::{Catalog, Result, cursor, query};
use crate::clock::now;
use crate::error::AppError;

/// The number of movies below which a search is repeated with similar words.
const ENOUGH_RESULTS_LIMIT: usize = 3;

impl Catalog {
    /// Returns a page of movies. While the database is unavailable, the page comes from the
    /// cache.
    ///
    /// # Errors
    /// `Invalid` for a parameter out of range or a cursor of another list.
    pub async fn movies(&self, query: &MovieQuery) -> Result<Page<Movie>> {
        let today = now().to_zoned(TimeZone::UTC).date();
        let (filter, fuzziness) = query::to_filter(query, today)?;
        let key = CacheKey::movies(&filter);
        let page = match self.read_page(filter, fuzziness).await {
            Ok(page) => page,
            Err(unavailable @ AppError::Unavailable(_)) => {
                let (page, age) = self.cache.get::<CachedMoviePage>(&key).ok_or(unavailable)?;
                self.staleness.record(age);
                let items = page.items.into_iter().map(Arc::unwrap_or_clone).collect();
                return Ok(Page { items, next_cursor: page.next_cursor });
            }
            Err(other) => return Err(other),
        };
        if self.cache.needs_refresh(&key) {
            self.cache_page(key, &page);
        }
        Ok(page)
    }

    async fn read_page(&self, filter: MovieFilter, fuzziness: Fuzziness) -> Result<Page<Movie>> {
        let (limit, sort) = (filter.limit as usize, filter.sort);
        let (mut listed, fuzziness) = self.find(filter, fuzziness).await?;
        let has_more = listed.len() > limit;
        listed.truncate(limit);
        let last = listed.last().filter(|_| has_more).map(|last| last.position.clone());
        let next = last.map(|position| cursor::encode_movie(sort, position, fuzziness));
        let next_cursor = next.transpose()?;
        Ok(Page { items: listed.into_iter().map(|listed| listed.movie).collect(), next_cursor })
    }

    /// Finds a movie more than the page has room for, which shows that there is another page. If
    /// a first page has too few movies, repeats the search with similar words. Returns the
    /// fuzziness that the next pages have to use.
    async fn find(
        &self,
        filter: MovieFilter,
        fuzziness: Fuzziness,
    ) -> Result<(Vec<ListedMovie>, Fuzziness)> {
        let mut filter = MovieFilter { limit: filter.limit + 1, ..filter };
        filter.alternatives = self.suggestions(&filter.words, fuzziness).await?;
        let listed = self.store.movies(&filter).await?;
        let enough = ENOUGH_RESULTS_LIMIT.min(filter.limit as usize);
        if filter.words.is_empty() || filter.after.is_some() || listed.len() >= enough {
            return Ok((listed, fuzziness));
        }
        let wider_fuzziness = if listed.is_empty() { Fuzziness::All } else { Fuzziness::Unknown };
        filter.alternatives = self.suggestions(&filter.words, wider_fuzziness).await?;
        if filter.alternatives.iter().all(Vec::is_empty) {
            return Ok((listed, fuzziness));
        }
        Ok((self.store.movies(&filter).await?, wider_fuzziness))
    }

    /// Returns the suggestions for each word.
    async fn suggestions(
        &self,
        words: &[String],
        fuzziness: Fuzziness,
    ) -> Result<Vec<Vec<String>>> {
        let mut suggestions = Vec::new();
        if fuzziness == Fuzziness::None {
            return Ok(suggestions);
        }
        for (n, word) in words.iter().enumerate() {
            let candidates = match fuzzy::is_correctable(word) {
                true => self.store.similar_words(word).await?,
                false => Vec::new(),
            };
            // The user may still be typing the last word.
            let unfinished = n + 1 == words.len();
            suggestions.push(fuzzy::suggestions(word, unfinished, fuzziness, candidates));
        }
        Ok(suggestions)
    }

    /// Caches a page and each of its movies: users open movies from lists.
    fn cache_page(&self, key: CacheKey, page: &Page<Movie>) {
        let items: Vec<Arc<Movie>> = page.items.iter().cloned().map(Arc::new).collect();
        for movie in &items {
            self.cache.insert(CacheKey::Movie(movie.id), movie.clone());
        }
        self.cache.insert(key, CachedMoviePage { items, next_cursor: page.next_cursor.clone() });
    }
}
