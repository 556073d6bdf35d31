//! Rows of either database.

use jiff::Timestamp;
use serde::de::DeserializeOwned;

use super::columns::{damaged, from_word};
use super::store::Result;

/// A type that both drivers read from a column as it is.
pub trait Cell: rusqlite::types::FromSql + for<'a> tokio_postgres::types::FromSql<'a> {}

impl<T> Cell for T where T: rusqlite::types::FromSql + for<'a> tokio_postgres::types::FromSql<'a> {}

/// A row of either database. Columns are counted from 0.
pub trait Row {
    /// The value of a column.
    fn cell<T: Cell>(&self, column: usize) -> Result<T>;

    /// The time in a column that may be null.
    fn time_or_null(&self, column: usize) -> Result<Option<Timestamp>>;

    /// The names in a column.
    fn names(&self, column: usize) -> Result<Vec<String>>;

    /// The time in a column.
    fn time(&self, column: usize) -> Result<Timestamp> {
        self.time_or_null(column)?.ok_or_else(|| damaged("a time is null"))
    }

    /// The count in a column.
    fn count(&self, column: usize) -> Result<u64> {
        Ok(self.cell::<i64>(column)? as u64)
    }

    /// The value of an enumeration, by its word.
    fn word<T: DeserializeOwned>(&self, column: usize) -> Result<T> {
        from_word(self.cell(column)?)
    }
}

/// A record that is read from a row.
pub trait FromRow: Sized {
    /// Reads the record from its columns, whose order [`super::records`] states.
    ///
    /// # Errors
    /// Where a value is of another type or form.
    fn from_row(row: &impl Row) -> Result<Self>;
}

impl FromRow for bool {
    fn from_row(row: &impl Row) -> Result<Self> {
        row.cell(0)
    }
}

impl FromRow for u64 {
    fn from_row(row: &impl Row) -> Result<Self> {
        row.count(0)
    }
}

/// A year.
impl FromRow for u16 {
    fn from_row(row: &impl Row) -> Result<Self> {
        Ok(row.cell::<i32>(0)? as Self)
    }
}

impl FromRow for String {
    fn from_row(row: &impl Row) -> Result<Self> {
        row.cell(0)
    }
}

impl FromRow for (u64, u64) {
    fn from_row(row: &impl Row) -> Result<Self> {
        Ok((row.count(0)?, row.count(1)?))
    }
}

impl FromRow for (String, u64) {
    fn from_row(row: &impl Row) -> Result<Self> {
        Ok((row.cell(0)?, row.count(1)?))
    }
}
