//! Subtitles in the player: of the file itself, by HLS, and chosen by key and control.

use ginflix_api::paths;
use ginflix_tests::browser::Browser;
use ginflix_tests::media_files;
use ginflix_tests::server::Server;
use reqwest::Method;
use serde_json::json;

use super::{open_movie, start_with};

/// The words that are shown now.
const SHOWN: &str = "[...document.querySelectorAll('.caption')].map((e) => e.textContent)";

/// Adds subtitles of one cue with these words, whose file has this name.
pub async fn add_subtitles(server: &Server, file_name: &str, words: &str) {
    let path = paths::subtitles(&"film.mkv".parse().unwrap());
    let path = format!("{path}?file_name={file_name}");
    let file = format!("1\n00:00:00,000 --> 00:00:30,000\n{words}\n");
    let added = server.admin(Method::POST, &path).body(file).send().await.unwrap();
    assert_eq!(added.status(), 201);
}

/// Waits until exactly these words are shown.
macro_rules! wait_for_words {
    ($tab:expr, $words:expr) => {
        $tab.wait_for(&format!("JSON.stringify({SHOWN}) === '{}'", json!($words))).await
    };
}

#[tokio::test(flavor = "multi_thread")]
async fn added_subtitles_are_shown_by_the_file_and_by_hls() {
    let (server, movie) = start_with(&media_files::chapters_and_languages(), "film.mkv").await;
    add_subtitles(&server, "film.en.srt", "Hello").await;
    add_subtitles(&server, "film.he.srt", "שלום").await;
    let browser = Browser::launch().await;
    let tab = open_movie(&browser, &server, &movie).await;
    tab.wait_for("!document.getElementById('show-subtitles').hidden").await;
    let options =
        "[...document.querySelectorAll('#subtitle-tracks label')].map((e) => e.textContent)";
    assert_eq!(tab.eval(options).await, json!(["Off", "English", "Hebrew"]));
    assert_eq!(tab.eval(SHOWN).await, json!([]));
    tab.eval("player.currentTime = 1").await;
    tab.press("c").await;
    wait_for_words!(tab, ["Hello"]);
    tab.eval("document.querySelector('#subtitle-tracks [value=\"1\"]').click()").await;
    wait_for_words!(tab, ["שלום"]);
    // Another audio track needs HLS, which shows the same.
    tab.press("a").await;
    tab.wait_for("player.currentSrc.startsWith('blob:') && player.readyState >= 2").await;
    wait_for_words!(tab, ["שלום"]);
    tab.press("c").await;
    wait_for_words!(tab, json!([]));
    // The choice holds for the next visit.
    tab.press("c").await;
    let again = open_movie(&browser, &server, &movie).await;
    again.wait_for("player.readyState >= 1").await;
    again.eval("player.currentTime = 1").await;
    wait_for_words!(again, ["שלום"]);
    again.assert_no_errors();
    tab.assert_no_errors();
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn subtitles_inside_of_the_file_are_shown() {
    let (server, movie) = start_with(&media_files::subtitles_mkv(), "film.mkv").await;
    let browser = Browser::launch().await;
    let tab = open_movie(&browser, &server, &movie).await;
    tab.wait_for("!document.getElementById('show-subtitles').hidden").await;
    tab.press("c").await;
    let (from, _, words) = media_files::SUBTITLES[0];
    tab.eval(&format!("player.currentTime = {from} + 0.1")).await;
    wait_for_words!(tab, [words]);
    tab.assert_no_errors();
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn appearance_and_timing_are_kept() {
    let (server, movie) = start_with(&media_files::chapters_and_languages(), "film.mkv").await;
    add_subtitles(&server, "film.en.srt", "Hello").await;
    let browser = Browser::launch().await;
    let tab = open_movie(&browser, &server, &movie).await;
    tab.wait_for("!document.getElementById('show-subtitles').hidden").await;
    tab.press("c").await;
    let style = "getComputedStyle(document.querySelector('.caption > span'))";
    let size = "parseFloat(getComputedStyle(document.getElementById('captions')).fontSize)";
    let before = tab.eval(size).await.as_f64().unwrap();
    let choose =
        "for (const [id, value] of [['caption-size', '200'], ['caption-color', 'yellow']]) {
        const control = document.getElementById(id);
        control.value = value;
        control.dispatchEvent(new Event('change'));
    }";
    tab.eval(choose).await;
    for _ in 0..5 {
        tab.eval("document.getElementById('subtitle-later').click()").await;
    }
    assert_eq!(
        tab.eval("document.getElementById('subtitle-delay').textContent").await,
        json!("+0.5 s")
    );
    tab.eval("player.currentTime = 0.2").await;
    wait_for_words!(tab, json!([]));
    let again = open_movie(&browser, &server, &movie).await;
    again
        .wait_for("player.readyState >= 1 && !document.getElementById('show-subtitles').hidden")
        .await;
    again.eval("player.currentTime = 0.7").await;
    wait_for_words!(again, ["Hello"]);
    let after = again.eval(size).await.as_f64().unwrap();
    assert!((after / before - 2.0).abs() < 0.01, "{before} {after}");
    assert_eq!(again.eval(&format!("{style}.color")).await, json!("rgb(255, 233, 74)"));
    again.assert_no_errors();
    browser.close().await;
}
