//! Movies that Chromium cannot play, or not whole, say so before the first click.

use std::fs;
use std::path::PathBuf;

use ginflix_api::movie::Movie;
use ginflix_api::tus;
use ginflix_tests::browser::Browser;
use ginflix_tests::media_files;
use ginflix_tests::server::Server;

use super::{log_in, open_movie};

/// Starts a server with a movie of this content, which may be damaged.
async fn start_with_content(content: Vec<u8>, name: &str) -> (Server, Movie) {
    let server = Server::start();
    let length = content.len() as u64;
    let upload = server
        .create_upload(name, length, ",acceptdamaged dHJ1ZQ==")
        .header("content-type", tus::OFFSET_OCTET_STREAM)
        .body(content);
    assert_eq!(upload.send().await.unwrap().status(), 201);
    let movie = server.add_movie("The Long Field", name).await;
    (server, movie)
}

/// Fails unless no playback of the server was ever started.
fn assert_no_playbacks(mut server: Server) {
    assert!(server.stop().success());
    let catalogue = rusqlite::Connection::open(server.volume().join("catalog.db")).unwrap();
    let playbacks: u32 =
        catalogue.query_row("SELECT count(*) FROM playbacks", [], |row| row.get(0)).unwrap();
    assert_eq!(playbacks, 0);
}

/// Fails unless the page says this before the first click, and a click starts no playback that counts.
async fn assert_warns(path: PathBuf, name: &str, note: &str, until: &str) {
    let (server, movie) = start_with_content(fs::read(path).unwrap(), name).await;
    let browser = Browser::launch().await;
    let tab = open_movie(&browser, &server, &movie).await;
    tab.wait_for(&format!("!playing.hidden && playing.innerText.includes({note:?})")).await;
    // Not awaited: without a source, `play` never settles.
    tab.eval("void player.play().catch(() => {})").await;
    tab.wait_for(until).await;
    browser.close().await;
    assert_no_playbacks(server);
}

#[tokio::test(flavor = "multi_thread")]
async fn hevc_is_refused_instead_of_playing_without_a_picture() {
    let refused = "!document.querySelector('#player-error').hidden && player.paused \
        && document.querySelector('.problem-title').innerText.includes('picture')";
    let note = "This browser cannot show the picture of this film, which is HEVC (H.265): you would \
        only hear it. Safari can show it.";
    assert_warns(media_files::hevc(), "film.mp4", note, refused).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_movie_without_its_sound_counts_no_view() {
    let note = "This browser cannot play the sound of this film, which is AC-3 (Dolby Digital): you \
        would only see it. Safari can play it.";
    assert_warns(media_files::ac3(), "film.mp4", note, "player.ended || player.error").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn avi_does_not_play_in_browsers() {
    let note = "This film does not play in browsers, but most media players can play it.";
    let failed = "!document.querySelector('#player-error').hidden";
    assert_warns(media_files::avi(), "film.avi", note, failed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_movie_says_so() {
    let mut content = fs::read(media_files::three_seconds()).unwrap();
    content.truncate(content.len() / 2);
    let (server, movie) = start_with_content(content, "film.mp4").await;
    let browser = Browser::launch().await;
    let tab = open_movie(&browser, &server, &movie).await;
    let note = "The file of this film is incomplete: the film stops before its end.";
    tab.wait_for(&format!("!playing.hidden && playing.innerText.includes({note:?})")).await;
    browser.close().await;
    assert_no_playbacks(server);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_of_files_names_reasons_and_remedy() {
    let (server, _) = start_with_content(fs::read(media_files::hevc()).unwrap(), "film.mp4").await;
    let browser = Browser::launch().await;
    let tab = browser.open(&server.url("/admin/media")).await;
    log_in(&tab).await;
    tab.wait_for(
        "document.querySelector('.file-note summary').innerText.includes('Plays only in Safari')",
    )
    .await;
    tab.click(".file-note summary").await;
    tab.wait_for(
        "document.querySelector('.file-note code').innerText.startsWith('ffmpeg -i film.mp4')",
    )
    .await;
    tab.assert_no_errors();
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_file_is_published_at_a_click() {
    let server = Server::start();
    let browser = Browser::launch().await;
    let tab = browser.open(&server.url("/admin/media")).await;
    log_in(&tab).await;
    let half = tempfile::tempdir().unwrap();
    let path = half.path().join("half.mp4");
    let mut content = fs::read(media_files::faststart()).unwrap();
    content.truncate(content.len() / 2);
    fs::write(&path, content).unwrap();
    tab.choose_files("#upload-files", &[&path]).await;
    tab.wait_for("document.querySelector('.upload-state').innerText.includes('cut short')").await;
    tab.click(".upload-actions button").await;
    tab.wait_for("document.querySelector('.upload').dataset.mood === 'done'").await;
    assert!(server.media("half.mp4").await.is_some());
    browser.close().await;
}
