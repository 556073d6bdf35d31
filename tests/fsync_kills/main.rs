//! Kills at every fsync of a stop, of a restore, of a backup, and of the journal of views. What was
//! acknowledged is there afterwards, and everything else is whole or absent.

#![allow(clippy::unwrap_used)] // a panic is how a test fails

mod backup;
mod journal;
mod restore;
mod stop;

use std::fs;
use std::path::Path;

use ginflix_api::paths;
use ginflix_tests::server::Server;

/// Copies a folder with everything in it.
fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        match entry.file_type().unwrap().is_dir() {
            true => copy_folder(&source, &target),
            false => drop(fs::copy(source, target).unwrap()),
        }
    }
}

/// Returns the titles of all movies in order.
async fn titles(server: &Server) -> Vec<String> {
    let list = server.json(paths::MOVIES).await;
    let items = list["items"].as_array().unwrap().iter();
    let mut titles: Vec<_> =
        items.map(|movie| movie["title"].as_str().unwrap().to_owned()).collect();
    titles.sort();
    titles
}

/// Adds movies with these titles, and one media file for all of them.
async fn add_movies(server: &Server, titles: &[&str]) {
    server.put_media("film.mp4", ginflix_tests::http::noise(100_000, 1)).await;
    for title in titles {
        server.add_movie(title, "film.mp4").await;
    }
}
