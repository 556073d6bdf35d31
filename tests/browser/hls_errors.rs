//! What the player says when HLS fails.

use std::time::Duration;

use ginflix_api::link::Link;
use ginflix_api::paths;
use ginflix_tests::browser::{Browser, Tab};
use ginflix_tests::media_files;
use ginflix_tests::proxy::{Proxy, ProxyMode};
use ginflix_tests::server::Server;
use ginflix_tests::wait;
use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde_json::json;

use super::{PLAYBACK_TIMEOUT, add_movie, log_in, open_movie, start_with};

/// Whether hls.js plays the movie.
const BY_HLS_JS: &str = "player.currentSrc.startsWith('blob:') && player.readyState >= 2";

/// Waits until the player shows a message with this title.
async fn explains(tab: &Tab, title: &str) {
    let shown = format!(
        "!document.getElementById('player-error').hidden \
         && document.querySelector('.problem-title').textContent === {title:?}"
    );
    tab.wait_for_within(&shown, PLAYBACK_TIMEOUT).await;
}

/// Waits until a signed link has expired.
async fn wait_for_expiry(server: &Server, path: &str) {
    let expired = async || {
        let status = server.anonymous(Method::HEAD, path).send().await.unwrap().status();
        (status == 410).then_some(())
    };
    wait::until_async(Duration::from_secs(30), "the end of a link", expired).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_link_asks_to_load_the_page_again() {
    let server = Server::start_with(&["--access", "private"]);
    let movie = add_movie(&server, &media_files::chapters_and_languages(), "film.mkv").await;
    let lifetime = SignedDuration::from_secs(2);
    let body = json!({ "media": "film.mkv", "expires_at": Timestamp::now() + lifetime });
    let link: Link = server
        .admin(Method::POST, paths::LINKS)
        .json(&body)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let browser = Browser::launch().await;
    let tab = open_movie(&browser, &server, &movie).await;
    log_in(&tab).await;
    tab.wait_for("player.readyState >= 2").await;
    wait_for_expiry(&server, &link.path).await;
    let query = link.path.split_once('?').unwrap().1;
    let playlist = format!("/stream/film.mkv/hls/master.m3u8?{query}");
    tab.eval(&format!("player.dataset.playlist = {playlist:?}")).await;
    // A session would give access, too.
    tab.eval("fetch('/api/v1/session', { method: 'DELETE' }).then(({ status }) => status)").await;
    tab.press("a").await;
    explains(&tab, "This page has been open for too long").await;
    // The link of the new page is valid, for HLS too.
    tab.click("#player-reload").await;
    let asks = "document.querySelector('#login-form') && document.readyState === 'complete'";
    tab.wait_for(asks).await;
    log_in(&tab).await;
    let plays = "document.getElementById('player-error').hidden && player.readyState >= 2";
    tab.wait_for(&format!("{plays} && {BY_HLS_JS}")).await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_movie_continues_when_the_server_is_back() {
    let (mut server, movie) = start_with(&media_files::chapters_and_languages(), "film.mkv").await;
    let proxy = Proxy::start(server.address(), ProxyMode::Forward);
    let browser = Browser::launch().await;
    let tab = browser.open(&proxy.url(&format!("/movies/{}", movie.id))).await;
    tab.wait_for("player.readyState >= 2").await;
    tab.press("a").await;
    tab.wait_for(BY_HLS_JS).await;
    server.stop();
    // Before it is started, only the beginning of the movie is loaded.
    tab.eval("player.currentTime = 13; void player.play()").await;
    explains(&tab, "The connection to the server was lost").await;
    server.start_again();
    proxy.set_upstream(server.address());
    let continued = "document.getElementById('player-error').hidden && player.currentTime > 13.5";
    tab.wait_for_within(continued, PLAYBACK_TIMEOUT).await;
    assert_eq!(
        tab.eval("document.querySelector('#audio-tracks :checked').value").await,
        json!("1")
    );
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_file_plays_instead_of_a_playlist_that_is_missing() {
    let (server, movie) = start_with(&media_files::chapters_and_languages(), "film.mkv").await;
    let browser = Browser::launch().await;
    let tab = open_movie(&browser, &server, &movie).await;
    tab.wait_for("player.readyState >= 2").await;
    tab.eval("player.dataset.playlist = '/stream/other.mkv/hls/master.m3u8'").await;
    tab.eval("player.play()").await;
    tab.wait_for("player.currentTime > 1").await;
    tab.press("a").await;
    let disabled = "document.querySelectorAll('#audio-tracks input')[1].disabled";
    let from_the_file = "player.currentSrc.includes('/stream/film.mkv') && !player.paused";
    tab.wait_for(&format!("{disabled} && {from_the_file} && player.currentTime > 1.5")).await;
    assert_eq!(tab.eval("document.getElementById('player-error').hidden").await, json!(true));
    browser.close().await;
}
