//! Histories and lists of accounts in SQLite.

use async_trait::async_trait;
use ginflix_api::movie::MovieId;
use ginflix_api::watching::{MAX_HISTORY, MAX_LIST, MovieOnList, WatchState, WatchedMovie};
use jiff::Timestamp;
use rusqlite::types::Value as SqlValue;
use rusqlite::{Connection, params, params_from_iter};
use uuid::Uuid;

use super::SqliteStore;
use super::query::{execute, fetch_all, fetch_one, micros};
use crate::catalog::store::{
    HistoryFilter, LIST_IS_FULL, Result, StoreError, WatchKey, WatchRecord, WatchStore,
};
use crate::catalog::watch_records::{STATE_COLUMNS, history_sql, list_sql, state_tables};

/// The placeholders of the account, the time and the movie of a place, and the limit.
const PLACEHOLDERS: [&str; 4] = ["?1", "?2", "?3", "?4"];

#[async_trait]
impl WatchStore for SqliteStore {
    async fn put_watched(&self, account: &str, record: &WatchRecord, adds: bool) -> Result<()> {
        let (account, record) = (account.to_owned(), *record);
        self.pool.write(move |db| put(db, &account, &record, adds)).await
    }

    async fn reset_position(&self, account: &str, movie: MovieId) -> Result<()> {
        let account = account.to_owned();
        let sql =
            "UPDATE watch_history SET position_seconds = 0 WHERE account = ?1 AND movie_id = ?2";
        self.pool.write(move |db| execute(db, sql, params![account, movie.0]).map(drop)).await
    }

    async fn delete_history(&self, account: &str, movie: Option<MovieId>) -> Result<()> {
        let account = account.to_owned();
        let delete = move |db: &Connection| match movie {
            None => execute(db, "DELETE FROM watch_history WHERE account = ?1", [account]),
            Some(movie) => {
                let sql = "DELETE FROM watch_history WHERE account = ?1 AND movie_id = ?2";
                execute(db, sql, params![account, movie.0])
            }
        };
        self.pool.write(move |db| delete(db).map(drop)).await
    }

    async fn history(
        &self,
        account: &str,
        filter: HistoryFilter,
        after: Option<&WatchKey>,
        limit: u32,
    ) -> Result<Vec<WatchedMovie>> {
        let sql = history_sql(filter, PLACEHOLDERS, after.is_some());
        let (account, (at, id)) = (account.to_owned(), place(after));
        self.pool.read(move |db| fetch_all(db, &sql, params![account, at, id, limit])).await
    }

    async fn watch_states(&self, account: &str, movies: &[MovieId]) -> Result<Vec<WatchState>> {
        let (tables, condition) = state_tables("?1");
        let placeholders: Vec<String> = (0..movies.len()).map(|n| format!("?{}", n + 2)).collect();
        let sql = format!(
            "SELECT {STATE_COLUMNS} FROM {tables} WHERE m.id IN ({}) AND {condition}",
            placeholders.join(", ")
        );
        let ids = movies.iter().map(|movie| SqlValue::Blob(movie.0.as_bytes().to_vec()));
        let values: Vec<SqlValue> =
            std::iter::once(SqlValue::Text(account.to_owned())).chain(ids).collect();
        self.pool.read(move |db| fetch_all(db, &sql, params_from_iter(values))).await
    }

    async fn add_to_list(&self, account: &str, movie: MovieId, at: Timestamp) -> Result<()> {
        let account = account.to_owned();
        self.pool.write(move |db| add_to_list(db, &account, movie, at)).await
    }

    async fn remove_from_list(&self, account: &str, movie: MovieId) -> Result<()> {
        let account = account.to_owned();
        let sql = "DELETE FROM watch_list WHERE account = ?1 AND movie_id = ?2";
        self.pool.write(move |db| execute(db, sql, params![account, movie.0]).map(drop)).await
    }

    async fn watch_list(
        &self,
        account: &str,
        after: Option<&WatchKey>,
        limit: u32,
    ) -> Result<Vec<MovieOnList>> {
        let sql = list_sql(PLACEHOLDERS, after.is_some());
        let (account, (at, id)) = (account.to_owned(), place(after));
        self.pool.read(move |db| fetch_all(db, &sql, params![account, at, id, limit])).await
    }
}

/// Returns the parameters of a place; a first page does not use them.
fn place(after: Option<&WatchKey>) -> (i64, Uuid) {
    after.map_or((0, Uuid::nil()), |key| (micros(key.at), key.id.0))
}

fn put(db: &Connection, account: &str, record: &WatchRecord, adds: bool) -> Result<()> {
    let values = params![
        account,
        record.movie_id.0,
        record.position_seconds,
        record.duration_seconds,
        record.is_watched,
        micros(record.watched_at),
    ];
    let update = "UPDATE watch_history SET position_seconds = ?3, duration_seconds = ?4, \
        is_watched = max(is_watched, ?5), watched_at = ?6 WHERE account = ?1 AND movie_id = ?2";
    if execute(db, update, values)? > 0 || !adds {
        return Ok(());
    }
    let insert = "INSERT INTO watch_history \
        (account, movie_id, position_seconds, duration_seconds, is_watched, watched_at) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    execute(db, insert, values)?;
    let drop_oldest = format!(
        "DELETE FROM watch_history WHERE account = ?1 AND movie_id IN (\
         SELECT movie_id FROM watch_history WHERE account = ?1 \
         ORDER BY watched_at DESC, movie_id DESC LIMIT -1 OFFSET {MAX_HISTORY})"
    );
    execute(db, &drop_oldest, [account]).map(drop)
}

fn add_to_list(db: &Connection, account: &str, movie: MovieId, at: Timestamp) -> Result<()> {
    let sql = "INSERT INTO watch_list (account, movie_id, added_at) VALUES (?1, ?2, ?3) \
        ON CONFLICT (account, movie_id) DO NOTHING";
    if execute(db, sql, params![account, movie.0, micros(at)])? == 0 {
        return Ok(());
    }
    let count: u64 =
        fetch_one(db, "SELECT count(*) FROM watch_list WHERE account = ?1", [account])?;
    if count > MAX_LIST as u64 {
        return Err(StoreError::Conflict(LIST_IS_FULL)); // which undoes the insertion
    }
    Ok(())
}
