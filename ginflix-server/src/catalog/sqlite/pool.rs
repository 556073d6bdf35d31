//! The connections to an SQLite file: one writer with its own thread and queue, and a few
//! readers.
//!
//! SQLite allows one writer at a time. A queue in front of it is fairer than its locks, and the
//! writes that wait in it share one commit (group commit). In WAL mode readers see the last
//! commit and never wait for the writer.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use parking_lot::Mutex;
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};
use tokio::sync::{Semaphore, mpsc, oneshot};

use crate::catalog::store::{Result, StoreError};

/// The number of writes that can be queued. Further callers wait for a place in the queue.
const WRITE_QUEUE_CAPACITY: usize = 256;
/// The number of concurrent reads. Each one keeps a core busy, of which there are few.
const READER_LIMIT: usize = 4;
/// The longest wait for a lock that another process holds on the file, such as a backup tool.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// The number of prepared statements that each connection caches.
const STATEMENT_CACHE_CAPACITY: usize = 32;
/// The size in bytes to which SQLite truncates the write-ahead log after a checkpoint.
const JOURNAL_SIZE_LIMIT: i64 = 16 << 20;
/// The number of writes that share one commit, and with it one fsync.
const GROUP_COMMIT_LIMIT: usize = 64;

/// A queued write. It runs in a savepoint of the transaction, and returns the function that
/// completes it once the transaction is committed or has failed.
type WriteJob = Box<dyn FnOnce(&mut Transaction<'_>) -> Completion + Send>;
type Completion = Box<dyn FnOnce(Result<()>)>;

/// A handle to the connections of one file. [`SqlitePool::close`] closes the file, as does
/// dropping the last clone.
#[derive(Clone)]
pub struct SqlitePool {
    /// `None` once closed.
    writer: Arc<Mutex<Option<WriterThread>>>,
    readers: Arc<ReaderPool>,
}

struct WriterThread {
    jobs: mpsc::Sender<WriteJob>,
    thread: JoinHandle<()>,
}

struct ReaderPool {
    path: PathBuf,
    permits: Arc<Semaphore>,
    idle: Mutex<Vec<Connection>>,
}

impl SqlitePool {
    /// Opens the file, creates it if it does not exist, migrates it and starts the writer.
    pub fn open(path: &Path, migrate: fn(&mut Connection) -> Result<()>) -> Result<Self> {
        let mut connection = Connection::open(path)?;
        configure(&connection)?;
        // FULL: an acknowledged write survives a power failure.
        connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")?;
        connection.pragma_update(None, "journal_size_limit", JOURNAL_SIZE_LIMIT)?;
        migrate(&mut connection)?;
        let readers = ReaderPool::open(path)?;
        let (jobs, queue) = mpsc::channel(WRITE_QUEUE_CAPACITY);
        let thread = thread::Builder::new()
            .name("catalog-writer".to_owned())
            .spawn(move || run_writer(connection, queue))
            .map_err(|e| StoreError::Unavailable(format!("cannot start the writer: {e}")))?;
        let writer = Arc::new(Mutex::new(Some(WriterThread { jobs, thread })));
        Ok(Self { writer, readers: Arc::new(readers) })
    }

    /// Waits for all running and queued calls and closes the file. SQLite then moves the content
    /// of the write-ahead log into the file and deletes the log. Later calls fail.
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
        let readers = self.readers.clone();
        let permit = readers.permits.clone().acquire_owned().await.map_err(|_| closed())?;
        let task = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            let connection = readers.take()?;
            let snapshot = connection.unchecked_transaction()?;
            let result = work(&snapshot);
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
        Ok(Self { path: path.to_owned(), permits, idle: Mutex::new(idle?) })
    }

    /// Takes an idle connection. The caller holds a permit, so there is one, unless a read
    /// panicked and its connection was dropped: then a new one is opened.
    fn take(&self) -> Result<Connection> {
        let idle = self.idle.lock().pop();
        idle.map_or_else(|| open_reader(&self.path), Ok)
    }

    fn put_back(&self, connection: Connection) {
        self.idle.lock().push(connection);
    }

    /// Waits for the reads in progress and closes all connections.
    async fn close(&self) {
        let all_permits = self.permits.acquire_many(READER_LIMIT as u32).await;
        self.permits.close();
        self.idle.lock().clear();
        drop(all_permits);
    }
}

fn open_reader(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    configure(&connection)?;
    Ok(connection)
}

fn configure(connection: &Connection) -> Result<()> {
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(STATEMENT_CACHE_CAPACITY);
    // 1 MiB of pages for each connection is enough: the page cache of the kernel has the file.
    connection.execute_batch(
        "PRAGMA foreign_keys = ON; PRAGMA cache_size = -1024; PRAGMA trusted_schema = OFF;",
    )?;
    Ok(())
}

/// Executes queued writes until all senders are dropped.
fn run_writer(mut connection: Connection, mut jobs: mpsc::Receiver<WriteJob>) {
    while let Some(first) = jobs.blocking_recv() {
        if let Err(error) = commit_group(&mut connection, first, &mut jobs) {
            tracing::warn!(%error, "cannot commit writes to the catalogue");
        }
    }
}

/// Executes `first` and the writes queued behind it in one transaction, and completes them once
/// that is committed.
fn commit_group(
    connection: &mut Connection,
    first: WriteJob,
    jobs: &mut mpsc::Receiver<WriteJob>,
) -> rusqlite::Result<()> {
    // On an error here `first` is dropped, which tells its caller that the write was not executed.
    let mut transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut completions = Vec::new();
    let mut next = Some(first);
    while let Some(job) = next {
        completions.push(job(&mut transaction));
        // SQLite rolls a transaction back by itself if the disk is full. A further write would
        // then be committed alone, without the ones before it.
        let has_room = completions.len() < GROUP_COMMIT_LIMIT && !transaction.is_autocommit();
        next = if has_room { jobs.try_recv().ok() } else { None };
    }
    let committed = transaction.commit();
    for complete in completions {
        complete(match &committed {
            Ok(()) => Ok(()),
            Err(error) => Err(error.into()),
        });
    }
    committed
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

fn closed() -> StoreError {
    StoreError::Unavailable("the catalogue is closed".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn migrate(db: &mut Connection) -> Result<()> {
        Ok(db.execute_batch("CREATE TABLE IF NOT EXISTS numbers (n INTEGER)")?)
    }

    #[tokio::test]
    async fn close_completes_all_writes_and_refuses_later_calls() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("catalog.db");
        let pool = SqlitePool::open(&path, migrate).unwrap();
        let insert =
            |n: i64| pool.write(move |db| Ok(db.execute("INSERT INTO numbers VALUES (?1)", [n])?));
        let (first, second) = tokio::join!(insert(1), insert(2));
        assert_eq!((first.unwrap(), second.unwrap()), (1, 1));
        pool.close().await;
        let names = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
        assert!(names.eq([path.clone()]), "SQLite left files beside it");
        let sum = "SELECT sum(n) FROM numbers";
        let refused = pool.read(move |db| Ok(db.query_row(sum, [], |row| row.get::<_, i64>(0))?));
        assert!(matches!(refused.await, Err(StoreError::Unavailable(_))));
        assert!(matches!(insert(3).await, Err(StoreError::Unavailable(_))));
        pool.close().await;
        let db = Connection::open(&path).unwrap();
        assert_eq!(db.query_row(sum, [], |row| row.get::<_, i64>(0)).unwrap(), 3);
    }
}
