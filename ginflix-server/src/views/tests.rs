use ginflix_api::media::Media;
use ginflix_api::movie::NewMovie;
use ginflix_api::views::{CountedBy, NotCounted, ViewBasis};
use jiff::SignedDuration;

use super::*;
use crate::app::App;
use crate::catalog::store::{Delivered, SentAmount, StreamerCoverage};
use crate::clock::now;

const CLIENT: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

/// Creates an app with one movie of this length in seconds.
async fn app(duration_seconds: Option<f64>) -> (tempfile::TempDir, App, MovieId) {
    let (dir, app) = App::in_temp_dir().await;
    let media = Media {
        name: "film.mp4".parse().unwrap(),
        file_name: None,
        size_bytes: 1,
        sha256: Some("0".repeat(64)),
        content_type: "video/mp4".to_owned(),
        duration_seconds,
        inspection: None,
        created_at: now(),
        library: None,
        missing_since: None,
        stream_path: "/stream/film.mp4".to_owned(),
    };
    app.catalog.store().put_media(&media).await.unwrap();
    let new: NewMovie = serde_json::from_str(r#"{"title": "Film", "media": "film.mp4"}"#).unwrap();
    let movie = app.catalog.add_movie(new).await.unwrap();
    (dir, app, movie.id)
}

fn played(ranges: &[(f64, f64)]) -> PlaybackReport {
    let played = ranges.iter().map(|&(start, end)| PlayedRange { start, end }).collect();
    PlaybackReport { position_seconds: 0.0, played }
}

/// Starts a playback at a time in the past.
async fn started(app: &App, movie: MovieId, seconds_ago: i64) -> Uuid {
    let at = now() - SignedDuration::from_secs(seconds_ago);
    app.views.start_playback_at(movie, CLIENT, "", at).await.unwrap().id
}

/// Records that a streamer sent the client enough for so many views, and judges all playbacks.
async fn judge_with(app: &App, views: u64) {
    let sent = SentAmount { bytes: views, responses: views, revalidations: 0 };
    let client = app.views.hasher.hash(CLIENT).await.unwrap();
    let row = Delivered { client, media: "film.mp4".to_owned(), bucket: now(), sent };
    let streamer = String::new();
    let coverage = StreamerCoverage { streamer, from: Timestamp::MIN, until: Timestamp::MAX };
    let store = app.catalog.store();
    store.put_evidence("", &[row], None).await.unwrap();
    judge::judge_until(&*store, vec![coverage], Timestamp::MAX).await.unwrap();
}

async fn total(app: &App) -> u64 {
    app.views.summary(ViewQuery::default()).await.unwrap().total
}

#[tokio::test]
async fn many_reports_at_once_make_one_view() {
    let (_dir, app, movie) = app(None).await;
    let id = started(&app, movie, 60).await;
    let reports = (0..100).map(|n| {
        let app = app.clone();
        let report = played(&[(0.0, 20.0 + f64::from(n % 20))]);
        tokio::spawn(async move { app.views.report(id, report).await.unwrap() })
    });
    for report in reports.collect::<Vec<_>>() {
        report.await.unwrap();
    }
    assert_eq!(total(&app).await, 0, "a report alone counts nothing");
    judge_with(&app, 5).await;
    judge_with(&app, 5).await;
    assert_eq!(total(&app).await, 1);
    let counted = app.views.report(id, played(&[])).await.unwrap();
    assert_eq!(counted.counted_at, counted.eligible_at);
    assert_eq!(app.catalog.movie(movie).await.unwrap().views, 1);
}

#[tokio::test]
async fn an_explanation_covers_all_playbacks() {
    let (_dir, app, movie) = app(Some(40.0)).await;
    let early = app.views.start_playback(movie, CLIENT, "Mozilla/5.0").await.unwrap();
    assert_eq!(early.needed_seconds, 20.0);
    let crawler = app.views.start_playback(movie, CLIENT, "Googlebot/2.1").await.unwrap();
    let (short, long) = (started(&app, movie, 99).await, started(&app, movie, 99).await);
    for (id, range) in [
        (early.id, (0.0, 40.0)),
        (crawler.id, (0.0, 40.0)),
        (short, (0.0, 9.0)),
        (long, (5.0, 90.0)),
    ] {
        app.views.report(id, played(&[range])).await.unwrap();
    }
    let explanation = app.views.explain(movie).await.unwrap();
    assert_eq!(explanation.counted, 0);
    let awaiting = NotCounted { reason: NotCountedReason::AwaitingEvidence, playbacks: 1 };
    assert!(explanation.not_counted.contains(&awaiting), "{explanation:?}");
    judge_with(&app, 1).await;
    let explanation = app.views.explain(movie).await.unwrap();
    assert_eq!(explanation.counted_by, [CountedBy { basis: ViewBasis::Sent, playbacks: 1 }]);
    let not_counted: u64 = explanation.not_counted.iter().map(|reason| reason.playbacks).sum();
    assert_eq!(
        (explanation.counted, explanation.playbacks),
        (1, explanation.counted + not_counted)
    );
    for reason in
        [NotCountedReason::AheadOfClock, NotCountedReason::Crawler, NotCountedReason::TooShort]
    {
        let mut same = explanation.not_counted.iter().filter(|other| other.reason == reason);
        assert_eq!(same.next().map(|other| other.playbacks), Some(1), "{reason:?}");
    }
}

#[tokio::test]
async fn unknown_movies_and_invalid_queries_are_refused() {
    let (_dir, app, movie) = app(None).await;
    let unknown_movie = app.views.start_playback(MovieId::new(), CLIENT, "").await;
    assert!(matches!(unknown_movie, Err(AppError::NotFound(_))));
    let unknown_playback = app.views.report(Uuid::now_v7(), played(&[])).await;
    assert!(matches!(unknown_playback, Err(AppError::NotFound(_))));
    let id = started(&app, movie, 60).await;
    let many = app.views.report(id, played(&vec![(0.0, 1.0); MAX_RANGES + 1])).await;
    assert!(matches!(many, Err(AppError::Invalid { field: "played", .. })));
    for top in [0, TOP_LIMIT + 1] {
        let query = ViewQuery { top: Some(top), ..ViewQuery::default() };
        let refused = app.views.summary(query).await;
        assert!(matches!(refused, Err(AppError::Invalid { field: "top", .. })));
    }
    let backwards: ViewQuery =
        serde_json::from_str(r#"{"since": "2026-02-02", "until": "2026-02-01"}"#).unwrap();
    let refused = app.views.summary(backwards).await;
    assert!(matches!(refused, Err(AppError::Invalid { field: "since", .. })));
}

#[tokio::test]
async fn the_playbacks_that_one_client_starts_are_limited() {
    let (_dir, app, movie) = app(None).await;
    let mut started = 0;
    let refused = loop {
        match app.views.start_playback(movie, CLIENT, "").await {
            Ok(_) => started += 1,
            Err(refused) => break refused,
        }
        assert!(started < 100 * START_BURST);
    };
    assert!(started >= START_BURST);
    assert!(matches!(refused, AppError::TooManyRequests { .. }));
    let another = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
    assert!(app.views.start_playback(movie, another, "").await.is_ok());
}
