//! What streamers sent, and the judgement of playbacks by it.

use ginflix_api::movie::MovieId;
use ginflix_api::views::{CountedBy, NotCounted, NotCountedReason, ViewBasis};
use ginflix_server::catalog::store::{
    CatalogStore, ClientHash, Delivered, JudgementBatch, Judgements, PlaybackRecord,
    PlaybackUpdate, SentAmount, StreamerCoverage,
};
use ginflix_server::views::judgement;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::backend::Database;
use crate::samples::{apply, movie, playback, start, time, write};

const START: &str = "2026-05-06T07:00:00Z";
const CLIENT: ClientHash = ClientHash(Uuid::from_u128(7));
const OTHER: ClientHash = ClientHash(Uuid::from_u128(8));

fn after(seconds: i64) -> Timestamp {
    time(START) + SignedDuration::from_secs(seconds)
}

/// A view rule for tests: every report is enough.
fn enough(playback: &mut PlaybackRecord, update: &PlaybackUpdate) {
    playback.reported_at = Some(update.at);
    playback.eligible_at = Some(update.at);
    playback.reason = Some(NotCountedReason::AwaitingEvidence);
}

/// Adds a movie.
async fn add_movie(db: &Database) -> MovieId {
    let record = movie("Film");
    write(&*db.store, std::slice::from_ref(&record)).await;
    record.id
}

/// Adds a playback that awaits evidence since so many seconds after the start.
async fn add_awaiting(db: &Database, movie: MovieId, client: ClientHash, seconds: i64) -> Uuid {
    let record = PlaybackRecord {
        client: Some(client),
        started_at: time(START),
        needed_bytes: 1000,
        ..playback(movie)
    };
    start(&*db.store, &record).await;
    let update = PlaybackUpdate { id: record.id, played: vec![], at: after(seconds) };
    apply(&*db.store, &[update], enough).await;
    record.id
}

fn delivered(client: ClientHash, media: &str, bytes: u64, responses: u64) -> Delivered {
    let sent = SentAmount { bytes, responses, revalidations: 0 };
    Delivered { client, media: media.to_owned(), bucket: time(START), sent }
}

async fn put(db: &Database, streamer: &str, rows: &[Delivered]) {
    db.store.put_evidence(streamer, rows, None).await.unwrap();
}

fn covered() -> Vec<StreamerCoverage> {
    let (from, until) = (time("2026-05-06T00:00:00Z"), time("2026-05-07T00:00:00Z"));
    vec![StreamerCoverage { streamer: "a".to_owned(), from, until }]
}

fn judgements() -> Judgements {
    let eligible_until = time("2026-05-07T00:00:00Z");
    Judgements { eligible_until, coverage: covered(), limit: 100, rule: judgement::judge }
}

async fn counted(db: &Database, movie: MovieId) -> u64 {
    let explained = db.store.explain_views(movie).await.unwrap();
    let views = db.store.movie(movie).await.unwrap().views;
    assert_eq!(explained.counted, views);
    assert_eq!(db.store.view_report(&Default::default()).await.unwrap().total, views);
    views
}

pub async fn all_servers_get_the_same_client_key(db: &Database) {
    let first = db.store.client_key(&[1; 32]).await.unwrap();
    assert_eq!(first, [1; 32]);
    assert_eq!(db.store.client_key(&[2; 32]).await.unwrap(), first);
}

pub async fn a_repeated_report_changes_nothing(db: &Database) {
    let id = add_movie(db).await;
    let coverage = StreamerCoverage { until: after(10), ..covered().remove(0) };
    let rows = [delivered(CLIENT, "film.mp4", 500, 1)];
    for _ in 0..3 {
        db.store.put_evidence("a", &rows, Some(&coverage)).await.unwrap();
    }
    assert_eq!(db.store.coverage().await.unwrap(), [coverage]);
    add_awaiting(db, id, CLIENT, 30).await;
    assert_eq!(db.store.judge(&judgements()).await.unwrap(), 1);
    assert_eq!(counted(db, id).await, 0, "amounts add up instead of being replaced");
    db.store.delete_coverage("a").await.unwrap();
    assert_eq!(db.store.coverage().await.unwrap(), []);
}

pub async fn a_playback_is_judged_once(db: &Database) {
    let id = add_movie(db).await;
    assert_eq!(db.store.latest_awaiting().await.unwrap(), None);
    add_awaiting(db, id, CLIENT, 30).await;
    add_awaiting(db, id, CLIENT, 40).await;
    assert_eq!(db.store.latest_awaiting().await.unwrap(), Some(after(40)));
    put(db, "a", &[delivered(CLIENT, "film.mp4", 5000, 5)]).await;
    let early = Judgements { eligible_until: after(35), ..judgements() };
    assert_eq!(db.store.judge(&early).await.unwrap(), 1);
    assert_eq!(counted(db, id).await, 1);
    assert_eq!(db.store.movie(id).await.unwrap().views, 1);
    assert_eq!(db.store.judge(&judgements()).await.unwrap(), 1);
    assert_eq!(db.store.judge(&judgements()).await.unwrap(), 0);
    assert_eq!(db.store.latest_awaiting().await.unwrap(), None);
    assert_eq!(counted(db, id).await, 2);
    let summary = db.store.view_report(&Default::default()).await.unwrap();
    assert_eq!(summary.movies[0].last_viewed_at, Some(after(40)), "the time of the judgement");
    let explained = db.store.explain_views(id).await.unwrap();
    assert_eq!(explained.counted_by, [CountedBy { basis: ViewBasis::Sent, playbacks: 2 }]);
    assert_eq!((explained.playbacks, explained.not_counted), (2, vec![]));
}

pub async fn a_judgement_uses_the_evidence_of_its_client_and_file(db: &Database) {
    let id = add_movie(db).await;
    add_awaiting(db, id, CLIENT, 30).await;
    add_awaiting(db, id, OTHER, 31).await;
    let rows = [delivered(CLIENT, "other.mp4", 9000, 9), delivered(OTHER, "film.mp4", 600, 1)];
    put(db, "a", &rows).await;
    put(db, "b", &rows[1..]).await;
    db.store.judge(&judgements()).await.unwrap();
    assert_eq!(counted(db, id).await, 1);
    let explained = db.store.explain_views(id).await.unwrap();
    let none = NotCounted { reason: NotCountedReason::NoEvidence, playbacks: 1 };
    assert_eq!(explained.not_counted, [none]);
    // A later report of a streamer leaves what is spent.
    put(db, "a", &[delivered(OTHER, "film.mp4", 900, 5)]).await;
    add_awaiting(db, id, OTHER, 50).await;
    db.store.judge(&judgements()).await.unwrap();
    assert_eq!(counted(db, id).await, 1);
}

pub async fn concurrent_judgements_count_once(db: &Database) {
    let id = add_movie(db).await;
    for second in 0..40 {
        add_awaiting(db, id, CLIENT, second).await;
    }
    put(db, "a", &[delivered(CLIENT, "film.mp4", 30_500, 40)]).await;
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let store = db.store.clone();
            let few = Judgements { limit: 7, ..judgements() };
            tokio::spawn(async move {
                while store.latest_awaiting().await.unwrap().is_some() {
                    store.judge(&few).await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(counted(db, id).await, 30);
}

/// A rule for tests: everything counts within the limit, and the batch has what is expected.
fn expect_limited(batch: &mut JudgementBatch) {
    assert_eq!(batch.limited, [(CLIENT, after(0))]);
    judgement::judge(batch);
}

pub async fn limited_views_of_the_last_hour_are_known(db: &Database) {
    let id = add_movie(db).await;
    let unknown = Judgements { coverage: vec![], ..judgements() };
    for (client, seconds) in [(CLIENT, -5000), (CLIENT, 0), (OTHER, 1)] {
        add_awaiting(db, id, client, seconds).await;
    }
    db.store.judge(&unknown).await.unwrap();
    assert_eq!(counted(db, id).await, 3);
    add_awaiting(db, id, CLIENT, 3000).await;
    db.store.judge(&Judgements { rule: expect_limited, ..unknown.clone() }).await.unwrap();
    assert_eq!(counted(db, id).await, 4);
    let explained = db.store.explain_views(id).await.unwrap();
    assert_eq!(explained.counted_by, [CountedBy { basis: ViewBasis::Unverified, playbacks: 4 }]);
}

/// A rule for tests: the playback has lost its client, and there is no evidence.
fn expect_unknown(batch: &mut JudgementBatch) {
    assert_eq!(batch.playbacks[0].client, None);
    assert_eq!(batch.evidence, []);
    judgement::judge(batch);
}

pub async fn old_evidence_and_clients_are_deleted(db: &Database) {
    let id = add_movie(db).await;
    add_awaiting(db, id, CLIENT, 30).await;
    let rows = [delivered(CLIENT, "film.mp4", 5000, 5)];
    db.store.put_evidence("a", &rows, covered().first()).await.unwrap();
    // Neither is old yet.
    db.store.delete_old_evidence(time(START), time(START)).await.unwrap();
    assert_eq!(db.store.coverage().await.unwrap(), covered());
    let later = time("2026-05-08T00:00:00Z");
    db.store.delete_old_evidence(later, later).await.unwrap();
    db.store.delete_old_evidence(later, later).await.unwrap();
    assert_eq!(db.store.coverage().await.unwrap(), []);
    db.store.judge(&Judgements { rule: expect_unknown, ..judgements() }).await.unwrap();
    assert_eq!(counted(db, id).await, 0);
}

pub async fn a_judgement_and_a_report_do_not_deadlock(db: &Database) {
    let id = add_movie(db).await;
    let clients: Vec<_> = (1..40).map(|n| ClientHash(Uuid::from_u128(n))).collect();
    for client in &clients {
        add_awaiting(db, id, *client, 30).await;
    }
    let reports = |streamer: &'static str, is_reversed: bool| {
        let store: std::sync::Arc<dyn CatalogStore> = db.store.clone();
        let mut rows: Vec<_> =
            clients.iter().map(|client| delivered(*client, "film.mp4", 2000, 2)).collect();
        if is_reversed {
            rows.reverse();
        }
        tokio::spawn(async move {
            for _ in 0..20 {
                store.put_evidence(streamer, &rows, None).await.unwrap();
            }
        })
    };
    let reporting = [reports("a", false), reports("b", true), reports("a", true)];
    while db.store.latest_awaiting().await.unwrap().is_some() {
        db.store.judge(&Judgements { limit: 3, ..judgements() }).await.unwrap();
    }
    for task in reporting {
        task.await.unwrap();
    }
}
