//! Viewers find movies and play them, which counts views.

use std::path::PathBuf;

use ginflix_tests::browser::Browser;
use ginflix_tests::cli::Cli;
use ginflix_tests::media_files;
use serde_json::{Value, json};

use super::{PLAYBACK_TIMEOUT, start_with_movie};

/// The first seconds that the test plays, fewer than a view needs.
const FIRST_SECONDS: f64 = 14.0;
/// The position in seconds to which the test then seeks; both parts together make a view.
const LAST_FIFTH: f64 = media_files::DURATION_SECONDS as f64 * 0.8;

/// Fails the test unless a user can find a movie of this media file, play it, seek in it, and
/// `ginflix views` reports the view then.
async fn assert_plays_and_counts(path: PathBuf, media: &str) {
    let cli = Cli::new();
    let up = cli.json(&["cluster", "up", "--provider", "local", "--port", "0"]);
    let url = up["url"].as_str().unwrap().to_owned();
    let path = path.to_str().unwrap();
    cli.run(&["upload", path, "--name", media, "--add", "--title", "The Long Field"])
        .expect_success();
    let other = ["movie", "add", "--media", media, "--title", "Another Story"];
    cli.run(&other).expect_success();

    let browser = Browser::launch().await;
    let tab = browser.open(&url).await;
    tab.wait_for("document.querySelectorAll('a.card[data-movie-id]').length === 2").await;
    tab.type_into("#q", "long fi").await;
    let found = "document.querySelector('[role=option]')?.textContent.includes('The Long Field')";
    tab.wait_for(found).await;
    tab.click("[role=option]").await;

    tab.wait_for("player.readyState >= 1").await;
    tab.eval("player.play()").await;
    let first_part = format!("player.currentTime > {FIRST_SECONDS}");
    tab.wait_for_within(&first_part, PLAYBACK_TIMEOUT).await;
    assert_eq!(tab.eval("player.dataset.counted").await, json!("false"), "counted too early");
    assert_eq!(cli.json(&["views"])["total"], json!(0));

    tab.eval(&format!("player.currentTime = {LAST_FIFTH}")).await;
    let continued = format!("!player.seeking && player.currentTime > {LAST_FIFTH} + 1");
    tab.wait_for_within(&continued, PLAYBACK_TIMEOUT).await;
    tab.wait_for_within("player.dataset.counted === 'true'", PLAYBACK_TIMEOUT).await;
    assert_eq!(tab.eval("player.error").await, Value::Null);
    tab.assert_no_errors();
    browser.close().await;

    let views = cli.json(&["views"]);
    assert_eq!(views["total"], json!(1), "{views}");
    assert_eq!(views["movies"][0]["title"], json!("The Long Field"));
    assert_eq!(views["movies"][0]["views"], json!(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_faststart_mp4_plays_and_counts() {
    assert_plays_and_counts(media_files::faststart(), "film.mp4").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_mp4_with_its_index_at_the_end_plays_and_counts() {
    assert_plays_and_counts(media_files::index_at_end(), "film.mp4").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webm_plays_and_counts() {
    assert_plays_and_counts(media_files::webm(), "film.webm").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn opening_a_movie_without_watching_counts_nothing() {
    let (server, movie) = start_with_movie().await;
    let browser = Browser::launch().await;
    let tab = browser.open(&server.url(&format!("/movies/{}", movie.id))).await;
    tab.wait_for("player.readyState >= 1").await;
    tab.goto(&server.url("/")).await;
    tab.wait_for("document.querySelector('a.card')").await;
    tab.assert_no_errors();
    browser.close().await;
    assert_eq!(server.json("/api/v1/views").await["total"], json!(0));
}
