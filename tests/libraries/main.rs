//! Libraries: folders of media files that are served from where they lie.

#![allow(clippy::unwrap_used)] // a panic is how a test fails

mod changes;
mod command;
mod serving;
mod unsafe_files;

use std::path::Path;
use std::time::Duration;

use ginflix_api::library::Library as ApiLibrary;
use ginflix_api::movie::Movie;
use ginflix_tests::library::Library;
use ginflix_tests::server::Server;
use ginflix_tests::wait;
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

/// How long the server may take to see a change on a busy machine. It takes up a file two seconds after its last change.
const TIMEOUT: Duration = Duration::from_secs(60);

/// A server that may serve a library, which is not added yet.
struct World {
    server: Server,
    library: Library,
    folder: TempDir,
}

impl World {
    /// Starts a server beside a library with this number of movies and episodes.
    fn with(movies: usize, episodes: usize) -> Self {
        Self::start(movies, episodes, Server::start_with)
    }

    fn start(movies: usize, episodes: usize, start: impl FnOnce(&[&str]) -> Server) -> Self {
        let folder = TempDir::new().unwrap();
        let real = std::fs::canonicalize(folder.path()).unwrap();
        let library = Library::with(real.join("lib"), movies, episodes);
        library.age();
        let roots = real.join("roots");
        std::fs::write(&roots, format!("{}\n", library.root().display())).unwrap();
        let server = start(&["--library-roots-file", roots.to_str().unwrap()]);
        Self { server, library, folder }
    }

    /// Adds the library, and waits for the end of its first scan.
    async fn add(&self) -> ApiLibrary {
        let response = self.post("", json!({"path": self.library.root()})).await;
        assert_eq!(response.0, 201, "{}", response.1);
        self.scanned("a scanned library", |_| true).await
    }

    /// Requests a scan, and waits for its end.
    async fn scan(&self) -> ApiLibrary {
        let id = self.library().await.id;
        assert_eq!(self.post(&format!("/{id}/scan"), json!(null)).await.0, 202);
        self.scanned("a scan", |_| true).await
    }

    async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        let path = format!("/api/v1/libraries{path}");
        let response = self.server.admin(Method::POST, &path).json(&body).send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    /// Returns the only library.
    async fn library(&self) -> ApiLibrary {
        let list = self.server.json("/api/v1/libraries").await;
        serde_json::from_value(list["items"][0].clone()).unwrap()
    }

    /// Waits until the library has been scanned, and is as it should be.
    async fn scanned(&self, what: &str, is_right: impl Fn(&ApiLibrary) -> bool) -> ApiLibrary {
        wait::until_async(TIMEOUT, what, async || {
            let library = self.library().await;
            (library.scanned_at.is_some() && library.scan.is_none() && is_right(&library))
                .then_some(library)
        })
        .await
    }

    /// Returns the titles of all movies, sorted.
    async fn titles(&self) -> Vec<String> {
        let list = self.server.json("/api/v1/movies?sort=title&limit=200").await;
        let movies: Vec<Movie> = serde_json::from_value(list["items"].clone()).unwrap();
        movies.into_iter().map(|movie| movie.title).collect()
    }

    /// Waits until there is a movie of this title.
    async fn movie(&self, title: &str) -> Movie {
        self.movie_that(title, |_| true).await
    }

    async fn movie_that(&self, title: &str, is_right: impl Fn(&Movie) -> bool) -> Movie {
        wait::until_async(TIMEOUT, title, async || {
            let list = self.server.json("/api/v1/movies?sort=title&limit=200").await;
            let movies: Vec<Movie> = serde_json::from_value(list["items"].clone()).unwrap();
            movies.into_iter().find(|movie| movie.title == title && is_right(movie))
        })
        .await
    }

    /// Downloads the media file of a movie.
    async fn content(&self, movie: &Movie) -> (u16, Vec<u8>) {
        let response = self.server.anonymous(Method::GET, &movie.stream_path).send().await.unwrap();
        (response.status().as_u16(), response.bytes().await.unwrap().to_vec())
    }
}

/// Returns the number of files below a folder.
fn count_files(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).unwrap().flatten();
    entries.map(|entry| if entry.path().is_dir() { count_files(&entry.path()) } else { 1 }).sum()
}
