//! The controls of the player: buttons, keys, fingers, and what is remembered.

use ginflix_tests::browser::{Browser, Tab};
use ginflix_tests::media_files;
use serde_json::json;

use super::{add_movie, open_movie, start_with, start_with_movie};

pub const READY: &str = "player.readyState >= 2 && !document.getElementById('controls').hidden";

/// Presses each key, and waits until its condition holds.
pub async fn assert_keys(tab: &Tab, keys: &[(&str, &str)]) {
    for (key, condition) in keys {
        tab.press(key).await;
        tab.wait_for(condition).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_key_does_what_the_list_says() {
    let (server, movie) = start_with(&media_files::chapters_and_languages(), "film.mkv").await;
    let browser = Browser::launch().await;
    let tab = open_movie(&browser, &server, &movie).await;
    tab.wait_for(READY).await;
    let keys = [
        ("k", "!player.paused"),
        (" ", "player.paused"),
        ("5", "Math.abs(player.currentTime - player.duration / 2) < 0.5"),
        ("Home", "player.currentTime < 0.1"),
        ("l", "Math.abs(player.currentTime - 10) < 0.1"),
        ("j", "player.currentTime < 0.1"),
        ("ArrowRight", "Math.abs(player.currentTime - 5) < 0.1"),
        ("ArrowLeft", "player.currentTime < 0.1"),
        (".", "player.currentTime > 0.01 && player.currentTime < 0.2"),
        (",", "player.currentTime < 0.01"),
        ("m", "player.muted"),
        ("m", "!player.muted"),
        ("ArrowDown", "player.volume === 0.95"),
        ("ArrowUp", "player.volume === 1"),
        (">", "player.playbackRate === 1.25"),
        ("<", "player.playbackRate === 1"),
        ("f", "document.fullscreenElement?.id === 'screen'"),
        ("f", "!document.fullscreenElement"),
        ("i", "document.pictureInPictureElement?.id === 'player'"),
        ("i", "!document.pictureInPictureElement"),
        ("c", "document.getElementById('player-flash').textContent === 'No subtitles'"),
        ("n", "document.getElementById('player-flash').textContent === 'No next film'"),
        ("p", "document.getElementById('player-flash').textContent === 'No previous film'"),
        ("End", "player.ended"),
        ("?", "document.getElementById('shortcuts').open"),
    ];
    assert_keys(&tab, &keys).await;
    // The keys rest while the list is open.
    tab.press("Home").await;
    assert_eq!(tab.eval("player.ended").await, json!(true));
    tab.assert_no_errors();
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn single_letter_keys_can_be_switched_off() {
    let (server, movie) = start_with_movie().await;
    let browser = Browser::launch().await;
    let tab = open_movie(&browser, &server, &movie).await;
    tab.wait_for(READY).await;
    tab.click("#show-settings").await;
    tab.click("#keys-on").await;
    tab.press("Escape").await;
    tab.wait_for("document.getElementById('settings').hidden").await;
    tab.press("m").await;
    tab.press("/").await;
    assert_keys(&tab, &[("ArrowRight", "player.currentTime > 4.9")]).await;
    assert_eq!(tab.eval("document.activeElement.id === 'q'").await, json!(false));
    assert_eq!(tab.eval("player.muted").await, json!(false));
    tab.goto(&server.url(&format!("/movies/{}", movie.id))).await;
    tab.wait_for(READY).await;
    assert_eq!(tab.eval("document.getElementById('keys-on').checked").await, json!(false));
    tab.assert_no_errors();
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn volume_and_speed_are_remembered_for_the_next_movie() {
    let (server, first) = start_with_movie().await;
    let second = add_movie(&server, &media_files::three_seconds(), "second.mp4").await;
    let browser = Browser::launch().await;
    let tab = open_movie(&browser, &server, &first).await;
    tab.wait_for(READY).await;
    tab.click("#show-settings").await;
    tab.eval("document.querySelector('#speeds [value=\"1.5\"]').click()").await;
    tab.press("Escape").await;
    for _ in 0..4 {
        tab.press("ArrowDown").await;
    }
    tab.wait_for("player.volume === 0.8 && player.playbackRate === 1.5").await;
    tab.goto(&server.url(&format!("/movies/{}", second.id))).await;
    tab.wait_for("player.volume === 0.8 && player.playbackRate === 1.5").await;
    let chosen = "document.querySelector('#speeds :checked').value";
    assert_eq!(tab.eval(chosen).await, json!("1.5"));
    tab.assert_no_errors();
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bar_shows_a_picture_of_the_time_under_the_pointer() {
    let (server, movie) = start_with(&media_files::chapters_and_languages(), "film.mkv").await;
    let browser = Browser::launch().await;
    let tab = open_movie(&browser, &server, &movie).await;
    tab.wait_for(READY).await;
    for part in [0.6, 0.9, 0.2] {
        tab.point_at("#seek", part).await;
        let shown = format!(
            "!preview.hidden \
             && Math.abs(preview.dataset.seconds - player.duration * {part}) < 2.5"
        );
        tab.wait_for(&shown).await;
    }
    let tip = "document.getElementById('seek-tip-time').textContent";
    assert_eq!(tab.eval(tip).await, json!("0:03"));
    // A click goes there.
    tab.click("#seek").await;
    tab.wait_for("Math.abs(player.currentTime - player.duration / 2) < 0.5").await;
    tab.assert_no_errors();
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fingers_seek_and_show_the_controls() {
    let (server, movie) = start_with_movie().await;
    let browser = Browser::launch().await;
    let tab = open_movie(&browser, &server, &movie).await;
    tab.emulate_screen(360, "dark").await;
    tab.wait_for(READY).await;
    tab.eval("document.getElementById('big-play').click()").await;
    tab.wait_for("document.getElementById('screen').classList.contains('idle')").await;
    tab.tap("#player", 0.5, 1).await;
    tab.wait_for("!document.getElementById('screen').classList.contains('idle')").await;
    assert_eq!(tab.eval("player.paused").await, json!(false));
    let before = tab.eval("player.currentTime").await.as_f64().unwrap();
    tab.tap("#player", 0.9, 2).await;
    tab.wait_for(&format!("player.currentTime > {before} + 9.5")).await;
    tab.assert_no_errors();
    browser.close().await;
}

/// Clicks at the card of a movie, with this query in its link. Browsers play sound only after a click.
async fn follow_card(tab: &Tab, query: &str) {
    tab.wait_for("document.querySelector('a.card')").await;
    tab.eval(&format!("document.querySelector('a.card').href += '{query}'")).await;
    tab.click("a.card").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_address_says_where_to_start_and_whether_to_play() {
    let (server, _) = start_with_movie().await;
    let browser = Browser::launch().await;
    let tab = browser.open(&server.url("/")).await;
    follow_card(&tab, "?play=1&t=12").await;
    tab.wait_for("!player.paused && player.currentTime > 12.5").await;
    assert_eq!(tab.eval("location.search").await, json!("?t=12"));
    tab.eval("player.pause()").await;
    // The next time, Play continues there without a question.
    tab.goto(&server.url("/")).await;
    tab.wait_for("document.querySelector('#continue:not([hidden]) a.card progress')").await;
    follow_card(&tab, "?play=1").await;
    tab.wait_for("!player.paused && player.currentTime > 12.5 && player.currentTime < 20").await;
    assert_eq!(tab.eval("document.getElementById('resume').hidden").await, json!(true));
    tab.assert_no_errors();
    browser.close().await;
}
