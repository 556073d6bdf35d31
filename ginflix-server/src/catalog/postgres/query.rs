//! Execution of PostgreSQL statements. All are prepared once for each connection.

use deadpool_postgres::GenericClient;
use jiff::Timestamp;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use crate::catalog::rows::{ColumnValue, DatabaseRow, FromRow};
use crate::catalog::store::{Result, StoreError};

/// A parameter of a statement.
pub type SqlValue<'a> = &'a (dyn ToSql + Sync);

impl DatabaseRow for Row {
    fn column<T: ColumnValue>(&self, column: usize) -> Result<T> {
        Ok(self.try_get(column)?)
    }

    fn optional_time(&self, column: usize) -> Result<Option<Timestamp>> {
        Ok(self.try_get(column)?)
    }

    fn text_list(&self, column: usize) -> Result<Vec<String>> {
        Ok(self.try_get(column)?)
    }
}

/// Executes a statement, and returns the number of rows that it changed.
pub async fn execute(db: &impl GenericClient, sql: &str, params: &[SqlValue<'_>]) -> Result<u64> {
    Ok(db.execute(&db.prepare_cached(sql).await?, params).await?)
}

/// Returns all rows of a query.
pub async fn fetch_all<T: FromRow>(
    db: &impl GenericClient,
    sql: &str,
    params: &[SqlValue<'_>],
) -> Result<Vec<T>> {
    db.query(&db.prepare_cached(sql).await?, params).await?.iter().map(T::from_row).collect()
}

/// Returns the only row of a query; `None` if there is none.
pub async fn fetch_optional<T: FromRow>(
    db: &impl GenericClient,
    sql: &str,
    params: &[SqlValue<'_>],
) -> Result<Option<T>> {
    let row = db.query_opt(&db.prepare_cached(sql).await?, params).await?;
    row.as_ref().map(T::from_row).transpose()
}

/// Returns the only row of a query.
///
/// # Errors
/// `NotFound` if there is none.
pub async fn fetch_one<T: FromRow>(
    db: &impl GenericClient,
    sql: &str,
    params: &[SqlValue<'_>],
) -> Result<T> {
    fetch_optional(db, sql, params).await?.ok_or(StoreError::NotFound)
}
