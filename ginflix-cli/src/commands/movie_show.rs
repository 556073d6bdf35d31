//! `ginflix movie show`: all of one movie.

use ginflix_api::client::Client;
use ginflix_api::movie::Movie;
use ginflix_api::paths;
use jiff::Timestamp;
use serde::Serialize;

use super::resolve;
use crate::connection;
use crate::error::{ExitStatus, Result};
use crate::format::{age, play_time, size};
use crate::global::Global;
use crate::printer::Printer;
use crate::table::Table;

/// What `-o json` has: the movie, and where it is for people.
#[derive(Serialize)]
struct Report<'a> {
    #[serde(flatten)]
    movie: &'a Movie,
    url: String,
}

pub async fn run(meant: &str, global: &Global, printer: &Printer) -> Result<ExitStatus> {
    let client = connection::connect(global).await?;
    let movie = resolve::movie(&client, meant).await?;
    print(&client, &movie, printer);
    Ok(ExitStatus::Done)
}

/// Prints one movie.
pub fn print(client: &Client, movie: &Movie, printer: &Printer) {
    let absolute = |path: &str| client.url(path).map_or(path.to_owned(), |url| url.to_string());
    let report = Report { movie, url: absolute(&paths::movie_page(movie.id)) };
    printer.result(&report, || {
        let mut table = Table::facts();
        let mut fact = |name: &str, value: String| {
            if !value.is_empty() {
                table.row([name.to_owned(), value]);
            }
        };
        fact("Title", movie.title.clone());
        fact("Id", movie.id.to_string());
        fact("Year", movie.year.map(|year| year.to_string()).unwrap_or_default());
        fact("Genres", movie.genres.join(", "));
        fact("Directors", movie.directors.join(", "));
        fact("Cast", movie.cast.join(", "));
        fact("Description", movie.description.clone());
        fact("Length", movie.duration_seconds.map(play_time).unwrap_or_default());
        let facts: Vec<String> =
            movie.content_type.clone().into_iter().chain(movie.size_bytes.map(size)).collect();
        let facts = if facts.is_empty() { "missing".to_owned() } else { facts.join(", ") };
        fact("File", format!("{} ({facts})", movie.media));
        fact("Poster", movie.poster_path.as_deref().map(absolute).unwrap_or_default());
        fact("Views", movie.views.to_string());
        fact("Registered", age(movie.created_at, Timestamp::now()));
        fact("Page", report.url.clone());
        table.render(printer.width())
    });
}
