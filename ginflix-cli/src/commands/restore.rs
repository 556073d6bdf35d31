//! `ginflix restore`: replaces the catalogue by that of a backup, and restores media files on
//! request.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::{Stream, stream};
use ginflix_api::backup::{BackupHeader, BackupLine, BackupSummary};
use ginflix_api::client::Client;
use ginflix_api::client::upload::{UploadEvent, UploadOptions};
use ginflix_api::error::ErrorCode;
use ginflix_api::replica::ListedMedia;
use serde::Serialize;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

use super::backup::describe_rows;
use crate::archive::{Archive, ArchiveError, Member};
use crate::args::RestoreArgs;
use crate::error::{ExitStatus, Failure, Result};
use crate::format::{count, size};
use crate::global::Global;
use crate::hint::suggested_command_for;
use crate::printer::Printer;
use crate::progress::{Spinner, TransferBar};
use crate::{connection, prompt};

/// The most chunks of rows that wait to be sent.
const CHANNEL_CAPACITY: usize = 8;
/// The size from which on a chunk of rows is sent, in bytes.
const CHUNK_BYTES: usize = 64 * 1024;

/// The output of `-o json`.
#[derive(Serialize)]
struct RestoreReport {
    rows: BTreeMap<String, u64>,
    media: u64,
    media_bytes: u64,
}

pub async fn run(args: RestoreArgs, global: &Global, printer: &Printer) -> Result<ExitStatus> {
    let archive = Arc::new(open_archive(&args.file, printer).await?);
    let (media, media_bytes) = archive.manifest().media();
    if args.media && media == 0 {
        return Err(Failure::new(ExitStatus::Usage, "this backup has no media files")
            .hint("restore the catalogue alone: repeat the command without --media"));
    }
    let client = connection::connect(global).await?;
    let members: Vec<(usize, Member)> = match args.media {
        true => archive.manifest().members.iter().cloned().enumerate().collect(),
        false => Vec::new(),
    };
    check_conflicts(&client, &members, args.replace).await?;
    confirm(&archive, &client, args.replace, global)?;
    tokio::select! {
        result = restore(&client, &archive, &members, args.replace, printer) => result?,
        _ = tokio::signal::ctrl_c() => return Err(Failure::failed(
            "interrupted; the catalogue was not changed, unless the import was almost complete",
        )),
    }
    let report = RestoreReport {
        rows: archive.manifest().rows(),
        media: if args.media { media } else { 0 },
        media_bytes: if args.media { media_bytes } else { 0 },
    };
    print(&report, args.media, printer);
    if media > 0 && !args.media {
        printer.note("The media files of the backup were left out; restore them with --media.");
    }
    let list = suggested_command_for(global, "movie list");
    printer.next_steps(&[(&list, "list the restored movies")]);
    Ok(ExitStatus::Done)
}

fn print(report: &RestoreReport, with_media: bool, printer: &Printer) {
    printer.result(report, || {
        let media = match with_media {
            true => {
                let files = count(report.media, "media file", "media files");
                format!(", {files} ({})", size(report.media_bytes))
            }
            false => String::new(),
        };
        format!("Restored: {}{media}.", describe_rows(&report.rows))
    });
    printer.note("Accounts and passwords are those of the backup; everybody was logged out.");
}

/// Verifies every byte of the archive before anything is changed.
async fn open_archive(path: &Path, printer: &Printer) -> Result<Archive> {
    let failed = |error: ArchiveError| {
        let message = format!("{}: {error}", path.display());
        match error {
            ArchiveError::Io(error) if error.kind() == io::ErrorKind::NotFound => Failure::new(
                ExitStatus::NotFound,
                format!("{}: there is no such file", path.display()),
            ),
            ArchiveError::Newer { .. } => {
                Failure::failed(message).hint("upgrade ginflix, then repeat")
            }
            ArchiveError::Damaged(_) => {
                Failure::failed(message).hint("nothing was changed; use another copy")
            }
            ArchiveError::Foreign | ArchiveError::Io(_) => Failure::failed(message),
        }
    };
    let manifest = Archive::read_manifest(path).map_err(failed)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let bar = TransferBar::single(printer, &name, manifest.size_bytes());
    bar.start_phase("checking", 0);
    let file = path.to_owned();
    let archive = spawn_blocking(move || {
        let mut position = 0;
        Archive::open(&file, |bytes| {
            position += bytes;
            bar.set_position(position);
        })
    });
    archive.await.map_err(|error| Failure::failed(error.to_string()))?.map_err(failed)
}

/// Checks for conflicts that the server would only report after the upload of all
/// media files.
async fn check_conflicts(
    client: &Client,
    members: &[(usize, Member)],
    replace: bool,
) -> Result<()> {
    if replace {
        return Ok(());
    }
    if client.status().await?.movies > 0 {
        return Err(not_empty(format!("the catalogue of {} is not empty", client.base())));
    }
    if members.is_empty() {
        return Ok(());
    }
    let existing = client.all_media().await?;
    for (_, member) in members {
        let Some(name) = member.media_name() else { continue };
        let differs = |listed: &ListedMedia| {
            listed.media.name == name && !listed.media.has_sha256(&member.sha256)
        };
        if existing.iter().any(differs) {
            return Err(not_empty(format!("{name} exists already, with other content")));
        }
    }
    Ok(())
}

fn not_empty(message: String) -> Failure {
    Failure::new(ExitStatus::Conflict, message)
        .hint("back it up first, then repeat the command with --replace")
}

/// Asks the user for confirmation, unless `--yes` is given.
fn confirm(archive: &Archive, client: &Client, replace: bool, global: &Global) -> Result<()> {
    let manifest = archive.manifest();
    let rows = describe_rows(&manifest.rows());
    let day = manifest.made_at.strftime("%Y-%m-%d");
    let question = match replace {
        true => format!("Replace everything on {} by {rows} from {day}?", client.base()),
        false => format!("Restore {rows} from {day} on {}?", client.base()),
    };
    if global.yes || prompt::confirm(&question, "--yes")? {
        return Ok(());
    }
    Err(Failure::failed("nothing was restored"))
}

/// Uploads the media files, and then imports the catalogue, so that no restored movie
/// lacks its file.
async fn restore(
    client: &Client,
    archive: &Arc<Archive>,
    members: &[(usize, Member)],
    replace: bool,
    printer: &Printer,
) -> Result<()> {
    for (index, member) in members {
        upload_media(client, archive, *index, member, replace, printer).await?;
    }
    let spinner = Spinner::start(printer, "Restoring the catalogue");
    let restored = client.restore(stream_lines(Arc::clone(archive)), replace).await;
    let summary = restored.map_err(|error| match error.code() {
        Some(ErrorCode::Conflict) => not_empty(error.to_string()),
        _ => error.into(),
    })?;
    if summary.rows != archive.manifest().rows() {
        return Err(Failure::failed("the server did not restore all rows of the backup"));
    }
    spinner.done("The catalogue is restored");
    Ok(())
}

/// Uploads a media file of the archive. Members that are tables are skipped.
async fn upload_media(
    client: &Client,
    archive: &Arc<Archive>,
    index: usize,
    member: &Member,
    replace: bool,
    printer: &Printer,
) -> Result<()> {
    let Some(name) = member.media_name() else { return Ok(()) };
    let with_name = |failure: Failure| failure.context(&name);
    let bar = TransferBar::single(printer, name.as_str(), member.size_bytes);
    bar.show_message("extracting it from the backup");
    let source = Arc::clone(archive);
    let file = spawn_blocking(move || source.extract(index)).await;
    let file = file.map_err(io::Error::other).flatten();
    let file = file.map_err(|error| with_name(Failure::failed(error.to_string())))?;
    bar.start_phase("sending", 0);
    // The file was accepted once, so its type and its completeness are not checked again.
    let options =
        UploadOptions { replace, any_type: true, accept_damaged: true, ..UploadOptions::default() };
    let callback = Arc::new(move |event: UploadEvent<'_>| match event {
        UploadEvent::Checking(position)
        | UploadEvent::Resumed(position)
        | UploadEvent::Sending(position) => {
            bar.set_position(position);
        }
        UploadEvent::Finishing => bar.show_message("waiting until the server has stored it"),
        UploadEvent::Retrying { cause, .. } => bar.show_message(&format!("{cause}; retrying")),
        UploadEvent::Created(_) => {}
    });
    let uploaded = client.upload(file.path(), &name, &options, callback).await;
    let uploaded = uploaded.map_err(|error| with_name(error.into()))?;
    match uploaded.media.has_sha256(&member.sha256) {
        true => Ok(()),
        false => {
            Err(with_name(Failure::failed("the file on the server differs from what was sent")))
        }
    }
}

/// Streams the lines of the backup, which a blocking thread reads from the archive.
fn stream_lines(archive: Arc<Archive>) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
    let (sender, chunks) = mpsc::channel(CHANNEL_CAPACITY);
    // Nobody waits for this task: it ends when `chunks` is dropped, because sending fails.
    drop(spawn_blocking(move || {
        let send =
            |chunk: &mut Vec<u8>| sender.blocking_send(Ok(std::mem::take(chunk).into())).is_ok();
        if let Err(error) = write_lines(&archive, send) {
            let _ = sender.blocking_send(Err(error));
        }
    }));
    stream::unfold(chunks, |mut chunks| async move {
        let chunk = chunks.recv().await?;
        Some((chunk, chunks))
    })
}

/// Passes the lines of the backup to `send` in chunks, until it returns `false`.
fn write_lines(archive: &Archive, mut send: impl FnMut(&mut Vec<u8>) -> bool) -> io::Result<()> {
    let manifest = archive.manifest();
    let header = BackupHeader {
        format: manifest.format,
        made_by: manifest.made_by.clone(),
        made_at: manifest.made_at,
    };
    let mut chunk = serde_json::to_vec(&BackupLine::Begin(header))?;
    chunk.push(b'\n');
    archive.for_each_row(|table, row| {
        // The row is JSON already, so it is not parsed and formatted again.
        let line = format!("{{\"row\":{{\"table\":\"{table}\",\"values\":{row}}}}}\n");
        chunk.extend_from_slice(line.as_bytes());
        chunk.len() < CHUNK_BYTES || send(&mut chunk)
    })?;
    chunk.extend(serde_json::to_vec(&BackupLine::End(BackupSummary { rows: manifest.rows() }))?);
    chunk.push(b'\n');
    send(&mut chunk);
    Ok(())
}
