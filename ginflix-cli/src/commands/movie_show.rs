//! `ginflix movie show`: shows one movie.

use ginflix_api::client::Client;
use ginflix_api::movie::{Episode, Movie};
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

/// The output of `-o json`: the movie, and the URL of its web page.
#[derive(Serialize)]
struct MovieReport<'a> {
    #[serde(flatten)]
    movie: &'a Movie,
    url: String,
}

pub async fn run(id_or_title: &str, global: &Global, printer: &Printer) -> Result<ExitStatus> {
    let client = connection::connect(global).await?;
    let movie = resolve::find_movie(&client, id_or_title).await?;
    print(&client, &movie, printer);
    Ok(ExitStatus::Done)
}

/// Returns a place in a series as a text, such as `Title, season 1, episode 2`.
fn in_series(episode: &Episode) -> String {
    let parts = [
        episode.series.clone(),
        episode.season.map(|season| format!("season {season}")),
        episode.number.map(|number| format!("episode {number}")),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// Prints a movie.
pub fn print(client: &Client, movie: &Movie, printer: &Printer) {
    let absolute = |path: &str| client.url(path).map_or(path.to_owned(), |url| url.to_string());
    let report = MovieReport { movie, url: absolute(&paths::movie_page(movie.id)) };
    printer.result(&report, || {
        let mut table = Table::key_value();
        let mut row = |name: &str, value: String| {
            if !value.is_empty() {
                table.row([name.to_owned(), value]);
            }
        };
        row("Title", movie.title.clone());
        row("Id", movie.id.to_string());
        row("Year", movie.year.map(|year| year.to_string()).unwrap_or_default());
        row("Series", movie.episode.as_ref().map(in_series).unwrap_or_default());
        row("Genres", movie.genres.join(", "));
        row("Directors", movie.directors.join(", "));
        row("Cast", movie.cast.join(", "));
        row("Description", movie.description.clone());
        row("Length", movie.duration_seconds.map(play_time).unwrap_or_default());
        let type_and_size: Vec<String> =
            movie.content_type.clone().into_iter().chain(movie.size_bytes.map(size)).collect();
        let file = match type_and_size.is_empty() {
            true => "missing".to_owned(),
            false => type_and_size.join(", "),
        };
        row("File", format!("{} ({file})", movie.media));
        row("Poster", movie.poster_path.as_deref().map(absolute).unwrap_or_default());
        row("Views", movie.views.to_string());
        row("Registered", age(movie.created_at, Timestamp::now()));
        row("Page", report.url.clone());
        table.render(printer.width())
    });
}
