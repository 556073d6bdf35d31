//! All that a backup carries, out of PostgreSQL and into it: as JSON, which the
//! database writes and reads itself.

use std::collections::BTreeSet;

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use deadpool_postgres::Transaction;
use futures_util::TryStreamExt;
use serde_json::{Map, Value, json};
use tokio::sync::mpsc;

use super::query::execute;
use super::search::search_vector;
use super::{PostgresStore, media};
use crate::catalog::carried::{
    CARRIED_TOKENS, CREDENTIALS, Kind, MOVIES, Row, Step, TABLES, Table,
};
use crate::catalog::columns::{carried_movie, damaged};
use crate::catalog::store::{BackupStore, NOT_EMPTY, Result, StoreError};
use crate::catalog::{fold, spelling};

/// Rows that go in by one statement, and about how many bytes of them.
const BATCH: usize = 500;
const BATCH_BYTES: usize = 1024 * 1024;

/// A client may take longer to send or receive the rows than any other statement takes.
const NO_TIMEOUTS: &str =
    "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0";

#[async_trait]
impl BackupStore for PostgresStore {
    async fn export(&self, rows: mpsc::Sender<Row>) -> Result<()> {
        self.on_snapshot(async |db| export(db, &rows).await).await
    }

    async fn import(&self, mut steps: mpsc::Receiver<Step>, replace: bool) -> Result<()> {
        self.in_transaction(async |db| import(db, &mut steps, replace).await).await
    }
}

/// Sends every row, as of one moment.
async fn export(db: &Transaction<'_>, rows: &mpsc::Sender<Row>) -> Result<()> {
    db.batch_execute(NO_TIMEOUTS).await?;
    for (index, table) in TABLES.iter().enumerate() {
        let sql = format!(
            "SELECT row_to_json(r)::text FROM (SELECT {} FROM {} WHERE {} ORDER BY {}) r",
            table.names(),
            table.name,
            table.only,
            table.key
        );
        let found = db.query_raw(&sql, std::iter::empty::<&str>()).await?;
        tokio::pin!(found);
        while let Some(row) = found.try_next().await? {
            let sent: Map<String, Value> =
                serde_json::from_str(row.try_get::<_, &str>(0)?).map_err(damaged)?;
            let sent = with_bytes(table, sent, read_bytes)?;
            let row = Row { table: index, values: table.row(sent).map_err(damaged)? };
            if rows.send(row).await.is_err() {
                return Ok(()); // the receiver has gone
            }
        }
    }
    Ok(())
}

/// Puts the rows in the place of what is there.
async fn import(
    db: &Transaction<'_>,
    steps: &mut mpsc::Receiver<Step>,
    replace: bool,
) -> Result<()> {
    db.batch_execute(NO_TIMEOUTS).await?;
    // Others may read meanwhile; who writes waits.
    let names: Vec<&str> = TABLES.iter().map(|table| table.name).collect();
    db.batch_execute(&format!("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE", names.join(", ")))
        .await?;
    if !replace && has_something(db).await? {
        return Err(StoreError::Conflict(NOT_EMPTY));
    }
    clear(db).await?;
    let mut batch = Batch::default();
    loop {
        match steps.recv().await {
            Some(Step::Row(row)) => batch.add(db, row).await?,
            Some(Step::End) => {
                batch.write(db).await?;
                return finish(db).await;
            }
            None => return Err(StoreError::Other("the rows were broken off".to_owned())),
        }
    }
}

/// Whether anything was put in since the cluster came up.
async fn has_something(db: &Transaction<'_>) -> Result<bool> {
    let sql = format!(
        "SELECT EXISTS (SELECT 1 FROM movies) OR EXISTS (SELECT 1 FROM view_totals) \
         OR (SELECT count(*) FROM accounts) > 1 \
         OR EXISTS (SELECT 1 FROM credentials WHERE {CARRIED_TOKENS})"
    );
    Ok(db.query_one(&sql, &[]).await?.try_get(0)?)
}

async fn clear(db: &Transaction<'_>) -> Result<()> {
    db.batch_execute("DELETE FROM movie_words").await?;
    for table in TABLES.iter().rev().filter(|table| table.name != CREDENTIALS) {
        db.batch_execute(&format!("DELETE FROM {}", table.name)).await?;
    }
    let rest = format!("DELETE FROM credentials WHERE kind <> 'token' OR {CARRIED_TOKENS}");
    Ok(db.batch_execute(&rest).await?)
}

/// Lists show movies that have totals only. And what is known of copies of
/// files that are no longer named goes, or streamers would take their files
/// for removed ones.
async fn finish(db: &Transaction<'_>) -> Result<()> {
    let sql = "INSERT INTO view_totals (movie_id, title) SELECT id, title FROM movies \
        ON CONFLICT DO NOTHING; \
        DELETE FROM replicas WHERE media NOT IN (SELECT name FROM media)";
    db.batch_execute(sql).await?;
    media::revise(db).await
}

/// Rows of one table that go in together.
#[derive(Default)]
struct Batch {
    table: usize,
    rows: Vec<Value>,
    genres: Vec<Value>,
    words: BTreeSet<String>,
    bytes: usize,
}

impl Batch {
    async fn add(&mut self, db: &Transaction<'_>, row: Row) -> Result<()> {
        if self.table != row.table || self.rows.len() >= BATCH || self.bytes >= BATCH_BYTES {
            self.write(db).await?;
            self.table = row.table;
        }
        let table = &TABLES[row.table];
        let mut values = with_bytes(table, row.values, write_bytes)?;
        if table.name == MOVIES {
            let movie = carried_movie(&values)?;
            values.insert("title_key".to_owned(), fold::sort_key(&movie.title).into());
            values.insert("search".to_owned(), search_vector(&movie).into());
            self.words.extend(spelling::of(&movie));
            for genre in &movie.genres {
                let key = fold::sort_key(genre);
                let genre = json!({ "genre_key": key, "movie_id": movie.id, "genre": genre });
                self.genres.push(genre);
            }
        }
        self.bytes += values.values().filter_map(Value::as_str).map(str::len).sum::<usize>();
        self.rows.push(values.into());
        Ok(())
    }

    async fn write(&mut self, db: &Transaction<'_>) -> Result<()> {
        let table = &TABLES[self.table];
        let made = if table.name == MOVIES { ", title_key, search" } else { "" };
        populate(db, table.name, &format!("{}{made}", table.names()), &mut self.rows).await?;
        populate(db, "movie_genres", "genre_key, movie_id, genre", &mut self.genres).await?;
        let words = std::mem::take(&mut self.words);
        let mut words = words.into_iter().map(|word| json!({ "word": word })).collect();
        populate(db, "movie_words", "word", &mut words).await?;
        self.bytes = 0;
        Ok(())
    }
}

async fn populate(
    db: &Transaction<'_>,
    table: &str,
    columns: &str,
    rows: &mut Vec<Value>,
) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    // What is made from the rest may come twice; anything else is a conflict then.
    let made = TABLES.iter().all(|carried| carried.name != table);
    let twice = if made { "ON CONFLICT DO NOTHING" } else { "" };
    let sql = format!(
        "INSERT INTO {table} ({columns}) \
         SELECT {columns} FROM json_populate_recordset(NULL::{table}, $1::text::json) {twice}"
    );
    let json = Value::from(std::mem::take(rows)).to_string();
    execute(db, &sql, &[&json]).await.map(drop)
}

/// The row with its bytes in another form.
fn with_bytes(
    table: &Table,
    mut row: Map<String, Value>,
    form: fn(&str) -> Result<String>,
) -> Result<Map<String, Value>> {
    for column in table.columns.iter().filter(|column| column.kind == Kind::Bytes) {
        if let Some(Value::String(text)) = row.get_mut(column.name) {
            *text = form(text)?;
        }
    }
    Ok(row)
}

/// PostgreSQL's JSON has bytes as `\x` and hexadecimal digits.
fn read_bytes(text: &str) -> Result<String> {
    let digits = text.strip_prefix("\\x").ok_or_else(|| damaged("bytes in another form"))?;
    Ok(STANDARD.encode(hex::decode(digits).map_err(damaged)?))
}

fn write_bytes(text: &str) -> Result<String> {
    Ok(format!("\\x{}", hex::encode(STANDARD.decode(text).map_err(damaged)?)))
}
