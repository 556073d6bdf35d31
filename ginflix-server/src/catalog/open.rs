//! Opens the backend that the settings name.

use std::sync::Arc;
use std::time::Duration;

use super::Catalog;
use super::postgres::PostgresStore;
use super::sqlite::SqliteStore;
use super::store::StoreError;
use crate::config::Database;

/// How long a server waits for a database that starts together with it.
const START_TIMEOUT: Duration = Duration::from_secs(60);

/// Opens the catalogue and brings its schema up to date.
///
/// # Errors
/// Where the database cannot be used.
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

/// As [`open`], without waiting for a database that is away. Until it answers,
/// each call of the catalogue fails as `Unavailable`.
///
/// # Errors
/// Where its URL cannot be read, or the file of an embedded one cannot be used.
pub async fn open_lazy(database: &Database) -> Result<Catalog, StoreError> {
    match database {
        Database::Sqlite(_) => open(database).await,
        Database::Postgres(url) => Ok(Catalog::new(Arc::new(PostgresStore::lazy(url)?))),
    }
}
