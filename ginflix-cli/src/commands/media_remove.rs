//! `ginflix media remove`: deletes media files.

use ginflix_api::error::ErrorCode;
use ginflix_api::media::MediaName;
use serde::Serialize;

use crate::error::{ExitStatus, Failure, Result};
use crate::global::Global;
use crate::printer::Printer;
use crate::{connection, prompt};

/// The output of `-o json`.
#[derive(Serialize)]
struct RemovedMedia<'a> {
    removed: Vec<&'a MediaName>,
}

pub async fn run(
    names: &[MediaName],
    force: bool,
    global: &Global,
    printer: &Printer,
) -> Result<ExitStatus> {
    let client = connection::connect(global).await?;
    let list = names.iter().map(MediaName::as_str).collect::<Vec<_>>().join(", ");
    if !global.yes && !prompt::confirm(&format!("Delete {list} permanently?"), "--yes")? {
        return Err(Failure::failed("nothing was deleted"));
    }
    let (mut removed, mut worst) = (Vec::new(), ExitStatus::Done);
    for name in names {
        match client.remove_media(name, force).await {
            Ok(()) => removed.push(name),
            Err(error) => {
                let in_use = error.code() == Some(ErrorCode::InUse);
                let mut failure = Failure::from(error).context(name);
                if in_use {
                    failure = failure.hint(
                        "remove the movie first, or delete the file nevertheless with --force",
                    );
                }
                printer.failure(&failure);
                worst = worst.max(failure.status);
            }
        }
    }
    if !(removed.is_empty() && printer.is_table()) {
        printer.result(&RemovedMedia { removed: removed.clone() }, || {
            removed.iter().map(|name| format!("{name} was deleted.")).collect::<Vec<_>>().join("\n")
        });
    }
    Ok(worst)
}
