//! SIGKILL and SIGTERM of the server: everything that it acknowledged is there after the next
//! start.

#![allow(clippy::unwrap_used)] // a panic is how a test fails

use std::time::Duration;

use ginflix_api::media::Media;
use ginflix_api::movie::Movie;
use ginflix_api::playback::Playback;
use ginflix_api::{paths, tus};
use ginflix_tests::http::{client, header, noise, sha256};
use ginflix_tests::server::{Server, TOKEN};
use ginflix_tests::viewer::{JUDGEMENT_TIMEOUT, Viewer};
use ginflix_tests::{pictures, wait};
use reqwest::Method;
use rustix::process::Signal;
use serde_json::json;

/// Starts a playback of a movie of three seconds, and reports that two of them were played, until it
/// counts as a view.
async fn watch(server: &Server, movie: &Movie) -> Playback {
    let start = json!({ "movie_id": movie.id });
    let start = server.anonymous(Method::POST, paths::PLAYBACKS).json(&start).send().await.unwrap();
    assert_eq!(start.status(), 201);
    let playback: Playback = start.json().await.unwrap();
    Viewer::of(server).fetch(&movie.stream_path).await;
    let end = playback.needed_seconds + 0.5;
    let report = json!({ "position_seconds": end, "played": [{ "start": 0.0, "end": end }] });
    // The server counts no more seconds than have passed since the start, and asks the streamers.
    let timeout = Duration::from_secs_f64(playback.needed_seconds) + JUDGEMENT_TIMEOUT;
    wait::until_async(timeout, "the view to count", async || {
        let request = server.anonymous(Method::POST, &paths::playback(playback.id)).json(&report);
        let playback: Playback = request.send().await.unwrap().json().await.unwrap();
        playback.counted.then_some(playback)
    })
    .await
}

#[tokio::test]
async fn movies_media_and_views_survive() {
    let mut server = Server::start();
    let bytes = std::fs::read(ginflix_tests::media_files::three_seconds()).unwrap();
    let mut added: Vec<(Media, Movie)> = Vec::new();
    for n in 0..3 {
        let name = format!("film-{n}.mp4");
        let media = server.put_media(&name, bytes.clone()).await;
        added.push((media, server.add_movie(&format!("Film {n}"), &name).await));
    }
    let watched = watch(&server, &added[1].1).await;
    assert!(watched.counted);
    server.kill();
    server.start_again();

    for (media, movie) in &added {
        assert_eq!(server.media(media.name.as_str()).await.as_ref(), Some(media));
        let served = server.anonymous(Method::GET, &media.stream_path).send().await.unwrap();
        assert!(media.has_sha256(&sha256(&served.bytes().await.unwrap())));
        let read = server.json(&paths::movie(movie.id)).await;
        assert_eq!(read["title"], json!(movie.title));
        assert_eq!(read["views"], json!(u64::from(movie.id == watched.movie_id)));
    }
    let views = server.json(paths::VIEWS).await;
    assert_eq!(views["total"], json!(1));
    // Another report of the same playback does not count twice.
    let report = json!({ "position_seconds": 3.0, "played": [{ "start": 0.0, "end": 3.0 }] });
    let request = server.anonymous(Method::POST, &paths::playback(watched.id)).json(&report);
    let again: Playback = request.send().await.unwrap().json().await.unwrap();
    assert!(again.counted);
    assert_eq!(server.json(paths::VIEWS).await["total"], json!(1));
}

#[tokio::test]
async fn an_upload_resumes_after_a_kill() {
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
    assert_eq!(offset, half, "the server lost acknowledged bytes");
    let rest = server.patch_upload(&location, offset as u64, bytes[offset..].to_vec());
    assert_eq!(rest.send().await.unwrap().status(), 204);
    assert!(server.media("film.mp4").await.unwrap().has_sha256(&sha256(&bytes)));
}

/// After a kill at any time of an upload, the file is there completely or not at all.
#[tokio::test]
async fn a_kill_at_any_time_leaves_no_partial_file() {
    let mut server = Server::start();
    let bytes = noise(16 << 20, 2);
    for round in 0..6 {
        let name = format!("film-{round}.mp4");
        let created = server.create_upload(&name, bytes.len() as u64, "").send().await.unwrap();
        let location = header(&created, "location");
        let sending = tokio::spawn(server.patch_upload(&location, 0, bytes.clone()).send());
        // Each round kills later: while the bytes arrive, are verified or are published.
        // pace: the time of the kill
        tokio::time::sleep(Duration::from_millis(15 * round)).await;
        server.kill();
        let is_acknowledged =
            matches!(sending.await.unwrap(), Ok(response) if response.status() == 204);
        server.start_again();
        match server.media(&name).await {
            None => assert!(!is_acknowledged, "an acknowledged upload is gone"),
            Some(media) => {
                assert!(media.has_sha256(&sha256(&bytes)));
                let served =
                    server.anonymous(Method::GET, &media.stream_path).send().await.unwrap();
                assert_eq!(sha256(&served.bytes().await.unwrap()), sha256(&bytes));
            }
        }
    }
}

#[tokio::test]
async fn a_stop_lets_running_downloads_complete() {
    let mut server = Server::start();
    let bytes = noise(64 << 20, 3);
    server.put_media("film.mp4", bytes.clone()).await;
    let response = server.anonymous(Method::GET, "/stream/film.mp4").send().await.unwrap();
    assert_eq!(response.status(), 200);
    // The client has not read yet, and sockets cannot hold so much.
    server.signal(Signal::TERM);
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
        assert!(!server.volume().join(name).exists(), "{name} is still there");
    }
    server.start_again();
    let movies = server.anonymous(Method::GET, paths::MOVIES).send().await.unwrap();
    assert!(movies.text().await.unwrap().contains("\"Film\""));
}

/// One client reads a backup too slowly, and others write, when the server stops.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_under_load_leaves_the_whole_catalogue_in_one_file() {
    let mut server = Server::start_with(&["--drain-seconds", "1"]);
    server.put_media("film.mp4", noise(1000, 4)).await;
    // More than the buffers of sockets hold.
    for n in 0..8 {
        let movie = server.add_movie(&format!("Film {n}"), "film.mp4").await;
        let poster = pictures::noise(1_000, 1_400, n);
        let put = server.admin(Method::PUT, &paths::poster(movie.id)).body(poster);
        assert_eq!(put.send().await.unwrap().status(), 200);
    }
    let backup = server.admin(Method::GET, paths::BACKUP).send().await.unwrap();
    assert_eq!(backup.status(), 200);
    let writer = |name: char| {
        let (client, url) = (client(), server.url(paths::MOVIES));
        tokio::spawn(async move {
            for written in 0.. {
                let movie = json!({ "title": format!("{name} {written}"), "media": "film.mp4" });
                match client.post(&url).bearer_auth(TOKEN).json(&movie).send().await {
                    Ok(response) if response.status() == 201 => {}
                    _ => return written,
                }
            }
            unreachable!("the server stops")
        })
    };
    let writers = ['a', 'b'].map(writer);
    wait::until_async(Duration::from_secs(60), "some writes", async || {
        let list = server.json(&format!("{}?q=a", paths::MOVIES)).await;
        (!list["items"].as_array().unwrap().is_empty()).then_some(())
    })
    .await;
    assert!(server.stop().success());
    drop(backup);
    let mut written = 8;
    for writer in writers {
        written += writer.await.unwrap();
    }
    let log = server.log();
    for name in ["catalog.db-wal", "catalog.db-shm"] {
        assert!(!server.volume().join(name).exists(), "{name} is still there:\n{log}");
    }
    let copy = server.volume().join("copy.db");
    std::fs::copy(server.volume().join("catalog.db"), &copy).unwrap();
    let copy = rusqlite::Connection::open(copy).unwrap();
    let found: u32 = copy.query_row("SELECT count(*) FROM movies", [], |row| row.get(0)).unwrap();
    assert!(found >= written, "{found} of {written} movies");
}
