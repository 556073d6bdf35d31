//! What viewers give to others.

use ginflix_api::link::Link;
use ginflix_api::paths;
use ginflix_tests::browser::Browser;
use ginflix_tests::media_files;
use ginflix_tests::server::Server;
use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde_json::json;

use super::{PLAYBACK_TIMEOUT, add_movie};

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_link_plays_without_a_log_in() {
    let server = Server::start_with(&["--access", "private"]);
    add_movie(&server, &media_files::chapters_and_languages(), "film.mkv").await;
    let expires_at = Timestamp::now() + SignedDuration::from_hours(1);
    let link = json!({ "media": "film.mkv", "expires_at": expires_at });
    let link = server.admin(Method::POST, paths::LINKS).json(&link).send().await.unwrap();
    let link: Link = link.json().await.unwrap();
    let browser = Browser::launch().await;
    let tab = browser.open(&server.url(&link.page_path)).await;
    tab.wait_for("document.querySelector('h1').textContent === 'The Long Field'").await;
    tab.wait_for("player.readyState >= 2").await;
    tab.click("#big-play").await;
    tab.wait_for_within("player.currentTime > 0.5", PLAYBACK_TIMEOUT).await;
    // The other audio track comes by HLS, whose playlists and segments need the link too.
    tab.press("a").await;
    let by_hls = "player.currentSrc.startsWith('blob:') && player.readyState >= 2";
    tab.wait_for_within(by_hls, PLAYBACK_TIMEOUT).await;
    tab.assert_no_errors();
    // The position is kept for the next time.
    tab.eval("player.currentTime = 9; player.pause()").await;
    let saved = "Object.keys(localStorage).some((key) => key.startsWith('ginflix:position:'))";
    tab.wait_for(saved).await;
    tab.goto(&server.url(&link.page_path)).await;
    tab.wait_for("!document.getElementById('resume').hidden").await;
    tab.assert_no_errors();
    browser.close().await;
}
