//! A common interface to the rows of both databases.

use jiff::Timestamp;
use serde::de::DeserializeOwned;

use super::columns::{corrupt, enum_from_text};
use super::store::Result;

/// A type that both drivers can read from a column.
pub trait ColumnValue:
    rusqlite::types::FromSql + for<'a> tokio_postgres::types::FromSql<'a>
{
}

impl<T> ColumnValue for T where
    T: rusqlite::types::FromSql + for<'a> tokio_postgres::types::FromSql<'a>
{
}

/// A row of a result. Columns are numbered from 0.
pub trait DatabaseRow {
    /// Reads a value of a type that both databases store alike.
    fn column<T: ColumnValue>(&self, column: usize) -> Result<T>;

    /// Reads a time that may be null.
    fn optional_time(&self, column: usize) -> Result<Option<Timestamp>>;

    /// Reads a list of texts.
    fn text_list(&self, column: usize) -> Result<Vec<String>>;

    /// Reads a time.
    fn time(&self, column: usize) -> Result<Timestamp> {
        self.optional_time(column)?.ok_or_else(|| corrupt("a time is null"))
    }

    /// Reads a number that is never negative. Both databases have only signed integers.
    fn count(&self, column: usize) -> Result<u64> {
        Ok(self.column::<i64>(column)? as u64)
    }

    /// Reads an enum variant without fields by its text.
    fn enum_value<T: DeserializeOwned>(&self, column: usize) -> Result<T> {
        enum_from_text(self.column(column)?)
    }
}

/// A value that can be read from a row.
pub trait FromRow: Sized {
    /// Reads the value from the columns that [`super::records`] lists for its type.
    ///
    /// # Errors
    /// A column has another type, or its value is invalid.
    fn from_row(row: &impl DatabaseRow) -> Result<Self>;
}

impl FromRow for bool {
    fn from_row(row: &impl DatabaseRow) -> Result<Self> {
        row.column(0)
    }
}

impl FromRow for u64 {
    fn from_row(row: &impl DatabaseRow) -> Result<Self> {
        row.count(0)
    }
}

impl FromRow for Vec<u8> {
    fn from_row(row: &impl DatabaseRow) -> Result<Self> {
        row.column(0)
    }
}

/// Reads a time that may be null.
impl FromRow for Option<Timestamp> {
    fn from_row(row: &impl DatabaseRow) -> Result<Self> {
        row.optional_time(0)
    }
}

/// Reads a year.
impl FromRow for u16 {
    fn from_row(row: &impl DatabaseRow) -> Result<Self> {
        Ok(row.column::<i32>(0)? as Self)
    }
}

impl FromRow for String {
    fn from_row(row: &impl DatabaseRow) -> Result<Self> {
        row.column(0)
    }
}

impl FromRow for (u64, u64) {
    fn from_row(row: &impl DatabaseRow) -> Result<Self> {
        Ok((row.count(0)?, row.count(1)?))
    }
}

impl FromRow for (String, u64) {
    fn from_row(row: &impl DatabaseRow) -> Result<Self> {
        Ok((row.column(0)?, row.count(1)?))
    }
}
