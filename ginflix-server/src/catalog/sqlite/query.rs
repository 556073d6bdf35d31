//! Execution of SQLite statements, and conversion of values that SQLite has no type for.

use jiff::Timestamp;
use rusqlite::{Connection, Params, Row};

use crate::catalog::columns::{corrupt, from_json};
use crate::catalog::rows::{ColumnValue, DatabaseRow, FromRow};
use crate::catalog::store::{Result, StoreError};

/// Converts a time to microseconds since 1970, the form in which it is stored.
pub fn micros(time: Timestamp) -> i64 {
    time.as_microsecond()
}

/// Converts microseconds since 1970 to a time.
pub fn time(micros: i64) -> Result<Timestamp> {
    Timestamp::from_microsecond(micros).map_err(corrupt)
}

impl DatabaseRow for Row<'_> {
    fn column<T: ColumnValue>(&self, column: usize) -> Result<T> {
        Ok(self.get(column)?)
    }

    fn optional_time(&self, column: usize) -> Result<Option<Timestamp>> {
        self.get::<_, Option<i64>>(column)?.map(time).transpose()
    }

    fn text_list(&self, column: usize) -> Result<Vec<String>> {
        from_json(self.get(column)?)
    }
}

/// Executes a statement, and returns the number of rows that it changed.
pub fn execute(db: &Connection, sql: &str, params: impl Params) -> Result<usize> {
    Ok(db.prepare_cached(sql)?.execute(params)?)
}

/// Returns all rows of a query.
pub fn fetch_all<T: FromRow>(db: &Connection, sql: &str, params: impl Params) -> Result<Vec<T>> {
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        all.push(T::from_row(row)?);
    }
    Ok(all)
}

/// Returns the first row of a query; `None` if there is none.
pub fn fetch_optional<T: FromRow>(
    db: &Connection,
    sql: &str,
    params: impl Params,
) -> Result<Option<T>> {
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    rows.next()?.map(T::from_row).transpose()
}

/// Returns the first row of a query.
///
/// # Errors
/// `NotFound` if there is none.
pub fn fetch_one<T: FromRow>(db: &Connection, sql: &str, params: impl Params) -> Result<T> {
    fetch_optional(db, sql, params)?.ok_or(StoreError::NotFound)
}
