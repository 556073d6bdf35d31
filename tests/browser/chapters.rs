//! The list of chapters and its keys.

use ginflix_tests::browser::{Browser, Tab};
use ginflix_tests::media_files::{self, CHAPTER_STARTS};
use serde_json::json;

use super::{open_movie, start_with, start_with_movie};

/// Waits until the player is at the start of a chapter, and the page says so.
async fn at_chapter(tab: &Tab, number: usize) {
    let start = CHAPTER_STARTS[number];
    let reached = format!(
        "!player.seeking && Math.abs(player.currentTime - {start}) < 0.5 \
         && document.querySelectorAll('#chapters [aria-current=true]').length === 1 \
         && document.querySelectorAll('#chapters button')[{number}].ariaCurrent === 'true'"
    );
    tab.wait_for(&reached).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn chapters_are_reached_by_keys_and_by_the_list() {
    let (server, movie) = start_with(&media_files::chapters_and_languages(), "film.mkv").await;
    let browser = Browser::launch().await;
    let tab = open_movie(&browser, &server, &movie).await;
    tab.wait_for("player.readyState >= 2").await;
    let titles = "[...document.querySelectorAll('.chapter-title')].map((e) => e.textContent)";
    assert_eq!(tab.eval(titles).await, json!(["Opening", "The field", "Chapter 3"]));
    at_chapter(&tab, 0).await;
    tab.press_with_shift("N").await;
    at_chapter(&tab, 1).await;
    let said = "document.getElementById('player-status').textContent";
    assert_eq!(tab.eval(said).await, json!("Chapter 2: The field"));
    tab.press_with_shift("N").await;
    at_chapter(&tab, 2).await;
    tab.press_with_shift("P").await;
    at_chapter(&tab, 1).await;
    // Later in a chapter, the key returns to its start.
    tab.eval("player.currentTime += 4").await;
    tab.wait_for("!player.seeking && player.currentTime > 9").await;
    tab.press_with_shift("P").await;
    at_chapter(&tab, 1).await;

    tab.click("#show-chapters").await;
    tab.wait_for("!document.getElementById('chapters').hidden").await;
    tab.click("#chapters li:last-child button").await;
    at_chapter(&tab, 2).await;
    assert_eq!(tab.eval("document.getElementById('chapters').hidden").await, json!(true));
    assert_eq!(tab.eval("document.activeElement.id").await, json!("show-chapters"));
    let marks = "document.querySelectorAll('.chapter-marks span').length";
    assert_eq!(tab.eval(marks).await, json!(CHAPTER_STARTS.len() - 1));
    tab.assert_no_errors();
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sheet_of_keys_lists_those_that_the_movie_has() {
    let keys = "[...document.querySelectorAll('#shortcuts dd')].map((e) => e.textContent)";
    let browser = Browser::launch().await;
    let (server, movie) = start_with(&media_files::chapters_and_languages(), "film.mkv").await;
    let tab = open_movie(&browser, &server, &movie).await;
    for key in ["Next audio track", "Previous or next chapter"] {
        tab.wait_for(&format!("{keys}.includes({key:?})")).await;
    }
    let (server, movie) = start_with_movie().await;
    tab.goto(&server.url(&format!("/movies/{}", movie.id))).await;
    tab.wait_for(&format!("{keys}.length > 0 && !{keys}.includes('Next audio track')")).await;
    tab.assert_no_errors();
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_controls_fit_every_screen() {
    let (server, movie) = start_with(&media_files::chapters_and_languages(), "film.mkv").await;
    let browser = Browser::launch().await;
    let tab = open_movie(&browser, &server, &movie).await;
    for width in [360, 500, 1280] {
        tab.emulate_screen(width, "dark").await;
        tab.wait_for("!document.getElementById('controls').hidden").await;
        for button in ["show-chapters", "show-settings"] {
            tab.eval(&format!("document.getElementById('{button}').click()")).await;
            let overflow = "Math.max(document.documentElement.scrollWidth - innerWidth, \
                ...[...document.querySelectorAll('.controls button')].filter((e) => e.offsetWidth) \
                .map((e) => Math.ceil(e.getBoundingClientRect().right - innerWidth)))";
            let overflow = tab.eval(overflow).await.as_i64().unwrap();
            assert!(overflow <= 0, "{button} at {width}: {overflow} px too wide");
        }
    }
    tab.assert_no_errors();
    browser.close().await;
}
