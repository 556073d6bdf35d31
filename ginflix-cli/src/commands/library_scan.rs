//! `ginflix library scan`: scans libraries now.

use std::time::{Duration, Instant};

use ginflix_api::client::Client;
use ginflix_api::library::{Library, LibraryState};
use uuid::Uuid;

use super::library_list;
use crate::connection;
use crate::error::{ExitStatus, Failure, Result};
use crate::global::Global;
use crate::printer::Printer;
use crate::progress::Spinner;

/// The time between two looks at the progress.
const POLL_INTERVAL: Duration = Duration::from_millis(300);

pub async fn run(
    wanted: Option<&str>,
    timeout: Option<Duration>,
    global: &Global,
    printer: &Printer,
) -> Result<ExitStatus> {
    let client = connection::connect(global).await?;
    let all = client.libraries().await?;
    let chosen = match wanted {
        Some(wanted) => vec![find(&all, wanted)?.id],
        None => all.iter().map(|library| library.id).collect(),
    };
    let mut scanned = Vec::new();
    for id in &chosen {
        scanned.push(client.scan_library(*id).await?);
    }
    if let Some(timeout) = timeout {
        scanned.clear();
        for id in chosen {
            scanned.push(wait_for_scan(&client, id, timeout, printer).await?);
        }
    }
    printer.result(&scanned, || {
        let texts =
            scanned.iter().map(|library| library_list::render_one(library, printer.width()));
        texts.collect::<Vec<_>>().join("\n\n")
    });
    Ok(ExitStatus::Done)
}

/// Returns the library of this folder or id.
pub fn find<'a>(all: &'a [Library], wanted: &str) -> Result<&'a Library> {
    let real = std::fs::canonicalize(wanted).ok();
    let real = real.as_ref().and_then(|path| path.to_str());
    let is_meant = |library: &&Library| {
        library.path == wanted
            || Some(&*library.path) == real
            || library.path == wanted.trim_end_matches('/')
            || library.id.to_string() == wanted
    };
    all.iter().find(is_meant).ok_or_else(|| {
        Failure::new(ExitStatus::NotFound, format!("there is no library {wanted:?}"))
            .hint("see them all: ginflix library list")
    })
}

/// Waits for the end of the next scan of a library, and shows its progress.
pub async fn wait_for_scan(
    client: &Client,
    id: Uuid,
    timeout: Duration,
    printer: &Printer,
) -> Result<Library> {
    let deadline = Instant::now() + timeout;
    let spinner = Spinner::start(printer, "Scanning the library");
    loop {
        let all = client.libraries().await?;
        let library = all.into_iter().find(|library| library.id == id);
        let library = library.ok_or_else(|| {
            Failure::new(ExitStatus::NotFound, "the library was removed meanwhile")
        })?;
        if library.scanned_at.is_some() {
            if matches!(library.state, LibraryState::Unavailable | LibraryState::NotAllowed) {
                return Err(Failure::failed(library_list::state(&library)).context(&library.path));
            }
            return Ok(library);
        }
        if let Some(scan) = &library.scan
            && printer.progress_area().is_visible()
        {
            spinner.update(&format!("Scanning the library: {} of {} files", scan.done, scan.total));
        }
        if Instant::now() >= deadline {
            return Err(Failure::new(ExitStatus::TimedOut, "the scan did not end in time")
                .hint("it goes on; see its progress: ginflix library list"));
        }
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn a_library_is_found_by_its_folder_or_id() {
        let dir = tempfile::tempdir().unwrap();
        let path = std::fs::canonicalize(dir.path()).unwrap().display().to_string();
        let library = Library {
            id: Uuid::from_u128(7),
            path: path.clone(),
            state: LibraryState::Ready,
            problem: None,
            media: 0,
            missing: 0,
            scan: None,
            scanned_at: None,
            left_out: Vec::new(),
            left_out_count: 0,
            created_at: Timestamp::UNIX_EPOCH,
        };
        let all = [library];
        let relative = format!("{path}/../{}", path.rsplit('/').next().unwrap());
        for wanted in [path.clone(), format!("{path}/"), relative, all[0].id.to_string()] {
            assert!(find(&all, &wanted).is_ok(), "{wanted}");
        }
        assert_eq!(find(&all, "/").unwrap_err().status, ExitStatus::NotFound);
    }
}
