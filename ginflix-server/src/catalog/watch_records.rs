//! Conversion of rows of histories and lists to records, and the SQL that both databases read them with.

use ginflix_api::movie::{Movie, MovieId};
use ginflix_api::watching::{MovieOnList, WatchState, WatchedMovie};

use super::list_sql::{MOVIE_COLUMNS, MOVIE_TABLES};
use super::rows::{DatabaseRow, FromRow};
use super::store::{HistoryFilter, Result};

/// The columns of [`WatchState`].
pub const STATE_COLUMNS: &str = "m.id, coalesce(h.position_seconds, 0.0), coalesce(h.duration_seconds, 0.0), \
    coalesce(h.is_watched, FALSE), l.added_at IS NOT NULL";

/// Returns the tables of [`STATE_COLUMNS`] and the condition for a movie to have a state; `account` is a placeholder.
pub fn state_tables(account: &str) -> (String, &'static str) {
    let tables = format!(
        "movies m LEFT JOIN watch_history h ON h.movie_id = m.id AND h.account = {account} \
         LEFT JOIN watch_list l ON l.movie_id = m.id AND l.account = {account}"
    );
    (tables, "(h.account IS NOT NULL OR l.account IS NOT NULL)")
}

/// Returns the SQL of a page of the history. `account`, `at`, `id` and `limit` are placeholders; the page starts after `at`
/// and `id` if `is_later` is set.
pub fn history_sql(filter: HistoryFilter, placeholders: [&str; 4], is_later: bool) -> String {
    let [account, at, id, limit] = placeholders;
    let unfinished = match filter {
        HistoryFilter::All => "",
        HistoryFilter::Unfinished => "AND h.position_seconds > 0",
    };
    let after = if is_later {
        format!("AND (h.watched_at, h.movie_id) < ({at}, {id})")
    } else {
        String::new()
    };
    format!(
        "SELECT {MOVIE_COLUMNS}, h.position_seconds, h.duration_seconds, h.is_watched, h.watched_at \
         FROM {MOVIE_TABLES} JOIN watch_history h ON h.movie_id = m.id \
         WHERE h.account = {account} {unfinished} {after} \
         ORDER BY h.watched_at DESC, h.movie_id DESC LIMIT {limit}"
    )
}

/// Returns the SQL of a page of a list, with placeholders as [`history_sql`].
pub fn list_sql(placeholders: [&str; 4], is_later: bool) -> String {
    let [account, at, id, limit] = placeholders;
    let after = if is_later {
        format!("AND (l.added_at, l.movie_id) < ({at}, {id})")
    } else {
        String::new()
    };
    format!(
        "SELECT {MOVIE_COLUMNS}, l.added_at \
         FROM {MOVIE_TABLES} JOIN watch_list l ON l.movie_id = m.id \
         WHERE l.account = {account} {after} \
         ORDER BY l.added_at DESC, l.movie_id DESC LIMIT {limit}"
    )
}

/// Reads a row of [`history_sql`].
impl FromRow for WatchedMovie {
    fn from_row(row: &impl DatabaseRow) -> Result<Self> {
        Ok(Self {
            movie: Movie::from_row(row)?,
            position_seconds: row.column(19)?,
            duration_seconds: row.column(20)?,
            watched: row.column(21)?,
            watched_at: row.time(22)?,
        })
    }
}

/// Reads a row of [`list_sql`].
impl FromRow for MovieOnList {
    fn from_row(row: &impl DatabaseRow) -> Result<Self> {
        Ok(Self { movie: Movie::from_row(row)?, added_at: row.time(19)? })
    }
}

/// Reads the columns [`STATE_COLUMNS`].
impl FromRow for WatchState {
    fn from_row(row: &impl DatabaseRow) -> Result<Self> {
        Ok(Self {
            movie_id: MovieId(row.column(0)?),
            position_seconds: row.column(1)?,
            duration_seconds: row.column(2)?,
            watched: row.column(3)?,
            listed: row.column(4)?,
        })
    }
}
