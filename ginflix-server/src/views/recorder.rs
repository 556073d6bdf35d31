//! Events of playbacks on their way into the catalogue: grouped, so that many
//! share one transaction, and acknowledged once that is durable.
//!
//! While the database is away they go to the [`Journal`], and from there into
//! the database, in order, before anything else does. None is lost, as it is
//! on one disk or the other when it is acknowledged; none counts twice, as an
//! event that comes again changes nothing. So it does no harm that a crash may
//! fall between the database's commit and the journal's end, or that a commit's
//! answer is lost with the connection.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::journal::{Frame, Journal, JournalError};
use super::known::Known;
use super::rule;
use crate::catalog::store::{PlaybackEvent, PlaybackRecord, PlaybackStore, StoreError};
use crate::error::AppError;

/// Most events that wait; a report is at most 16 KiB.
const MAX_WAITING: usize = 2048;
/// Most events in one transaction.
const MAX_BATCH: usize = 512;
/// A database that takes longer for them is as good as away.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often it is asked whether it is back.
const PAUSE: Duration = Duration::from_millis(250);
/// With so little left in the journal, new events wait for the end of it
/// rather than make it longer.
const NEARLY_DONE: u64 = 256 * 1024;

/// What became of an event: the playback, or `None` if there is no such one.
type Outcome = Result<Option<PlaybackRecord>, StoreError>;

/// Where events are made durable, many at a time.
#[async_trait]
pub trait Ledger: Send + Sync + 'static {
    /// Applies all or none; `None` stands for a playback that is not there.
    async fn apply(
        &self,
        events: &[PlaybackEvent],
    ) -> Result<Vec<Option<PlaybackRecord>>, StoreError>;
}

#[async_trait]
impl Ledger for Arc<dyn PlaybackStore> {
    async fn apply(
        &self,
        events: &[PlaybackEvent],
    ) -> Result<Vec<Option<PlaybackRecord>>, StoreError> {
        self.record_playbacks(events, rule::decide).await
    }
}

struct Waiting {
    event: PlaybackEvent,
    done: oneshot::Sender<Outcome>,
}

impl Waiting {
    /// Whoever no longer waits for the answer needs none.
    fn answer(self, outcome: Outcome) {
        let _ = self.done.send(outcome);
    }
}

/// Takes events; cheap to clone.
#[derive(Clone)]
pub struct Recorder {
    queue: mpsc::Sender<Waiting>,
    journal: SharedJournal,
}

/// The task behind a [`Recorder`].
pub struct Writer {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Recorder {
    /// Starts writing into this ledger, and first what the journal has for it.
    pub fn start(ledger: impl Ledger, journal: Journal) -> (Self, Writer) {
        let (queue, waiting) = mpsc::channel(MAX_WAITING);
        let stop = CancellationToken::new();
        let journal = SharedJournal(Arc::new(Mutex::new(journal)));
        let keeper =
            Keeper { ledger: Arc::new(ledger), journal: journal.clone(), known: Known::default() };
        let task = tokio::spawn(keeper.write(waiting, stop.clone()));
        (Self { queue, journal }, Writer { stop, task })
    }

    /// Records an event and tells, once it is durable, how the playback stands.
    ///
    /// # Errors
    /// `NotFound` for a playback that is not there; `Unavailable` where too
    /// many wait, the catalogue is away and the journal full, or the server
    /// stops. It may be sent again.
    pub async fn record(&self, event: PlaybackEvent) -> Result<PlaybackRecord, AppError> {
        let (done, outcome) = oneshot::channel();
        self.queue.try_send(Waiting { event, done }).map_err(|_| AWAY)?;
        match outcome.await.map_err(|_| AWAY)? {
            Ok(Some(playback)) => Ok(playback),
            Ok(None) => Err(AppError::NotFound("such playback".to_owned())),
            Err(StoreError::Unavailable(_)) => Err(AWAY),
            Err(error) => Err(error.into()),
        }
    }

    /// Bytes of events that wait for the database in the journal.
    pub fn held_bytes(&self) -> u64 {
        self.journal.lock().held_bytes()
    }
}

const AWAY: AppError = AppError::Unavailable("recording views");

impl Writer {
    /// Takes no more events, writes those that wait, and ends.
    pub async fn finish(self) {
        self.stop.cancel();
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the recorder of views failed");
        }
    }
}

/// The journal, and the threads that may wait for the disk.
#[derive(Clone)]
struct SharedJournal(Arc<Mutex<Journal>>);

impl SharedJournal {
    fn lock(&self) -> MutexGuard<'_, Journal> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    async fn on_disk<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Journal) -> Result<T, JournalError> + Send + 'static,
    ) -> Result<T, JournalError> {
        let journal = self.clone();
        let done = tokio::task::spawn_blocking(move || work(&mut journal.lock())).await;
        done.map_err(|e| JournalError::Io(std::io::Error::other(e)))?
    }
}

/// How it goes with bringing the journal into the database.
enum Progress {
    /// These are there now.
    Went(Vec<PlaybackRecord>),
    /// The database, or our disk, does not do it.
    Stuck,
}

/// Who writes.
struct Keeper {
    ledger: Arc<dyn Ledger>,
    journal: SharedJournal,
    known: Known,
}

impl Keeper {
    /// While one transaction runs, the next batch gathers: alone, an event waits
    /// for nobody; in a crowd, hundreds share one fsync.
    async fn write(mut self, mut waiting: mpsc::Receiver<Waiting>, stop: CancellationToken) {
        let mut batch = Vec::new();
        let mut replay: Option<BoxFuture<'static, Progress>> = None;
        let mut goes = true;
        loop {
            let held = self.journal.lock().held_bytes();
            if held > 0 && replay.is_none() {
                let pause = if goes { Duration::ZERO } else { PAUSE };
                replay = Some(self.replay(pause).boxed());
            }
            let nearly_done = held > 0 && held < NEARLY_DONE && goes;
            tokio::select! {
                biased;
                () = stop.cancelled(), if !waiting.is_closed() => waiting.close(),
                progress = running(&mut replay) => {
                    replay = None;
                    goes = self.went(progress);
                }
                taken = waiting.recv_many(&mut batch, MAX_BATCH), if !nearly_done => match taken {
                    0 => break,
                    _ if held > 0 => self.hold(std::mem::take(&mut batch)).await,
                    _ => goes = self.write_batch(std::mem::take(&mut batch)).await,
                },
            }
        }
        drop(replay);
        self.empty_journal().await;
    }

    /// Writes into the database, or holds what that does not take; tells which.
    async fn write_batch(&mut self, batch: Vec<Waiting>) -> bool {
        let events: Vec<_> = batch.iter().map(|waiting| waiting.event.clone()).collect();
        match apply(&*self.ledger, &events).await {
            Ok(outcomes) => {
                for (waiting, outcome) in batch.into_iter().zip(outcomes) {
                    outcome.iter().for_each(|playback| self.known.remember(playback));
                    waiting.answer(Ok(outcome));
                }
                true
            }
            Err(error) if may_pass(&error) => {
                tracing::warn!(%error, "the database is away: views are held in the journal");
                self.hold(batch).await;
                false
            }
            Err(error) => {
                for waiting in batch {
                    waiting.answer(Err(error.clone()));
                }
                true
            }
        }
    }

    /// Holds events in the journal. Only of playbacks whose start is known to
    /// be in the database or in this journal before them: what is acknowledged
    /// here will find its row, and count as is told now.
    async fn hold(&mut self, batch: Vec<Waiting>) {
        let mut staged: HashMap<Uuid, PlaybackRecord> = HashMap::new();
        let (mut events, mut answers) = (Vec::new(), Vec::new());
        for waiting in batch {
            let id = waiting.event.id();
            let playback = match &waiting.event {
                PlaybackEvent::Started(playback) => playback.clone(),
                PlaybackEvent::Played(update) => {
                    let known = staged.get(&id).cloned().or_else(|| self.known.get(&id));
                    let Some(before) = known else {
                        waiting.answer(Err(StoreError::Unavailable("not known here".to_owned())));
                        continue;
                    };
                    let mut playback = before.clone();
                    rule::decide(&mut playback, update);
                    if playback == before {
                        answers.push((waiting, before)); // nothing to write down
                        continue;
                    }
                    playback
                }
            };
            events.push(waiting.event.clone());
            staged.insert(id, playback.clone());
            answers.push((waiting, playback));
        }
        let held = match events.is_empty() {
            true => Ok(()),
            false => self.journal.on_disk(move |journal| journal.append(&events)).await,
        };
        match held {
            Ok(()) => {
                staged.values().for_each(|playback| self.known.remember(playback));
                for (waiting, playback) in answers {
                    waiting.answer(Ok(Some(playback)));
                }
            }
            Err(error) => {
                tracing::error!(%error, "cannot hold views while the database is away");
                for (waiting, _) in answers {
                    waiting.answer(Err(StoreError::Unavailable(error.to_string())));
                }
            }
        }
    }

    /// Brings the next frames of the journal into the database, after a pause.
    fn replay(&self, pause: Duration) -> impl Future<Output = Progress> + Send + 'static {
        let (ledger, journal) = (self.ledger.clone(), self.journal.clone());
        async move {
            tokio::time::sleep(pause).await;
            match replay(&*ledger, &journal).await {
                Ok(playbacks) => Progress::Went(playbacks),
                Err(error) => {
                    tracing::debug!(%error, "views stay in the journal");
                    Progress::Stuck
                }
            }
        }
    }

    /// Takes note of what a replay came to; tells whether it went.
    fn went(&mut self, progress: Progress) -> bool {
        let Progress::Went(playbacks) = progress else { return false };
        playbacks.iter().for_each(|playback| self.known.remember(playback));
        if self.journal.is_empty() {
            tracing::info!("the views of the journal are in the database");
        }
        true
    }

    /// At the end: what goes into the database now need not wait for the next start.
    async fn empty_journal(&mut self) {
        while !self.journal.is_empty() {
            let progress = self.replay(Duration::ZERO).await;
            if !self.went(progress) {
                let bytes = self.journal.lock().held_bytes();
                tracing::warn!(bytes, "views stay in the journal; the next start writes them");
                return;
            }
        }
    }
}

/// What the replay comes to, if there is one; else never ends.
async fn running(replay: &mut Option<BoxFuture<'static, Progress>>) -> Progress {
    match replay {
        Some(replay) => replay.await,
        None => std::future::pending().await,
    }
}

async fn replay(
    ledger: &dyn Ledger,
    journal: &SharedJournal,
) -> Result<Vec<PlaybackRecord>, ReplayError> {
    let frame = journal.on_disk(|journal| Ok(journal.next(MAX_BATCH)?)).await?;
    let Some(Frame { events, end }) = frame else { return Ok(Vec::new()) };
    let outcomes = match apply(ledger, &events).await {
        Err(error) if !may_pass(&error) => apply_singly(ledger, &events).await?,
        other => other?,
    };
    for (event, outcome) in events.iter().zip(&outcomes) {
        if outcome.is_none() {
            tracing::error!(?event, "dropped from the journal of views: there is no such playback");
        }
    }
    journal.on_disk(move |journal| Ok(journal.done(end)?)).await?;
    Ok(outcomes.into_iter().flatten().collect())
}

/// One that the database refuses for good shall not hold the others up.
async fn apply_singly(
    ledger: &dyn Ledger,
    events: &[PlaybackEvent],
) -> Result<Vec<Option<PlaybackRecord>>, StoreError> {
    let mut outcomes = Vec::with_capacity(events.len());
    for event in events {
        outcomes.push(match apply(ledger, std::slice::from_ref(event)).await {
            Ok(mut outcome) => outcome.pop().flatten(),
            Err(error) if may_pass(&error) => return Err(error),
            Err(error) => {
                tracing::error!(%error, ?event, "the database refuses what the journal holds");
                None
            }
        });
    }
    Ok(outcomes)
}

async fn apply(
    ledger: &dyn Ledger,
    events: &[PlaybackEvent],
) -> Result<Vec<Option<PlaybackRecord>>, StoreError> {
    let applied = tokio::time::timeout(PATIENCE, ledger.apply(events)).await;
    applied.unwrap_or_else(|_| Err(StoreError::Unavailable("it does not answer".to_owned())))
}

/// Whether the database may take later what it did not take now.
fn may_pass(error: &StoreError) -> bool {
    matches!(error, StoreError::Unavailable(_) | StoreError::NoSpace)
}

#[derive(Debug, thiserror::Error)]
enum ReplayError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Journal(#[from] JournalError),
}

#[cfg(test)]
mod tests;
