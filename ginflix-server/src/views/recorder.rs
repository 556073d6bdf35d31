//! Reports of players on their way into the catalogue: grouped, so that many
//! share one transaction, and acknowledged once that is durable.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::rule;
use crate::catalog::store::{CatalogStore, PlaybackRecord, PlaybackUpdate, StoreError};
use crate::error::AppError;

/// Most reports that wait; a report is at most 16 KiB.
const MAX_WAITING: usize = 2048;
/// Most reports in one transaction.
const MAX_BATCH: usize = 512;

/// What became of a report: the playback, or `None` if there is no such one.
type Outcome = Result<Option<PlaybackRecord>, StoreError>;

/// Where reports are made durable, many at a time.
#[async_trait]
pub trait Ledger: Send + Sync + 'static {
    /// Applies all or none; `None` stands for a playback that is not there.
    async fn apply(
        &self,
        updates: &[PlaybackUpdate],
    ) -> Result<Vec<Option<PlaybackRecord>>, StoreError>;
}

#[async_trait]
impl Ledger for Arc<dyn CatalogStore> {
    async fn apply(
        &self,
        updates: &[PlaybackUpdate],
    ) -> Result<Vec<Option<PlaybackRecord>>, StoreError> {
        self.update_playbacks(updates, rule::decide).await
    }
}

struct Waiting {
    update: PlaybackUpdate,
    done: oneshot::Sender<Outcome>,
}

/// Takes reports; cheap to clone.
#[derive(Clone)]
pub struct Recorder {
    queue: mpsc::Sender<Waiting>,
}

/// The task behind a [`Recorder`].
pub struct Writer {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Recorder {
    /// Starts writing into this ledger.
    pub fn start(ledger: impl Ledger) -> (Self, Writer) {
        let (queue, waiting) = mpsc::channel(MAX_WAITING);
        let stop = CancellationToken::new();
        let task = tokio::spawn(write(ledger, waiting, stop.clone()));
        (Self { queue }, Writer { stop, task })
    }

    /// Records a report and tells, once it is durable, how the playback stands.
    ///
    /// # Errors
    /// `NotFound` for a playback that is not there; `Unavailable` where too
    /// many wait, the catalogue is away or the server stops. It may be sent again.
    pub async fn record(&self, update: PlaybackUpdate) -> Result<PlaybackRecord, AppError> {
        let (done, outcome) = oneshot::channel();
        self.queue.try_send(Waiting { update, done }).map_err(|_| AWAY)?;
        match outcome.await.map_err(|_| AWAY)? {
            Ok(Some(playback)) => Ok(playback),
            Ok(None) => Err(AppError::NotFound("such playback".to_owned())),
            Err(error) => Err(error.into()),
        }
    }
}

const AWAY: AppError = AppError::Unavailable("recording views");

impl Writer {
    /// Takes no more reports, writes those that wait, and ends.
    pub async fn finish(self) {
        self.stop.cancel();
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the recorder of views failed");
        }
    }
}

/// While one transaction runs, the next batch gathers: alone, a report waits
/// for nobody; in a crowd, hundreds share one fsync.
async fn write(ledger: impl Ledger, mut waiting: mpsc::Receiver<Waiting>, stop: CancellationToken) {
    let mut batch = Vec::new();
    loop {
        tokio::select! {
            biased;
            () = stop.cancelled(), if !waiting.is_closed() => waiting.close(),
            taken = waiting.recv_many(&mut batch, MAX_BATCH) => match taken {
                0 => return,
                _ => write_batch(&ledger, std::mem::take(&mut batch)).await,
            },
        }
    }
}

async fn write_batch(ledger: &impl Ledger, batch: Vec<Waiting>) {
    let (updates, waiting): (Vec<_>, Vec<_>) =
        batch.into_iter().map(|waiting| (waiting.update, waiting.done)).unzip();
    // Whoever no longer waits for the answer needs none.
    match ledger.apply(&updates).await {
        Ok(outcomes) => {
            for (done, outcome) in waiting.into_iter().zip(outcomes) {
                let _ = done.send(Ok(outcome));
            }
        }
        Err(error) => {
            for done in waiting {
                let _ = done.send(Err(error.clone()));
            }
        }
    }
}

#[cfg(test)]
#[path = "recorder_tests.rs"]
mod tests;
