//! Folders that `ginflix upload` imports: what becomes of them, again and again, and what people changed meanwhile.

#![allow(clippy::unwrap_used)] // a panic is how a test fails

mod again;
mod collections;
mod folder;
mod single;
mod unsafe_names;

use ginflix_api::movie::Movie;
use ginflix_tests::cli::{Cli, Outcome};
use ginflix_tests::library::Library;
use ginflix_tests::server::{Server, TOKEN};
use serde_json::{Value, json};

/// An administrator with a library, and their server.
struct User {
    server: Server,
    cli: Cli,
    library: Library,
}

impl User {
    /// Creates a library with this number of movies and episodes.
    fn with(movies: usize, episodes: usize) -> Self {
        let cli = Cli::new();
        let library = Library::with(cli.home().join("lib"), movies, episodes);
        Self { server: Server::start(), cli, library }
    }

    fn command(&self, args: &[&str]) -> std::process::Command {
        let url = self.server.url("");
        let mut command = self.cli.process(&[&["--server", &url], args].concat());
        command.env("GINFLIX_TOKEN", TOKEN);
        command
    }

    fn run(&self, args: &[&str]) -> Outcome {
        Cli::outcome(&mut self.command(args).into())
    }

    fn json(&self, args: &[&str]) -> Value {
        let outcome = self.run(&[args, &["-o", "json"]].concat()).expect_success();
        serde_json::from_str(&outcome.stdout).unwrap()
    }

    /// Uploads the library and registers its movies.
    fn import(&self) -> Vec<Value> {
        let root = self.library.root().display().to_string();
        self.json(&["upload", &root, "--add"]).as_array().unwrap().clone()
    }

    /// Returns all movies of the server, by title.
    fn movies(&self) -> Vec<Movie> {
        let list = self.json(&["movie", "list", "--sort", "title", "--limit", "10000"]);
        serde_json::from_value(list).unwrap()
    }

    /// Returns the movie of a title.
    fn movie(&self, title: &str) -> Movie {
        let movies = self.movies();
        let found = movies.iter().find(|movie| movie.title == title);
        found.cloned().unwrap_or_else(|| panic!("no {title:?} in {movies:#?}"))
    }
}

/// Counts the reports whose field has this value.
fn count(reports: &[Value], field: &str, value: &str) -> usize {
    reports.iter().filter(|report| report[field] == json!(value)).count()
}
