//! The recorder while the database comes and goes.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU8, Ordering};

use ginflix_api::movie::MovieId;
use ginflix_api::playback::PlayedRange;
use ginflix_api::views::Reason;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use tempfile::TempDir;

use super::super::*;
use crate::catalog::store::PlaybackUpdate;
use crate::test_wait::{until_async, until_later};

const UP: u8 = 0;
const AWAY: u8 = 1;
/// It commits, and the answer is lost with the connection.
const LOSES_ANSWERS: u8 = 2;
/// It has something against one playback.
const REFUSES_NINE: u8 = 3;

#[derive(Default)]
struct Rows {
    playbacks: HashMap<Uuid, PlaybackRecord>,
    /// How often each playback was added to the views.
    views: HashMap<Uuid, u32>,
}

/// A database in memory: all or nothing, with the real rule.
#[derive(Clone, Default)]
struct Database {
    rows: Arc<Mutex<Rows>>,
    mode: Arc<AtomicU8>,
}

#[async_trait]
impl Ledger for Database {
    async fn apply(
        &self,
        events: &[PlaybackEvent],
    ) -> Result<Vec<Option<PlaybackRecord>>, StoreError> {
        let mode = self.mode.load(Ordering::SeqCst);
        if mode == AWAY {
            return Err(StoreError::Unavailable("away".to_owned()));
        }
        if mode == REFUSES_NINE && events.iter().any(|event| event.id() == id(9)) {
            return Err(StoreError::Other("nine".to_owned()));
        }
        let outcomes = self.commit(events);
        if mode == LOSES_ANSWERS {
            return Err(StoreError::Unavailable("connection closed".to_owned()));
        }
        Ok(outcomes)
    }
}

impl Database {
    fn set(&self, mode: u8) {
        self.mode.store(mode, Ordering::SeqCst);
    }

    fn commit(&self, events: &[PlaybackEvent]) -> Vec<Option<PlaybackRecord>> {
        let rows = &mut *self.rows.lock().unwrap();
        let mut outcomes = Vec::new();
        for event in events {
            outcomes.push(match event {
                PlaybackEvent::Started(playback) => {
                    let row = rows.playbacks.entry(playback.id).or_insert(playback.clone());
                    Some(row.clone())
                }
                PlaybackEvent::Played(update) => rows.playbacks.get_mut(&update.id).map(|row| {
                    let before = row.counted_at.is_some();
                    rule::decide(row, update);
                    if !before && row.counted_at.is_some() {
                        *rows.views.entry(row.id).or_default() += 1;
                    }
                    row.clone()
                }),
            });
        }
        outcomes
    }

    fn views(&self) -> usize {
        let rows = self.rows.lock().unwrap();
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
        reason: Some(Reason::NeverPlayed),
    })
}

fn played(n: u128, start: f64, end: f64, seconds: i64) -> PlaybackEvent {
    let played = vec![PlayedRange { start, end }];
    PlaybackEvent::Played(PlaybackUpdate { id: id(n), played, at: at(seconds) })
}

struct Machine {
    folder: TempDir,
    database: Database,
    running: Option<(Recorder, Writer)>,
}

impl Machine {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::default();
        let running = Some(run(&folder, &database, 1 << 20));
        Self { folder, database, running }
    }

    fn recorder(&self) -> &Recorder {
        &self.running.as_ref().unwrap().0
    }

    /// Nothing is tidied up, as nothing is after a crash.
    async fn crash(&mut self) {
        let (recorder, writer) = self.running.take().unwrap();
        drop(recorder);
        writer.task.abort();
        let _ = writer.task.await;
        // Threads may still be at the journal for a moment.
        let is_free = async || Journal::open(&path(&self.folder), 1 << 20).is_ok();
        until_async("the journal to be free", is_free).await;
        self.running = Some(run(&self.folder, &self.database, 1 << 20));
    }

    /// As a player does: while the journal goes into the database, a playback
    /// may not be known yet.
    async fn send_until_taken(&self, event: &PlaybackEvent) {
        let is_taken = async || self.recorder().record(event.clone()).await.is_ok();
        until_later("the event to be taken", Duration::from_millis(50), is_taken).await;
    }

    async fn emptied(&self) {
        let is_empty = async || self.recorder().held_bytes() == 0;
        until_later("the journal to be empty", Duration::from_millis(5), is_empty).await;
    }
}

fn path(folder: &TempDir) -> PathBuf {
    folder.path().join("journal")
}

fn run(folder: &TempDir, database: &Database, limit: u64) -> (Recorder, Writer) {
    Recorder::start(database.clone(), Journal::open(&path(folder), limit).unwrap())
}

#[tokio::test(start_paused = true)]
async fn views_are_held_while_it_is_away_and_written_when_it_is_back() {
    let machine = Machine::start();
    let (database, recorder) = (&machine.database, machine.recorder());
    recorder.record(started(1)).await.unwrap();
    database.set(AWAY);
    recorder.record(started(2)).await.unwrap();
    for n in [1, 2] {
        let told = recorder.record(played(n, 0.0, 31.0, 40)).await.unwrap();
        assert_eq!(told.counted_at, Some(at(40)));
        assert_eq!(told.watched_seconds, 31.0);
    }
    assert!(recorder.held_bytes() > 0);
    assert_eq!(database.views(), 0);
    database.set(UP);
    machine.emptied().await;
    assert_eq!(database.views(), 2);
    let row = recorder.record(played(1, 40.0, 41.0, 50)).await.unwrap();
    assert_eq!((row.watched_seconds, row.counted_at), (32.0, Some(at(40))));
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_counts_once() {
    let machine = Machine::start();
    machine.database.set(LOSES_ANSWERS);
    machine.recorder().record(started(1)).await.unwrap();
    machine.recorder().record(played(1, 0.0, 31.0, 40)).await.unwrap();
    machine.database.set(UP);
    machine.emptied().await;
    assert_eq!(machine.database.views(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_known_here_is_not_acknowledged() {
    let machine = Machine::start();
    machine.database.commit(&[started(1)]); // by another server
    machine.database.set(AWAY);
    let refused = machine.recorder().record(played(1, 0.0, 31.0, 40)).await;
    assert!(matches!(refused, Err(AppError::Unavailable(_))));
    machine.database.set(UP);
    assert!(machine.recorder().record(played(1, 0.0, 31.0, 41)).await.is_ok());
    assert_eq!(machine.database.views(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_full_journal_refuses_rather_than_lose() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::default();
    database.set(AWAY);
    let (recorder, writer) = run(&folder, &database, 2000);
    let mut taken = 0;
    while recorder.record(started(taken)).await.is_ok() {
        taken += 1;
        assert!(taken < 100);
    }
    assert!(taken > 1);
    assert!(matches!(recorder.record(started(99)).await, Err(AppError::Unavailable(_))));
    database.set(UP);
    writer.finish().await;
    assert_eq!(database.rows.lock().unwrap().playbacks.len(), taken as usize);
}

#[tokio::test(start_paused = true)]
async fn a_row_that_is_refused_does_not_hold_up_the_others() {
    let machine = Machine::start();
    machine.database.set(AWAY);
    for n in [8, 9, 10] {
        machine.recorder().record(started(n)).await.unwrap();
    }
    machine.database.set(REFUSES_NINE);
    machine.emptied().await;
    let rows = machine.database.rows.lock().unwrap();
    assert!(rows.playbacks.contains_key(&id(8)) && rows.playbacks.contains_key(&id(10)));
}

#[tokio::test(start_paused = true)]
async fn an_end_writes_what_it_can_and_leaves_the_rest_for_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::default();
    database.set(AWAY);
    let (recorder, writer) = run(&folder, &database, 1 << 20);
    recorder.record(started(1)).await.unwrap();
    writer.finish().await;
    drop(recorder);
    assert!(database.rows.lock().unwrap().playbacks.is_empty());
    database.set(UP);
    let (recorder, _writer) = run(&folder, &database, 1 << 20);
    recorder.record(played(1, 0.0, 31.0, 40)).await.unwrap();
    assert_eq!(database.views(), 1);
}

#[derive(Debug, Clone)]
enum Step {
    /// From and to, milliseconds; when, seconds.
    Report(u128, u32, u32, i64),
    Database(u8),
    Crash,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (0_u128..4, 0_u32..60_000, 0_u32..40_000, 0_i64..100)
            .prop_map(|(n, start, length, at)| Step::Report(n, start, start + length, at)),
        2 => (UP..=LOSES_ANSWERS).prop_map(Step::Database),
        1 => Just(Step::Crash),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// However the database comes and goes and the server crashes: what was
    /// acknowledged is there, and counts as if nothing had happened.
    #[test]
    fn what_is_acknowledged_counts_exactly_once(steps in proptest::collection::vec(step(), 1..40)) {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_all().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let mut machine = Machine::start();
            let calm = Database::default();
            for n in 0..4 {
                machine.recorder().record(started(n)).await.unwrap();
                calm.commit(&[started(n)]);
            }
            for step in steps {
                match step {
                    Step::Database(mode) => machine.database.set(mode),
                    Step::Crash => machine.crash().await,
                    Step::Report(n, start, end, at) => {
                        let [start, end] = [start, end].map(|ms| f64::from(ms) / 1000.0);
                        let event = played(n, start, end, at);
                        match machine.recorder().record(event.clone()).await {
                            Ok(told) => {
                                let here = calm.commit(&[event]).remove(0).unwrap();
                                // What is told is never taken back.
                                assert!(here.counted_at.is_some() || told.counted_at.is_none());
                            }
                            // Not known after a crash; it may be sent again, and is.
                            Err(_) => {
                                machine.database.set(UP);
                                machine.send_until_taken(&event).await;
                                calm.commit(&[event]);
                            }
                        }
                    }
                }
            }
            machine.database.set(UP);
            machine.emptied().await;
            // The last batch may still be on its way.
            machine.running.take().unwrap().1.finish().await;
            let (rows, wanted) = (machine.database.rows.lock().unwrap(), calm.rows.lock().unwrap());
            for (id, wanted) in &wanted.playbacks {
                let row = &rows.playbacks[id];
                assert_eq!(row.played, wanted.played);
                assert_eq!(row.watched_seconds, wanted.watched_seconds);
                assert_eq!(row.counted_at.is_some(), wanted.counted_at.is_some());
                assert_eq!(row.reason, wanted.reason);
            }
            assert_eq!(rows.views, wanted.views);
        });
    }
}
