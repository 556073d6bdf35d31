//! `ginflix collection list`: lists the collections.

use ginflix_api::collection::Collection;

use crate::connection;
use crate::error::{ExitStatus, Result};
use crate::global::Global;
use crate::hint::suggested_command_for;
use crate::printer::Printer;
use crate::table::{Column, Table};

pub async fn run(global: &Global, printer: &Printer) -> Result<ExitStatus> {
    let client = connection::connect(global).await?;
    let all = client.collections().await?;
    printer.result(&all, || match all.is_empty() {
        true => "There are no collections yet.".to_owned(),
        false => render(&all, printer.width()),
    });
    if all.is_empty() {
        let add = suggested_command_for(global, "collection add TITLE");
        printer.next_steps(&[(&add, "add a collection")]);
    }
    Ok(ExitStatus::Done)
}

fn render(all: &[Collection], width: Option<u16>) -> String {
    let mut table = Table::new(&[
        ("ID", Column::Fixed),
        ("TITLE", Column::Text),
        ("IN", Column::Text),
        ("MOVIES", Column::Number),
    ]);
    for one in all {
        table.row([
            one.id.to_string(),
            one.title.clone(),
            one.parent_title.clone().unwrap_or_default(),
            one.movie_count.to_string(),
        ]);
    }
    table.render(width)
}
