//! Histories and lists of accounts in PostgreSQL.

use async_trait::async_trait;
use deadpool_postgres::Transaction;
use ginflix_api::movie::MovieId;
use ginflix_api::watching::{MAX_HISTORY, MAX_LIST, MovieOnList, WatchState, WatchedMovie};
use jiff::Timestamp;
use uuid::Uuid;

use super::PostgresStore;
use super::query::{SqlValue, execute, fetch_all, fetch_one};
use crate::catalog::store::{
    HistoryFilter, LIST_IS_FULL, Result, StoreError, WatchKey, WatchRecord, WatchStore,
};
use crate::catalog::watch_records::{STATE_COLUMNS, history_sql, list_sql, state_tables};

/// The placeholders of the account, the time and the movie of a place, and the limit.
const LATER_PAGE: [&str; 4] = ["$1", "$3", "$4", "$2"];

#[async_trait]
impl WatchStore for PostgresStore {
    async fn put_watched(&self, account: &str, record: &WatchRecord, adds: bool) -> Result<()> {
        self.in_transaction(async |db| put(db, account, record, adds).await).await
    }

    async fn reset_position(&self, account: &str, movie: MovieId) -> Result<()> {
        let sql =
            "UPDATE watch_history SET position_seconds = 0 WHERE account = $1 AND movie_id = $2";
        self.with_client(async |db| execute(db, sql, &[&account, &movie.0]).await.map(drop)).await
    }

    async fn delete_history(&self, account: &str, movie: Option<MovieId>) -> Result<()> {
        let movie = movie.map(|movie| movie.0);
        let sql = "DELETE FROM watch_history \
            WHERE account = $1 AND ($2::uuid IS NULL OR movie_id = $2)";
        self.with_client(async |db| execute(db, sql, &[&account, &movie]).await.map(drop)).await
    }

    async fn history(
        &self,
        account: &str,
        filter: HistoryFilter,
        after: Option<&WatchKey>,
        limit: u32,
    ) -> Result<Vec<WatchedMovie>> {
        let sql = history_sql(filter, LATER_PAGE, after.is_some());
        let limit = i64::from(limit);
        self.with_client(async |db| match after {
            None => fetch_all(db, &sql, &[&account, &limit]).await,
            Some(key) => fetch_all(db, &sql, &[&account, &limit, &key.at, &key.id.0]).await,
        })
        .await
    }

    async fn watch_states(&self, account: &str, movies: &[MovieId]) -> Result<Vec<WatchState>> {
        let (tables, condition) = state_tables("$1");
        let sql =
            format!("SELECT {STATE_COLUMNS} FROM {tables} WHERE m.id = ANY($2) AND {condition}");
        let ids: Vec<Uuid> = movies.iter().map(|movie| movie.0).collect();
        self.with_client(async |db| fetch_all(db, &sql, &[&account, &ids]).await).await
    }

    async fn add_to_list(&self, account: &str, movie: MovieId, at: Timestamp) -> Result<()> {
        self.in_transaction(async |db| add_to_list(db, account, movie, at).await).await
    }

    async fn remove_from_list(&self, account: &str, movie: MovieId) -> Result<()> {
        let sql = "DELETE FROM watch_list WHERE account = $1 AND movie_id = $2";
        self.with_client(async |db| execute(db, sql, &[&account, &movie.0]).await.map(drop)).await
    }

    async fn watch_list(
        &self,
        account: &str,
        after: Option<&WatchKey>,
        limit: u32,
    ) -> Result<Vec<MovieOnList>> {
        let sql = list_sql(LATER_PAGE, after.is_some());
        let limit = i64::from(limit);
        self.with_client(async |db| match after {
            None => fetch_all(db, &sql, &[&account, &limit]).await,
            Some(key) => fetch_all(db, &sql, &[&account, &limit, &key.at, &key.id.0]).await,
        })
        .await
    }
}

async fn put(db: &Transaction<'_>, account: &str, record: &WatchRecord, adds: bool) -> Result<()> {
    let values: [SqlValue<'_>; 6] = [
        &account,
        &record.movie_id.0,
        &record.position_seconds,
        &record.duration_seconds,
        &record.is_watched,
        &record.watched_at,
    ];
    let update = "UPDATE watch_history SET position_seconds = $3, duration_seconds = $4, \
        is_watched = is_watched OR $5, watched_at = $6 WHERE account = $1 AND movie_id = $2";
    if execute(db, update, &values).await? > 0 || !adds {
        return Ok(());
    }
    // Another report may have added the entry since.
    let insert = "INSERT INTO watch_history \
        (account, movie_id, position_seconds, duration_seconds, is_watched, watched_at) \
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (account, movie_id) DO UPDATE \
        SET position_seconds = $3, duration_seconds = $4, \
        is_watched = watch_history.is_watched OR $5, watched_at = $6";
    execute(db, insert, &values).await?;
    let drop_oldest = format!(
        "DELETE FROM watch_history WHERE account = $1 AND movie_id IN (\
         SELECT movie_id FROM watch_history WHERE account = $1 \
         ORDER BY watched_at DESC, movie_id DESC OFFSET {MAX_HISTORY})"
    );
    execute(db, &drop_oldest, &[&account]).await.map(drop)
}

async fn add_to_list(
    db: &Transaction<'_>,
    account: &str,
    movie: MovieId,
    at: Timestamp,
) -> Result<()> {
    // The lock makes another addition of the account wait, so that both do not see one free place.
    let lock = "SELECT FROM accounts WHERE name = $1 FOR NO KEY UPDATE";
    execute(db, lock, &[&account]).await?;
    let sql = "INSERT INTO watch_list (account, movie_id, added_at) VALUES ($1, $2, $3) \
        ON CONFLICT (account, movie_id) DO NOTHING";
    if execute(db, sql, &[&account, &movie.0, &at]).await? == 0 {
        return Ok(());
    }
    let sql = "SELECT count(*) FROM watch_list WHERE account = $1";
    let count: u64 = fetch_one(db, sql, &[&account]).await?;
    if count > MAX_LIST as u64 {
        return Err(StoreError::Conflict(LIST_IS_FULL)); // which undoes the insertion
    }
    Ok(())
}
