//! `ginflix collection show`: shows a collection with its movies.

use ginflix_api::client::Client;
use ginflix_api::collection::CollectionContents;
use ginflix_api::paths;
use serde::Serialize;
use uuid::Uuid;

use super::resolve_collection::find_collection;
use crate::connection;
use crate::error::{ExitStatus, Result};
use crate::format::play_time;
use crate::global::Global;
use crate::printer::Printer;
use crate::table::{Column, Table};

/// The output of `-o json`: the collection, and the URL of its web page.
#[derive(Serialize)]
struct CollectionReport<'a> {
    #[serde(flatten)]
    contents: &'a CollectionContents,
    url: String,
}

pub async fn run(id_or_title: &str, global: &Global, printer: &Printer) -> Result<ExitStatus> {
    let client = connection::connect(global).await?;
    let id = find_collection(&client, id_or_title).await?.id;
    print(&client, id, printer).await?;
    Ok(ExitStatus::Done)
}

/// Fetches and prints a collection.
///
/// # Errors
/// The request fails.
pub async fn print(client: &Client, id: Uuid, printer: &Printer) -> Result<()> {
    let contents = client.collection(id).await?;
    let path = paths::collection_page(id);
    let url = client.url(&path).map_or(path, |url| url.to_string());
    let report = CollectionReport { contents: &contents, url };
    printer.result(&report, || render(&report, printer.width()));
    Ok(())
}

fn render(report: &CollectionReport<'_>, width: Option<u16>) -> String {
    let CollectionContents { collection, collections, movies } = report.contents;
    let mut table = Table::key_value();
    let mut row = |name: &str, value: &str| {
        if !value.is_empty() {
            table.row([name, value]);
        }
    };
    row("Title", &collection.title);
    row("Id", &collection.id.to_string());
    row("In", collection.parent_title.as_deref().unwrap_or_default());
    row("Description", &collection.description);
    row("Movies", &collection.movie_count.to_string());
    row("Page", &report.url);
    let mut parts = vec![table.render(width)];
    if !collections.is_empty() {
        let mut table = Table::new(&[
            ("POSITION", Column::Number),
            ("COLLECTION", Column::Text),
            ("MOVIES", Column::Number),
        ]);
        for one in collections {
            let position = one.position.to_string();
            table.row([position, one.title.clone(), one.movie_count.to_string()]);
        }
        parts.push(table.render(width));
    }
    if !movies.is_empty() {
        let mut table = Table::new(&[
            ("", Column::Number),
            ("MOVIE", Column::Text),
            ("LENGTH", Column::Number),
        ]);
        for (number, movie) in (1..).zip(movies) {
            let length = movie.duration_seconds.map_or("–".to_owned(), play_time);
            table.row([format!("{number}"), movie.title.clone(), length]);
        }
        parts.push(table.render(width));
    }
    parts.join("\n\n")
}
