//! `ginflix media list`: what is on the cluster's volumes.

use jiff::Timestamp;

use crate::args::Global;
use crate::cluster::command_for;
use crate::connection;
use crate::error::{ExitStatus, Result};
use crate::format::{age, play_time, size};
use crate::printer::Printer;
use crate::table::{Column, Table};

pub async fn run(global: &Global, printer: &Printer) -> Result<ExitStatus> {
    let all = connection::connect(global).await?.all_media().await?;
    printer.result(&all, || {
        if all.is_empty() {
            return "There are no files yet.".to_owned();
        }
        let mut table = Table::new(&[
            ("NAME", Column::Text),
            ("TYPE", Column::Fixed),
            ("LENGTH", Column::Number),
            ("SIZE", Column::Number),
            ("ADDED", Column::Fixed),
        ]);
        for media in &all {
            table.row([
                media.name.to_string(),
                media.content_type.clone(),
                media.duration_seconds.map_or("–".to_owned(), play_time),
                size(media.size_bytes),
                age(media.created_at, Timestamp::now()),
            ]);
        }
        table.render(printer.width())
    });
    if all.is_empty() {
        printer.next(&[(&command_for(global, "upload FILM.mp4"), "bring one here")]);
    }
    Ok(ExitStatus::Done)
}
