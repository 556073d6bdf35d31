//! A thousand playbacks on a simulated clock, with the real rule, recorder and databases.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use futures_util::{StreamExt, stream};
use ginflix_api::media::Media;
use ginflix_api::movie::{MovieId, NewMovie};
use ginflix_api::paths;
use ginflix_api::views::{NotCountedReason, ViewQuery};
use ginflix_server::catalog::store::{Delivered, SentAmount, StreamerCoverage};
use ginflix_server::catalog::{Catalog, open};
use ginflix_server::config::Database;
use ginflix_server::evidence::ClientHasher;
use ginflix_server::views::Views;
use ginflix_server::views::judge::judge_until;
use ginflix_tests::postgres;
use ginflix_tests::random::Random;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::script::{Behaviour, Expected, Script};

const PLAYBACKS: usize = 1000;
/// The number of viewers that watch at the same time.
const CONCURRENCY: usize = 64;
/// The lengths of the movies in seconds, and whether the server knows them.
const MOVIES: [(i64, bool); 5] = [(20, true), (59, true), (61, true), (5400, true), (600, false)];
const CRAWLER: &str = "Mozilla/5.0 (compatible; Googlebot/2.1)";

/// A playback to be simulated.
struct Playback {
    number: u32,
    /// The index of the movie.
    movie: usize,
    script: Script,
    start: Timestamp,
}

/// The expected views.
#[derive(Default)]
struct Counts {
    by_movie: [u64; MOVIES.len()],
    not_counted: [BTreeMap<NotCountedReason, u64>; MOVIES.len()],
    by_day: BTreeMap<Date, u64>,
}

async fn add_movie(catalog: &Catalog, n: usize, seconds: Option<f64>) -> MovieId {
    let name: ginflix_api::media::MediaName = format!("film-{n}.mp4").parse().unwrap();
    let media = Media {
        library: None,
        missing_since: None,
        stream_path: paths::stream(&name),
        name,
        file_name: None,
        size_bytes: 1,
        sha256: Some("0".repeat(64)),
        content_type: "video/mp4".to_owned(),
        duration_seconds: seconds,
        inspection: None,
        created_at: Timestamp::now(),
    };
    catalog.put_media(&media).await.unwrap();
    let new = json!({ "title": format!("Film {n}"), "media": media.name });
    catalog.add_movie(serde_json::from_value::<NewMovie>(new).unwrap()).await.unwrap().id
}

/// Generates playbacks around midnight, so that views fall on several days.
fn playbacks(seed: u64) -> Vec<Playback> {
    let mut random = Random::new(seed);
    let midnight: Timestamp = "2026-03-04T00:00:00Z".parse().unwrap();
    (0..PLAYBACKS)
        .map(|n| {
            let movie = n % MOVIES.len();
            let (seconds, is_known) = MOVIES[movie];
            let script = Script::generate(&mut random, seconds, is_known);
            let start = midnight + SignedDuration::from_secs(random.below(7200) - 3600);
            Playback { number: n as u32, movie, script, start }
        })
        .collect()
}

/// Returns the address of the client of a playback.
fn client(number: u32) -> IpAddr {
    IpAddr::V4(Ipv4Addr::from(0x0a00_0000 + number))
}

/// Sends the reports of a playback. Returns when it became eligible, as the last response has it.
async fn watch(views: &Views, movie: MovieId, playback: &Playback) -> Option<Timestamp> {
    let Playback { number, script, start, .. } = playback;
    let client = client(*number);
    let agent = if script.behaviour == Behaviour::Crawler { CRAWLER } else { "Mozilla/5.0" };
    let started = views.start_playback_at(movie, client, agent, *start).await.unwrap();
    let mut eligible_at = started.eligible_at;
    for delivery in &script.deliveries {
        let at = *start + SignedDuration::from_millis(delivery.at * 250);
        let send = || views.report_at(started.id, delivery.report.clone(), at);
        let reported = if delivery.is_duplicated {
            let (first, second) = tokio::join!(send(), send());
            assert_eq!(first.unwrap().eligible_at, second.as_ref().unwrap().eligible_at);
            second.unwrap()
        } else {
            send().await.unwrap()
        };
        assert_eq!(reported.counted_at, None, "a report alone counts nothing");
        eligible_at = reported.eligible_at;
    }
    eligible_at
}

/// Checks the last response to each player, and counts the expected views.
fn expected_counts(
    seed: u64,
    playbacks: &[Playback],
    eligible_at: Vec<Option<Timestamp>>,
) -> Counts {
    let mut counts = Counts::default();
    for (playback, eligible_at) in playbacks.iter().zip(eligible_at) {
        let Playback { number, movie, script, start } = playback;
        let expected = script.expected();
        match expected {
            Expected::Counted(ticks) => {
                let at = *start + SignedDuration::from_millis(ticks * 250);
                assert_eq!(eligible_at, Some(at), "playback {number}, seed {seed}");
                counts.by_movie[*movie] += 1;
                *counts.by_day.entry(at.to_zoned(TimeZone::UTC).date()).or_default() += 1;
            }
            Expected::NotCounted(reason) => {
                assert_eq!(eligible_at, None, "playback {number}, seed {seed}: {expected:?}");
                *counts.not_counted[*movie].entry(reason).or_default() += 1;
            }
        }
    }
    counts
}

/// Compares what the server reports of all playbacks with the expected views.
async fn assert_reports(catalog: &Catalog, views: &Views, movies: &[MovieId], counts: &Counts) {
    let mut explained = 0;
    for (n, movie) in movies.iter().enumerate() {
        let explanation = views.explain(*movie).await.unwrap();
        let reasons: BTreeMap<_, _> =
            explanation.not_counted.iter().map(|group| (group.reason, group.playbacks)).collect();
        let expected = (counts.by_movie[n], &counts.not_counted[n]);
        assert_eq!((explanation.counted, &reasons), expected);
        assert_eq!(explanation.playbacks, explanation.counted + reasons.values().sum::<u64>());
        assert_eq!(catalog.movie(*movie).await.unwrap().views, counts.by_movie[n]);
        explained += explanation.playbacks;
    }
    assert_eq!(explained, PLAYBACKS as u64);
    let summary = views.summary(ViewQuery::default()).await.unwrap();
    assert_eq!(summary.total, counts.by_movie.iter().sum::<u64>());
    let days: BTreeMap<_, _> = summary.days.iter().map(|day| (day.day, day.views)).collect();
    assert_eq!(days, counts.by_day);
}

/// Records that a streamer sent each client enough for its playback, and judges all playbacks.
async fn confirm(catalog: &Catalog, playbacks: &[Playback]) {
    let store = catalog.store();
    let hash = ClientHasher::new(store.clone()).hash_function().await.unwrap();
    let sent = SentAmount { bytes: 1, responses: 1, revalidations: 0 };
    let delivered = playbacks.iter().map(|playback| Delivered {
        client: hash(client(playback.number)),
        media: format!("film-{}.mp4", playback.movie),
        bucket: playback.start,
        sent,
    });
    let delivered: Vec<_> = delivered.collect();
    let (streamer, from, until) = ("one".to_owned(), Timestamp::MIN, Timestamp::MAX);
    let coverage = StreamerCoverage { streamer, from, until };
    store.put_evidence("one", &delivered, None).await.unwrap();
    judge_until(&*store, vec![coverage], Timestamp::MAX).await.unwrap();
}

async fn views_equal_the_expected_ones(database: Database, seed: u64) {
    let folder = tempfile::tempdir().unwrap();
    let catalog = open::open(&database).await.unwrap();
    let (views, recorder) = Views::start(catalog.clone(), folder.path()).unwrap();
    let mut movies = Vec::new();
    for (n, (seconds, is_known)) in MOVIES.into_iter().enumerate() {
        movies.push(add_movie(&catalog, n, is_known.then_some(seconds as f64)).await);
    }
    let playbacks = playbacks(seed);
    let eligible_at: Vec<_> = stream::iter(&playbacks)
        .map(|playback| watch(&views, movies[playback.movie], playback))
        .buffered(CONCURRENCY)
        .collect()
        .await;
    let counts = expected_counts(seed, &playbacks, eligible_at);
    confirm(&catalog, &playbacks).await;
    assert_reports(&catalog, &views, &movies, &counts).await;
    let Counts { by_movie, by_day, .. } = counts;
    let is_varied = by_day.len() > 1 && by_movie.iter().all(|views| *views > 10);
    assert!(is_varied, "{by_day:?} {by_movie:?}");
    recorder.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn views_equal_the_expected_ones_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    views_equal_the_expected_ones(Database::Sqlite(folder.path().join("catalog.db")), 6).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn views_equal_the_expected_ones_on_postgresql() {
    let url = postgres::shared().create_database(None).await;
    views_equal_the_expected_ones(Database::Postgres(url), 7).await;
}
