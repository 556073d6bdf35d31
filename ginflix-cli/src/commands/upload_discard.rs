//! `ginflix upload --discard`: discards unfinished uploads, which frees space on the server.

use std::path::PathBuf;

use ginflix_api::client::Client;
use ginflix_api::media::MediaName;
use serde::Serialize;

use super::resume::ResumeStore;
use super::upload::media_name;
use crate::args::UploadArgs;
use crate::error::{ExitStatus, Failure, Result};
use crate::global::Global;
use crate::printer::Printer;
use crate::table::{Column, Table};

/// The result for one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum DiscardState {
    Discarded,
    NothingUnfinished,
}

/// The output of `-o json` for each file.
#[derive(Serialize)]
struct DiscardReport {
    file: PathBuf,
    name: MediaName,
    state: DiscardState,
}

pub async fn run(
    args: &UploadArgs,
    client: &Client,
    global: &Global,
    printer: &Printer,
) -> Result<ExitStatus> {
    let mut reports = Vec::new();
    for file in &args.files {
        if file.is_dir() {
            let message = "this is a folder; name the files in it whose uploads to discard";
            return Err(Failure::new(ExitStatus::Usage, message).context(file.display()));
        }
        let name = match &args.name {
            Some(name) => name.clone(),
            None => media_name(file, printer)?,
        };
        let store = ResumeStore::open(global, &name)?;
        let state = match store.any_location() {
            Some(location) => {
                client.discard_upload(&location).await?;
                store.clear();
                DiscardState::Discarded
            }
            None => DiscardState::NothingUnfinished,
        };
        reports.push(DiscardReport { file: file.clone(), name, state });
    }
    printer.result(&reports, || {
        let mut table = Table::new(&[("NAME", Column::Text), ("STATE", Column::Fixed)]);
        for report in &reports {
            let state = match report.state {
                DiscardState::Discarded => "discarded",
                DiscardState::NothingUnfinished => "no unfinished upload",
            };
            table.row([report.name.to_string(), state.to_owned()]);
        }
        table.render(printer.width())
    });
    Ok(ExitStatus::Done)
}
