//! The recorder while the database becomes unavailable and available again.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use ginflix_api::movie::MovieId;
use ginflix_api::playback::PlayedRange;
use ginflix_api::views::NotCountedReason;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use tempfile::TempDir;
use uuid::Uuid;

use super::super::*;
use crate::catalog::store::PlaybackUpdate;
use crate::test_wait::{until_async, until_every};
use crate::views::rule;

const AVAILABLE: u8 = 0;
const UNAVAILABLE: u8 = 1;
/// The database commits, but the connection breaks before it confirms that.
const LOSES_RESULTS: u8 = 2;
/// The database refuses all events of playback 9.
const REFUSES_NINE: u8 = 3;

#[derive(Default)]
struct Rows {
    playbacks: HashMap<Uuid, PlaybackRecord>,
    /// How often each playback was counted.
    views: HashMap<Uuid, u32>,
}

/// A database in memory, with transactions and the real rule.
#[derive(Clone, Default)]
struct MemoryDatabase {
    rows: Arc<Mutex<Rows>>,
    mode: Arc<AtomicU8>,
}

#[async_trait]
impl PlaybackSink for MemoryDatabase {
    async fn apply(
        &self,
        events: &[PlaybackEvent],
    ) -> Result<Vec<Option<PlaybackRecord>>, StoreError> {
        let mode = self.mode.load(Ordering::SeqCst);
        if mode == UNAVAILABLE {
            return Err(StoreError::Unavailable("down".to_owned()));
        }
        if mode == REFUSES_NINE && events.iter().any(|event| event.id() == id(9)) {
            return Err(StoreError::Other("nine".to_owned()));
        }
        let outcomes = self.commit(events);
        if mode == LOSES_RESULTS {
            return Err(StoreError::Unavailable("connection closed".to_owned()));
        }
        Ok(outcomes)
    }
}

impl MemoryDatabase {
    fn set(&self, mode: u8) {
        self.mode.store(mode, Ordering::SeqCst);
    }

    fn commit(&self, events: &[PlaybackEvent]) -> Vec<Option<PlaybackRecord>> {
        let rows = &mut *self.rows.lock();
        let mut outcomes = Vec::new();
        for event in events {
            outcomes.push(match event {
                PlaybackEvent::Started(playback) => {
                    let row = rows.playbacks.entry(playback.id).or_insert(playback.clone());
                    Some(row.clone())
                }
                PlaybackEvent::Played(update) => rows.playbacks.get_mut(&update.id).map(|row| {
                    let before = row.eligible_at.is_some();
                    rule::apply_report(row, update);
                    if !before && row.eligible_at.is_some() {
                        *rows.views.entry(row.id).or_default() += 1;
                    }
                    row.clone()
                }),
            });
        }
        outcomes
    }

    fn views(&self) -> usize {
        let rows = self.rows.lock();
        assert!(rows.views.values().all(|times| *times == 1), "a view counted twice");
        rows.views.len()
    }
}

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
}

fn started(n: u128) -> PlaybackEvent {
    PlaybackEvent::Started(PlaybackRecord {
        id: id(n),
        movie_id: MovieId(id(n)),
        started_at: at(0),
        reported_at: None,
        needed_seconds: 30.0,
        played: vec![],
        watched_seconds: 0.0,
        counted_at: None,
        reason: Some(NotCountedReason::NeverPlayed),
        client: None,
        media: None,
        needed_bytes: 0,
        eligible_at: None,
        basis: None,
    })
}

fn played(n: u128, start: f64, end: f64, seconds: i64) -> PlaybackEvent {
    let played = vec![PlayedRange { start, end }];
    PlaybackEvent::Played(PlaybackUpdate { id: id(n), played, at: at(seconds) })
}

/// A server with a database, which can crash and start again.
struct Machine {
    folder: TempDir,
    database: MemoryDatabase,
    running: Option<(Recorder, RecorderHandle)>,
}

impl Machine {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = MemoryDatabase::default();
        let running = Some(run(&folder, &database, 1 << 20));
        Self { folder, database, running }
    }

    fn recorder(&self) -> &Recorder {
        &self.running.as_ref().unwrap().0
    }

    /// Ends the task without any cleanup, and starts again.
    async fn crash(&mut self) {
        let (recorder, handle) = self.running.take().unwrap();
        drop(recorder);
        handle.task.abort();
        let _ = handle.task.await;
        // A blocking thread may still have the journal open.
        let is_free = async || Journal::open(&path(&self.folder), 1 << 20).is_ok();
        until_async("the journal to be free", is_free).await;
        self.running = Some(run(&self.folder, &self.database, 1 << 20));
    }

    /// Repeats an event until it is accepted, as players do: until the journal is replayed, the
    /// playback may be unknown.
    async fn send_until_accepted(&self, event: &PlaybackEvent) {
        let is_accepted = async || self.recorder().record(event.clone()).await.is_ok();
        until_every(Duration::from_millis(50), "the event to be accepted", is_accepted).await;
    }

    async fn wait_for_empty_journal(&self) {
        let is_empty = async || self.recorder().held_bytes() == 0;
        until_every(Duration::from_millis(5), "the journal to be empty", is_empty).await;
    }
}

fn path(folder: &TempDir) -> PathBuf {
    folder.path().join("journal")
}

fn run(folder: &TempDir, database: &MemoryDatabase, limit: u64) -> (Recorder, RecorderHandle) {
    Recorder::start(database.clone(), Journal::open(&path(folder), limit).unwrap())
}

#[tokio::test(start_paused = true)]
async fn views_go_to_the_journal_while_the_database_is_unavailable() {
    let machine = Machine::start();
    let (database, recorder) = (&machine.database, machine.recorder());
    recorder.record(started(1)).await.unwrap();
    database.set(UNAVAILABLE);
    recorder.record(started(2)).await.unwrap();
    for n in [1, 2] {
        let playback = recorder.record(played(n, 0.0, 31.0, 40)).await.unwrap();
        assert_eq!(playback.eligible_at, Some(at(40)));
        assert_eq!(playback.watched_seconds, 31.0);
    }
    assert!(recorder.held_bytes() > 0);
    assert_eq!(database.views(), 0);
    database.set(AVAILABLE);
    machine.wait_for_empty_journal().await;
    assert_eq!(database.views(), 2);
    let row = recorder.record(played(1, 40.0, 41.0, 50)).await.unwrap();
    assert_eq!((row.watched_seconds, row.eligible_at), (32.0, Some(at(40))));
}

#[tokio::test(start_paused = true)]
async fn a_commit_without_confirmation_counts_once() {
    let machine = Machine::start();
    machine.database.set(LOSES_RESULTS);
    machine.recorder().record(started(1)).await.unwrap();
    machine.recorder().record(played(1, 0.0, 31.0, 40)).await.unwrap();
    machine.database.set(AVAILABLE);
    machine.wait_for_empty_journal().await;
    assert_eq!(machine.database.views(), 1);
}

#[tokio::test(start_paused = true)]
async fn reports_of_unknown_playbacks_are_not_acknowledged() {
    let machine = Machine::start();
    machine.database.commit(&[started(1)]); // by another server
    machine.database.set(UNAVAILABLE);
    let refused = machine.recorder().record(played(1, 0.0, 31.0, 40)).await;
    assert!(matches!(refused, Err(AppError::Unavailable(_))));
    machine.database.set(AVAILABLE);
    assert!(machine.recorder().record(played(1, 0.0, 31.0, 41)).await.is_ok());
    assert_eq!(machine.database.views(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_full_journal_refuses_further_events() {
    let folder = tempfile::tempdir().unwrap();
    let database = MemoryDatabase::default();
    database.set(UNAVAILABLE);
    let (recorder, handle) = run(&folder, &database, 2000);
    let mut accepted = 0;
    while recorder.record(started(accepted)).await.is_ok() {
        accepted += 1;
        assert!(accepted < 100);
    }
    assert!(accepted > 1);
    assert!(matches!(recorder.record(started(99)).await, Err(AppError::Unavailable(_))));
    database.set(AVAILABLE);
    handle.finish().await;
    assert_eq!(database.rows.lock().playbacks.len(), accepted as usize);
}

#[tokio::test(start_paused = true)]
async fn a_refused_event_does_not_hold_up_the_others() {
    let machine = Machine::start();
    machine.database.set(UNAVAILABLE);
    for n in [8, 9, 10] {
        machine.recorder().record(started(n)).await.unwrap();
    }
    machine.database.set(REFUSES_NINE);
    machine.wait_for_empty_journal().await;
    let rows = machine.database.rows.lock();
    assert!(rows.playbacks.contains_key(&id(8)) && rows.playbacks.contains_key(&id(10)));
}

#[tokio::test(start_paused = true)]
async fn the_next_start_replays_the_journal() {
    let folder = tempfile::tempdir().unwrap();
    let database = MemoryDatabase::default();
    database.set(UNAVAILABLE);
    let (recorder, handle) = run(&folder, &database, 1 << 20);
    recorder.record(started(1)).await.unwrap();
    handle.finish().await;
    drop(recorder);
    assert!(database.rows.lock().playbacks.is_empty());
    database.set(AVAILABLE);
    let (recorder, _handle) = run(&folder, &database, 1 << 20);
    recorder.record(played(1, 0.0, 31.0, 40)).await.unwrap();
    assert_eq!(database.views(), 1);
}

#[derive(Debug, Clone)]
enum TestStep {
    /// A report of a playback: its number, start and end in milliseconds, and the time in seconds.
    Report(u128, u32, u32, i64),
    /// A change of the database's mode.
    SetMode(u8),
    Crash,
}

fn step() -> impl Strategy<Value = TestStep> {
    prop_oneof![
        8 => (0_u128..4, 0_u32..60_000, 0_u32..40_000, 0_i64..100)
            .prop_map(|(n, start, length, at)| TestStep::Report(n, start, start + length, at)),
        2 => (AVAILABLE..=LOSES_RESULTS).prop_map(TestStep::SetMode),
        1 => Just(TestStep::Crash),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// However the database fails and the server crashes, all acknowledged events are there in the
    /// end, and count as with a database that never fails.
    #[test]
    fn acknowledged_events_count_exactly_once(steps in proptest::collection::vec(step(), 1..40)) {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_all().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let mut machine = Machine::start();
            let reference = MemoryDatabase::default();
            for n in 0..4 {
                machine.recorder().record(started(n)).await.unwrap();
                reference.commit(&[started(n)]);
            }
            for step in steps {
                match step {
                    TestStep::SetMode(mode) => machine.database.set(mode),
                    TestStep::Crash => machine.crash().await,
                    TestStep::Report(n, start, end, at) => {
                        let [start, end] = [start, end].map(|ms| f64::from(ms) / 1000.0);
                        let event = played(n, start, end, at);
                        match machine.recorder().record(event.clone()).await {
                            Ok(playback) => {
                                let expected = reference.commit(&[event]).remove(0).unwrap();
                                // A view that was reported to the player is never taken back.
                                assert!(
                                    expected.eligible_at.is_some() || playback.eligible_at.is_none()
                                );
                            }
                            // After a crash the playback may be unknown; the player repeats it.
                            Err(_) => {
                                machine.database.set(AVAILABLE);
                                machine.send_until_accepted(&event).await;
                                reference.commit(&[event]);
                            }
                        }
                    }
                }
            }
            machine.database.set(AVAILABLE);
            machine.wait_for_empty_journal().await;
            // The last batch may not be written yet.
            machine.running.take().unwrap().1.finish().await;
            let rows = machine.database.rows.lock();
            let expected = reference.rows.lock();
            for (id, expected) in &expected.playbacks {
                let row = &rows.playbacks[id];
                assert_eq!(row.played, expected.played);
                assert_eq!(row.watched_seconds, expected.watched_seconds);
                assert_eq!(row.eligible_at.is_some(), expected.eligible_at.is_some());
                assert_eq!(row.reason, expected.reason);
            }
            assert_eq!(rows.views, expected.views);
        });
    }
}
