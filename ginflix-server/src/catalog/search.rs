//! Lists and searches of movies, page by page.

use std::sync::Arc;

use ginflix_api::Page;
use ginflix_api::movie::{Movie, MovieQuery};
use jiff::tz::TimeZone;

use super::cache::{KeptMovies, Key};
use super::spelling::{self, Correction};
use super::store::{ListedMovie, MovieFilter};
use super::{Catalog, Result, cursor, query};
use crate::clock::now;
use crate::error::AppError;

/// A search that finds fewer movies is tried again with corrected words.
const FEW: usize = 3;

impl Catalog {
    /// A page of movies.
    pub async fn movies(&self, query: &MovieQuery) -> Result<Page<Movie>> {
        let today = now().to_zoned(TimeZone::UTC).date();
        let (filter, correction) = query::to_filter(query, today)?;
        let key = Key::movies(&filter);
        let page = match self.page_of(filter, correction).await {
            Ok(page) => page,
            Err(unavailable @ AppError::Unavailable(_)) => {
                let (kept, age) = self.cache.get::<KeptMovies>(&key).ok_or(unavailable)?;
                self.staleness.note(age);
                let items = kept.items.into_iter().map(Arc::unwrap_or_clone).collect();
                return Ok(Page { items, next_cursor: kept.next_cursor });
            }
            Err(other) => return Err(other),
        };
        if self.cache.wants(&key) {
            self.keep_page(key, &page);
        }
        Ok(page)
    }

    async fn page_of(&self, filter: MovieFilter, correction: Correction) -> Result<Page<Movie>> {
        let (limit, sort) = (filter.limit as usize, filter.sort);
        let (mut listed, correction) = self.listed(filter, correction).await?;
        let more = listed.len() > limit;
        listed.truncate(limit);
        let last = listed.last().filter(|_| more).map(|last| last.place.clone());
        let next = last.map(|place| cursor::encode_movie(sort, place, correction));
        let next_cursor = next.transpose()?;
        Ok(Page { items: listed.into_iter().map(|one| one.movie).collect(), next_cursor })
    }

    /// The movies that are found, and one more than asked for, which tells that
    /// there is another page. A first page with too few is tried again with
    /// corrected words.
    async fn listed(
        &self,
        filter: MovieFilter,
        correction: Correction,
    ) -> Result<(Vec<ListedMovie>, Correction)> {
        let mut filter = MovieFilter { limit: filter.limit + 1, ..filter };
        filter.instead = self.meant(&filter.words, correction).await?;
        let listed = self.store.movies(&filter).await?;
        let few = FEW.min(filter.limit as usize);
        if filter.words.is_empty() || filter.after.is_some() || listed.len() >= few {
            return Ok((listed, correction));
        }
        let wider = if listed.is_empty() { Correction::All } else { Correction::Unknown };
        filter.instead = self.meant(&filter.words, wider).await?;
        if filter.instead.iter().all(Vec::is_empty) {
            return Ok((listed, correction));
        }
        Ok((self.store.movies(&filter).await?, wider))
    }

    /// The corrections of each word.
    async fn meant(&self, words: &[String], correction: Correction) -> Result<Vec<Vec<String>>> {
        let mut instead = Vec::new();
        if correction == Correction::None {
            return Ok(instead);
        }
        for (n, word) in words.iter().enumerate() {
            let known = match spelling::may_be_wrong(word) {
                true => self.store.words_like(word).await?,
                false => Vec::new(),
            };
            instead.push(spelling::meant(word, n + 1 == words.len(), correction, known));
        }
        Ok(instead)
    }

    /// Caches a page and each of its movies, one of which may be played next.
    fn keep_page(&self, key: Key, page: &Page<Movie>) {
        let items: Vec<Arc<Movie>> = page.items.iter().cloned().map(Arc::new).collect();
        for movie in &items {
            self.cache.keep(Key::Movie(movie.id), movie.clone());
        }
        self.cache.keep(key, KeptMovies { items, next_cursor: page.next_cursor.clone() });
    }
}
