//! What viewers give to others.

use ginflix_api::link::Link;
use ginflix_api::paths;
use ginflix_tests::browser::Browser;
use ginflix_tests::media_files;
use ginflix_tests::server::Server;
use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde_json::json;

use super::{PLAYBACK_TIMEOUT, add_movie, open_movie, start_with};

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

#[tokio::test(flavor = "multi_thread")]
async fn the_address_of_a_movie_is_shared_with_a_start_time() {
    let (server, movie) = start_with(&media_files::chapters_and_languages(), "film.mkv").await;
    let browser = Browser::launch().await;
    let tab = open_movie(&browser, &server, &movie).await;
    tab.wait_for("player.readyState >= 2").await;
    tab.eval("navigator.clipboard.writeText = async (text) => { window.copied = text }; null")
        .await;
    let page = server.url(&paths::movie_page(movie.id));
    let address = "document.getElementById('share-address').value";

    // At the start, there is no choice.
    tab.click("#show-share").await;
    tab.wait_for("document.getElementById('share').open").await;
    assert_eq!(tab.eval(address).await, json!(page));
    assert_eq!(tab.eval("document.getElementById('share-start').disabled").await, json!(true));
    assert_eq!(tab.eval("document.activeElement.id").await, json!("share-copy"));
    tab.press("Escape").await;
    tab.wait_for("!document.getElementById('share').open").await;
    assert_eq!(tab.eval("document.activeElement.id").await, json!("show-share"));

    tab.eval("player.currentTime = 9.7").await;
    tab.wait_for("!player.seeking").await;
    tab.press("Enter").await;
    let label = "document.getElementById('share-start-label').textContent === 'Start at 0:09'";
    tab.wait_for(label).await;
    assert_eq!(tab.eval(address).await, json!(page));
    tab.click("#share-start").await;
    tab.wait_for(&format!("{address} === '{page}?t=9'")).await;
    tab.click("#share-copy").await;
    let status = "document.getElementById('share-status').textContent";
    tab.wait_for(&format!("{status} === 'Copied.' && copied === '{page}?t=9'")).await;
    // Keys of the player do nothing here.
    tab.press("k").await;
    assert_eq!(tab.eval("player.paused").await, json!(true));

    // Without a clipboard, the text is selected.
    tab.eval("navigator.clipboard.writeText = async () => { throw new Error() }; null").await;
    tab.click("#share-copy").await;
    tab.wait_for(&format!("{status}.startsWith('The address is selected')")).await;
    let selected = "(({ id, value, selectionStart: start, selectionEnd: end }) => \
        id === 'share-address' && value.slice(start, end))(document.activeElement)";
    assert_eq!(tab.eval(selected).await, json!(format!("{page}?t=9")));
    let may_copy = tab.eval("document.featurePolicy.allowsFeature('clipboard-write')").await;
    assert_eq!(may_copy, json!(true));
    tab.goto(&format!("{page}?t=9")).await;
    tab.wait_for("player.currentTime >= 9").await;
    tab.assert_no_errors();
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_embedded_player_plays() {
    let server = Server::start_with(&["--embed-origins", "https://a.example"]);
    let movie = add_movie(&server, &media_files::chapters_and_languages(), "film.mkv").await;
    let browser = Browser::launch().await;
    let tab = browser.open(&server.url(&format!("/embed/movies/{}?t=5", movie.id))).await;
    tab.wait_for("player.readyState >= 2 && player.currentTime >= 5").await;
    for width in [360, 1280] {
        tab.emulate_screen(width, "light").await;
        let fits = "(({ scrollWidth, scrollHeight }) => \
            scrollWidth <= innerWidth && scrollHeight <= innerHeight)(document.documentElement)";
        tab.wait_for(fits).await;
    }
    tab.click("#big-play").await;
    tab.wait_for_within("player.currentTime > 5.5", PLAYBACK_TIMEOUT).await;
    tab.assert_no_errors();
    browser.close().await;
}
