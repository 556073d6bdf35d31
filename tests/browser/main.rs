//! The pages in a real browser: searching, playing, seeking and counted views, and the work of an
//! administrator.

#![allow(clippy::unwrap_used)] // a panic is how a test fails

mod admin;
mod pages;
mod playback;
mod uploads;

use std::time::Duration;

use ginflix_api::movie::Movie;
use ginflix_tests::browser::Tab;
use ginflix_tests::media_files;
use ginflix_tests::server::{PASSWORD, Server};

/// How long a playback or an upload may take to reach a position: playback is in real time, and the
/// machine may be busy.
pub const PLAYBACK_TIMEOUT: Duration = Duration::from_secs(90);

/// Starts a server with one movie, which can be played.
pub async fn start_with_movie() -> (Server, Movie) {
    let server = Server::start();
    let media = std::fs::read(media_files::faststart()).unwrap();
    server.put_media("film.mp4", media).await;
    let movie = server.add_movie("The Long Field", "film.mp4").await;
    (server, movie)
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
