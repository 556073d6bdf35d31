//! `ginflix collection remove`: removes a collection.

use serde::Serialize;
use uuid::Uuid;

use super::resolve_collection::find_collection;
use crate::error::{ExitStatus, Failure, Result};
use crate::global::Global;
use crate::printer::Printer;
use crate::{connection, prompt};

/// The output of `-o json`.
#[derive(Serialize)]
struct RemovedCollection<'a> {
    removed: Uuid,
    title: &'a str,
}

pub async fn run(id_or_title: &str, global: &Global, printer: &Printer) -> Result<ExitStatus> {
    let client = connection::connect(global).await?;
    let collection = find_collection(&client, id_or_title).await?;
    let title = &collection.title;
    let question = format!("Remove the collection “{title}”? Its movies stay.");
    if !global.yes && !prompt::confirm(&question, "--yes")? {
        return Err(Failure::failed("nothing was removed"));
    }
    client.remove_collection(collection.id).await?;
    let report = RemovedCollection { removed: collection.id, title };
    printer.result(&report, || format!("Removed the collection “{title}”. Its movies stay."));
    Ok(ExitStatus::Done)
}
