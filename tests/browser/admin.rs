//! An administrator uploads a media file, and adds, edits and removes its movie.

use std::path::Path;
use std::time::Duration;

use ginflix_api::movie::Movie;
use ginflix_tests::browser::{Browser, Tab};
use ginflix_tests::http::sha256;
use ginflix_tests::server::Server;
use ginflix_tests::{media_files, wait};

use super::log_in;

/// How long a change on a page may take to reach the catalogue.
const CATALOG_TIMEOUT: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_uploads_adds_edits_and_removes() {
    let server = Server::start();
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("home movie.mp4");
    std::fs::copy(media_files::three_seconds(), &file).unwrap();

    let browser = Browser::launch().await;
    let tab = browser.open(&server.url("/admin/media")).await;
    tab.accept_dialogs().await;
    log_in(&tab).await;
    upload(&tab, &file).await;
    let content = std::fs::read(&file).unwrap();
    assert!(server.media("home movie.mp4").await.unwrap().has_sha256(&sha256(&content)));

    tab.goto(&server.url("/admin/movies/new")).await;
    tab.type_into("#movie-form [name=title]", "Home <movie> & more").await;
    tab.eval("document.querySelector('#movie-form [name=media]').value = 'home movie.mp4'").await;
    save(&tab).await;
    let movie = only_movie(&server, "Home <movie> & more").await;

    tab.goto(&server.url(&format!("/admin/movies/{}", movie.id))).await;
    tab.retype("#movie-form [name=title]", "Garden").await;
    tab.type_into("#movie-form [name=year]", "2001").await;
    save(&tab).await;
    let movie = only_movie(&server, "Garden").await;
    assert_eq!(movie.year, Some(2001));

    tab.goto(&server.url("/")).await;
    tab.wait_for("document.querySelector('a.card').textContent.includes('Garden')").await;

    tab.goto(&server.url(&format!("/admin/movies/{}", movie.id))).await;
    tab.click("#remove-movie").await;
    tab.click("#confirm-yes").await;
    wait::until_async(CATALOG_TIMEOUT, "the movie to be removed", async || {
        movies(&server).await.is_empty().then_some(())
    })
    .await;
    assert!(server.media("home movie.mp4").await.is_some(), "the media file is gone, too");
    tab.assert_no_errors();
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_form_of_an_uploaded_file_has_what_its_name_says() {
    let server = Server::start();
    let folder = tempfile::TempDir::new().unwrap();
    let browser = Browser::launch().await;
    let tab = browser.open(&server.url("/admin/media")).await;
    tab.accept_dialogs().await;
    log_in(&tab).await;
    let cases = [
        (
            "Ocean's Eleven, the first & best! (2001).mp4",
            "Ocean_s Eleven_ the first _ best_ (2001).mp4",
            ["Ocean's Eleven, the first & best!", "2001", "", "", ""],
        ),
        (
            "Série S02E03 Été.mp4",
            "Série S02E03 Été.mp4",
            ["Série S02E03 Été", "", "Série", "2", "3"],
        ),
    ];
    for (file_name, name, values) in cases {
        let file = folder.path().join(file_name);
        std::fs::copy(media_files::three_seconds(), &file).unwrap();
        tab.goto(&server.url("/admin/media")).await;
        tab.choose_files("#upload-files", &[&file]).await;
        let row = format!("document.querySelector('tr[data-media=\"{name}\"]')");
        tab.wait_for(&row).await;
        tab.eval(&format!("{row}.querySelector('a[href^=\"/admin/movies/new\"]').click()")).await;
        tab.wait_for("document.querySelector('#movie-form [name=episode]')").await;
        for (field, value) in ["title", "year", "series", "season", "episode"].iter().zip(values) {
            let found = format!("document.querySelector('#movie-form [name={field}]').value");
            assert_eq!(tab.eval(&found).await, value, "{field}");
        }
    }
    save(&tab).await;
    let movie = only_movie(&server, "Série S02E03 Été").await;
    let episode = movie.episode.unwrap();
    assert_eq!((episode.season, episode.number), (Some(2), Some(3)));
    tab.assert_no_errors();
    browser.close().await;
}

/// Submits the form, and waits for the page that follows it, because the test must not navigate
/// before.
async fn save(tab: &Tab) {
    tab.click("#movie-form [type=submit]").await;
    tab.wait_for("location.pathname.startsWith('/movies/') && document.readyState == 'complete'")
        .await;
}

/// Uploads `home movie.mp4`, and waits until the page lists it.
async fn upload(tab: &Tab, file: &Path) {
    tab.choose_files("#upload-files", &[file]).await;
    tab.wait_for("document.querySelector('tr[data-media=\"home movie.mp4\"]')").await;
}

async fn movies(server: &Server) -> Vec<Movie> {
    let list = server.json("/api/v1/movies").await;
    serde_json::from_value(list["items"].clone()).unwrap()
}

/// Waits until the catalogue has a movie of this title, and returns it; it must be the only one.
async fn only_movie(server: &Server, title: &str) -> Movie {
    wait::until_async(CATALOG_TIMEOUT, title, async || {
        let mut all = movies(server).await;
        assert!(all.len() <= 1, "{all:?}");
        all.pop().filter(|movie| movie.title == title)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_in_page_reports_a_wrong_password() {
    let server = Server::start();
    let browser = Browser::launch().await;
    let tab = browser.open(&server.url("/login")).await;
    tab.type_into("#name", "admin").await;
    tab.type_into("#password", "wrong").await;
    tab.click("#login-form [type=submit]").await;
    tab.wait_for("document.querySelector('#login-form [role=alert]').textContent.trim()").await;
    browser.close().await;
}
