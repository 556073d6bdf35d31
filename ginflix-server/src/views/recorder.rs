//! The recorder of playback events: it writes many of them in one transaction, and acknowledges
//! each once that is durable.
//!
//! While the database is not available, events go to the [`Journal`]. From there they are replayed
//! into the database, in order and before any newer event. None is lost, as each is on the disk of
//! the database or of this server when it is acknowledged; none counts twice, as repeating an event
//! changes nothing. So it does no harm if the server crashes between the commit of the database and
//! the removal from the journal, or if the connection breaks before the database confirms a commit.
//!
//! # Layout
//! - this file: the queue in front of the task
//! - `task`: the task that writes batches; `replay`: what it does with the journal
//! - [`sink`]: the database behind it

pub mod sink;

mod replay;
mod task;

use std::sync::Arc;

use parking_lot::{Mutex, MutexGuard};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use self::sink::PlaybackSink;
use self::task::RecorderTask;
use super::journal::{Journal, JournalError};
use crate::catalog::store::{PlaybackEvent, PlaybackRecord, StoreError};
use crate::error::AppError;

/// Events that may wait to be written; a report has at most 16 KiB.
const QUEUE_CAPACITY: usize = 2048;
/// Events in one transaction.
const BATCH_LIMIT: usize = 512;

const RECORDING_UNAVAILABLE: AppError = AppError::Unavailable(
    "views cannot be recorded right now; repeat the report in a moment, it does not count twice",
);

/// The state of the playback after an event; `None` if the playback does not exist.
type EventResult = Result<Option<PlaybackRecord>, StoreError>;

/// An event that waits to be written.
struct QueuedEvent {
    event: PlaybackEvent,
    result: oneshot::Sender<EventResult>,
}

impl QueuedEvent {
    /// Sends the result to the task that waits in [`Recorder::record`].
    fn complete(self, result: EventResult) {
        // Without a receiver the client is gone, and needs no response.
        let _ = self.result.send(result);
    }
}

/// Queues events for the recorder's task; cheap to clone.
#[derive(Clone)]
pub struct Recorder {
    queue: mpsc::Sender<QueuedEvent>,
    journal: SharedJournal,
}

/// The task behind a [`Recorder`].
pub struct RecorderHandle {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Recorder {
    /// Starts a task that writes events into `sink`, beginning with those in the journal.
    pub fn start(sink: impl PlaybackSink, journal: Journal) -> (Self, RecorderHandle) {
        let (queue, events) = mpsc::channel(QUEUE_CAPACITY);
        let stop = CancellationToken::new();
        let journal = SharedJournal(Arc::new(Mutex::new(journal)));
        let task = RecorderTask::new(Arc::new(sink), journal.clone());
        let task = tokio::spawn(task.run(events, stop.clone()));
        (Self { queue, journal }, RecorderHandle { stop, task })
    }

    /// Records an event and returns, once that is durable, the state of its playback.
    ///
    /// # Errors
    /// `NotFound` for an unknown playback; `Unavailable` if the queue is full, if neither the
    /// catalogue nor the journal can take the event, or if the server stops. Repeating
    /// an event is safe.
    pub async fn record(&self, event: PlaybackEvent) -> Result<PlaybackRecord, AppError> {
        let (result, receiver) = oneshot::channel();
        self.queue.try_send(QueuedEvent { event, result }).map_err(|_| RECORDING_UNAVAILABLE)?;
        match receiver.await.map_err(|_| RECORDING_UNAVAILABLE)? {
            Ok(Some(playback)) => Ok(playback),
            Ok(None) => Err(AppError::NotFound("such playback".to_owned())),
            Err(StoreError::Unavailable(_)) => Err(RECORDING_UNAVAILABLE),
            Err(error) => Err(error.into()),
        }
    }

    /// Returns how many bytes of events are in the journal, but not in the database yet.
    pub fn held_bytes(&self) -> u64 {
        self.journal.lock().held_bytes()
    }
}

impl RecorderHandle {
    /// Closes the queue, and waits until the task has written what is in it.
    pub async fn finish(self) {
        self.stop.cancel();
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the recorder of views failed");
        }
    }
}

/// The journal, shared by the task and the blocking threads that use the disk.
#[derive(Clone)]
struct SharedJournal(Arc<Mutex<Journal>>);

impl SharedJournal {
    fn lock(&self) -> MutexGuard<'_, Journal> {
        self.0.lock()
    }

    fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    /// Runs `work` on a blocking thread.
    async fn run_blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Journal) -> Result<T, JournalError> + Send + 'static,
    ) -> Result<T, JournalError> {
        let journal = self.clone();
        let done = tokio::task::spawn_blocking(move || work(&mut journal.lock())).await;
        done.map_err(|e| JournalError::Io(std::io::Error::other(e)))?
    }
}

#[cfg(test)]
mod tests;
