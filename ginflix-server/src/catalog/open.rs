//! Opening of the catalogue in the database that the configuration names.

use std::sync::Arc;
use std::time::Duration;

use super::Catalog;
use super::postgres::PostgresStore;
use super::sqlite::SqliteStore;
use super::store::StoreError;
use crate::config::Database;

/// The longest wait for a database that starts together with the server.
const START_TIMEOUT: Duration = Duration::from_secs(60);

/// Opens the catalogue and migrates its schema to the current version.
///
/// # Errors
/// The database cannot be opened or reached, or a newer server has migrated it.
pub async fn open(database: &Database) -> Result<Catalog, StoreError> {
    match database {
        Database::Sqlite(path) => {
            let path = path.clone();
            let opened = tokio::task::spawn_blocking(move || SqliteStore::open(&path)).await;
            let store = opened.map_err(|e| StoreError::Other(e.to_string()))??;
            Ok(Catalog::new(Arc::new(store)))
        }
        Database::Postgres(url) => {
            Ok(Catalog::new(Arc::new(PostgresStore::open(url, START_TIMEOUT).await?)))
        }
    }
}

/// Opens the catalogue like [`open`], but does not wait for PostgreSQL. Until that is available,
/// each call of the catalogue fails with `Unavailable`.
///
/// # Errors
/// The database URL is invalid, or the SQLite file cannot be opened.
pub async fn open_lazy(database: &Database) -> Result<Catalog, StoreError> {
    match database {
        Database::Sqlite(_) => open(database).await,
        Database::Postgres(url) => Ok(Catalog::new(Arc::new(PostgresStore::lazy(url)?))),
    }
}
