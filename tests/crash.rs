//! `kill -9` of the server, then a start: everything acknowledged is there.

#![allow(clippy::unwrap_used)] // a test that cannot go on says where

use std::time::Duration;

use ginflix_api::media::Media;
use ginflix_api::movie::Movie;
use ginflix_api::playback::Playback;
use ginflix_api::{paths, tus};
use ginflix_tests::http::{header, noise, sha256};
use ginflix_tests::server::Server;
use ginflix_tests::wait;
use reqwest::Method;
use serde_json::json;

/// Watches two seconds of a movie of three, as the player reports it.
async fn watch(server: &Server, movie: &Movie) -> Playback {
    let start = json!({ "movie_id": movie.id });
    let start = server.anonymous(Method::POST, paths::PLAYBACKS).json(&start).send().await.unwrap();
    assert_eq!(start.status(), 201);
    let playback: Playback = start.json().await.unwrap();
    let end = playback.needed_seconds + 0.5;
    let report = json!({ "position_seconds": end, "played": [{ "start": 0.0, "end": end }] });
    // The server believes no more than its clock allows.
    let deadline = Duration::from_secs_f64(playback.needed_seconds + 20.0);
    wait::until_async(deadline, "the view to count", async || {
        let request = server.anonymous(Method::POST, &paths::playback(playback.id)).json(&report);
        let now: Playback = request.send().await.unwrap().json().await.unwrap();
        now.counted.then_some(now)
    })
    .await
}

#[tokio::test]
async fn movies_media_and_views_survive() {
    let mut server = Server::start();
    let film = std::fs::read(ginflix_tests::media_files::three_seconds()).unwrap();
    let mut known: Vec<(Media, Movie)> = Vec::new();
    for n in 0..3 {
        let name = format!("film-{n}.mp4");
        let media = server.put_media(&name, film.clone()).await;
        known.push((media, server.add_movie(&format!("Film {n}"), &name).await));
    }
    let watched = watch(&server, &known[1].1).await;
    assert!(watched.counted);
    server.kill();
    server.start_again();

    for (media, movie) in &known {
        assert_eq!(server.media(media.name.as_str()).await.as_ref(), Some(media));
        let served = server.anonymous(Method::GET, &media.stream_path).send().await.unwrap();
        assert_eq!(sha256(&served.bytes().await.unwrap()), media.sha256);
        let read = server.json(&paths::movie(movie.id)).await;
        assert_eq!(read["title"], json!(movie.title));
        assert_eq!(read["views"], json!(u64::from(movie.id == watched.movie_id)));
    }
    let views = server.json(paths::VIEWS).await;
    assert_eq!(views["total"], json!(1));
    // The playback, reported once more, does not count twice.
    watch_again(&server, &watched).await;
    assert_eq!(server.json(paths::VIEWS).await["total"], json!(1));
}

async fn watch_again(server: &Server, playback: &Playback) {
    let report = json!({ "position_seconds": 3.0, "played": [{ "start": 0.0, "end": 3.0 }] });
    let request = server.anonymous(Method::POST, &paths::playback(playback.id)).json(&report);
    let again: Playback = request.send().await.unwrap().json().await.unwrap();
    assert!(again.counted);
}

#[tokio::test]
async fn an_upload_goes_on_after_a_kill() {
    let mut server = Server::start();
    let bytes = noise(8 << 20, 1);
    let created = server.create_upload("film.mp4", bytes.len() as u64, "").send().await.unwrap();
    let location = header(&created, "location");
    let half = bytes.len() / 2;
    let sent = server.patch_upload(&location, 0, bytes[..half].to_vec()).send().await.unwrap();
    assert_eq!(sent.status(), 204);
    server.kill();
    server.start_again();

    assert!(server.media("film.mp4").await.is_none());
    let head = server.head_upload(&location).send().await.unwrap();
    let offset: usize = header(&head, tus::UPLOAD_OFFSET).parse().unwrap();
    assert_eq!(offset, half, "acknowledged bytes are there");
    let rest = server.patch_upload(&location, offset as u64, bytes[offset..].to_vec());
    assert_eq!(rest.send().await.unwrap().status(), 204);
    assert_eq!(server.media("film.mp4").await.unwrap().sha256, sha256(&bytes));
}

/// Killed at many instants of an upload, the file is there whole or not at all.
#[tokio::test]
async fn no_instant_leaves_half_a_file() {
    let mut server = Server::start();
    let bytes = noise(16 << 20, 2);
    for round in 0..6 {
        let name = format!("film-{round}.mp4");
        let created = server.create_upload(&name, bytes.len() as u64, "").send().await.unwrap();
        let location = header(&created, "location");
        let sending = tokio::spawn(server.patch_upload(&location, 0, bytes.clone()).send());
        // Each round a little later: while the bytes arrive, are checked, are published.
        // pace: each round is killed at another instant
        tokio::time::sleep(Duration::from_millis(15 * round)).await;
        server.kill();
        let acknowledged = matches!(sending.await.unwrap(), Ok(answer) if answer.status() == 204);
        server.start_again();
        match server.media(&name).await {
            None => assert!(!acknowledged, "an acknowledged upload is gone"),
            Some(media) => {
                assert_eq!(media.sha256, sha256(&bytes));
                let served =
                    server.anonymous(Method::GET, &media.stream_path).send().await.unwrap();
                assert_eq!(sha256(&served.bytes().await.unwrap()), sha256(&bytes));
            }
        }
    }
}

#[tokio::test]
async fn a_stop_lets_running_downloads_finish() {
    let mut server = Server::start();
    let bytes = noise(64 << 20, 3);
    server.put_media("film.mp4", bytes.clone()).await;
    let response = server.anonymous(Method::GET, "/stream/film.mp4").send().await.unwrap();
    assert_eq!(response.status(), 200);
    // Not read yet: far more is to come than the sockets can hold.
    server.signal(rustix::process::Signal::TERM);
    let body = response.bytes().await.unwrap();
    assert_eq!(sha256(&body), sha256(&bytes));
    assert!(server.stop().success());
}

#[tokio::test]
async fn a_stop_leaves_the_whole_catalogue_in_one_file() {
    let mut server = Server::start();
    server.put_media("film.mp4", noise(1000, 4)).await;
    server.add_movie("Film", "film.mp4").await;
    assert!(server.stop().success());
    for name in ["catalog.db-wal", "catalog.db-shm"] {
        assert!(!server.volume().join(name).exists(), "{name} is left");
    }
    server.start_again();
    let movies = server.anonymous(Method::GET, paths::MOVIES).send().await.unwrap();
    assert!(movies.text().await.unwrap().contains("\"Film\""));
}
