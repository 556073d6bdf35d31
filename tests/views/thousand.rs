//! A thousand playbacks on a clock of the test's own: the real rule, recorder
//! and databases.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use futures_util::{StreamExt, stream};
use ginflix_api::media::Media;
use ginflix_api::movie::{MovieId, NewMovie};
use ginflix_api::paths;
use ginflix_api::views::{Reason, ViewQuery};
use ginflix_server::catalog::{Catalog, open};
use ginflix_server::config::Database;
use ginflix_server::views::Views;
use ginflix_tests::postgres;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::script::{Manner, Random, Script, Truth};

const PLAYBACKS: usize = 1000;
/// Viewers at once.
const AT_ONCE: usize = 64;
/// Lengths of the films, seconds, and whether the server knows them.
const FILMS: [(i64, bool); 5] = [(20, true), (59, true), (61, true), (5400, true), (600, false)];
const CRAWLER: &str = "Mozilla/5.0 (compatible; Googlebot/2.1)";

async fn add_film(catalog: &Catalog, n: usize, seconds: Option<f64>) -> MovieId {
    let name: ginflix_api::media::MediaName = format!("film-{n}.mp4").parse().unwrap();
    let media = Media {
        stream_path: paths::stream(&name),
        name,
        size_bytes: 1,
        sha256: "0".repeat(64),
        content_type: "video/mp4".to_owned(),
        duration_seconds: seconds,
        created_at: Timestamp::now(),
    };
    catalog.put_media(&media).await.unwrap();
    let new = json!({ "title": format!("Film {n}"), "media": media.name });
    catalog.add_movie(serde_json::from_value::<NewMovie>(new).unwrap()).await.unwrap().id
}

/// Watches by the script; tells what became of it at the end.
async fn watch(
    views: &Views,
    movie: MovieId,
    number: u32,
    script: &Script,
    start: Timestamp,
) -> Option<Timestamp> {
    let client = IpAddr::V4(Ipv4Addr::from(0x0a00_0000 + number));
    let agent = if script.manner == Manner::Crawler { CRAWLER } else { "Mozilla/5.0" };
    let playback = views.start_playback_at(movie, client, agent, start).await.unwrap();
    let mut counted_at = playback.counted_at;
    for delivery in &script.deliveries {
        let at = start + SignedDuration::from_millis(delivery.at * 250);
        let send = || views.report_at(playback.id, delivery.report.clone(), at);
        let told = if delivery.twice {
            let (first, second) = tokio::join!(send(), send());
            assert_eq!(first.unwrap().counted_at, second.as_ref().unwrap().counted_at);
            second.unwrap()
        } else {
            send().await.unwrap()
        };
        counted_at = told.counted_at;
    }
    counted_at
}

async fn count_equals_the_truth(database: Database, seed: u64) {
    let folder = tempfile::tempdir().unwrap();
    let catalog = open::open(&database).await.unwrap();
    let (views, writer) = Views::start(catalog.clone(), folder.path()).unwrap();
    let mut films = Vec::new();
    for (n, (seconds, is_known)) in FILMS.into_iter().enumerate() {
        films.push(add_film(&catalog, n, is_known.then_some(seconds as f64)).await);
    }
    let mut random = Random::new(seed);
    // Around midnight, so that views fall on several days.
    let midnight: Timestamp = "2026-03-04T00:00:00Z".parse().unwrap();
    let playbacks: Vec<_> = (0..PLAYBACKS)
        .map(|n| {
            let film = n % FILMS.len();
            let script = Script::of(&mut random, FILMS[film].0, FILMS[film].1);
            let start = midnight + SignedDuration::from_secs(random.below(7200) - 3600);
            (n as u32, film, script, start)
        })
        .collect();

    let views = &views;
    let told: Vec<_> = stream::iter(&playbacks)
        .map(|(n, film, script, start)| watch(views, films[*film], *n, script, *start))
        .buffered(AT_ONCE)
        .collect()
        .await;

    // What each player was told last.
    let mut counted = vec![0; FILMS.len()];
    let mut not_counted: Vec<BTreeMap<Reason, u64>> = vec![BTreeMap::new(); FILMS.len()];
    let mut days: BTreeMap<Date, u64> = BTreeMap::new();
    for ((n, film, script, start), told) in playbacks.iter().zip(told) {
        let truth = script.truth();
        match truth {
            Truth::Counted(ticks) => {
                let at = *start + SignedDuration::from_millis(ticks * 250);
                assert_eq!(told, Some(at), "playback {n}, seed {seed}");
                counted[*film] += 1;
                *days.entry(at.to_zoned(TimeZone::UTC).date()).or_default() += 1;
            }
            Truth::Not(reason) => {
                assert_eq!(told, None, "playback {n}, seed {seed}: {truth:?}");
                *not_counted[*film].entry(reason).or_default() += 1;
            }
        }
    }

    // And what is reported of all of them.
    let mut explained = 0;
    for (film, movie) in films.iter().enumerate() {
        let told = views.explain(*movie).await.unwrap();
        let reasons: BTreeMap<_, _> =
            told.not_counted.iter().map(|one| (one.reason, one.playbacks)).collect();
        assert_eq!((told.counted, &reasons), (counted[film], &not_counted[film]));
        assert_eq!(told.playbacks, told.counted + reasons.values().sum::<u64>());
        assert_eq!(catalog.movie(*movie).await.unwrap().views, counted[film]);
        explained += told.playbacks;
    }
    assert_eq!(explained, PLAYBACKS as u64);
    let summary = views.summary(ViewQuery::default()).await.unwrap();
    assert_eq!(summary.total, counted.iter().sum::<u64>());
    let reported: BTreeMap<_, _> = summary.days.iter().map(|day| (day.day, day.views)).collect();
    assert_eq!(reported, days);
    assert!(days.len() > 1 && counted.iter().all(|views| *views > 10), "{days:?} {counted:?}");
    writer.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    count_equals_the_truth(Database::Sqlite(folder.path().join("catalog.db")), 6).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgresql() {
    let url = postgres::shared().create_database(None).await;
    count_equals_the_truth(Database::Postgres(url), 7).await;
}
