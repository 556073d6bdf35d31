//! Connections: one writer with a thread and a queue of its own, a few readers.
//!
//! SQLite has one writer at a time; a queue before it is fairer than locks, and
//! what waits in it is committed together.
//! Readers see the last commit and never wait for the writer (WAL).

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
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

/// Handles to one database file; the last clone that goes closes it.
#[derive(Clone)]
pub struct Pool {
    writer: mpsc::Sender<Job>,
    readers: Arc<Readers>,
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
        let (writer, jobs) = mpsc::channel(QUEUE);
        std::thread::Builder::new()
            .name("catalog-writer".to_owned())
            .spawn(move || work_off(connection, jobs))
            .map_err(|e| StoreError::Unavailable(format!("cannot start the writer: {e}")))?;
        let readers = Readers {
            path: path.to_owned(),
            permits: Arc::new(Semaphore::new(READERS)),
            idle: Mutex::default(),
        };
        Ok(Self { writer, readers: Arc::new(readers) })
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
        self.writer.send(job).await.map_err(|_| stopped())?;
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
    fn take(&self) -> Result<Connection> {
        if let Some(connection) = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop() {
            return Ok(connection);
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags)?;
        configure(&connection)?;
        Ok(connection)
    }

    fn give_back(&self, connection: Connection) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
    }
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
