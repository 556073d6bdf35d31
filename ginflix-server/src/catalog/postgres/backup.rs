//! Export and import of backups in PostgreSQL, which converts rows to JSON and back itself.

use std::collections::BTreeSet;

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use deadpool_postgres::Transaction;
use futures_util::TryStreamExt;
use serde_json::{Map, Value, json};
use tokio::sync::mpsc;

use super::accounts::ASSIGN_NAME_KEYS;
use super::query::execute;
use super::search::search_vector;
use super::{PostgresStore, media};
use crate::catalog::backup_schema::{
    BackupRow, BackupTable, COLLECTIONS, CREDENTIALS, ColumnType, EXPORTED_TOKENS, ImportMessage,
    MOVIES, TABLES,
};
use crate::catalog::columns::{corrupt, movie_from_backup, title_key_from_backup};
use crate::catalog::store::{BackupStore, NOT_EMPTY, Result, StoreError};
use crate::catalog::{fuzzy, normalize};

/// The most rows that one statement inserts.
const BATCH_ROW_LIMIT: usize = 500;
/// The size in bytes from which a batch is inserted before it has all its rows.
const BATCH_BYTE_LIMIT: usize = 1024 * 1024;

/// A client may send or receive the rows more slowly than the default timeouts allow.
const DISABLE_TIMEOUTS: &str =
    "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0";

#[async_trait]
impl BackupStore for PostgresStore {
    async fn export(&self, rows: mpsc::Sender<BackupRow>) -> Result<()> {
        self.on_snapshot(async |db| export(db, &rows).await).await
    }

    async fn import(
        &self,
        mut messages: mpsc::Receiver<ImportMessage>,
        replace: bool,
    ) -> Result<()> {
        self.in_transaction(async |db| import(db, &mut messages, replace).await).await
    }
}

/// Sends all rows of one snapshot.
async fn export(db: &Transaction<'_>, rows: &mpsc::Sender<BackupRow>) -> Result<()> {
    db.batch_execute(DISABLE_TIMEOUTS).await?;
    for (index, table) in TABLES.iter().enumerate() {
        let sql = format!(
            "SELECT row_to_json(r)::text FROM (SELECT {} FROM {} WHERE {} ORDER BY {}) r",
            table.column_list(),
            table.name,
            table.filter,
            table.order_by
        );
        let found = db.query_raw(&sql, std::iter::empty::<&str>()).await?;
        tokio::pin!(found);
        while let Some(row) = found.try_next().await? {
            let values: Map<String, Value> =
                serde_json::from_str(row.try_get::<_, &str>(0)?).map_err(corrupt)?;
            let values = convert_bytes(table, values, hex_to_base64)?;
            let values = table.validate_row(values).map_err(corrupt)?;
            if rows.send(BackupRow { table: index, values }).await.is_err() {
                return Ok(()); // the receiver has been dropped
            }
        }
    }
    Ok(())
}

/// Replaces the content of the catalogue by the rows that it receives.
async fn import(
    db: &Transaction<'_>,
    messages: &mut mpsc::Receiver<ImportMessage>,
    replace: bool,
) -> Result<()> {
    db.batch_execute(DISABLE_TIMEOUTS).await?;
    // The lock lets others read, and makes writers wait for the end of the import.
    let names: Vec<&str> = TABLES.iter().map(|table| table.name).collect();
    db.batch_execute(&format!("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE", names.join(", ")))
        .await?;
    if !replace && has_content(db).await? {
        return Err(StoreError::Conflict(NOT_EMPTY));
    }
    clear(db).await?;
    let mut batch = InsertBatch::default();
    loop {
        match messages.recv().await {
            Some(ImportMessage::Row(row)) => batch.add(db, row).await?,
            Some(ImportMessage::End) => {
                batch.flush(db).await?;
                return complete(db).await;
            }
            None => return Err(StoreError::Other("the backup is incomplete".to_owned())),
        }
    }
}

/// Returns whether the catalogue has more than the first account and the token of the cluster,
/// which a new cluster has.
async fn has_content(db: &Transaction<'_>) -> Result<bool> {
    let sql = format!(
        "SELECT EXISTS (SELECT 1 FROM movies) OR EXISTS (SELECT 1 FROM view_totals) \
         OR (SELECT count(*) FROM accounts) > 1 \
         OR EXISTS (SELECT 1 FROM credentials WHERE {EXPORTED_TOKENS})"
    );
    Ok(db.query_one(&sql, &[]).await?.try_get(0)?)
}

/// Deletes everything that an import replaces.
async fn clear(db: &Transaction<'_>) -> Result<()> {
    db.batch_execute("DELETE FROM movie_words").await?;
    // In reverse, so that no row is deleted before those that refer to it.
    for table in TABLES.iter().rev().filter(|table| table.name != CREDENTIALS) {
        db.batch_execute(&format!("DELETE FROM {}", table.name)).await?;
    }
    let credentials = format!("DELETE FROM credentials WHERE kind <> 'token' OR {EXPORTED_TOKENS}");
    Ok(db.batch_execute(&credentials).await?)
}

/// Inserts the totals that a backup may lack, because lists contain only movies with totals, and the
/// keys of names.
/// Deletes the replicas of media files that are not in the backup, because streamers would take
/// a replica without a media record as removed, and delete its file.
async fn complete(db: &Transaction<'_>) -> Result<()> {
    let sql = "INSERT INTO view_totals (movie_id, title) SELECT id, title FROM movies \
        ON CONFLICT DO NOTHING; \
        DELETE FROM replicas WHERE media NOT IN (SELECT name FROM media)";
    db.batch_execute(sql).await?;
    db.batch_execute(ASSIGN_NAME_KEYS).await?;
    media::increment_revision(db).await
}

/// Rows of one table that are inserted together, with the rows that are derived from them.
#[derive(Default)]
struct InsertBatch {
    table: usize,
    rows: Vec<Value>,
    genres: Vec<Value>,
    words: BTreeSet<String>,
    bytes: usize,
}

impl InsertBatch {
    /// Adds a row. Inserts the earlier ones if the batch is full or has rows of another table.
    async fn add(&mut self, db: &Transaction<'_>, row: BackupRow) -> Result<()> {
        let is_full = self.rows.len() >= BATCH_ROW_LIMIT || self.bytes >= BATCH_BYTE_LIMIT;
        if self.table != row.table || is_full {
            self.flush(db).await?;
            self.table = row.table;
        }
        let table = &TABLES[row.table];
        let mut values = convert_bytes(table, row.values, base64_to_hex)?;
        if [MOVIES, COLLECTIONS].contains(&table.name) {
            values.insert("title_key".to_owned(), title_key_from_backup(&values).into());
        }
        if table.name == MOVIES {
            let movie = movie_from_backup(&values)?;
            values.insert("search".to_owned(), search_vector(&movie).into());
            self.words.extend(fuzzy::correctable_words(&movie));
            for genre in &movie.genres {
                let key = normalize::sort_key(genre);
                let genre = json!({ "genre_key": key, "movie_id": movie.id, "genre": genre });
                self.genres.push(genre);
            }
        }
        self.bytes += values.values().filter_map(Value::as_str).map(str::len).sum::<usize>();
        self.rows.push(values.into());
        Ok(())
    }

    /// Inserts all rows of the batch.
    async fn flush(&mut self, db: &Transaction<'_>) -> Result<()> {
        let table = &TABLES[self.table];
        let derived = match table.name {
            MOVIES => ", title_key, search",
            COLLECTIONS => ", title_key",
            _ => "",
        };
        let columns = format!("{}{derived}", table.column_list());
        insert(db, table.name, &columns, &mut self.rows).await?;
        insert(db, "movie_genres", "genre_key, movie_id, genre", &mut self.genres).await?;
        let words = std::mem::take(&mut self.words);
        let mut words = words.into_iter().map(|word| json!({ "word": word })).collect();
        insert(db, "movie_words", "word", &mut words).await?;
        self.bytes = 0;
        Ok(())
    }
}

/// Inserts rows of JSON into a table, and leaves `rows` empty.
async fn insert(
    db: &Transaction<'_>,
    table: &str,
    columns: &str,
    rows: &mut Vec<Value>,
) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    // A derived row may repeat, such as a word of two movies. A repeated row of the backup itself
    // is a conflict.
    let is_derived = TABLES.iter().all(|exported| exported.name != table);
    let on_conflict = if is_derived { "ON CONFLICT DO NOTHING" } else { "" };
    let sql = format!(
        "INSERT INTO {table} ({columns}) \
         SELECT {columns} FROM json_populate_recordset(NULL::{table}, $1::text::json) {on_conflict}"
    );
    let json = Value::from(std::mem::take(rows)).to_string();
    execute(db, &sql, &[&json]).await.map(drop)
}

/// Converts the columns of type `Bytes` of a row.
fn convert_bytes(
    table: &BackupTable,
    mut row: Map<String, Value>,
    convert: fn(&str) -> Result<String>,
) -> Result<Map<String, Value>> {
    for column in table.columns.iter().filter(|column| column.column_type == ColumnType::Bytes) {
        if let Some(Value::String(text)) = row.get_mut(column.name) {
            *text = convert(text)?;
        }
    }
    Ok(row)
}

/// Converts bytes from the JSON of PostgreSQL: `\x` and hexadecimal digits.
fn hex_to_base64(text: &str) -> Result<String> {
    let digits = text.strip_prefix("\\x").ok_or_else(|| corrupt("bytes that are not in hex"))?;
    Ok(STANDARD.encode(hex::decode(digits).map_err(corrupt)?))
}

/// Converts bytes to the JSON of PostgreSQL.
fn base64_to_hex(text: &str) -> Result<String> {
    Ok(format!("\\x{}", hex::encode(STANDARD.decode(text).map_err(corrupt)?)))
}
