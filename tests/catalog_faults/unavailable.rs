//! The behaviour of a server while its database is stopped, or hangs.

use std::time::{Duration, Instant};

use ginflix_api::error::ErrorCode;
use ginflix_api::movie::Movie;
use ginflix_api::paths;
use ginflix_tests::http::{expect_error, header};
use ginflix_tests::postgres::Postgres;
use ginflix_tests::server::Server;
use ginflix_tests::viewer::{JUDGEMENT_TIMEOUT, Viewer};
use ginflix_tests::wait;
use reqwest::{Method, Response, StatusCode};
use serde_json::json;

const STATE_TIMEOUT: Duration = Duration::from_secs(60);

async fn get(server: &Server, path: &str) -> Response {
    server.anonymous(Method::GET, path).send().await.unwrap()
}

/// Waits until the strict readiness probe has this status code.
async fn wait_for(server: &Server, strict: StatusCode) {
    wait::until_async(STATE_TIMEOUT, "the state of the database to be noticed", async || {
        (get(server, "/readyz?strict").await.status() == strict).then_some(())
    })
    .await;
}

/// Waits until a movie has this number of views, and returns it.
async fn wait_for_views(server: &Server, movie: &Movie, views: u64) -> Movie {
    wait::until_async(JUDGEMENT_TIMEOUT, "the views to count", async || {
        let found: Movie =
            serde_json::from_value(server.json(&paths::movie(movie.id)).await).unwrap();
        (found.views == views).then_some(found)
    })
    .await
}

/// Requests the list, the movie and their pages: results that are served with their age.
async fn assert_cached(server: &Server, movie: &Movie) {
    let page = paths::movie_page(movie.id);
    for path in [paths::MOVIES, &paths::movie(movie.id), "/", &page] {
        let cached = get(server, path).await;
        assert_eq!(cached.status(), 200, "{path}");
        let age: u64 = header(&cached, "age").parse().unwrap();
        assert!(age < 600);
        assert!(header(&cached, "cache-status").contains("the database is away"));
        let text = cached.text().await.unwrap();
        assert!(text.contains("Film"), "{path}");
        let is_page = !path.starts_with("/api/");
        assert_eq!(text.contains("database cannot be reached right now"), is_page, "{path}");
    }
}

/// Requests what fails without the database: results that are not cached, and changes.
async fn assert_refused(server: &Server, movie: &Movie) {
    let list = paths::MOVIES;
    let unread = server.anonymous(Method::GET, &format!("{list}?q=never"));
    expect_error(unread, 503, ErrorCode::Unavailable).await;
    let unread = get(server, "/search?q=never").await;
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
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reads_and_views_go_on_without_the_database() {
    let cluster = Postgres::start_durable();
    let url = cluster.create_database(None).await;
    let server = Server::start_with(&["--database-url", &url]);
    let content = std::fs::read(ginflix_tests::media_files::three_seconds()).unwrap();
    server.put_media("film.mp4", content.clone()).await;
    let movie = server.add_movie("Film", "film.mp4").await;
    let (list, page) = (paths::MOVIES, paths::movie_page(movie.id));
    for path in [list, "/", &page, &paths::movie(movie.id)] {
        let fresh = get(&server, path).await;
        assert_eq!(fresh.status(), 200);
        assert!(!fresh.headers().contains_key("age"), "{path}");
    }
    server.json(paths::MEDIA).await; // from now on the token is cached
    assert_eq!(get(&server, "/readyz?strict").await.text().await.unwrap(), "ready\n");

    cluster.kill();
    wait_for(&server, StatusCode::SERVICE_UNAVAILABLE).await;
    let ready = get(&server, "/readyz").await;
    assert_eq!(ready.status(), 200);
    assert!(ready.text().await.unwrap().contains("the database has not answered since"));

    assert_cached(&server, &movie).await;
    let media = server.admin(Method::GET, paths::MEDIA).send().await.unwrap();
    assert_eq!(media.status(), 200);
    let streamed = get(&server, &movie.stream_path).await;
    assert_eq!(streamed.bytes().await.unwrap(), content);

    assert_refused(&server, &movie).await;

    // Views are accepted, and wait in the journal.
    let watched = Viewer::of(&server).watch(&movie).await;
    assert!(watched.awaiting_evidence);
    let ready = get(&server, "/readyz").await.text().await.unwrap();
    assert!(ready.contains("of views wait for the database"), "{ready}");

    cluster.start_again();
    wait_for(&server, StatusCode::OK).await;
    let path = paths::movie(movie.id);
    let fresh = get(&server, &path).await;
    assert!(!fresh.headers().contains_key("age"));
    let fresh: Movie = fresh.json().await.unwrap();
    assert_eq!(fresh.title, "Film");
    wait_for_views(&server, &movie, 1).await;
    let patch = server.admin(Method::PATCH, &path).json(&json!({ "title": "Other" }));
    assert_eq!(patch.send().await.unwrap().status(), 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_request_hangs_while_the_database_hangs() {
    let cluster = Postgres::start_durable();
    let url = cluster.create_database(None).await;
    let server = Server::start_with(&["--database-url", &url]);
    let content = std::fs::read(ginflix_tests::media_files::three_seconds()).unwrap();
    server.put_media("film.mp4", content).await;
    let movie = server.add_movie("Film", "film.mp4").await;
    assert_eq!(get(&server, paths::MOVIES).await.status(), 200);
    cluster.suspend();
    let viewer = Viewer::of(&server);
    // The first requests wait until a probe times out.
    let (list, watched) = tokio::join!(get(&server, paths::MOVIES), viewer.watch(&movie));
    assert_eq!(list.status(), 200);
    assert!(list.headers().contains_key("age") && watched.awaiting_evidence);
    wait::until_async(
        STATE_TIMEOUT,
        "the server to report the state of the database",
        async || {
            let ready = get(&server, "/readyz").await.text().await.unwrap();
            ready.contains("has not answered since").then_some(())
        },
    )
    .await;
    let start = Instant::now();
    for _ in 0..20 {
        assert_eq!(get(&server, paths::MOVIES).await.status(), 200);
    }
    assert!(Viewer::of(&server).watch(&movie).await.awaiting_evidence);
    // Far less than if each of them waited for a timeout.
    assert!(start.elapsed() < Duration::from_secs(40), "{:?}", start.elapsed());
    cluster.resume();
    wait_for(&server, StatusCode::OK).await;
    wait_for_views(&server, &movie, 2).await;
}

#[tokio::test]
async fn a_new_view_changes_the_entity_tag_of_a_movie() {
    let server = Server::start();
    let content = std::fs::read(ginflix_tests::media_files::three_seconds()).unwrap();
    server.put_media("film.mp4", content).await;
    let movie = server.add_movie("Film", "film.mp4").await;
    let path = paths::movie(movie.id);
    let tag = header(&get(&server, &path).await, "etag");
    let revalidate = async || {
        let request = server.anonymous(Method::GET, &path).header("if-none-match", &tag);
        request.send().await.unwrap().status()
    };
    assert_eq!(revalidate().await, 304);
    Viewer::of(&server).watch(&movie).await;
    wait_for_views(&server, &movie, 1).await;
    assert_eq!(revalidate().await, 200);
    // A view does not invalidate the precondition of a change.
    let patch = server.admin(Method::PATCH, &path).header("if-match", &tag);
    let patch = patch.json(&json!({ "title": "Other" })).send().await.unwrap();
    assert_eq!(patch.status(), 200);
    let stale = server.admin(Method::PATCH, &path).header("if-match", &tag);
    expect_error(stale.json(&json!({ "title": "Lost" })), 412, ErrorCode::PreconditionFailed).await;
}
