//! The embedded backend: one SQLite file, nothing to install.

mod accounts;
mod audit;
mod carried;
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

use self::pool::Pool;
use super::store::{CatalogStore, Result, StoreError};

/// A catalogue in one SQLite file.
#[derive(Clone)]
pub struct SqliteStore {
    pool: Pool,
}

impl SqliteStore {
    /// Opens the file, makes it if it is not there, and brings its schema up to date.
    ///
    /// # Errors
    /// Where the file cannot be used, or was written by a newer version.
    pub fn open(path: &Path) -> Result<Self> {
        let _turn = take_turn(path)?;
        Ok(Self { pool: Pool::open(path, schema::migrate)? })
    }
}

/// Waits until no other process is opening a catalogue in this folder: neither
/// SQLite nor the migrations keep two from making the same tables. Locks the
/// folder, as closing a second handle of the file would end SQLite's own locks.
fn take_turn(path: &Path) -> Result<File> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let locked = File::open(folder).and_then(|file| file.lock().map(|()| file));
    locked.map_err(|e| StoreError::Unavailable(format!("{}: {e}", folder.display())))
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
