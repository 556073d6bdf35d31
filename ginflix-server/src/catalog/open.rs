//! Opening of the catalogue in the database that the configuration names.

use std::sync::Arc;

use super::Catalog;
use super::postgres::PostgresStore;
use super::sqlite::SqliteStore;
use super::store::StoreError;
use crate::config::Database;

/// Opens the catalogue. An SQLite file is migrated to the current schema. PostgreSQL is not waited
/// for: each call of the catalogue fails with `Unavailable` until it is available, and
/// [`Catalog::connect`] waits for that.
///
/// # Errors
/// The SQLite file cannot be opened, or a newer server has migrated it; the database URL is
/// invalid.
pub async fn open(database: &Database) -> Result<Catalog, StoreError> {
    Ok(match database {
        Database::Sqlite(path) => Catalog::new(Arc::new(SqliteStore::open(path).await?)),
        Database::Postgres(url) => Catalog::new(Arc::new(PostgresStore::open(url)?)),
    })
}
