//! `ginflix media list`: lists the media files.

use ginflix_api::replica::ListedMedia;
use jiff::Timestamp;

use super::replicas;
use crate::connection;
use crate::error::{ExitStatus, Result};
use crate::format::{age, play_time, size};
use crate::global::Global;
use crate::hint::suggested_command_for;
use crate::printer::Printer;
use crate::table::{Column, Table};

pub async fn run(global: &Global, printer: &Printer) -> Result<ExitStatus> {
    let all = connection::connect(global).await?.all_media().await?;
    printer.result(&all, || {
        if all.is_empty() {
            return "There are no media files yet.".to_owned();
        }
        render(&all, printer.width())
    });
    if all.is_empty() {
        printer.next_steps(&[(&suggested_command_for(global, "upload FILM.mp4"), "upload a film")]);
    }
    Ok(ExitStatus::Done)
}

/// Formats the files as a table, with columns for their replicas if they are replicated.
pub fn render(all: &[ListedMedia], width: Option<u16>) -> String {
    let is_replicated = all.iter().any(|listed| listed.replication.is_some());
    let mut headings = vec![
        ("NAME", Column::Text),
        ("TYPE", Column::Fixed),
        ("LENGTH", Column::Number),
        ("SIZE", Column::Number),
        ("ADDED", Column::Fixed),
    ];
    if is_replicated {
        headings.extend([("COPIES", Column::Number), ("HEALTH", Column::Text)]);
    }
    let mut table = Table::new(&headings);
    for listed in all {
        let media = &listed.media;
        let mut cells = vec![
            media.name.to_string(),
            media.content_type.clone(),
            media.duration_seconds.map_or("–".to_owned(), play_time),
            size(media.size_bytes),
            age(media.created_at, Timestamp::now()),
        ];
        if is_replicated {
            cells.extend([replicas::replica_count(listed), replicas::health(listed)]);
        }
        table.row(cells);
    }
    table.render(width)
}
