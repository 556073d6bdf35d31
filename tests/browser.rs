//! A real browser: find a movie by typing, play it, seek, and see it counted;
//! and the whole work of an administrator.

#![allow(clippy::unwrap_used)] // a test that cannot go on says where

use std::path::{Path, PathBuf};
use std::time::Duration;

use ginflix_api::movie::Movie;
use ginflix_tests::browser::{Browser, Tab};
use ginflix_tests::cli::Cli;
use ginflix_tests::media_files;
use ginflix_tests::proxy::{Proxy, ProxyMode};
use ginflix_tests::server::{PASSWORD, Server};
use reqwest::Method;
use serde_json::{Value, json};

/// A little less than half of the film, from where the last fifth makes it more.
const FIRST_PART: f64 = 14.0;
const LAST_FIFTH: f64 = media_files::DURATION_SECONDS as f64 * 0.8;
/// The film plays in real time, and the machine may be busy.
const PLAYING: Duration = Duration::from_secs(90);

/// From the catalogue to a view that `ginflix views` reports, with one film.
async fn find_play_seek_count(film: PathBuf, media: &str) {
    let cli = Cli::new();
    let up = cli.json(&["cluster", "up", "--provider", "local", "--port", "0"]);
    let url = up["url"].as_str().unwrap().to_owned();
    let film = film.to_str().unwrap();
    cli.run(&["upload", film, "--name", media, "--add", "--title", "The Long Field"])
        .expect_success();
    let other = ["movie", "add", "--media", media, "--title", "Another Story"];
    cli.run(&other).expect_success();

    let browser = Browser::launch().await;
    let tab = browser.open(&url).await;
    tab.wait_for("document.querySelectorAll('a.card[data-movie-id]').length === 2").await;
    tab.type_into("#q", "long fi").await;
    tab.wait_for("document.querySelectorAll('a.card[data-movie-id]').length === 1").await;
    tab.click("a.card[data-movie-id]").await;

    tab.wait_for("player.readyState >= 1").await;
    tab.eval("player.play()").await;
    tab.wait_for_within(&format!("player.currentTime > {FIRST_PART}"), PLAYING).await;
    assert_eq!(tab.eval("player.dataset.counted").await, json!("false"), "that was too short");
    assert_eq!(cli.json(&["views"])["total"], json!(0));

    tab.eval(&format!("player.currentTime = {LAST_FIFTH}")).await;
    let went_on = format!("!player.seeking && player.currentTime > {LAST_FIFTH} + 1");
    tab.wait_for_within(&went_on, PLAYING).await;
    tab.wait_for_within("player.dataset.counted === 'true'", PLAYING).await;
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
    find_play_seek_count(media_files::faststart(), "film.mp4").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_mp4_with_its_index_at_the_end_plays_and_counts() {
    find_play_seek_count(media_files::index_at_end(), "film.mp4").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webm_plays_and_counts() {
    find_play_seek_count(media_files::webm(), "film.webm").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn opening_a_movie_without_watching_counts_nothing() {
    let (server, movie) = with_film().await;
    let browser = Browser::launch().await;
    let tab = browser.open(&server.url(&format!("/movies/{}", movie.id))).await;
    tab.wait_for("player.readyState >= 1").await;
    tab.goto(&server.url("/")).await;
    tab.wait_for("document.querySelector('a.card')").await;
    tab.assert_no_errors();
    browser.close().await;
    assert_eq!(server.json("/api/v1/views").await["total"], json!(0));
}

async fn with_film() -> (Server, Movie) {
    let server = Server::start();
    let film = std::fs::read(media_files::faststart()).unwrap();
    server.put_media("film.mp4", film).await;
    let movie = server.add_movie("The Long Field", "film.mp4").await;
    (server, movie)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_uploads_adds_edits_and_removes() {
    let server = Server::start();
    let folder = tempfile::TempDir::new().unwrap();
    let film = folder.path().join("home movie.mp4");
    std::fs::copy(media_files::three_seconds(), &film).unwrap();

    let browser = Browser::launch().await;
    let tab = browser.open(&server.url("/admin/media")).await;
    tab.accept_dialogs().await;
    log_in(&tab).await;
    upload(&tab, &film).await;
    assert_eq!(
        server.media("home movie.mp4").await.unwrap().sha256,
        ginflix_tests::http::sha256(&std::fs::read(&film).unwrap())
    );

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
    ginflix_tests::wait::until_async(Duration::from_secs(30), "the movie to be gone", async || {
        movies(&server).await.is_empty().then_some(())
    })
    .await;
    assert!(server.media("home movie.mp4").await.is_some(), "the file stays");
    tab.assert_no_errors();
    browser.close().await;
}

/// A film of so many MiB, which begins as one.
fn long_film(folder: &Path, name: &str, mebibytes: usize) -> (PathBuf, String) {
    let mut film = std::fs::read(media_files::three_seconds()).unwrap();
    film.extend(ginflix_tests::http::noise((mebibytes << 20) - film.len(), 1));
    let path = folder.join(name);
    std::fs::write(&path, &film).unwrap();
    (path, ginflix_tests::http::sha256(&film))
}

const ROW: &str = "document.querySelector('.upload')";

/// Waits until the only row of the list of uploads is in this mood.
async fn wait_for_mood(tab: &Tab, mood: &str) {
    tab.wait_for_within(&format!("{ROW}.dataset.mood === '{mood}'"), PLAYING).await;
}

async fn wait_for_progress(tab: &Tab, part: f64) {
    tab.wait_for(&format!("{ROW}.querySelector('progress').value > {part}")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_goes_on_after_a_reload_and_after_the_server_was_killed() {
    const MIB: u64 = 1 << 20;
    let mut server = Server::start();
    let folder = tempfile::TempDir::new().unwrap();
    let (film, sha256) = long_film(folder.path(), "Long film.mp4", 24);
    let other = folder.path().join("other.mp4");
    std::fs::copy(media_files::three_seconds(), &other).unwrap();

    let proxy = Proxy::start(server.address(), ProxyMode::Forward);
    let page = proxy.url("/admin/media");
    let browser = Browser::launch().await;
    let tab = browser.open(&page).await;
    tab.accept_dialogs().await;
    log_in(&tab).await;
    proxy.hold_patches_after(8 * MIB);
    tab.choose_files("#upload-files", &[&film]).await;
    wait_for_progress(&tab, 0.2).await;
    show(&tab, "sending").await;

    tab.goto(&page).await;
    tab.wait_for(&format!("{ROW}.textContent.includes('Choose Long film.mp4 again')")).await;
    let part = tab.eval(&format!("{ROW}.querySelector('progress').value")).await;
    assert!(part.as_f64().unwrap() > 0.0, "it forgot what the server has");
    show(&tab, "reloaded").await;
    assert!(server.media("Long film.mp4").await.is_none());
    proxy.release();
    proxy.hold_patches_after(8 * MIB);
    tab.choose_files("#upload-files", &[&film]).await;
    wait_for_progress(&tab, 0.5).await;

    server.kill();
    proxy.release();
    wait_for_mood(&tab, "waiting").await;
    show(&tab, "away").await;
    server.start_again();
    proxy.set_upstream(server.address());
    wait_for_mood(&tab, "done").await;
    show(&tab, "done").await;
    assert_eq!(server.media("Long film.mp4").await.unwrap().sha256, sha256);
    let sent = proxy.client_bytes();
    assert!(sent < 36 * MIB, "{sent} bytes were sent for 24 MiB");

    tab.goto(&page).await;
    tab.wait_for("document.querySelector('tr[data-media=\"Long film.mp4\"]')").await;
    assert_eq!(tab.eval(&format!("{ROW} === null")).await, json!(true), "done is forgotten");
    let thrown = tab.errors().into_iter().filter(|error| error.starts_with("thrown"));
    assert_eq!(thrown.count(), 0, "{:?}", tab.errors());
    browser.close().await;
}

/// Drops a file of the browser's own file system, which gives a handle to it
/// as dropping one from a folder does.
const DROP: &str = "(async () => {
    const folder = await navigator.storage.getDirectory();
    const handle = await folder.getFileHandle('Kept film.mp4', { create: true });
    const writable = await handle.createWritable();
    const head = await (await fetch('/stream/head.mp4')).arrayBuffer();
    await writable.write(head);
    await writable.write(new Uint8Array(20 * 1024 * 1024 - head.byteLength).fill(7));
    await writable.close();
    const file = await handle.getFile();
    const event = new Event('drop', { bubbles: true, cancelable: true });
    event.dataTransfer = { items: [
        { kind: 'file', getAsFile: () => file, getAsFileSystemHandle: async () => handle },
    ] };
    document.getElementById('drop').dispatchEvent(event);
})()";

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_of_a_file_that_the_browser_may_open_goes_on_by_itself() {
    let server = Server::start();
    server.put_media("head.mp4", std::fs::read(media_files::three_seconds()).unwrap()).await;
    let proxy = Proxy::start(server.address(), ProxyMode::Forward);
    let page = proxy.url("/admin/media");
    let browser = Browser::launch().await;
    let tab = browser.open(&page).await;
    tab.accept_dialogs().await;
    log_in(&tab).await;
    proxy.hold_patches_after(6 << 20);
    tab.eval(DROP).await;
    wait_for_progress(&tab, 0.2).await;
    tab.click(".upload-actions button").await;
    tab.wait_for(&format!("{ROW}.textContent.includes('Paused at')")).await;
    show(&tab, "paused").await;

    tab.goto(&page).await;
    proxy.release();
    wait_for_mood(&tab, "done").await;
    let media = server.media("Kept film.mp4").await.unwrap();
    assert_eq!(media.size_bytes, 20 << 20);
    tab.assert_no_errors();
    browser.close().await;
}

/// Keeps pictures of the page in the folder that `GINFLIX_TEST_PICTURES` names.
async fn show(tab: &Tab, name: &str) {
    let Some(folder) = std::env::var_os("GINFLIX_TEST_PICTURES") else { return };
    for (width, scheme) in [(360, "light"), (360, "dark"), (1920, "light"), (1920, "dark")] {
        tab.emulate_screen(width, scheme).await;
        let path = Path::new(&folder).join(format!("{name}-{width}-{scheme}.png"));
        std::fs::write(path, tab.screenshot().await).unwrap();
    }
}

async fn log_in(tab: &Tab) {
    tab.type_into("#login-form #name", "admin").await;
    tab.type_into("#login-form #password", PASSWORD).await;
    tab.click("#login-form [type=submit]").await;
    // Complete, so that the next page's scripts are listening already.
    tab.wait_for("!document.querySelector('#login-form') && document.readyState == 'complete'")
        .await;
}

/// Saves the form, and lets the page go where it goes after that: going
/// elsewhere meanwhile, one of the two would end the other.
async fn save(tab: &Tab) {
    tab.click("#movie-form [type=submit]").await;
    tab.wait_for("location.pathname.startsWith('/movies/') && document.readyState == 'complete'")
        .await;
}

async fn upload(tab: &Tab, film: &Path) {
    tab.choose_files("#upload-files", &[film]).await;
    tab.wait_for("document.querySelector('tr[data-media=\"home movie.mp4\"]')").await;
}

async fn movies(server: &Server) -> Vec<Movie> {
    let list = server.json("/api/v1/movies").await;
    serde_json::from_value(list["items"].clone()).unwrap()
}

/// Waits until the catalogue has one movie, of this title.
async fn only_movie(server: &Server, title: &str) -> Movie {
    ginflix_tests::wait::until_async(Duration::from_secs(30), title, async || {
        let mut all = movies(server).await;
        assert!(all.len() <= 1, "{all:?}");
        all.pop().filter(|movie| movie.title == title)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_told_on_the_page() {
    let server = Server::start();
    let browser = Browser::launch().await;
    let tab = browser.open(&server.url("/login")).await;
    tab.type_into("#name", "admin").await;
    tab.type_into("#password", "wrong").await;
    tab.click("#login-form [type=submit]").await;
    tab.wait_for("document.querySelector('#login-form [role=alert]').textContent.trim()").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_fit_every_screen_in_the_dark_and_in_the_light() {
    let (server, movie) = with_film().await;
    let long = json!({ "title": "W".repeat(200), "media": "film.mp4", "year": 1999 });
    server.admin(Method::POST, "/api/v1/movies").json(&long).send().await.unwrap();
    let browser = Browser::launch().await;
    let tab = browser.open(&server.url("/")).await;
    for width in [360, 768, 1920] {
        for scheme in ["light", "dark"] {
            tab.emulate_screen(width, scheme).await;
            for path in [
                "/",
                "/?year=1999&sort=week",
                "/search?q=zzz",
                "/login",
                &format!("/movies/{}", movie.id),
            ] {
                tab.goto(&server.url(path)).await;
                tab.wait_for("document.readyState === 'complete'").await;
                let overflow = "document.documentElement.scrollWidth - innerWidth";
                let overflow = tab.eval(overflow).await.as_i64().unwrap();
                assert!(overflow <= 0, "{path} at {width}: {overflow} px too wide");
            }
        }
    }
    tab.assert_no_errors();
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_year_is_chosen_and_kept_while_searching() {
    let (server, _) = with_film().await;
    for (title, year) in [("One of Old", 1950), ("Two of Old", 1950), ("One of New", 2020)] {
        let body = json!({ "title": title, "media": "film.mp4", "year": year });
        let made = server.admin(Method::POST, "/api/v1/movies").json(&body).send().await.unwrap();
        assert_eq!(made.status(), 201);
    }
    let browser = Browser::launch().await;
    let tab = browser.open(&server.url("/?sort=title")).await;
    let shown = |n| format!("document.querySelectorAll('a.card[data-movie-id]').length === {n}");
    tab.wait_for(&shown(4)).await;
    let choose = |year: &str| {
        format!(
            "year.value = '{year}'; year.dispatchEvent(new Event('change', {{ bubbles: true }}))"
        )
    };
    tab.eval(&choose("1950")).await;
    tab.wait_for(&shown(2)).await;
    tab.wait_for("location.href.endsWith('/?year=1950&sort=title')").await;
    tab.wait_for("document.querySelector('h1').textContent === 'Movies of 1950'").await;
    tab.type_into("#q", "one").await;
    tab.wait_for(&shown(1)).await;
    tab.eval(&choose("")).await;
    tab.wait_for(&shown(2)).await;
    // Without scripts the form does it.
    tab.eval("year.value = '2020'; document.querySelector('.years').submit()").await;
    tab.wait_for(&format!("location.search.includes('year=2020') && {}", shown(1))).await;
    let kept = "new URLSearchParams(location.search)";
    assert_eq!(tab.eval(&format!("{kept}.get('q') + {kept}.get('sort')")).await, json!("onetitle"));
    tab.assert_no_errors();
    browser.close().await;
}

/// What users wrote must never become markup.
#[tokio::test(flavor = "multi_thread")]
async fn titles_are_text() {
    let (server, _) = with_film().await;
    let title = "<img src=x onerror=\"document.title='broken into'\">";
    let body =
        json!({ "title": title, "media": "film.mp4", "description": title, "genres": [title] });
    let response = server.admin(Method::POST, "/api/v1/movies").json(&body).send().await.unwrap();
    let movie: Movie = response.json().await.unwrap();
    let browser = Browser::launch().await;
    let tab = browser.open(&server.url("/search?q=onerror")).await;
    tab.wait_for(&format!("document.body.textContent.includes({title:?})")).await;
    tab.goto(&server.url(&format!("/movies/{}", movie.id))).await;
    tab.wait_for(&format!("document.body.textContent.includes({title:?})")).await;
    let marked = tab.eval("document.querySelectorAll('img[onerror]').length").await;
    assert_eq!(marked, json!(0));
    tab.assert_no_errors();
    browser.close().await;
}
