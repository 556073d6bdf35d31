//! Statements of PostgreSQL, and what is read from their rows.

use deadpool_postgres::GenericClient;
use jiff::Timestamp;
use tokio_postgres::Row as PostgresRow;
use tokio_postgres::types::ToSql;

use crate::catalog::rows::{Cell, FromRow, Row};
use crate::catalog::store::{Result, StoreError};

/// A parameter of a statement.
pub type Value<'a> = &'a (dyn ToSql + Sync);

impl Row for PostgresRow {
    fn cell<T: Cell>(&self, column: usize) -> Result<T> {
        Ok(self.try_get(column)?)
    }

    fn time_or_null(&self, column: usize) -> Result<Option<Timestamp>> {
        Ok(self.try_get(column)?)
    }

    fn names(&self, column: usize) -> Result<Vec<String>> {
        Ok(self.try_get(column)?)
    }
}

/// Runs a statement, and tells how many rows it changed.
pub async fn execute(db: &impl GenericClient, sql: &str, params: &[Value<'_>]) -> Result<u64> {
    Ok(db.execute(&db.prepare_cached(sql).await?, params).await?)
}

/// All rows that a statement finds.
pub async fn all<T: FromRow>(
    db: &impl GenericClient,
    sql: &str,
    params: &[Value<'_>],
) -> Result<Vec<T>> {
    db.query(&db.prepare_cached(sql).await?, params).await?.iter().map(T::from_row).collect()
}

/// The row that a statement finds, if there is one.
pub async fn optional<T: FromRow>(
    db: &impl GenericClient,
    sql: &str,
    params: &[Value<'_>],
) -> Result<Option<T>> {
    let row = db.query_opt(&db.prepare_cached(sql).await?, params).await?;
    row.as_ref().map(T::from_row).transpose()
}

/// The row that a statement finds; `NotFound` where there is none.
pub async fn one<T: FromRow>(
    db: &impl GenericClient,
    sql: &str,
    params: &[Value<'_>],
) -> Result<T> {
    optional(db, sql, params).await?.ok_or(StoreError::NotFound)
}
