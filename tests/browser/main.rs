//! The pages in a real browser: browsing, searching, playing, seeking and counted views, and the work of an
//! administrator.

#![allow(clippy::unwrap_used)] // a panic is how a test fails

mod admin;
mod audio_tracks;
mod chapters;
mod connection;
mod hls_errors;
mod home;
mod hostile;
mod languages;
mod pages;
mod playability;
mod playback;
mod player;
mod rights;
mod search;
mod sharing;
mod subtitles;
mod up_next;
mod uploads;
mod watching;

use std::path::Path;
use std::time::Duration;

use ginflix_api::movie::Movie;
use ginflix_tests::browser::{Browser, Tab};
use ginflix_tests::media_files;
use ginflix_tests::server::{PASSWORD, Server};

/// How long a playback or an upload may take to reach a position: playback is in real time, and the
/// machine may be busy.
pub const PLAYBACK_TIMEOUT: Duration = Duration::from_secs(90);

/// Starts a server with one movie, which can be played.
pub async fn start_with_movie() -> (Server, Movie) {
    start_with(&media_files::faststart(), "film.mp4").await
}

/// Starts a server with one movie of this file.
pub async fn start_with(file: &Path, name: &str) -> (Server, Movie) {
    let server = Server::start();
    let movie = add_movie(&server, file, name).await;
    (server, movie)
}

/// Adds a movie of this file.
pub async fn add_movie(server: &Server, file: &Path, name: &str) -> Movie {
    server.put_media(name, std::fs::read(file).unwrap()).await;
    server.add_movie("The Long Field", name).await
}

/// Opens the page of a movie.
pub async fn open_movie(browser: &Browser, server: &Server, movie: &Movie) -> Tab {
    browser.open(&server.url(&format!("/movies/{}", movie.id))).await
}

/// Logs in as the administrator, on the page that shows the form.
pub async fn log_in(tab: &Tab) {
    tab.type_into("#login-form #name", "admin").await;
    tab.type_into("#login-form #password", PASSWORD).await;
    tab.click("#login-form [type=submit]").await;
    // When the next page is complete, its scripts handle events.
    tab.wait_for("!document.querySelector('#login-form') && document.readyState == 'complete'")
        .await;
}
