//! What accounts have watched, and their lists.

use async_trait::async_trait;
use ginflix_api::movie::MovieId;
use ginflix_api::watching::{MovieOnList, WatchState, WatchedMovie};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Result;

/// The conflict of a movie with [`ginflix_api::watching::MAX_LIST`].
pub const LIST_IS_FULL: &str = "your list has 1,000 movies, which is the limit; remove one first";

/// An entry of the history of an account.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WatchRecord {
    /// The movie.
    pub movie_id: MovieId,
    /// The position in seconds at which the account stopped; 0 for the beginning.
    pub position_seconds: f64,
    /// The length of the movie in seconds; 0 if it is not known.
    pub duration_seconds: f64,
    /// Whether the movie has been watched. An entry that has this keeps it.
    pub is_watched: bool,
    /// The time of this report.
    pub watched_at: Timestamp,
}

/// The place of an entry in a list that is sorted by time, the latest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WatchKey {
    /// The time of the entry.
    pub at: Timestamp,
    /// The movie, by which entries of the same time are sorted.
    pub id: MovieId,
}

/// Which entries of the history are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HistoryFilter {
    /// All entries.
    All,
    /// The entries with a position to continue from.
    Unfinished,
}

/// Stores what accounts have watched, and their lists. Accounts are given by their exact name. What refers to an account
/// or a movie is deleted with it.
#[async_trait]
pub trait WatchStore: Send + Sync + 'static {
    /// Writes an entry of the history; the last write wins. If there is none yet, adds it if `adds` is set, and deletes the
    /// oldest entries over [`ginflix_api::watching::MAX_HISTORY`].
    ///
    /// # Errors
    /// `Conflict` if the account or the movie does not exist.
    async fn put_watched(&self, account: &str, record: &WatchRecord, adds: bool) -> Result<()>;
    /// Sets the position of an entry to the beginning. Nothing happens if there is none.
    async fn reset_position(&self, account: &str, movie: MovieId) -> Result<()>;
    /// Deletes one entry of the history, or all. Nothing happens if there is none.
    async fn delete_history(&self, account: &str, movie: Option<MovieId>) -> Result<()>;
    /// Returns up to `limit` entries of the history after a place, the latest first.
    async fn history(
        &self,
        account: &str,
        filter: HistoryFilter,
        after: Option<&WatchKey>,
        limit: u32,
    ) -> Result<Vec<WatchedMovie>>;
    /// Returns what the account has to do with these movies, in no order; nothing for movies that are neither in its
    /// history nor on its list.
    async fn watch_states(&self, account: &str, movies: &[MovieId]) -> Result<Vec<WatchState>>;
    /// Adds a movie to the list. Nothing happens if it is there already.
    ///
    /// # Errors
    /// `Conflict` with [`LIST_IS_FULL`], or if the account or the movie does not exist.
    async fn add_to_list(&self, account: &str, movie: MovieId, at: Timestamp) -> Result<()>;
    /// Removes a movie from the list. Nothing happens if it is not there.
    async fn remove_from_list(&self, account: &str, movie: MovieId) -> Result<()>;
    /// Returns up to `limit` movies of the list after a place, the latest first.
    async fn watch_list(
        &self,
        account: &str,
        after: Option<&WatchKey>,
        limit: u32,
    ) -> Result<Vec<MovieOnList>>;
}
