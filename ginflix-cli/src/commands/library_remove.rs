//! `ginflix library remove`: removes a library from the catalogue.

use ginflix_api::library::RemovedLibrary;

use super::library_scan::find;
use crate::error::{ExitStatus, Failure, Result};
use crate::global::Global;
use crate::printer::Printer;
use crate::{connection, prompt};

pub async fn run(wanted: &str, global: &Global, printer: &Printer) -> Result<ExitStatus> {
    let client = connection::connect(global).await?;
    let all = client.libraries().await?;
    let library = find(&all, wanted)?;
    let files = library.media + library.missing;
    let question = format!(
        "Remove the library {} and the movies of its {files} files from the catalogue? The files and the views stay.",
        library.path
    );
    if !global.yes && !prompt::confirm(&question, "--yes")? {
        return Err(Failure::failed("nothing was removed"));
    }
    let removed: RemovedLibrary = client.remove_library(library.id).await?;
    printer.result(&removed, || {
        format!("{} was removed, with {} movies. Its files stay.", library.path, removed.movies)
    });
    Ok(ExitStatus::Done)
}
