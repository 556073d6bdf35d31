//! The embedded backend: a catalogue in one SQLite file, which needs no database server.

mod accounts;
mod audit;
mod backup;
mod checkpoints;
mod collections;
mod commit_counter;
mod counter_file;
mod error;
mod evidence;
mod import_places;
mod imports;
mod libraries;
mod media;
mod movies;
mod playbacks;
mod pool;
mod query;
mod replicas;
mod schema;
mod search;
mod snapshots;
mod start_check;
mod subtitles;
mod views;
mod watching;
mod writer;

use std::ffi::OsString;
use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use async_trait::async_trait;

use self::checkpoints::CheckpointLimits;
use self::pool::SqlitePool;
use super::store::{CatalogStore, Result, StoreError};
use crate::file_modes;

/// The time between two attempts to lock the directory of the file.
const LOCK_RETRY_DELAY: Duration = Duration::from_millis(50);
/// The shortest time between two log lines about the wait for that.
const LOG_INTERVAL: Duration = Duration::from_secs(60);

/// A catalogue in one SQLite file.
#[derive(Clone)]
pub struct SqliteStore {
    pool: SqlitePool,
}

impl SqliteStore {
    /// Opens the file, creates it if it does not exist, checks it, and migrates its schema. Waits
    /// while another process does the same.
    ///
    /// # Errors
    /// The file cannot be opened or written, a newer server has migrated it, its schema is
    /// incomplete, or something of the catalogue is lost or damaged.
    pub async fn open(path: &Path) -> Result<Self> {
        let (lock, path) = (lock_directory(path).await?, path.to_owned());
        let opened = tokio::task::spawn_blocking(move || {
            let _lock = lock;
            let suffixes = ["", "-wal", "-shm", "-counter"];
            file_modes::make_private(suffixes.map(|suffix| beside(&path, suffix)));
            SqlitePool::open(&path, schema::migrate, CheckpointLimits::default())
        });
        let pool = opened.await.map_err(|e| StoreError::Other(e.to_string()))??;
        Ok(Self { pool })
    }
}

/// Waits until no other process opens a catalogue in the same directory, because SQLite does not
/// keep two processes from running the same migration. The lock is on the directory and not on
/// the file: closing a second descriptor of the file would release the POSIX locks of SQLite.
async fn lock_directory(path: &Path) -> Result<File> {
    let directory = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let unusable = |error: io::Error| {
        let directory = directory.display();
        StoreError::Unavailable(format!("cannot open and lock the directory {directory}: {error}"))
    };
    let file = File::open(directory).map_err(unusable)?;
    let (start, mut logged) = (Instant::now(), None::<Instant>);
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::Error(error)) => return Err(unusable(error)),
            Err(TryLockError::WouldBlock) => {}
        }
        if logged.is_none_or(|logged| logged.elapsed() >= LOG_INTERVAL) {
            logged = Some(Instant::now());
            tracing::warn!(
                directory = %directory.display(),
                seconds = start.elapsed().as_secs(),
                "waiting for another process that is opening a catalogue in this directory"
            );
        }
        tokio::time::sleep(LOCK_RETRY_DELAY).await;
    }
}

/// Returns the path of a file beside the database, whose name has this at its end.
fn beside(database: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(database);
    name.push(suffix);
    name.into()
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
