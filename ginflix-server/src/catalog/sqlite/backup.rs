//! Export and import of backups in SQLite.

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use rusqlite::types::{Value as SqlValue, ValueRef};
use rusqlite::{Connection, params_from_iter};
use serde_json::{Map, Value};
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::accounts::ASSIGN_NAME_KEYS;
use super::query::{micros, time};
use super::{SqliteStore, media, movies};
use crate::catalog::backup_schema::{
    BackupColumn, BackupRow, BackupTable, COLLECTIONS, CREDENTIALS, ColumnType, EXPORTED_TOKENS,
    ImportMessage, MOVIES, TABLES,
};
use crate::catalog::columns::{corrupt, movie_from_backup, title_key_from_backup};
use crate::catalog::store::{BackupStore, NOT_EMPTY, Result, StoreError};

/// Why an export ended early.
const CUT_OFF: &str = "the backup was read too slowly, or the server stops";

#[async_trait]
impl BackupStore for SqliteStore {
    async fn export(&self, rows: mpsc::Sender<BackupRow>) -> Result<()> {
        self.pool.read_long(move |db, end| export(db, &rows, end)).await
    }

    async fn import(
        &self,
        mut messages: mpsc::Receiver<ImportMessage>,
        replace: bool,
    ) -> Result<()> {
        let import = move |db: &Connection| {
            if !replace && has_content(db)? {
                return Err(StoreError::Conflict(NOT_EMPTY));
            }
            clear(db)?;
            loop {
                match messages.blocking_recv() {
                    Some(ImportMessage::Row(row)) => insert(db, &TABLES[row.table], &row.values)?,
                    Some(ImportMessage::End) => return complete(db),
                    None => return Err(StoreError::Other("the backup is incomplete".to_owned())),
                }
            }
        };
        self.pool.write(import).await
    }
}

/// Sends all rows of one snapshot.
fn export(db: &Connection, rows: &mpsc::Sender<BackupRow>, end: &CancellationToken) -> Result<()> {
    let runtime = Handle::current();
    for (index, table) in TABLES.iter().enumerate() {
        let sql = format!(
            "SELECT {} FROM {} WHERE {} ORDER BY {}",
            table.column_list(),
            table.name,
            table.filter,
            table.order_by
        );
        let mut statement = db.prepare(&sql)?;
        let mut found = statement.query([])?;
        while let Some(row) = found.next()? {
            let mut values = Map::new();
            for (n, column) in table.columns.iter().enumerate() {
                let value = from_sql(column.column_type, row.get_ref(n)?)?;
                values.insert(column.name.to_owned(), value);
            }
            let values = table.validate_row(values).map_err(corrupt)?;
            let sending = rows.send(BackupRow { table: index, values });
            match runtime.block_on(end.run_until_cancelled(sending)) {
                Some(Ok(())) => {}
                Some(Err(_)) => return Ok(()), // the receiver has been dropped
                None => return Err(StoreError::Unavailable(CUT_OFF.to_owned())),
            }
        }
    }
    Ok(())
}

/// Returns whether the catalogue has more than the first account and the token of the cluster,
/// which a new cluster has.
fn has_content(db: &Connection) -> Result<bool> {
    let sql = format!(
        "SELECT EXISTS (SELECT 1 FROM movies) OR EXISTS (SELECT 1 FROM view_totals) \
         OR (SELECT count(*) FROM accounts) > 1 \
         OR EXISTS (SELECT 1 FROM credentials WHERE {EXPORTED_TOKENS})"
    );
    Ok(db.query_row(&sql, [], |row| row.get(0))?)
}

/// Deletes everything that an import replaces.
fn clear(db: &Connection) -> Result<()> {
    db.execute_batch("DELETE FROM movie_search; DELETE FROM movie_grams; DELETE FROM movie_words")?;
    // In reverse, so that no row is deleted before those that refer to it.
    for table in TABLES.iter().rev().filter(|table| table.name != CREDENTIALS) {
        db.execute_batch(&format!("DELETE FROM {}", table.name))?;
    }
    db.execute_batch(&format!(
        "DELETE FROM credentials WHERE kind <> 'token' OR {EXPORTED_TOKENS}"
    ))?;
    Ok(())
}

fn insert(db: &Connection, table: &BackupTable, fields: &Map<String, Value>) -> Result<()> {
    if table.name == MOVIES {
        return movies::write_new(db, &movie_from_backup(fields)?);
    }
    let is_collection = table.name == COLLECTIONS;
    let derived = if is_collection { ", title_key" } else { "" };
    let count = table.columns.len() + usize::from(is_collection);
    let placeholders: Vec<String> = (1..=count).map(|n| format!("?{n}")).collect();
    // The insertion of a movie has already inserted its totals, without views.
    let verb = if table.name == "view_totals" { "REPLACE" } else { "INSERT" };
    let sql = format!(
        "{verb} INTO {} ({}{derived}) VALUES ({})",
        table.name,
        table.column_list(),
        placeholders.join(", ")
    );
    let values = table.columns.iter().map(|column| to_sql(column, &fields[column.name]));
    let mut values = values.collect::<Result<Vec<SqlValue>>>()?;
    if is_collection {
        values.push(SqlValue::Text(title_key_from_backup(fields)));
    }
    db.prepare_cached(&sql)?.execute(params_from_iter(values))?;
    Ok(())
}

/// Inserts the totals that a backup may lack, because lists contain only movies with totals, and the
/// keys of names.
/// Deletes the replicas of media files that are not in the backup, because streamers would take
/// a replica without a media record as removed, and delete its file.
fn complete(db: &Connection) -> Result<()> {
    db.execute_batch(
        "INSERT OR IGNORE INTO view_totals (movie_id, title) SELECT id, title FROM movies; \
         DELETE FROM replicas WHERE media NOT IN (SELECT name FROM media)",
    )?;
    db.execute_batch(ASSIGN_NAME_KEYS)?;
    media::increment_revision(db)
}

/// Converts the value of a column to JSON.
fn from_sql(column_type: ColumnType, value: ValueRef<'_>) -> Result<Value> {
    Ok(match (column_type, value) {
        (_, ValueRef::Null) => Value::Null,
        (ColumnType::Id, ValueRef::Blob(id)) => {
            Value::from(Uuid::from_slice(id).map_err(corrupt)?.to_string())
        }
        (ColumnType::Bytes, ValueRef::Blob(bytes)) => Value::from(STANDARD.encode(bytes)),
        (ColumnType::Time, ValueRef::Integer(micros)) => Value::from(time(micros)?.to_string()),
        (ColumnType::Flag, ValueRef::Integer(number)) => Value::from(number != 0),
        (ColumnType::Names, ValueRef::Text(json)) => {
            serde_json::from_slice(json).map_err(corrupt)?
        }
        (_, ValueRef::Text(text)) => Value::from(std::str::from_utf8(text).map_err(corrupt)?),
        (_, ValueRef::Integer(number)) => Value::from(number),
        (_, ValueRef::Real(number)) => Value::from(number),
        (_, ValueRef::Blob(_)) => return Err(corrupt("a blob in a column of another type")),
    })
}

/// Converts a value in normal form to the value of a column.
fn to_sql(column: &BackupColumn, value: &Value) -> Result<SqlValue> {
    let invalid = || corrupt(format!("{value} in the column {}", column.name));
    Ok(match (column.column_type, value) {
        (_, Value::Null) => SqlValue::Null,
        (ColumnType::Id, Value::String(id)) => {
            SqlValue::Blob(id.parse::<Uuid>().map_err(corrupt)?.as_bytes().to_vec())
        }
        (ColumnType::Bytes, Value::String(text)) => {
            SqlValue::Blob(STANDARD.decode(text).map_err(corrupt)?)
        }
        (ColumnType::Time, Value::String(text)) => {
            SqlValue::Integer(micros(text.parse::<Timestamp>().map_err(corrupt)?))
        }
        (ColumnType::Names, list) => SqlValue::Text(list.to_string()),
        (_, Value::String(text)) => SqlValue::Text(text.clone()),
        (_, Value::Bool(flag)) => SqlValue::Integer(i64::from(*flag)),
        (ColumnType::Real, Value::Number(number)) => {
            SqlValue::Real(number.as_f64().ok_or_else(invalid)?)
        }
        (_, Value::Number(number)) => SqlValue::Integer(number.as_i64().ok_or_else(invalid)?),
        _ => return Err(invalid()),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The tables and columns that are not part of a backup: each can be derived from it, or
    /// belongs to this cluster only.
    const EXCLUDED: &[&str] = &[
        "movies.row",
        "movies.title_key",
        "collections.title_key",
        "movie_genres",
        "movie_search",
        "movie_words",
        "movie_grams",
        "accounts.name_key",
        "refinery_schema_history",
        "commit_counter",
        "media.check_round",
        "media_revision",
        "replicas",
        "streamers",
        // It matters for an hour only, and identifies viewers.
        "evidence",
        "client_key",
        "playbacks.client",
        // Backups have no sessions.
        "credentials.browser",
        "credentials.used_at",
    ];

    /// Fails for a new column until it is decided whether backups contain it.
    #[test]
    fn every_column_is_exported_or_excluded() {
        let mut db = Connection::open_in_memory().unwrap();
        super::super::schema::migrate(&mut db).unwrap();
        let mut exported = BTreeSet::new();
        let sql = "SELECT m.name, c.name FROM sqlite_schema m, pragma_table_info(m.name) c \
            WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'";
        let mut statement = db.prepare(sql).unwrap();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let (table, column): (String, String) = (row.get(0).unwrap(), row.get(1).unwrap());
            let is_excluded = |name: &str| EXCLUDED.contains(&name);
            let is_shadow = EXCLUDED.iter().any(|name| table.starts_with(&format!("{name}_")));
            if !(is_shadow || is_excluded(&table) || is_excluded(&format!("{table}.{column}"))) {
                exported.insert(format!("{table}.{column}"));
            }
        }
        let in_schema: BTreeSet<String> = TABLES
            .iter()
            .flat_map(|table| table.columns.iter().map(|c| format!("{}.{}", table.name, c.name)))
            .collect();
        assert_eq!(exported, in_schema);
    }
}
