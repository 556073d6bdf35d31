//! Views over HTTP, with the real clock: requests that count, and requests that do not.

use futures_util::future::join_all;
use ginflix_api::movie::Movie;
use ginflix_api::paths;
use ginflix_api::playback::Playback;
use ginflix_api::views::NotCountedReason;
use ginflix_tests::postgres;
use ginflix_tests::server::Server;
use ginflix_tests::viewer::{Viewer, wait_until_judged};
use reqwest::Method;
use serde_json::json;

/// Starts a playback, and sends each of these reports.
async fn watch(server: &Server, movie: &Movie, agent: &str, reports: &[&[(f64, f64)]]) {
    let start = json!({ "movie_id": movie.id });
    let start = server.anonymous(Method::POST, paths::PLAYBACKS).json(&start);
    let started = start.header("user-agent", agent).send().await.unwrap();
    assert_eq!(started.status(), 201);
    let path = paths::playback(started.json::<Playback>().await.unwrap().id);
    Viewer::of(server).fetch(&movie.stream_path).await;
    for report in reports {
        let played: Vec<_> =
            report.iter().map(|(start, end)| json!({ "start": start, "end": end })).collect();
        let body = json!({ "position_seconds": 0.0, "played": played });
        let sent = server.anonymous(Method::POST, &path).json(&body).send().await.unwrap();
        assert_eq!(sent.status(), 200);
    }
}

async fn only_watching_counts(flags: &[&str]) {
    let server = Server::start_with(flags);
    let content = std::fs::read(ginflix_tests::media_files::three_seconds()).unwrap();
    server.put_media("film.mp4", content).await;
    let movie = server.add_movie("Film", "film.mp4").await;

    // None of these is a playback: probes, downloads, range requests, page views.
    let page = paths::movie_page(movie.id);
    let requests = (0..60).map(|n| {
        let (method, path) = match n % 4 {
            0 => (Method::HEAD, &movie.stream_path),
            3 => (Method::GET, &page),
            _ => (Method::GET, &movie.stream_path),
        };
        let request = server.anonymous(method, path);
        if n % 4 == 1 { request.header("range", format!("bytes={n}-")) } else { request }
    });
    for response in join_all(requests.map(|request| request.send())).await {
        assert!(response.unwrap().status().is_success());
    }

    let player = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
    let crawler = "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)";
    let enough: &[(f64, f64)] = &[(0.25, 0.75), (1.0, 2.75)];
    let too_little: &[(f64, f64)] = &[(1.0, 1.25)];
    let plays = (0..50).map(|n| {
        let (agent, reports): (_, Vec<&[_]>) = match n % 5 {
            0 => (player, vec![enough, enough]),
            1 => (player, vec![enough, too_little]), // a late report
            2 => (player, vec![too_little, too_little]),
            3 => (player, vec![]),
            _ => (crawler, vec![enough]),
        };
        let (server, movie) = (&server, &movie);
        async move { watch(server, movie, agent, &reports).await }
    });
    join_all(plays).await;

    let explanation = wait_until_judged(&server, movie.id).await;
    let mut reasons: Vec<_> =
        explanation.not_counted.iter().map(|group| (group.reason, group.playbacks)).collect();
    reasons.sort();
    assert_eq!((explanation.counted, explanation.playbacks), (20, 50));
    let expected = [
        (NotCountedReason::NeverPlayed, 10),
        (NotCountedReason::TooShort, 10),
        (NotCountedReason::Crawler, 10),
    ];
    assert_eq!(reasons, expected);
    assert_eq!(server.json(paths::VIEWS).await["total"], json!(20));
}

#[tokio::test]
async fn only_watching_counts_on_sqlite() {
    only_watching_counts(&[]).await;
}

#[tokio::test]
async fn only_watching_counts_on_postgresql() {
    let url = postgres::shared().create_database(None).await;
    only_watching_counts(&["--database-url", &url]).await;
}
