//! What accounts have watched, and their lists. None of it is cached: it is read for one account only, and pages show
//! movies without it while the database is unavailable.

use std::collections::HashMap;

use ginflix_api::Page;
use ginflix_api::movie::MovieId;
use ginflix_api::watching::{MovieOnList, WatchPosition, WatchQuery, WatchState, WatchedMovie};
use jiff::Timestamp;

use super::store::{HistoryFilter, LIST_IS_FULL, StoreError, WatchKey, WatchRecord};
use super::watch_rules::{self, Part};
use super::{Catalog, Result, cursor, query};
use crate::clock::now;
use crate::error::AppError;

impl Catalog {
    /// Stores where an account stopped in a movie. At the end the movie is watched, and has no position; at the beginning
    /// it has none either, and a movie that is not in the history does not get there.
    ///
    /// The last report that arrives wins, whichever device it is from.
    ///
    /// # Errors
    /// `Invalid` for a number out of range, `NotFound` for an unknown movie.
    pub async fn set_position(
        &self,
        account: &str,
        movie: MovieId,
        position: WatchPosition,
    ) -> Result<()> {
        let position = watch_rules::check(position)?;
        self.movie_to_play(movie).await?;
        let part = watch_rules::part_of(&position);
        let record = WatchRecord {
            movie_id: movie,
            position_seconds: if part == Part::Middle { position.position_seconds } else { 0.0 },
            duration_seconds: position.duration_seconds,
            is_watched: part == Part::End,
            watched_at: now(),
        };
        self.put_watched(account, &record, part != Part::Beginning).await
    }

    /// Marks a movie as watched.
    ///
    /// # Errors
    /// `NotFound` for an unknown movie.
    pub async fn mark_watched(&self, account: &str, movie: MovieId) -> Result<()> {
        let duration = self.movie_to_play(movie).await?.duration_seconds;
        let record = WatchRecord {
            movie_id: movie,
            position_seconds: 0.0,
            duration_seconds: duration.filter(|seconds| seconds.is_finite()).unwrap_or_default(),
            is_watched: true,
            watched_at: now(),
        };
        self.put_watched(account, &record, true).await
    }

    async fn put_watched(&self, account: &str, record: &WatchRecord, adds: bool) -> Result<()> {
        let put = self.store.put_watched(account, record, adds).await;
        put.map_err(|error| reference_error(error, record.movie_id))
    }

    /// Forgets the position of an account in a movie; whether it was watched stays.
    pub async fn reset_position(&self, account: &str, movie: MovieId) -> Result<()> {
        Ok(self.store.reset_position(account, movie).await?)
    }

    /// Removes a movie from the history of an account, with its position and its mark.
    pub async fn forget_watched(&self, account: &str, movie: MovieId) -> Result<()> {
        Ok(self.store.delete_history(account, Some(movie)).await?)
    }

    /// Clears the history of an account. Its list stays.
    pub async fn clear_history(&self, account: &str) -> Result<()> {
        Ok(self.store.delete_history(account, None).await?)
    }

    /// Returns a page of the history of an account, the latest first.
    ///
    /// # Errors
    /// `Invalid` for a limit out of range or a cursor of another list.
    pub async fn history(
        &self,
        account: &str,
        filter: HistoryFilter,
        query: &WatchQuery,
    ) -> Result<Page<WatchedMovie>> {
        let (after, limit) = place(query)?;
        let items = self.store.history(account, filter, after.as_ref(), limit + 1).await?;
        page(items, limit, |entry| (entry.watched_at, entry.movie.id))
    }

    /// Returns what an account has to do with each of these movies; nothing for movies that are neither in its history nor
    /// on its list.
    pub async fn watch_states(
        &self,
        account: &str,
        movies: &[MovieId],
    ) -> Result<HashMap<MovieId, WatchState>> {
        if movies.is_empty() {
            return Ok(HashMap::new());
        }
        let states = self.store.watch_states(account, movies).await?;
        Ok(states.into_iter().map(|state| (state.movie_id, state)).collect())
    }

    /// Adds a movie to the list of an account. Nothing happens if it is there already.
    ///
    /// # Errors
    /// `NotFound` for an unknown movie, `Conflict` if the list is full.
    pub async fn add_to_list(&self, account: &str, movie: MovieId) -> Result<()> {
        self.movie_to_play(movie).await?;
        let added = self.store.add_to_list(account, movie, now()).await;
        added.map_err(|error| reference_error(error, movie))
    }

    /// Removes a movie from the list of an account. Nothing happens if it is not there.
    pub async fn remove_from_list(&self, account: &str, movie: MovieId) -> Result<()> {
        Ok(self.store.remove_from_list(account, movie).await?)
    }

    /// Returns a page of the list of an account, the latest first.
    ///
    /// # Errors
    /// `Invalid` for a limit out of range or a cursor of another list.
    pub async fn watch_list(&self, account: &str, query: &WatchQuery) -> Result<Page<MovieOnList>> {
        let (after, limit) = place(query)?;
        let items = self.store.watch_list(account, after.as_ref(), limit + 1).await?;
        page(items, limit, |entry| (entry.added_at, entry.movie.id))
    }
}

/// Returns the place after which a page starts, and the most entries of the page.
fn place(query: &WatchQuery) -> Result<(Option<WatchKey>, u32)> {
    let after: Option<WatchKey> = query.cursor.as_deref().map(cursor::decode).transpose()?;
    // PostgreSQL has no times before 4713 BC, and no entry is that old.
    if after.as_ref().is_some_and(|key| key.at < Timestamp::UNIX_EPOCH) {
        return Err(AppError::invalid("cursor", "is invalid; start again without a cursor"));
    }
    Ok((after, query::limit(query.limit)?))
}

/// Makes a page of up to `limit + 1` entries.
fn page<T>(mut items: Vec<T>, limit: u32, key: fn(&T) -> (Timestamp, MovieId)) -> Result<Page<T>> {
    let has_more = items.len() > limit as usize;
    items.truncate(limit as usize);
    let last = items.last().filter(|_| has_more).map(key);
    let next = last.map(|(at, id)| cursor::encode(&WatchKey { at, id })).transpose()?;
    Ok(Page { items, next_cursor: next })
}

/// Converts the error of a write that refers to a movie, which may just have been removed.
fn reference_error(error: StoreError, movie: MovieId) -> AppError {
    match error {
        StoreError::Conflict(LIST_IS_FULL) => AppError::Conflict(LIST_IS_FULL.to_owned()),
        StoreError::Conflict(_) => AppError::NotFound(format!("movie {movie}")),
        other => other.into(),
    }
}
