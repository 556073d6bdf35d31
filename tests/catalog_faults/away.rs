//! What a server does while its database is away, or there and silent.

use std::time::{Duration, Instant};

use ginflix_api::error::ErrorCode;
use ginflix_api::paths;
use ginflix_api::playback::Playback;
use ginflix_tests::http::{expect_error, header};
use ginflix_tests::postgres::Postgres;
use ginflix_tests::server::Server;
use ginflix_tests::wait;
use reqwest::{Method, Response, StatusCode};
use serde_json::json;

const PATIENCE: Duration = Duration::from_secs(60);

async fn get(server: &Server, path: &str) -> Response {
    server.anonymous(Method::GET, path).send().await.unwrap()
}

/// Waits until the server knows how it stands with its database.
async fn wait_for(server: &Server, strict: StatusCode) {
    wait::until_async(PATIENCE, "the server to notice", async || {
        (get(server, "/readyz?strict").await.status() == strict).then_some(())
    })
    .await;
}

/// Starts a playback and reports all of it.
async fn watch(server: &Server, movie: ginflix_api::movie::MovieId) -> Playback {
    let start = json!({ "movie_id": movie });
    let started =
        server.anonymous(Method::POST, paths::PLAYBACKS).json(&start).send().await.unwrap();
    assert_eq!(started.status(), 201);
    let started: Playback = started.json().await.unwrap();
    let report = json!({ "position_seconds": 2.0, "played": [{ "start": 0.0, "end": 2.0 }] });
    let path = paths::playback(started.id);
    let told = server.anonymous(Method::POST, &path).json(&report).send().await.unwrap();
    assert_eq!(told.status(), 200);
    told.json().await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn much_goes_on_without_the_database() {
    let cluster = Postgres::start_durable();
    let url = cluster.create_database(None).await;
    let server = Server::start_with(&["--database-url", &url]);
    let film = std::fs::read(ginflix_tests::media_files::three_seconds()).unwrap();
    server.put_media("film.mp4", film.clone()).await;
    let movie = server.add_movie("Film", "film.mp4").await;
    let (list, page) = (paths::MOVIES, paths::movie_page(movie.id));
    for path in [list, "/", &page, &paths::movie(movie.id)] {
        let fresh = get(&server, path).await;
        assert_eq!(fresh.status(), 200);
        assert!(!fresh.headers().contains_key("age"), "{path}");
    }
    server.json(paths::MEDIA).await; // the administrators' token is known from here on
    assert_eq!(get(&server, "/readyz?strict").await.text().await.unwrap(), "ready\n");

    cluster.kill();
    wait_for(&server, StatusCode::SERVICE_UNAVAILABLE).await;
    let ready = get(&server, "/readyz").await;
    assert_eq!(ready.status(), 200);
    assert!(ready.text().await.unwrap().contains("the database has not answered since"));

    // What was read is shown, and says how old it is.
    for path in [list, &paths::movie(movie.id), "/", &page] {
        let kept = get(&server, path).await;
        assert_eq!(kept.status(), 200, "{path}");
        let age: u64 = header(&kept, "age").parse().unwrap();
        assert!(age < 600);
        assert!(header(&kept, "cache-status").contains("the database is away"));
        let text = kept.text().await.unwrap();
        assert!(text.contains("Film"), "{path}");
        let is_page = !path.starts_with("/api/");
        assert_eq!(text.contains("database cannot be reached right now"), is_page, "{path}");
    }
    let media = server.admin(Method::GET, paths::MEDIA).send().await.unwrap();
    assert_eq!(media.status(), 200);
    let streamed = get(&server, &movie.stream_path).await;
    assert_eq!(streamed.bytes().await.unwrap(), film);

    // What was not read cannot be shown, and nothing can be changed.
    let unread = server.anonymous(Method::GET, &format!("{list}?q=never"));
    expect_error(unread, 503, ErrorCode::Unavailable).await;
    let unread = get(&server, "/search?q=never").await;
    assert_eq!(unread.status(), 503);
    assert_eq!(header(&unread, "retry-after"), "2");
    let text = unread.text().await.unwrap();
    assert!(text.contains("Not available right now") && text.contains("Try again in a moment"));
    let path = paths::movie(movie.id);
    for write in [
        server.admin(Method::PATCH, &path).json(&json!({ "title": "Other" })),
        server.admin(Method::PATCH, &path).json(&json!({})),
        server.admin(Method::DELETE, &path),
        server.admin(Method::POST, list).json(&json!({ "title": "New", "media": "film.mp4" })),
    ] {
        let write = write.send().await.unwrap();
        assert_eq!(write.status(), 503);
        assert_eq!(header(&write, "retry-after"), "2");
    }

    // Views are taken down.
    let watched = watch(&server, movie.id).await;
    assert!(watched.counted);
    let ready = get(&server, "/readyz").await.text().await.unwrap();
    assert!(ready.contains("of views wait for the database"), "{ready}");

    cluster.start_again();
    wait_for(&server, StatusCode::OK).await;
    let now = get(&server, &path).await;
    assert!(!now.headers().contains_key("age"));
    let now: ginflix_api::movie::Movie = now.json().await.unwrap();
    assert_eq!((now.views, now.title.as_str()), (1, "Film"));
    let patch = server.admin(Method::PATCH, &path).json(&json!({ "title": "Other" }));
    assert_eq!(patch.send().await.unwrap().status(), 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_hangs_with_a_database_that_does() {
    let cluster = Postgres::start_durable();
    let url = cluster.create_database(None).await;
    let server = Server::start_with(&["--database-url", &url]);
    let film = std::fs::read(ginflix_tests::media_files::three_seconds()).unwrap();
    server.put_media("film.mp4", film).await;
    let movie = server.add_movie("Film", "film.mp4").await;
    assert_eq!(get(&server, paths::MOVIES).await.status(), 200);
    cluster.suspend();
    // The first ones wait until it is clear that nothing comes.
    let (list, watched) = tokio::join!(get(&server, paths::MOVIES), watch(&server, movie.id));
    assert_eq!(list.status(), 200);
    assert!(list.headers().contains_key("age") && watched.counted);
    wait::until_async(PATIENCE, "the server to know why", async || {
        let told = get(&server, "/readyz").await.text().await.unwrap();
        told.contains("has not answered since").then_some(())
    })
    .await;
    let start = Instant::now();
    for _ in 0..20 {
        assert_eq!(get(&server, paths::MOVIES).await.status(), 200);
    }
    assert!(watch(&server, movie.id).await.counted);
    // Far less than if each of them had to find out.
    assert!(start.elapsed() < Duration::from_secs(40), "{:?}", start.elapsed());
    cluster.resume();
    wait_for(&server, StatusCode::OK).await;
    assert_eq!(server.json(&paths::movie(movie.id)).await["views"], json!(2));
}

#[tokio::test]
async fn a_movie_shows_its_views_to_whoever_has_it_already() {
    let server = Server::start();
    let film = std::fs::read(ginflix_tests::media_files::three_seconds()).unwrap();
    server.put_media("film.mp4", film).await;
    let movie = server.add_movie("Film", "film.mp4").await;
    let path = paths::movie(movie.id);
    let tag = header(&get(&server, &path).await, "etag");
    let again = async || {
        let request = server.anonymous(Method::GET, &path).header("if-none-match", &tag);
        request.send().await.unwrap().status()
    };
    assert_eq!(again().await, 304);
    watch(&server, movie.id).await;
    assert_eq!(again().await, 200);
    // A view is in nobody's way who changes what was read before it.
    let patch = server.admin(Method::PATCH, &path).header("if-match", &tag);
    let patch = patch.json(&json!({ "title": "Other" })).send().await.unwrap();
    assert_eq!(patch.status(), 200);
    let stale = server.admin(Method::PATCH, &path).header("if-match", &tag);
    expect_error(stale.json(&json!({ "title": "Lost" })), 412, ErrorCode::PreconditionFailed).await;
}
