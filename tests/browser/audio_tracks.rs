//! Movies with several audio tracks: the file plays the default one, hls.js the others.

use std::path::Path;

use ginflix_tests::browser::{Browser, Tab};
use ginflix_tests::media_files::{self, LANGUAGE_TONES};
use serde_json::json;

use super::{PLAYBACK_TIMEOUT, add_movie, open_movie, start_with, start_with_movie};

/// Whether hls.js plays the movie.
const BY_HLS_JS: &str = "player.currentSrc.startsWith('blob:') && player.readyState >= 2";
/// Whether the file itself is the source.
const FROM_THE_FILE: &str = "player.currentSrc.includes('/stream/') && player.readyState >= 2";
/// The addresses that were loaded for HLS, which the list of texts is not.
const HLS_REQUESTS: &str = "performance.getEntriesByType('resource').map(({ name }) => name) \
    .filter((name) => /hls\\.|\\/hls\\/(?!texts)/.test(name))";

/// Measures the sound that the page plays: `tone()` then is the frequency in hertz that is loudest.
const LISTEN: &str = "(() => {
    const context = new AudioContext();
    const analyser = context.createAnalyser();
    analyser.fftSize = 8192;
    analyser.smoothingTimeConstant = 0;
    context.createMediaElementSource(player).connect(analyser);
    analyser.connect(context.destination);
    globalThis.tone = () => {
        const levels = new Float32Array(analyser.frequencyBinCount);
        analyser.getFloatFrequencyData(levels);
        return levels.indexOf(Math.max(...levels)) * context.sampleRate / analyser.fftSize;
    };
})()";

/// Waits until the movie plays with this tone.
async fn hear(tab: &Tab, tone: u32) {
    let heard = format!("!player.paused && Math.abs(tone() - {tone}) < 12");
    tab.wait_for_within(&heard, PLAYBACK_TIMEOUT).await;
}

async fn position(tab: &Tab) -> f64 {
    tab.eval("player.currentTime").await.as_f64().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn both_languages_are_heard_and_the_switch_keeps_the_position() {
    let (server, movie) = start_with(&media_files::chapters_and_languages(), "film.mkv").await;
    let browser = Browser::launch().await;
    let tab = open_movie(&browser, &server, &movie).await;
    tab.wait_for(FROM_THE_FILE).await;
    let options = "[...document.querySelectorAll('#audio-tracks label')].map((e) => e.textContent)";
    assert_eq!(tab.eval(options).await, json!(["English · Mono (default)", "German · Mono"]));
    assert_eq!(tab.eval(HLS_REQUESTS).await, json!([]));
    tab.eval(LISTEN).await;
    tab.eval("player.currentTime = 3").await;
    tab.eval("player.play()").await;
    hear(&tab, LANGUAGE_TONES[0]).await;

    let before = position(&tab).await;
    tab.press("a").await;
    tab.wait_for(BY_HLS_JS).await;
    let after = position(&tab).await;
    assert!((before..before + 3.0).contains(&after), "from {before} to {after}");
    hear(&tab, LANGUAGE_TONES[1]).await;
    let said = "document.getElementById('player-status').textContent";
    assert_eq!(tab.eval(said).await, json!("Audio: German · Mono"));

    // The control does the same as the key, now without another source.
    let before = position(&tab).await;
    tab.eval("document.querySelector('#audio-tracks input').click()").await;
    hear(&tab, LANGUAGE_TONES[0]).await;
    let after = position(&tab).await;
    assert!((before..before + 4.0).contains(&after), "from {before} to {after}");
    assert_eq!(tab.eval("player.currentSrc.startsWith('blob:')").await, json!(true));
    tab.assert_no_errors();
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_audio_track_plays_from_the_file_without_hls_js() {
    let (server, movie) = start_with_movie().await;
    let browser = Browser::launch().await;
    let tab = open_movie(&browser, &server, &movie).await;
    tab.wait_for(FROM_THE_FILE).await;
    tab.eval("player.play()").await;
    tab.wait_for("player.currentTime > 0.5").await;
    let scripts = "performance.getEntriesByType('resource').map(({ name }) => name) \
        .filter((name) => /hls\\.min|\\.m3u8/.test(name)).length";
    assert_eq!(tab.eval(scripts).await, json!(0));
    assert_eq!(tab.eval("document.getElementById('audio-tracks')").await, json!(null));
    tab.assert_no_errors();
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_language_is_remembered_for_the_next_movie() {
    let (server, first) = start_with(&media_files::chapters_and_languages(), "film.mkv").await;
    let second = add_movie(&server, &media_files::chapters_and_languages(), "second.mkv").await;
    let third = add_movie(&server, &media_files::three_seconds(), "third.mp4").await;
    let browser = Browser::launch().await;
    let tab = open_movie(&browser, &server, &first).await;
    tab.wait_for(FROM_THE_FILE).await;
    tab.press("a").await;
    tab.wait_for(BY_HLS_JS).await;
    assert_eq!(tab.eval("player.paused").await, json!(true));

    tab.goto(&server.url(&format!("/movies/{}", second.id))).await;
    tab.wait_for(&format!("location.pathname.endsWith('{}') && {BY_HLS_JS}", second.id)).await;
    assert_eq!(
        tab.eval("document.querySelector('#audio-tracks :checked').value").await,
        json!("1")
    );
    tab.eval(LISTEN).await;
    tab.eval("player.play()").await;
    hear(&tab, LANGUAGE_TONES[1]).await;
    // Before the movie is started, only its beginning is loaded.
    tab.goto(&server.url(&format!("/movies/{}", third.id))).await;
    tab.wait_for(&format!("location.pathname.endsWith('{}') && {FROM_THE_FILE}", third.id)).await;
    tab.assert_no_errors();
    browser.close().await;
}

/// Chromium has no decoder of AC-3, and would refuse the other track with it.
#[tokio::test(flavor = "multi_thread")]
async fn a_track_that_the_browser_does_not_play_is_left_out() {
    let (server, movie) = start_with(&media_files::ac3_and_aac(), "film.mp4").await;
    let browser = Browser::launch().await;
    let tab = open_movie(&browser, &server, &movie).await;
    tab.wait_for(BY_HLS_JS).await;
    let first = "document.querySelector('#audio-tracks input')";
    assert_eq!(tab.eval(&format!("{first}.disabled")).await, json!(true));
    let text = json!("English · Mono (AC-3 does not play here)");
    assert_eq!(tab.eval(&format!("{first}.parentElement.textContent")).await, text);
    assert_eq!(tab.eval("document.getElementById('playing').hidden").await, json!(true));
    tab.eval(LISTEN).await;
    tab.eval("player.play()").await;
    hear(&tab, LANGUAGE_TONES[0]).await;
    tab.press("a").await;
    tab.wait_for("document.getElementById('player-flash').textContent === 'No other audio'").await;
    tab.assert_no_errors();
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_view_counts_once_across_a_switch() {
    let (mut server, movie) = start_with(&media_files::chapters_and_languages(), "film.mkv").await;
    let browser = Browser::launch().await;
    let tab = open_movie(&browser, &server, &movie).await;
    tab.wait_for(FROM_THE_FILE).await;
    tab.eval("player.play()").await;
    tab.wait_for_within("player.currentTime > 4.5", PLAYBACK_TIMEOUT).await;
    tab.press("a").await;
    // Neither part is long enough alone.
    tab.wait_for_within(&format!("{BY_HLS_JS} && player.currentTime > 9"), PLAYBACK_TIMEOUT).await;
    tab.eval("player.pause()").await;
    tab.wait_for_within("player.dataset.counted === 'true'", PLAYBACK_TIMEOUT).await;
    tab.assert_no_errors();
    browser.close().await;
    assert_eq!(server.json("/api/v1/views").await["total"], json!(1));
    assert!(server.stop().success());
    assert_eq!(playbacks(&server.volume()), 1);
}

/// Counts the playbacks of a stopped server.
fn playbacks(volume: &Path) -> u32 {
    let catalogue = rusqlite::Connection::open(volume.join("catalog.db")).unwrap();
    catalogue.query_row("SELECT count(*) FROM playbacks", [], |row| row.get(0)).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_switch_keeps_the_stored_position() {
    let (server, movie) = start_with(&media_files::chapters_and_languages(), "film.mkv").await;
    let browser = Browser::launch().await;
    let tab = open_movie(&browser, &server, &movie).await;
    tab.wait_for(FROM_THE_FILE).await;
    tab.eval("player.currentTime = 8; player.play()").await;
    tab.wait_for("player.currentTime > 8.5").await;
    tab.press("a").await;
    tab.wait_for(BY_HLS_JS).await;
    tab.eval("player.pause()").await;
    let address = format!("/movies/{}", movie.id);
    tab.goto(&server.url("/")).await;
    tab.wait_for("document.querySelector('a.card progress')").await;
    tab.goto(&server.url(&address)).await;
    tab.wait_for("!document.getElementById('resume').hidden").await;
    tab.wait_for(BY_HLS_JS).await;
    tab.click("#resume-go").await;
    tab.wait_for("player.currentTime > 8 && player.currentTime < 14 && !player.paused").await;
    tab.assert_no_errors();
    browser.close().await;
}
