mod away;

use std::ops::RangeInclusive;

use async_trait::async_trait;
use ginflix_api::movie::MovieId;
use jiff::Timestamp;
use tempfile::TempDir;
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::*;
use crate::catalog::store::PlaybackUpdate;
use crate::test_wait::until_async;

/// A sink that has every playback but the nil one, and waits for a permit before each transaction.
#[derive(Clone)]
struct SlowSink {
    permits: Arc<Semaphore>,
    batches: Arc<Mutex<Vec<usize>>>,
    fails: bool,
}

impl SlowSink {
    fn new(permits: usize, fails: bool) -> Self {
        Self { permits: Arc::new(Semaphore::new(permits)), batches: Arc::default(), fails }
    }

    fn batches(&self) -> Vec<usize> {
        self.batches.lock().clone()
    }
}

#[async_trait]
impl PlaybackSink for SlowSink {
    async fn apply(
        &self,
        events: &[PlaybackEvent],
    ) -> Result<Vec<Option<PlaybackRecord>>, StoreError> {
        self.batches.lock().push(events.len());
        self.permits.acquire().await.unwrap().forget();
        if self.fails {
            return Err(StoreError::Unavailable("gone".to_owned()));
        }
        let playback = |event: &PlaybackEvent| (!event.id().is_nil()).then(|| record(event.id()));
        Ok(events.iter().map(playback).collect())
    }
}

/// Starts a recorder with an empty journal in a temporary folder.
fn recorder(sink: impl PlaybackSink) -> (TempDir, Recorder, RecorderHandle) {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(&folder.path().join("journal"), 1 << 20).unwrap();
    let (recorder, handle) = Recorder::start(sink, journal);
    (folder, recorder, handle)
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
        client: None,
        media: None,
        needed_bytes: 0,
        eligible_at: None,
        basis: None,
    }
}

fn update(id: u128) -> PlaybackEvent {
    let id = Uuid::from_u128(id);
    PlaybackEvent::Played(PlaybackUpdate { id, played: vec![], at: Timestamp::UNIX_EPOCH })
}

type SentReport = JoinHandle<Result<PlaybackRecord, AppError>>;

/// Sends reports of these playbacks, and returns when all of them are queued.
async fn send(recorder: &Recorder, sink: &SlowSink, ids: RangeInclusive<u128>) -> Vec<SentReport> {
    let arrived =
        || sink.batches().iter().sum::<usize>() + QUEUE_CAPACITY - recorder.queue.capacity();
    let expected = arrived() + ids.clone().count();
    let send_one = |id| {
        let recorder = recorder.clone();
        tokio::spawn(async move { recorder.record(update(id)).await })
    };
    let sent = ids.map(send_one).collect();
    until_async("all events to be queued", async || arrived() >= expected).await;
    sent
}

#[tokio::test]
async fn parallel_events_share_a_transaction_and_each_gets_its_own_result() {
    let sink = SlowSink::new(0, false);
    let (_folder, recorder, handle) = recorder(sink.clone());
    let first = send(&recorder, &sink, 1..=1).await.remove(0);
    until_async("the first batch", async || !sink.batches().is_empty()).await;
    let parallel = send(&recorder, &sink, 2..=51).await;
    assert!(!first.is_finished(), "acknowledged before it was written");
    sink.permits.add_permits(2);
    assert_eq!(first.await.unwrap().unwrap().id, Uuid::from_u128(1));
    for (n, sent) in (2..).zip(parallel) {
        assert_eq!(sent.await.unwrap().unwrap().id, Uuid::from_u128(n));
    }
    assert_eq!(sink.batches(), [1, 50]);
    handle.finish().await;
}

#[tokio::test]
async fn queued_events_are_written_at_the_end_and_later_ones_refused() {
    let sink = SlowSink::new(0, false);
    let (_folder, recorder, handle) = recorder(sink.clone());
    let waiting = send(&recorder, &sink, 1..=3).await;
    sink.permits.add_permits(10);
    handle.finish().await;
    for sent in waiting {
        assert!(sent.await.unwrap().is_ok());
    }
    let late = recorder.record(update(4)).await;
    assert!(matches!(late, Err(AppError::Unavailable(_))));
}

#[tokio::test]
async fn an_unknown_playback_does_not_fail_the_others() {
    let (_folder, recorder, _handle) = recorder(SlowSink::new(2, false));
    let (known, unknown) = tokio::join!(recorder.record(update(1)), recorder.record(update(0)));
    assert!(known.is_ok());
    assert!(matches!(unknown, Err(AppError::NotFound(_))));
}

#[tokio::test]
async fn an_event_that_cannot_be_written_is_not_acknowledged() {
    // The recorder does not know the playback, so the event must not go to the journal.
    let (_folder, recorder, _handle) = recorder(SlowSink::new(1, true));
    assert!(matches!(recorder.record(update(1)).await, Err(AppError::Unavailable(_))));
}

#[tokio::test]
async fn the_queue_is_bounded() {
    let (_folder, recorder, _handle) = recorder(SlowSink::new(0, false));
    // Nothing is received from the queue, as this test does not yield to the task.
    let queued = || QueuedEvent { event: update(1), result: oneshot::channel().0 };
    assert_eq!(
        (0..).take_while(|_| recorder.queue.try_send(queued()).is_ok()).count(),
        QUEUE_CAPACITY
    );
    assert!(matches!(recorder.record(update(1)).await, Err(AppError::Unavailable(_))));
}
