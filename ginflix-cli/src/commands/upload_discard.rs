//! `ginflix upload --discard`: gives up unfinished uploads and frees the server's space.

use std::path::PathBuf;

use ginflix_api::client::Client;
use ginflix_api::media::MediaName;
use serde::Serialize;

use super::resume::Memory;
use super::upload::name_for;
use crate::args::UploadArgs;
use crate::error::{ExitStatus, Result};
use crate::global::Global;
use crate::printer::Printer;
use crate::table::{Column, Table};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    Discarded,
    NothingUnfinished,
}

/// What `-o json` has for each file.
#[derive(Serialize)]
struct FileReport {
    file: PathBuf,
    name: MediaName,
    state: Outcome,
}

pub async fn run(
    args: &UploadArgs,
    client: &Client,
    global: &Global,
    printer: &Printer,
) -> Result<ExitStatus> {
    let mut reports = Vec::new();
    for file in &args.files {
        let name = match &args.name {
            Some(name) => name.clone(),
            None => name_for(file, printer)?,
        };
        let memory = Memory::of(global, &name)?;
        let state = match memory.any_location() {
            Some(location) => {
                client.discard_upload(&location).await?;
                memory.forget();
                Outcome::Discarded
            }
            None => Outcome::NothingUnfinished,
        };
        reports.push(FileReport { file: file.clone(), name, state });
    }
    printer.result(&reports, || {
        let mut table = Table::new(&[("NAME", Column::Text), ("STATE", Column::Fixed)]);
        for report in &reports {
            let words = match report.state {
                Outcome::Discarded => "discarded",
                Outcome::NothingUnfinished => "nothing unfinished",
            };
            table.row([report.name.to_string(), words.to_owned()]);
        }
        table.render(printer.width())
    });
    Ok(ExitStatus::Done)
}
