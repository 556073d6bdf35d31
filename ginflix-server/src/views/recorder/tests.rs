mod away;

use std::ops::RangeInclusive;

use ginflix_api::movie::MovieId;
use jiff::Timestamp;
use tempfile::TempDir;
use tokio::sync::Semaphore;

use super::*;
use crate::catalog::store::PlaybackUpdate;
use crate::test_wait::until_async;

/// Knows every playback but the nil one; writes only when it gets a permit.
#[derive(Clone)]
struct Slow {
    permits: Arc<Semaphore>,
    batches: Arc<Mutex<Vec<usize>>>,
    fails: bool,
}

impl Slow {
    fn new(permits: usize, fails: bool) -> Self {
        Self { permits: Arc::new(Semaphore::new(permits)), batches: Arc::default(), fails }
    }

    fn batches(&self) -> Vec<usize> {
        self.batches.lock().unwrap().clone()
    }
}

#[async_trait]
impl Ledger for Slow {
    async fn apply(
        &self,
        events: &[PlaybackEvent],
    ) -> Result<Vec<Option<PlaybackRecord>>, StoreError> {
        self.batches.lock().unwrap().push(events.len());
        self.permits.acquire().await.unwrap().forget();
        if self.fails {
            return Err(StoreError::Unavailable("gone".to_owned()));
        }
        let known = |event: &PlaybackEvent| (!event.id().is_nil()).then(|| record(event.id()));
        Ok(events.iter().map(known).collect())
    }
}

/// A recorder with an empty journal, which goes with the folder.
fn recorder(ledger: impl Ledger) -> (TempDir, Recorder, Writer) {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(&folder.path().join("journal"), 1 << 20).unwrap();
    let (recorder, writer) = Recorder::start(ledger, journal);
    (folder, recorder, writer)
}

fn record(id: Uuid) -> PlaybackRecord {
    PlaybackRecord {
        id,
        movie_id: MovieId(Uuid::nil()),
        started_at: Timestamp::UNIX_EPOCH,
        reported_at: None,
        needed_seconds: 30.0,
        played: vec![],
        watched_seconds: 0.0,
        counted_at: None,
        reason: None,
    }
}

fn update(id: u128) -> PlaybackEvent {
    let id = Uuid::from_u128(id);
    PlaybackEvent::Played(PlaybackUpdate { id, played: vec![], at: Timestamp::UNIX_EPOCH })
}

type Sent = JoinHandle<Result<PlaybackRecord, AppError>>;

/// Sends reports of these playbacks, and comes back when all of them wait.
async fn send(recorder: &Recorder, slow: &Slow, ids: RangeInclusive<u128>) -> Vec<Sent> {
    let arrived = || slow.batches().iter().sum::<usize>() + MAX_WAITING - recorder.queue.capacity();
    let wanted = arrived() + ids.clone().count();
    let one = |id| {
        let recorder = recorder.clone();
        tokio::spawn(async move { recorder.record(update(id)).await })
    };
    let sent = ids.map(one).collect();
    until_async("all to arrive", async || arrived() >= wanted).await;
    sent
}

#[tokio::test]
async fn a_crowd_shares_a_transaction_and_each_gets_its_own_answer() {
    let slow = Slow::new(0, false);
    let (_folder, recorder, writer) = recorder(slow.clone());
    let first = send(&recorder, &slow, 1..=1).await.remove(0);
    until_async("the first batch", async || !slow.batches().is_empty()).await;
    let crowd = send(&recorder, &slow, 2..=51).await;
    assert!(!first.is_finished(), "acknowledged before it was written");
    slow.permits.add_permits(2);
    assert_eq!(first.await.unwrap().unwrap().id, Uuid::from_u128(1));
    for (n, sent) in (2..).zip(crowd) {
        assert_eq!(sent.await.unwrap().unwrap().id, Uuid::from_u128(n));
    }
    assert_eq!(slow.batches(), [1, 50]);
    writer.finish().await;
}

#[tokio::test]
async fn what_waits_at_the_end_is_written_and_nothing_after() {
    let slow = Slow::new(0, false);
    let (_folder, recorder, writer) = recorder(slow.clone());
    let waiting = send(&recorder, &slow, 1..=3).await;
    slow.permits.add_permits(10);
    writer.finish().await;
    for sent in waiting {
        assert!(sent.await.unwrap().is_ok());
    }
    let late = recorder.record(update(4)).await;
    assert!(matches!(late, Err(AppError::Unavailable(_))));
}

#[tokio::test]
async fn an_unknown_playback_does_not_spoil_the_others() {
    let (_folder, recorder, _writer) = recorder(Slow::new(2, false));
    let (known, unknown) = tokio::join!(recorder.record(update(1)), recorder.record(update(0)));
    assert!(known.is_ok());
    assert!(matches!(unknown, Err(AppError::NotFound(_))));
}

#[tokio::test]
async fn nothing_is_acknowledged_that_was_not_written() {
    // Not known here either, so the journal is no place for it.
    let (_folder, recorder, _writer) = recorder(Slow::new(1, true));
    assert!(matches!(recorder.record(update(1)).await, Err(AppError::Unavailable(_))));
}

#[tokio::test]
async fn the_queue_is_bounded() {
    let (_folder, recorder, _writer) = recorder(Slow::new(0, false));
    // Nothing is taken out, as nothing here awaits.
    let waiting = || Waiting { event: update(1), done: oneshot::channel().0 };
    assert_eq!(
        (0..).take_while(|_| recorder.queue.try_send(waiting()).is_ok()).count(),
        MAX_WAITING
    );
    assert!(matches!(recorder.record(update(1)).await, Err(AppError::Unavailable(_))));
}
