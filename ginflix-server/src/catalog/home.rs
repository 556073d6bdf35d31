//! What the home page shows: the newest movies, the most viewed ones of the week, movies by genre, and the collections.

use std::sync::Arc;
use std::time::Duration;

use ginflix_api::collection::Collection;
use ginflix_api::movie::{Movie, MovieSort};
use jiff::tz::TimeZone;

use super::cache::{CacheKey, Cacheable, CachedMoviePage};
use super::store::{self, ListedMovie, MovieFilter};
use super::{Catalog, Result, query};
use crate::clock::now;

/// The number of movies in a row.
pub const ROW_MOVIES_LIMIT: usize = 12;
/// The fewest movies of a genre, or viewed this week, that make a row.
const ROW_MIN_MOVIES: usize = 3;
/// The number of genres that have a row.
const GENRE_ROWS_LIMIT: usize = 6;
/// The age up to which a result is used that counts or adds up what the whole catalogue has.
const SUMMARY_MAX_AGE: Duration = Duration::from_secs(2);

/// The rows of the home page.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct HomeRows {
    /// The newest movies: one more than a row has, or all movies.
    pub newest: Vec<Movie>,
    /// The most viewed movies of the last seven days; only those that were viewed.
    pub week: Vec<Movie>,
    /// The genres with the most movies, with the newest movies of each.
    pub genres: Vec<(String, Vec<Movie>)>,
    /// All genres with the number of movies of each, those with the most first.
    pub genre_counts: Vec<(String, u64)>,
    /// All collections, sorted by title.
    pub collections: Vec<Collection>,
}

impl Catalog {
    /// Returns the rows of the home page. Views of the week, genres and collections may be two seconds old; while the
    /// database is unavailable, everything comes from the cache.
    pub async fn home(&self) -> Result<Arc<HomeRows>> {
        let read = async { self.read_home().await.map(Arc::new) };
        Ok(self.read(CacheKey::Home, read).await?)
    }

    async fn read_home(&self) -> store::Result<HomeRows> {
        let genre_counts = self.recent(CacheKey::Genres, self.store.genres()).await?;
        let genre_counts = by_count(genre_counts);
        let collections = self.recent(CacheKey::Collections, self.store.collections()).await?;
        let week = self.recent(CacheKey::Week, self.viewed_this_week()).await?;
        let large = |(_, count): &&(String, u64)| *count >= ROW_MIN_MOVIES as u64;
        let names: Vec<String> = genre_counts
            .iter()
            .filter(large)
            .map(|(genre, _)| genre.clone())
            .take(GENRE_ROWS_LIMIT)
            .collect();
        let newest = MovieFilter { limit: ROW_MOVIES_LIMIT as u32 + 1, ..MovieFilter::default() };
        let of_genres = names.iter().map(|genre| of_genre(genre));
        let filters: Vec<MovieFilter> = std::iter::once(newest).chain(of_genres).collect();
        let mut lists = self.store.movie_lists(&filters).await?.into_iter().map(movies_of);
        let newest = lists.next().unwrap_or_default();
        // The last movies of a genre may be gone since it was counted.
        let has_row = |(_, movies): &(String, Vec<Movie>)| movies.len() >= ROW_MIN_MOVIES;
        let genres = names.into_iter().zip(lists).filter(has_row).collect();
        let week = week.items.into_iter().map(Arc::unwrap_or_clone).collect();
        Ok(HomeRows { newest, week, genres, genre_counts, collections })
    }

    /// Returns the most viewed movies of the last seven days, or none if they are too few for a row.
    async fn viewed_this_week(&self) -> store::Result<CachedMoviePage> {
        let today = now().to_zoned(TimeZone::UTC).date();
        let filter = MovieFilter {
            sort: MovieSort::Week,
            week_start: query::week_start(today),
            limit: ROW_MOVIES_LIMIT as u32,
            ..MovieFilter::default()
        };
        let mut listed = self.store.movies(&filter).await?;
        // The list is sorted by these numbers, and goes on with the movies that nobody viewed.
        listed.retain(|listed| listed.position.key != "0");
        if listed.len() < ROW_MIN_MOVIES {
            listed.clear();
        }
        let items = movies_of(listed).into_iter().map(Arc::new).collect();
        Ok(CachedMoviePage { items, next_cursor: None })
    }

    /// Returns a cached result if it is only a moment old, else reads it.
    pub(super) async fn recent<T: Cacheable>(
        &self,
        key: CacheKey,
        read: impl Future<Output = store::Result<T>>,
    ) -> store::Result<T> {
        match self.cache.get::<T>(&key) {
            Some((value, age)) if age < SUMMARY_MAX_AGE => Ok(value),
            _ => self.read(key, read).await,
        }
    }
}

fn of_genre(genre: &str) -> MovieFilter {
    let limit = ROW_MOVIES_LIMIT as u32;
    MovieFilter { genre: Some(genre.to_owned()), limit, ..MovieFilter::default() }
}

fn movies_of(listed: Vec<ListedMovie>) -> Vec<Movie> {
    listed.into_iter().map(|listed| listed.movie).collect()
}

/// Sorts genres by their number of movies, those with the most first, then by name.
pub fn by_count(mut genres: Vec<(String, u64)>) -> Vec<(String, u64)> {
    genres.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    genres
}
