//! The connections to an SQLite file: one writer with its own thread and queue, and a few
//! readers. In WAL mode readers see the last commit and never wait for the writer.

use std::fs::File;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, Transaction};
use tokio::sync::{Semaphore, oneshot};
use tokio_util::sync::CancellationToken;

use super::checkpoints::CheckpointLimits;
use super::counter_file::CounterFile;
use super::snapshots::Snapshots;
use super::writer::{WriteJob, Writer, WriterThread};
use super::{commit_counter, start_check};
use crate::catalog::store::{Result, StoreError};
use crate::file_modes::PRIVATE_FILE_MODE;

/// The number of concurrent reads. Each one keeps a core busy, of which there are few.
const READER_LIMIT: usize = 4;
/// The longest wait for a lock that another process holds on the file, such as a backup tool.
pub const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// The longest wait at the stop for reads in progress.
const CLOSE_READERS_TIMEOUT: Duration = Duration::from_secs(2);
/// The number of prepared statements that each connection caches.
const STATEMENT_CACHE_CAPACITY: usize = 32;
/// The size in bytes to which SQLite truncates the write-ahead log after a checkpoint.
const JOURNAL_SIZE_LIMIT: i64 = 16 << 20;

/// A handle to the connections of one file. [`SqlitePool::close`] closes the file, as does
/// dropping the last clone.
#[derive(Clone)]
pub struct SqlitePool {
    /// `None` once closed.
    writer: Arc<Mutex<Option<WriterThread>>>,
    readers: Arc<ReaderPool>,
}

struct ReaderPool {
    path: PathBuf,
    permits: Arc<Semaphore>,
    idle: Mutex<Vec<Connection>>,
    snapshots: Arc<Snapshots>,
}

impl SqlitePool {
    /// Opens the file, creates it if it does not exist, checks and migrates it, and starts the
    /// writer. Needs a Tokio runtime.
    pub fn open(
        path: &Path,
        migrate: fn(&mut Connection) -> Result<()>,
        limits: CheckpointLimits,
    ) -> Result<Self> {
        let connection = open_writer(path, migrate)?;
        let failed = |e| StoreError::Unavailable(format!("cannot write beside the database: {e}"));
        let (catalog_id, commits) = commit_counter::read(&connection)?.ok_or_else(no_counter)?;
        let counter = CounterFile::open(path, catalog_id, commits).map_err(failed)?;
        let readers = ReaderPool::open(path)?;
        let snapshots = readers.snapshots.clone();
        let writer = Writer { path: path.to_owned(), connection, counter, snapshots, limits };
        let writer = Arc::new(Mutex::new(Some(writer.start()?)));
        Ok(Self { writer, readers: Arc::new(readers) })
    }

    /// Waits for all queued calls, and for those that run unless they take too long, and closes the
    /// file. The content of the write-ahead log is moved into it. Later calls fail.
    pub async fn close(&self) {
        self.readers.close().await;
        let Some(WriterThread { jobs, thread }) = self.writer.lock().take() else { return };
        drop(jobs);
        // A writer thread that panicked has closed its connection too.
        let _ = tokio::task::spawn_blocking(move || thread.join()).await;
    }

    /// Runs `work` as one atomic write. It is durable when this returns `Ok`.
    pub async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (sender, receiver) = oneshot::channel();
        let job: WriteJob = Box::new(move |transaction| {
            let result = in_savepoint(transaction, work);
            Box::new(move |committed| {
                // The caller may have been cancelled; the write is committed all the same.
                let _ = sender.send(result.and_then(|value| committed.map(|()| value)));
            })
        });
        let jobs = self.writer.lock().as_ref().map(|writer| writer.jobs.clone());
        jobs.ok_or_else(closed)?.send(job).await.map_err(|_| closed())?;
        let dropped = |_| StoreError::Unavailable("the write was not executed".to_owned());
        receiver.await.map_err(dropped)?
    }

    /// Runs `work` on a consistent snapshot.
    pub async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.read_long(|db, _| work(db)).await
    }

    /// Runs `work` on a consistent snapshot. It may wait for a client, but has to end when the token
    /// is cancelled, because the write-ahead log grows as long as a snapshot is in use.
    pub async fn read_long<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection, &CancellationToken) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let readers = self.readers.clone();
        let permit = readers.permits.clone().acquire_owned().await.map_err(|_| closed())?;
        let task = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            let connection = readers.take()?;
            let end = readers.snapshots.token();
            let snapshot = connection.unchecked_transaction()?;
            let result = work(&snapshot, &end);
            drop(snapshot);
            readers.put_back(connection);
            result
        });
        task.await.map_err(|e| StoreError::Other(format!("a read of the catalogue failed: {e}")))?
    }
}

impl ReaderPool {
    /// Opens all connections at once, so that a lack of file descriptors shows at the start.
    fn open(path: &Path) -> Result<Self> {
        let idle: Result<Vec<_>> = (0..READER_LIMIT).map(|_| open_reader(path)).collect();
        let permits = Arc::new(Semaphore::new(READER_LIMIT));
        let (idle, snapshots) = (Mutex::new(idle?), Arc::default());
        Ok(Self { path: path.to_owned(), permits, idle, snapshots })
    }

    /// Takes an idle connection. The caller holds a permit, so there is one, unless a read
    /// panicked and its connection was dropped: then a new one is opened.
    fn take(&self) -> Result<Connection> {
        let idle = self.idle.lock().pop();
        idle.map_or_else(|| open_reader(&self.path), Ok)
    }

    fn put_back(&self, connection: Connection) {
        if !self.permits.is_closed() {
            self.idle.lock().push(connection);
        }
    }

    /// Ends long reads, waits for those in progress and closes all connections.
    async fn close(&self) {
        self.snapshots.close();
        let all = self.permits.acquire_many(READER_LIMIT as u32);
        if tokio::time::timeout(CLOSE_READERS_TIMEOUT, all).await.is_err() {
            tracing::warn!(
                "a read of the catalogue does not end; closing the catalogue all the same"
            );
        }
        self.permits.close();
        self.idle.lock().clear();
    }
}

/// Opens the connection for writes, and refuses a catalogue of which something is lost or damaged.
fn open_writer(path: &Path, migrate: fn(&mut Connection) -> Result<()>) -> Result<Connection> {
    let stored = start_check::read_counter(path)?;
    create(path)?;
    let failed = |error| start_check::from_sqlite(path, error);
    let mut connection = Connection::open(path).map_err(failed)?;
    // A refused catalogue keeps its write-ahead log, even a damaged one.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    configure(&connection).map_err(failed)?;
    start_check::check(&mut connection, path, stored)?;
    // FULL: an acknowledged write survives a power failure.
    let durability = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;";
    connection.execute_batch(durability).map_err(failed)?;
    connection.pragma_update(None, "journal_size_limit", JOURNAL_SIZE_LIMIT)?;
    migrate(&mut connection)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    Ok(connection)
}

/// Creates an empty database that only its owner can read, unless there is one. SQLite gives the
/// files beside it the same mode.
fn create(path: &Path) -> Result<()> {
    let mut options = File::options();
    match options.write(true).create_new(true).mode(PRIVATE_FILE_MODE).open(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            Err(StoreError::Unavailable(format!("cannot create {}: {error}", path.display())))
        }
        _ => Ok(()),
    }
}

fn open_reader(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    configure(&connection)?;
    Ok(connection)
}

fn configure(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(STATEMENT_CACHE_CAPACITY);
    // 1 MiB of pages for each connection is enough: the page cache of the kernel has the file.
    connection.execute_batch(
        "PRAGMA foreign_keys = ON; PRAGMA cache_size = -1024; PRAGMA trusted_schema = OFF;",
    )
}

/// Runs `work` in a savepoint, so that an error rolls back this write and no other of its group.
fn in_savepoint<T>(
    transaction: &mut Transaction<'_>,
    work: impl FnOnce(&Connection) -> Result<T>,
) -> Result<T> {
    let savepoint = transaction.savepoint()?;
    let value = work(&savepoint)?;
    savepoint.commit()?;
    Ok(value)
}

fn no_counter() -> StoreError {
    StoreError::Other("the catalogue has no number of its commits".to_owned())
}

fn closed() -> StoreError {
    StoreError::Unavailable("the catalogue is closed".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_wait;

    const SCHEMA: &str = "CREATE TABLE IF NOT EXISTS numbers (n INTEGER, text TEXT);
        CREATE TABLE IF NOT EXISTS commit_counter (row INTEGER PRIMARY KEY, catalog_id BLOB, commits);
        INSERT OR IGNORE INTO commit_counter VALUES (1, randomblob(16), 0)";
    const SUM: &str = "SELECT sum(n) FROM numbers";

    fn migrate(db: &mut Connection) -> Result<()> {
        Ok(db.execute_batch(SCHEMA)?)
    }

    /// Inserts a number and a page of text, in a commit of its own.
    async fn insert(pool: &SqlitePool, n: i64) -> Result<usize> {
        let sql = "INSERT INTO numbers VALUES (?1, hex(randomblob(2000)))";
        pool.write(move |db| Ok(db.execute(sql, [n])?)).await
    }

    fn sum(db: &Connection) -> i64 {
        db.query_row(SUM, [], |row| row.get(0)).unwrap()
    }

    #[tokio::test]
    async fn close_completes_all_writes_and_refuses_later_calls() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("catalog.db");
        let pool = SqlitePool::open(&path, migrate, CheckpointLimits::default()).unwrap();
        let (first, second) = tokio::join!(insert(&pool, 1), insert(&pool, 2));
        assert_eq!((first.unwrap(), second.unwrap()), (1, 1));
        pool.close().await;
        for suffix in ["-wal", "-shm"] {
            assert!(!super::super::beside(&path, suffix).exists(), "SQLite left {suffix}");
        }
        let refused = pool.read(|db| Ok(sum(db))).await;
        assert!(matches!(refused, Err(StoreError::Unavailable(_))));
        assert!(matches!(insert(&pool, 3).await, Err(StoreError::Unavailable(_))));
        pool.close().await;
        assert_eq!(sum(&Connection::open(&path).unwrap()), 3);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_long_read_does_not_let_the_log_grow_without_limit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("catalog.db");
        let limits = CheckpointLimits { pages: 20, max_pages: 200, interval: Duration::MAX };
        let pool = SqlitePool::open(&path, migrate, limits).unwrap();
        insert(&pool, 1).await.unwrap();
        let (started, has_started) = oneshot::channel();
        let reader = pool.clone();
        let read = tokio::spawn(async move {
            let work = move |db: &Connection, end: &CancellationToken| {
                let first = sum(db);
                started.send(()).unwrap();
                tokio::runtime::Handle::current().block_on(end.cancelled());
                Ok((first, sum(db)))
            };
            reader.read_long(work).await
        });
        has_started.await.unwrap();
        let mut longest = 0;
        for n in 0..300 {
            insert(&pool, n).await.unwrap();
            longest = longest.max(super::super::beside(&path, "-wal").metadata().unwrap().len());
        }
        let read = tokio::time::timeout(Duration::from_secs(60), read).await;
        assert_eq!(read.unwrap().unwrap().unwrap(), (1, 1), "it has one snapshot until its end");
        // 300 commits have more than 1200 pages.
        assert!(longest < 2 * 200 * 4096, "the log has {longest} bytes");
        pool.close().await;
    }

    #[tokio::test]
    async fn a_commit_is_in_the_database_file_after_the_interval() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("catalog.db");
        let interval = Duration::from_millis(50);
        let limits = CheckpointLimits { interval, ..CheckpointLimits::default() };
        let pool = SqlitePool::open(&path, migrate, limits).unwrap();
        insert(&pool, 7).await.unwrap();
        let db = Connection::open(&path).unwrap();
        let counts = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(1)?, row.get::<_, i64>(2)?));
        test_wait::until_every(interval, "a checkpoint", async || {
            let (in_log, in_file) =
                db.query_row("PRAGMA wal_checkpoint(NOOP)", [], counts).unwrap();
            in_log > 0 && in_log == in_file
        })
        .await;
        drop(db);
        pool.close().await;
    }
}
