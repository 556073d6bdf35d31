//! `ginflix library list`: lists the libraries.

use ginflix_api::library::{LeftOut, Library, LibraryState};
use jiff::Timestamp;

use crate::connection;
use crate::error::{ExitStatus, Result};
use crate::format::age;
use crate::global::Global;
use crate::hint::suggested_command_for;
use crate::printer::Printer;
use crate::table::{Column, Table};

/// The most files that are shown of what one library left out.
const LEFT_OUT_SHOWN: usize = 20;

pub async fn run(global: &Global, printer: &Printer) -> Result<ExitStatus> {
    let client = connection::connect(global).await?;
    let libraries = client.libraries().await?;
    printer.result(&libraries, || render(&libraries, printer.width()));
    if libraries.is_empty() {
        let add = suggested_command_for(global, "library add FOLDER");
        printer.next_steps(&[(&add, "serve the files of a folder from where they lie")]);
    }
    Ok(ExitStatus::Done)
}

fn render(libraries: &[Library], width: Option<u16>) -> String {
    let mut table = Table::new(&[
        ("FOLDER", Column::Text),
        ("MEDIA", Column::Number),
        ("MISSING", Column::Number),
        ("LEFT OUT", Column::Number),
        ("STATE", Column::Text),
    ]);
    for library in libraries {
        table.row([
            library.path.clone(),
            library.media.to_string(),
            library.missing.to_string(),
            library.left_out_count.to_string(),
            state(library),
        ]);
    }
    let lists = libraries.iter().filter_map(|library| render_left_out(library, width));
    [table.render(width)].into_iter().chain(lists).collect::<Vec<_>>().join("\n\n")
}

/// Formats one library with what it left out.
pub fn render_one(library: &Library, width: Option<u16>) -> String {
    let mut table = Table::key_value();
    table.row(["Folder", &library.path]);
    table.row(["Id", &library.id.to_string()]);
    table.row(["State", &state(library)]);
    table.row(["Media", &library.media.to_string()]);
    table.row(["Missing", &library.missing.to_string()]);
    table.row(["Left out", &library.left_out_count.to_string()]);
    let table = table.render(width);
    match render_left_out(library, width) {
        Some(left_out) => format!("{table}\n\n{left_out}"),
        None => table,
    }
}

/// Returns the state of a library for people.
pub fn state(library: &Library) -> String {
    if let Some(scan) = &library.scan {
        return format!("scanning: {} of {}", scan.done, scan.total);
    }
    match (library.state, &library.problem) {
        (LibraryState::Ready, _) => match library.scanned_at {
            Some(at) => format!("scanned {}", age(at, Timestamp::now())),
            None => "ready".to_owned(),
        },
        (LibraryState::Waiting, _) => "waiting for its scan".to_owned(),
        (_, Some(problem)) => problem.clone(),
        (_, None) => "unavailable".to_owned(),
    }
}

fn render_left_out(library: &Library, width: Option<u16>) -> Option<String> {
    if library.left_out.is_empty() {
        return None;
    }
    let mut table = Table::new(&[("LEFT OUT", Column::Text), ("WHY", Column::Text)]);
    for LeftOut { path, reason } in library.left_out.iter().take(LEFT_OUT_SHOWN) {
        table.row([path.clone(), reason.clone()]);
    }
    let more = library.left_out_count.saturating_sub(LEFT_OUT_SHOWN as u64);
    let rest = if more > 0 { format!("\nand {more} more: see -o json") } else { String::new() };
    Some(format!("{}{rest}", table.render(width)))
}
