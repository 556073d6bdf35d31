//! The embedded backend: a catalogue in one SQLite file, which needs no database server.

mod accounts;
mod audit;
mod backup;
mod error;
mod media;
mod movies;
mod playbacks;
mod pool;
mod query;
mod replicas;
mod schema;
mod search;
mod views;

use std::fs::File;
use std::path::Path;

use async_trait::async_trait;

use self::pool::SqlitePool;
use super::store::{CatalogStore, Result, StoreError};

/// A catalogue in one SQLite file.
#[derive(Clone)]
pub struct SqliteStore {
    pool: SqlitePool,
}

impl SqliteStore {
    /// Opens the file, creates it if it does not exist, and migrates its schema.
    ///
    /// # Errors
    /// The file cannot be opened or written, a newer server has migrated it, or its schema is
    /// incomplete.
    pub fn open(path: &Path) -> Result<Self> {
        let _lock = lock_directory(path)?;
        Ok(Self { pool: SqlitePool::open(path, schema::migrate)? })
    }
}

/// Waits until no other process opens a catalogue in the same directory, because SQLite does not
/// keep two processes from running the same migration. The lock is on the directory and not on
/// the file: closing a second descriptor of the file would release the POSIX locks of SQLite.
fn lock_directory(path: &Path) -> Result<File> {
    let directory = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let locked = File::open(directory).and_then(|file| file.lock().map(|()| file));
    let unusable = |e| format!("cannot open and lock the directory {}: {e}", directory.display());
    locked.map_err(|e| StoreError::Unavailable(unusable(e)))
}

#[async_trait]
impl CatalogStore for SqliteStore {
    async fn close(&self) {
        self.pool.close().await;
    }

    async fn ping(&self) -> Result<()> {
        self.pool.read(|db| Ok(db.query_row("SELECT 1", [], |_| Ok(()))?)).await
    }
}
