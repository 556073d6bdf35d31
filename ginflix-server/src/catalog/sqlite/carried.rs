//! All that a backup carries, out of SQLite and into it.

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use rusqlite::types::{Value as Cell, ValueRef};
use rusqlite::{Connection, params_from_iter};
use serde_json::{Map, Value};
use tokio::sync::mpsc;
use uuid::Uuid;

use super::query::{micros, time};
use super::{SqliteStore, media, movies};
use crate::catalog::carried::{
    CARRIED_TOKENS, CREDENTIALS, Column, Kind, MOVIES, Row, Step, TABLES, Table,
};
use crate::catalog::columns::{carried_movie, damaged};
use crate::catalog::store::{BackupStore, NOT_EMPTY, Result, StoreError};

#[async_trait]
impl BackupStore for SqliteStore {
    async fn export(&self, rows: mpsc::Sender<Row>) -> Result<()> {
        self.pool.read(move |db| export(db, &rows)).await
    }

    async fn import(&self, mut steps: mpsc::Receiver<Step>, replace: bool) -> Result<()> {
        let import = move |db: &Connection| {
            if !replace && has_something(db)? {
                return Err(StoreError::Conflict(NOT_EMPTY));
            }
            clear(db)?;
            loop {
                match steps.blocking_recv() {
                    Some(Step::Row(row)) => insert(db, &TABLES[row.table], &row.values)?,
                    Some(Step::End) => return finish(db),
                    None => return Err(StoreError::Other("the rows were broken off".to_owned())),
                }
            }
        };
        self.pool.write(import).await
    }
}

/// Sends every row, as of one moment.
fn export(db: &Connection, rows: &mpsc::Sender<Row>) -> Result<()> {
    for (index, table) in TABLES.iter().enumerate() {
        let sql = format!(
            "SELECT {} FROM {} WHERE {} ORDER BY {}",
            table.names(),
            table.name,
            table.only,
            table.key
        );
        let mut statement = db.prepare(&sql)?;
        let mut found = statement.query([])?;
        while let Some(row) = found.next()? {
            let mut sent = Map::new();
            for (n, column) in table.columns.iter().enumerate() {
                sent.insert(column.name.to_owned(), read(column.kind, row.get_ref(n)?)?);
            }
            let row = Row { table: index, values: table.row(sent).map_err(damaged)? };
            if rows.blocking_send(row).is_err() {
                return Ok(()); // the receiver has gone
            }
        }
    }
    Ok(())
}

/// Whether anything was put in since the cluster came up.
fn has_something(db: &Connection) -> Result<bool> {
    let sql = format!(
        "SELECT EXISTS (SELECT 1 FROM movies) OR EXISTS (SELECT 1 FROM view_totals) \
         OR (SELECT count(*) FROM accounts) > 1 \
         OR EXISTS (SELECT 1 FROM credentials WHERE {CARRIED_TOKENS})"
    );
    Ok(db.query_row(&sql, [], |row| row.get(0))?)
}

fn clear(db: &Connection) -> Result<()> {
    db.execute_batch("DELETE FROM movie_search; DELETE FROM movie_grams; DELETE FROM movie_words")?;
    for table in TABLES.iter().rev().filter(|table| table.name != CREDENTIALS) {
        db.execute_batch(&format!("DELETE FROM {}", table.name))?;
    }
    db.execute_batch(&format!(
        "DELETE FROM credentials WHERE kind <> 'token' OR {CARRIED_TOKENS}"
    ))?;
    Ok(())
}

fn insert(db: &Connection, table: &Table, values: &Map<String, Value>) -> Result<()> {
    if table.name == MOVIES {
        return movies::write_new(db, &carried_movie(values)?);
    }
    let marks: Vec<String> = (1..=table.columns.len()).map(|n| format!("?{n}")).collect();
    // A movie has its totals already, of no views.
    let verb = if table.name == "view_totals" { "REPLACE" } else { "INSERT" };
    let sql =
        format!("{verb} INTO {} ({}) VALUES ({})", table.name, table.names(), marks.join(", "));
    let cells = table.columns.iter().map(|column| write(column, &values[column.name]));
    let cells = cells.collect::<Result<Vec<Cell>>>()?;
    db.prepare_cached(&sql)?.execute(params_from_iter(cells))?;
    Ok(())
}

/// Lists show movies that have totals only. And what is known of copies of
/// files that are no longer named goes, or streamers would take their files
/// for removed ones.
fn finish(db: &Connection) -> Result<()> {
    db.execute_batch(
        "INSERT OR IGNORE INTO view_totals (movie_id, title) SELECT id, title FROM movies; \
         DELETE FROM replicas WHERE media NOT IN (SELECT name FROM media)",
    )?;
    media::revise(db)
}

/// From a cell to the common form.
fn read(kind: Kind, cell: ValueRef<'_>) -> Result<Value> {
    Ok(match (kind, cell) {
        (_, ValueRef::Null) => Value::Null,
        (Kind::Id, ValueRef::Blob(id)) => {
            Value::from(Uuid::from_slice(id).map_err(damaged)?.to_string())
        }
        (Kind::Bytes, ValueRef::Blob(bytes)) => Value::from(STANDARD.encode(bytes)),
        (Kind::Time, ValueRef::Integer(micros)) => Value::from(time(micros)?.to_string()),
        (Kind::Flag, ValueRef::Integer(number)) => Value::from(number != 0),
        (Kind::Names, ValueRef::Text(json)) => serde_json::from_slice(json).map_err(damaged)?,
        (_, ValueRef::Text(text)) => Value::from(std::str::from_utf8(text).map_err(damaged)?),
        (_, ValueRef::Integer(number)) => Value::from(number),
        (_, ValueRef::Real(number)) => Value::from(number),
        (_, ValueRef::Blob(_)) => return Err(damaged("bytes where there should be none")),
    })
}

/// From the common form to a cell.
fn write(column: &Column, value: &Value) -> Result<Cell> {
    let wrong = || damaged(format!("{} of {}", value, column.name));
    Ok(match (column.kind, value) {
        (_, Value::Null) => Cell::Null,
        (Kind::Id, Value::String(id)) => {
            Cell::Blob(id.parse::<Uuid>().map_err(damaged)?.as_bytes().to_vec())
        }
        (Kind::Bytes, Value::String(text)) => Cell::Blob(STANDARD.decode(text).map_err(damaged)?),
        (Kind::Time, Value::String(text)) => {
            Cell::Integer(micros(text.parse::<Timestamp>().map_err(damaged)?))
        }
        (Kind::Names, list) => Cell::Text(list.to_string()),
        (_, Value::String(text)) => Cell::Text(text.clone()),
        (_, Value::Bool(flag)) => Cell::Integer(i64::from(*flag)),
        (Kind::Real, Value::Number(number)) => Cell::Real(number.as_f64().ok_or_else(wrong)?),
        (_, Value::Number(number)) => Cell::Integer(number.as_i64().ok_or_else(wrong)?),
        _ => return Err(wrong()),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Tables and columns that stay behind on purpose: each is made from what
    /// is carried, or belongs to this cluster alone.
    const LEFT: &[&str] = &[
        "movies.row",
        "movies.title_key",
        "movie_genres",
        "movie_search",
        "movie_words",
        "movie_grams",
        "credentials.account",
        "refinery_schema_history",
        "media.check_round",
        "media_revision",
        "replicas",
        "streamers",
    ];

    /// Whoever adds a column decides whether backups carry it.
    #[test]
    fn every_column_is_carried_or_left_on_purpose() {
        let mut db = Connection::open_in_memory().unwrap();
        super::super::schema::migrate(&mut db).unwrap();
        let mut there = BTreeSet::new();
        let sql = "SELECT m.name, c.name FROM sqlite_schema m, pragma_table_info(m.name) c \
            WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'";
        let mut statement = db.prepare(sql).unwrap();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let (table, column): (String, String) = (row.get(0).unwrap(), row.get(1).unwrap());
            let left = |name: &str| LEFT.contains(&name);
            let shadow = LEFT.iter().any(|name| table.starts_with(&format!("{name}_")));
            if !(shadow || left(&table) || left(&format!("{table}.{column}"))) {
                there.insert(format!("{table}.{column}"));
            }
        }
        let carried: BTreeSet<String> = TABLES
            .iter()
            .flat_map(|table| table.columns.iter().map(|c| format!("{}.{}", table.name, c.name)))
            .collect();
        assert_eq!(there, carried);
    }
}
