//! The thread that executes all writes of a catalogue, counts its commits and makes checkpoints.
//!
//! SQLite allows one writer at a time. A queue in front of it is fairer than its locks, and the
//! writes that wait in it share one commit (group commit).

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::sync::mpsc;

use super::checkpoints::{CheckpointLimits, CheckpointMode, CheckpointSchedule};
use super::counter_file::{CounterFile, FileState};
use super::pool::BUSY_TIMEOUT;
use super::snapshots::Snapshots;
use super::{beside, commit_counter};
use crate::catalog::store::{Result, StoreError};

/// The number of writes that can be queued. Further callers wait for a place in the queue.
const WRITE_QUEUE_CAPACITY: usize = 256;
/// The number of writes that share one commit, and with it one fsync.
const GROUP_COMMIT_LIMIT: usize = 64;
/// The longest time for which a checkpoint waits for readers, and writes for the checkpoint.
const READER_TIMEOUT: Duration = Duration::from_secs(1);

/// A queued write. It runs in a savepoint of the transaction, and returns the function that
/// completes it once the transaction is committed or has failed.
pub type WriteJob = Box<dyn FnOnce(&mut Transaction<'_>) -> Completion + Send>;
/// Completes a write with the result of its commit.
pub type Completion = Box<dyn FnOnce(Result<()>)>;

/// The running thread and its queue.
pub struct WriterThread {
    /// The queue. The thread ends when all senders are dropped.
    pub jobs: mpsc::Sender<WriteJob>,
    /// The thread.
    pub thread: JoinHandle<()>,
}

/// What the thread writes to.
pub struct Writer {
    /// The database file.
    pub path: PathBuf,
    /// The connection for writes.
    pub connection: Connection,
    /// The file that counts the commits too.
    pub counter: CounterFile,
    /// The snapshots that readers have.
    pub snapshots: Arc<Snapshots>,
    /// When checkpoints are made.
    pub limits: CheckpointLimits,
}

impl Writer {
    /// Starts the thread, on a Tokio runtime.
    ///
    /// # Errors
    /// `Unavailable` if the system has no thread left.
    pub fn start(mut self) -> Result<WriterThread> {
        let (jobs, queue) = mpsc::channel(WRITE_QUEUE_CAPACITY);
        let pages = Arc::new(AtomicU32::new(0));
        let hook = pages.clone();
        // This replaces the automatic checkpoints of SQLite.
        self.connection.wal_hook(Some(move |_: &mut _, pages| {
            hook.store(u32::try_from(pages).unwrap_or(0), Ordering::Relaxed);
            Ok(())
        }))?;
        tokio::spawn(wake_at_intervals(jobs.downgrade(), self.limits.interval));
        let schedule = CheckpointSchedule::new(self.limits, Instant::now());
        let running = RunningWriter { writer: self, pages, schedule };
        let thread = thread::Builder::new()
            .name("catalog-writer".to_owned())
            .spawn(move || running.run(queue))
            .map_err(|e| StoreError::Unavailable(format!("cannot start the writer: {e}")))?;
        Ok(WriterThread { jobs, thread })
    }
}

/// Queues a write without content at each interval, after which the thread looks whether a
/// checkpoint is due.
async fn wake_at_intervals(jobs: mpsc::WeakSender<WriteJob>, interval: Duration) {
    loop {
        tokio::time::sleep(interval).await;
        let Some(jobs) = jobs.upgrade() else { return };
        let nothing: WriteJob = Box::new(|_| Box::new(|_| ()));
        if jobs.send(nothing).await.is_err() {
            return;
        }
    }
}

/// The state of the thread.
struct RunningWriter {
    writer: Writer,
    /// The number of pages in the write-ahead log after the last commit.
    pages: Arc<AtomicU32>,
    schedule: CheckpointSchedule,
}

impl RunningWriter {
    /// Executes queued writes until all senders are dropped, and closes the database.
    fn run(mut self, mut jobs: mpsc::Receiver<WriteJob>) {
        self.checkpoint(CheckpointMode::Passive); // what a crash or a migration left in the log
        while let Some(first) = jobs.blocking_recv() {
            if let Err(error) = self.commit_group(first, &mut jobs) {
                tracing::warn!(%error, "cannot commit writes to the catalogue");
            }
            if let Some(mode) = self.schedule.due(Instant::now()) {
                self.checkpoint(mode);
            }
        }
        self.close();
    }

    /// Executes `first` and the writes queued behind it in one transaction, and completes them once
    /// that is committed.
    fn commit_group(
        &mut self,
        first: WriteJob,
        jobs: &mut mpsc::Receiver<WriteJob>,
    ) -> rusqlite::Result<()> {
        let Writer { connection, counter, .. } = &mut self.writer;
        // On an error here `first` is dropped, which tells its caller that the write was not executed.
        let mut transaction =
            connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let changes_before = transaction.total_changes();
        let mut completions = Vec::new();
        let mut next = Some(first);
        while let Some(job) = next {
            completions.push(job(&mut transaction));
            // SQLite rolls a transaction back by itself if the disk is full. A further write would
            // then be committed alone, without the ones before it.
            let has_room = completions.len() < GROUP_COMMIT_LIMIT && !transaction.is_autocommit();
            next = if has_room { jobs.try_recv().ok() } else { None };
        }
        let has_changes = transaction.total_changes() != changes_before;
        let committed = commit(transaction, has_changes);
        if let Ok(Some(commits)) = committed {
            counter.set_commits(commits);
            self.schedule.committed(self.pages.load(Ordering::Relaxed));
        }
        for complete in completions {
            complete(match &committed {
                Ok(_) => Ok(()),
                Err(error) => Err(error.into()),
            });
        }
        committed.map(drop)
    }

    /// Moves content of the write-ahead log into the database file, as much as readers allow.
    fn checkpoint(&mut self, mode: CheckpointMode) {
        let Writer { connection, counter, snapshots, .. } = &mut self.writer;
        if mode == CheckpointMode::Truncate {
            snapshots.end_long_reads();
        }
        counter.set_checkpointing(true);
        let result = copy_log(connection, mode);
        match result {
            Ok(is_complete) => {
                counter.set_checkpointing(false);
                if is_complete && mode == CheckpointMode::Truncate {
                    truncate_log(connection);
                }
                self.schedule.checkpointed(is_complete, Instant::now());
                if !is_complete && mode == CheckpointMode::Truncate {
                    tracing::warn!(
                        "the write-ahead log of the catalogue grows, because another program reads \
                         the catalogue; end that program"
                    );
                }
            }
            // The mark stays: the database file may have some of the pages and lack others.
            Err(error) => {
                self.schedule.checkpointed(false, Instant::now());
                tracing::warn!(%error, "cannot move the write-ahead log into the catalogue's file");
            }
        }
    }

    /// Moves everything into the database file, which SQLite completes by deleting the log.
    fn close(mut self) {
        self.checkpoint(CheckpointMode::Truncate);
        let Writer { path, connection, counter, .. } = self.writer;
        if let Err((_, error)) = connection.close() {
            tracing::warn!(%error, "cannot close the catalogue");
            return;
        }
        let has_log = beside(&path, "-wal").exists();
        match FileState::of(&path) {
            Ok(state) => counter.close(state, has_log),
            Err(error) => tracing::warn!(%error, "cannot read the state of the catalogue's file"),
        }
    }
}

/// Commits, and returns the number of commits so far; `None` if there was nothing to commit.
fn commit(transaction: Transaction<'_>, has_changes: bool) -> rusqlite::Result<Option<u64>> {
    // After a rollback by SQLite this statement would be committed alone.
    let commits = match has_changes && !transaction.is_autocommit() {
        true => Some(commit_counter::increment(&transaction)?),
        false => None,
    };
    transaction.commit()?;
    Ok(commits)
}

/// Copies the log into the database file, and returns whether all of it is there now. The log keeps
/// its content: as long as the mark is set, a start needs it.
fn copy_log(connection: &Connection, mode: CheckpointMode) -> rusqlite::Result<bool> {
    let (sql, timeout) = match mode {
        CheckpointMode::Passive => ("PRAGMA wal_checkpoint(PASSIVE)", BUSY_TIMEOUT),
        CheckpointMode::Truncate => ("PRAGMA wal_checkpoint(FULL)", READER_TIMEOUT),
    };
    checkpoint(connection, sql, timeout)
}

/// Truncates a log that has been copied. If readers prevent that, a later commit or checkpoint
/// begins the log anew.
fn truncate_log(connection: &Connection) {
    if let Err(error) = checkpoint(connection, "PRAGMA wal_checkpoint(TRUNCATE)", READER_TIMEOUT) {
        tracing::debug!(%error, "cannot truncate the write-ahead log of the catalogue");
    }
}

/// Makes a checkpoint, and returns whether the whole log is in the database file now.
fn checkpoint(connection: &Connection, sql: &str, timeout: Duration) -> rusqlite::Result<bool> {
    connection.busy_timeout(timeout)?;
    let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
    let result: rusqlite::Result<(i64, i64, i64)> = connection.query_row(sql, [], row);
    connection.busy_timeout(BUSY_TIMEOUT)?;
    result.map(|(busy, in_log, in_database)| busy == 0 && in_log == in_database)
}
