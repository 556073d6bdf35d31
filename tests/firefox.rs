//! The pages in Firefox: a movie is found and watched, by file and by HLS, without an error.

#![allow(clippy::unwrap_used)] // a panic is how a test fails

use std::time::Duration;

use ginflix_api::paths;
use ginflix_tests::firefox::Firefox;
use ginflix_tests::media_files;
use ginflix_tests::server::Server;
use reqwest::Method;
use serde_json::json;

const TIMEOUT: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Firefox; make test-web runs it"]
async fn a_movie_is_found_and_watched() {
    let server = Server::start();
    server.put_media("film.mp4", std::fs::read(media_files::faststart()).unwrap()).await;
    let movie = server.add_movie("The Long Field", "film.mp4").await;
    let texts = paths::subtitles(&"film.mp4".parse().unwrap());
    let file = "1\n00:00:00,000 --> 00:10:00,000\nHello\n";
    let added = server.admin(Method::POST, &format!("{texts}?file_name=film.en.srt&default=true"));
    assert_eq!(added.body(file).send().await.unwrap().status(), 201);
    let mut firefox = Firefox::launch().await;
    firefox.goto(&server.url("/")).await;
    firefox.press("/").await;
    firefox.wait_for("document.activeElement.id === 'q'", TIMEOUT).await;
    for letter in "long".chars() {
        firefox.press(&letter.to_string()).await;
    }
    firefox.wait_for("document.querySelector('[role=option]')?.checkVisibility()", TIMEOUT).await;
    assert_eq!(firefox.errors().await, Vec::<String>::new());
    firefox.goto(&server.url(&format!("/movies/{}", movie.id))).await;
    firefox
        .wait_for("player.readyState >= 2 && !document.getElementById('controls').hidden", TIMEOUT)
        .await;
    firefox.press("k").await;
    firefox.wait_for("!player.paused && player.currentTime > 1", TIMEOUT).await;
    firefox.press("5").await;
    firefox.wait_for("player.currentTime > player.duration / 2 && !player.seeking", TIMEOUT).await;
    firefox.wait_for("!document.getElementById('show-subtitles').hidden", TIMEOUT).await;
    firefox
        .eval("document.querySelector('#subtitle-tracks label:last-of-type input').click()")
        .await;
    firefox
        .wait_for("document.getElementById('captions').textContent.includes('Hello')", TIMEOUT)
        .await;
    assert_eq!(firefox.errors().await, Vec::<String>::new());
    assert_eq!(firefox.eval("player.paused").await, json!(false));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Firefox; make test-web runs it"]
async fn another_language_is_played_by_hls() {
    let server = Server::start();
    let content = std::fs::read(media_files::chapters_and_languages()).unwrap();
    server.put_media("film.mkv", content).await;
    let movie = server.add_movie("The Long Field", "film.mkv").await;
    let mut firefox = Firefox::launch().await;
    firefox.goto(&server.url(&format!("/movies/{}", movie.id))).await;
    let has_choice = "document.querySelectorAll('#audio-tracks input').length === 2";
    firefox.wait_for(has_choice, TIMEOUT).await;
    firefox.press("k").await;
    firefox.wait_for("!player.paused && player.currentTime > 0.5", TIMEOUT).await;
    firefox.eval("document.querySelector('#audio-tracks input:not(:checked)').click()").await;
    let by_hls =
        "player.currentSrc.startsWith('blob:') && !player.paused && player.currentTime > 1.5";
    firefox.wait_for(by_hls, TIMEOUT).await;
    assert_eq!(firefox.errors().await, Vec::<String>::new());
}
