//! The task that writes events: into the database, or into the journal while that is not
//! available.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::replay::replay_batch;
use super::sink::{PlaybackSink, apply, is_transient};
use super::{BATCH_LIMIT, QueuedEvent, SharedJournal};
use crate::catalog::store::{PlaybackEvent, PlaybackRecord, StoreError};
use crate::views::recent::RecentPlaybacks;
use crate::views::rule;

/// Delay between two attempts to replay the journal while the database is not available.
const REPLAY_RETRY_DELAY: Duration = Duration::from_millis(250);
/// With at most so many bytes left in the journal, new events wait for the end of the replay
/// instead of making the journal longer.
const REPLAY_TAIL_BYTES: u64 = 256 * 1024;

/// The result of one step of a replay.
enum ReplayStep {
    /// The events of these playbacks are in the database now.
    Advanced(Vec<PlaybackRecord>),
    /// The database or the disk is not available.
    Blocked,
}

/// Writes events until its queue is closed.
pub(super) struct RecorderTask {
    sink: Arc<dyn PlaybackSink>,
    journal: SharedJournal,
    recent: RecentPlaybacks,
}

impl RecorderTask {
    pub(super) fn new(sink: Arc<dyn PlaybackSink>, journal: SharedJournal) -> Self {
        Self { sink, journal, recent: RecentPlaybacks::default() }
    }

    /// Runs until `stop` is cancelled and the queue is empty. The next batch gathers while a
    /// transaction runs: a single event waits for nothing, and under load hundreds share one fsync.
    pub(super) async fn run(
        mut self,
        mut queue: mpsc::Receiver<QueuedEvent>,
        stop: CancellationToken,
    ) {
        let mut batch = Vec::new();
        let mut replay: Option<BoxFuture<'static, ReplayStep>> = None;
        let mut is_available = true;
        loop {
            let held_bytes = self.journal.lock().held_bytes();
            if held_bytes > 0 && replay.is_none() {
                let delay = if is_available { Duration::ZERO } else { REPLAY_RETRY_DELAY };
                replay = Some(self.replay_after(delay).boxed());
            }
            let is_nearly_empty = held_bytes > 0 && held_bytes < REPLAY_TAIL_BYTES && is_available;
            tokio::select! {
                // A busy queue must delay neither the stop nor the end of a replay.
                biased;
                () = stop.cancelled(), if !queue.is_closed() => queue.close(),
                step = next_step(&mut replay) => {
                    replay = None;
                    is_available = self.finish_replay(step);
                }
                received = queue.recv_many(&mut batch, BATCH_LIMIT), if !is_nearly_empty => {
                    match received {
                        0 => break,
                        // Events keep their order: newer ones follow those in the journal.
                        _ if held_bytes > 0 => self.write_journal(std::mem::take(&mut batch)).await,
                        _ => is_available = self.write_batch(std::mem::take(&mut batch)).await,
                    }
                }
            }
        }
        // A replay that was cut off is repeated: applying events again changes nothing.
        drop(replay);
        self.empty_journal().await;
    }

    /// Writes a batch into the database, or into the journal if that is not available. Returns
    /// whether the database is available.
    async fn write_batch(&mut self, batch: Vec<QueuedEvent>) -> bool {
        let events: Vec<_> = batch.iter().map(|queued| queued.event.clone()).collect();
        match apply(&*self.sink, &events).await {
            Ok(playbacks) => {
                for (queued, playback) in batch.into_iter().zip(playbacks) {
                    playback.iter().for_each(|playback| self.recent.insert(playback));
                    queued.complete(Ok(playback));
                }
                true
            }
            Err(error) if is_transient(&error) => {
                tracing::warn!(%error,
                    "the database is not available: views go to the journal in the data directory");
                self.write_journal(batch).await;
                false
            }
            Err(error) => {
                for queued in batch {
                    queued.complete(Err(error.clone()));
                }
                true
            }
        }
    }

    /// Writes a batch into the journal, and acknowledges its events with the state that their
    /// playbacks will have in the database.
    async fn write_journal(&mut self, batch: Vec<QueuedEvent>) {
        let staged = self.stage(batch);
        let StagedBatch { events, acknowledgements, playbacks } = staged;
        let written = match events.is_empty() {
            true => Ok(()),
            false => self.journal.run_blocking(move |journal| journal.append(&events)).await,
        };
        match written {
            Ok(()) => {
                playbacks.values().for_each(|playback| self.recent.insert(playback));
                for (queued, playback) in acknowledgements {
                    queued.complete(Ok(Some(playback)));
                }
            }
            Err(error) => {
                tracing::error!(%error,
                    "cannot write views to the journal: players have to send them again");
                for (queued, _) in acknowledgements {
                    queued.complete(Err(StoreError::Unavailable(error.to_string())));
                }
            }
        }
    }

    /// Evaluates the events of a batch by the recent playbacks. An event of an unknown playback is
    /// refused: nothing says that its row is in the database or precedes it in the journal.
    fn stage(&mut self, batch: Vec<QueuedEvent>) -> StagedBatch {
        let mut staged = StagedBatch::default();
        for queued in batch {
            let id = queued.event.id();
            let playback = match &queued.event {
                PlaybackEvent::Started(playback) => playback.clone(),
                PlaybackEvent::Played(update) => {
                    let recent =
                        staged.playbacks.get(&id).cloned().or_else(|| self.recent.get(&id));
                    let Some(before) = recent else {
                        let why = "the playback is not known to this server".to_owned();
                        queued.complete(Err(StoreError::Unavailable(why)));
                        continue;
                    };
                    let mut playback = before.clone();
                    rule::apply_report(&mut playback, update);
                    if playback == before {
                        // A report without news needs no place in the journal.
                        staged.acknowledgements.push((queued, before));
                        continue;
                    }
                    playback
                }
            };
            staged.events.push(queued.event.clone());
            staged.playbacks.insert(id, playback.clone());
            staged.acknowledgements.push((queued, playback));
        }
        staged
    }

    /// Returns a future that replays one batch of the journal after `delay`.
    fn replay_after(&self, delay: Duration) -> impl Future<Output = ReplayStep> + Send + 'static {
        let (sink, journal) = (self.sink.clone(), self.journal.clone());
        async move {
            tokio::time::sleep(delay).await;
            match replay_batch(&*sink, &journal).await {
                Ok(playbacks) => ReplayStep::Advanced(playbacks),
                Err(error) => {
                    tracing::debug!(%error, "cannot replay the journal of views yet");
                    ReplayStep::Blocked
                }
            }
        }
    }

    /// Stores the result of a replay step. Returns whether the database is available.
    fn finish_replay(&mut self, step: ReplayStep) -> bool {
        let ReplayStep::Advanced(playbacks) = step else { return false };
        playbacks.iter().for_each(|playback| self.recent.insert(playback));
        if self.journal.is_empty() {
            tracing::info!("all views of the journal are in the database");
        }
        true
    }

    /// Replays the journal when the server stops, as far as the database takes it.
    async fn empty_journal(&mut self) {
        while !self.journal.is_empty() {
            let step = self.replay_after(Duration::ZERO).await;
            if !self.finish_replay(step) {
                let bytes = self.journal.lock().held_bytes();
                tracing::warn!(bytes, "views stay in the journal; the next start replays them");
                return;
            }
        }
    }
}

/// A batch for the journal.
#[derive(Default)]
struct StagedBatch {
    /// The events to write.
    events: Vec<PlaybackEvent>,
    /// All accepted events with the state of their playback, to be completed after the write.
    acknowledgements: Vec<(QueuedEvent, PlaybackRecord)>,
    /// The last state of each playback.
    playbacks: HashMap<Uuid, PlaybackRecord>,
}

/// Waits for the result of the replay; without one, for ever.
async fn next_step(replay: &mut Option<BoxFuture<'static, ReplayStep>>) -> ReplayStep {
    match replay {
        Some(replay) => replay.await,
        None => std::future::pending().await,
    }
}
