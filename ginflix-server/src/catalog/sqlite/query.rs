//! Statements of SQLite, and how their values stand in its columns.

use jiff::Timestamp;
use rusqlite::{Connection, Params, Row as SqliteRow};

use crate::catalog::columns::{damaged, from_json};
use crate::catalog::rows::{Cell, FromRow, Row};
use crate::catalog::store::{Result, StoreError};

/// A time as microseconds.
pub fn micros(time: Timestamp) -> i64 {
    time.as_microsecond()
}

/// The time of so many microseconds.
pub fn time(micros: i64) -> Result<Timestamp> {
    Timestamp::from_microsecond(micros).map_err(damaged)
}

impl Row for SqliteRow<'_> {
    fn cell<T: Cell>(&self, column: usize) -> Result<T> {
        Ok(self.get(column)?)
    }

    fn time_or_null(&self, column: usize) -> Result<Option<Timestamp>> {
        self.get::<_, Option<i64>>(column)?.map(time).transpose()
    }

    fn names(&self, column: usize) -> Result<Vec<String>> {
        from_json(self.get(column)?)
    }
}

/// Runs a statement, and tells how many rows it changed.
pub fn execute(db: &Connection, sql: &str, params: impl Params) -> Result<usize> {
    Ok(db.prepare_cached(sql)?.execute(params)?)
}

/// All rows that a statement finds.
pub fn all<T: FromRow>(db: &Connection, sql: &str, params: impl Params) -> Result<Vec<T>> {
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        all.push(T::from_row(row)?);
    }
    Ok(all)
}

/// The row that a statement finds, if there is one.
pub fn optional<T: FromRow>(db: &Connection, sql: &str, params: impl Params) -> Result<Option<T>> {
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    rows.next()?.map(T::from_row).transpose()
}

/// The row that a statement finds; `NotFound` where there is none.
pub fn one<T: FromRow>(db: &Connection, sql: &str, params: impl Params) -> Result<T> {
    optional(db, sql, params)?.ok_or(StoreError::NotFound)
}
