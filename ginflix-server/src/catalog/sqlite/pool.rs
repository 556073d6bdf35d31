//! Connections: one writer with a thread and a queue of its own, a few readers.
//!
//! SQLite has one writer at a time; a queue before it is fairer than locks, and
//! what waits in it is committed together.
//! Readers see the last commit and never wait for the writer (WAL).

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};
use tokio::sync::{Semaphore, mpsc, oneshot};

use crate::catalog::store::{Result, StoreError};

/// Writes that may wait; whoever comes after waits to be queued.
const QUEUE: usize = 256;
/// Readers at once: more would only share the same two or four cores.
const READERS: usize = 4;
/// Another process, such as a backup, may hold the file so long.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Writes that share one commit, and so one wait for the disk.
const GROUP: usize = 64;

/// A write: does its work, and says what to answer once that is durable or not.
type Job = Box<dyn FnOnce(&mut Transaction<'_>) -> Answer + Send>;
type Answer = Box<dyn FnOnce(Result<()>)>;

/// Handles to one database file; [`Pool::close`] or the last clone that goes closes it.
#[derive(Clone)]
pub struct Pool {
    /// `None` after the close.
    writer: Arc<Mutex<Option<Writer>>>,
    readers: Arc<Readers>,
}

struct Writer {
    jobs: mpsc::Sender<Job>,
    thread: JoinHandle<()>,
}

struct Readers {
    path: PathBuf,
    permits: Arc<Semaphore>,
    idle: Mutex<Vec<Connection>>,
}

impl Pool {
    /// Opens the file, made and migrated if need be, and starts the writer.
    pub fn open(path: &Path, migrate: fn(&mut Connection) -> Result<()>) -> Result<Self> {
        let mut connection = Connection::open(path)?;
        configure(&connection)?;
        // FULL: what was acknowledged survives a power cut.
        connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")?;
        connection.pragma_update(None, "journal_size_limit", 16 << 20)?;
        migrate(&mut connection)?;
        let readers = Readers::open(path)?;
        let (jobs, queue) = mpsc::channel(QUEUE);
        let thread = thread::Builder::new()
            .name("catalog-writer".to_owned())
            .spawn(move || work_off(connection, queue))
            .map_err(|e| StoreError::Unavailable(format!("cannot start the writer: {e}")))?;
        let writer = Arc::new(Mutex::new(Some(Writer { jobs, thread })));
        Ok(Self { writer, readers: Arc::new(readers) })
    }

    /// Finishes what has begun or is queued, and closes the file: SQLite then moves what is in
    /// the write-ahead log into it, and deletes the log. Later reads and writes fail.
    pub async fn close(&self) {
        self.readers.close().await;
        let Some(Writer { jobs, thread }) = self.writer().take() else { return };
        drop(jobs);
        // A writer that panicked has closed its connection too.
        let _ = tokio::task::spawn_blocking(move || thread.join()).await;
    }

    fn writer(&self) -> MutexGuard<'_, Option<Writer>> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `work`, all of it or nothing; durable once this returns.
    pub async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |transaction| {
            let done = in_savepoint(transaction, work);
            Box::new(move |committed| {
                // Nobody may be waiting any more; what was asked is done all the same.
                let _ = answer.send(done.and_then(|value| committed.map(|()| value)));
            })
        });
        let jobs = self.writer().as_ref().map(|writer| writer.jobs.clone()).ok_or_else(stopped)?;
        jobs.send(job).await.map_err(|_| stopped())?;
        answered.await.map_err(|_| stopped())?
    }

    /// Runs `work` on one snapshot.
    pub async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let readers = self.readers.clone();
        let permit = readers.permits.clone().acquire_owned().await.map_err(|_| stopped())?;
        let reading = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            let connection = readers.take()?;
            let snapshot = connection.unchecked_transaction()?;
            let result = work(&snapshot);
            drop(snapshot);
            readers.give_back(connection);
            result
        });
        reading.await.map_err(|e| StoreError::Other(format!("a read did not end: {e}")))?
    }
}

impl Readers {
    /// Opens all of them, so that descriptors and errors are there from the start.
    fn open(path: &Path) -> Result<Self> {
        let idle: Result<Vec<_>> = (0..READERS).map(|_| open_reader(path)).collect();
        let permits = Arc::new(Semaphore::new(READERS));
        Ok(Self { path: path.to_owned(), permits, idle: Mutex::new(idle?) })
    }

    /// There is none for a permit only where a read panicked.
    fn take(&self) -> Result<Connection> {
        let idle = self.idle().pop();
        idle.map_or_else(|| open_reader(&self.path), Ok)
    }

    fn give_back(&self, connection: Connection) {
        self.idle().push(connection);
    }

    async fn close(&self) {
        let all = self.permits.acquire_many(READERS as u32).await;
        self.permits.close();
        self.idle().clear();
        drop(all);
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
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
    connection.set_prepared_statement_cache_capacity(32);
    // 1 MiB of pages a connection: the operating system caches the file anyway.
    connection.execute_batch(
        "PRAGMA foreign_keys = ON; PRAGMA cache_size = -1024; PRAGMA trusted_schema = OFF;",
    )?;
    Ok(())
}

fn work_off(mut connection: Connection, mut jobs: mpsc::Receiver<Job>) {
    while let Some(first) = jobs.blocking_recv() {
        if let Err(error) = commit_together(&mut connection, first, &mut jobs) {
            tracing::warn!(%error, "cannot write to the catalogue");
        }
    }
}

/// Does `first` and what has queued up behind it in one transaction; answers
/// when that is durable.
fn commit_together(
    connection: &mut Connection,
    first: Job,
    jobs: &mut mpsc::Receiver<Job>,
) -> rusqlite::Result<()> {
    let mut transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut answers = Vec::new();
    let mut next = Some(first);
    while let Some(job) = next {
        answers.push(job(&mut transaction));
        // A full disk ends a transaction from below: then nothing may follow.
        let goes_on = answers.len() < GROUP && !transaction.is_autocommit();
        next = if goes_on { jobs.try_recv().ok() } else { None };
    }
    let committed = transaction.commit();
    for answer in answers {
        answer(match &committed {
            Ok(()) => Ok(()),
            Err(error) => Err(error.into()),
        });
    }
    committed
}

/// What fails is undone without the others of its group.
fn in_savepoint<T>(
    transaction: &mut Transaction<'_>,
    work: impl FnOnce(&Connection) -> Result<T>,
) -> Result<T> {
    let savepoint = transaction.savepoint()?;
    let done = work(&savepoint)?;
    savepoint.commit()?;
    Ok(done)
}

fn stopped() -> StoreError {
    StoreError::Unavailable("the catalogue did not take it".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn migrate(db: &mut Connection) -> Result<()> {
        Ok(db.execute_batch("CREATE TABLE IF NOT EXISTS numbers (n INTEGER)")?)
    }

    #[tokio::test]
    async fn a_closed_file_has_all_and_takes_nothing_more() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("catalog.db");
        let pool = Pool::open(&path, migrate).unwrap();
        let insert =
            |n: i64| pool.write(move |db| Ok(db.execute("INSERT INTO numbers VALUES (?1)", [n])?));
        let (first, second) = tokio::join!(insert(1), insert(2));
        assert_eq!((first.unwrap(), second.unwrap()), (1, 1));
        pool.close().await;
        let names = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
        assert!(names.eq([path.clone()]), "SQLite left files beside it");
        let sum = "SELECT sum(n) FROM numbers";
        let late = pool.read(move |db| Ok(db.query_row(sum, [], |row| row.get::<_, i64>(0))?));
        assert!(matches!(late.await, Err(StoreError::Unavailable(_))));
        assert!(matches!(insert(3).await, Err(StoreError::Unavailable(_))));
        pool.close().await;
        let db = Connection::open(&path).unwrap();
        assert_eq!(db.query_row(sum, [], |row| row.get::<_, i64>(0)).unwrap(), 3);
    }
}
