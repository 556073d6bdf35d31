//! `ginflix restore`: what a backup holds, in the place of what is there.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::{Stream, stream};
use ginflix_api::backup::{BackupHeader, BackupLine, BackupSummary};
use ginflix_api::client::Client;
use ginflix_api::client::upload::{UploadEvent, UploadOptions};
use serde::Serialize;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

use super::backup::rows_in_words;
use crate::archive::{Archive, ArchiveError, Member};
use crate::args::RestoreArgs;
use crate::error::{ExitStatus, Failure, Result};
use crate::format::{count, size};
use crate::global::Global;
use crate::hint::suggested_command_for;
use crate::printer::Printer;
use crate::progress::{Step, TransferBar};
use crate::{connection, prompt};

/// Pieces of lines between the file and the network, and about how large.
const PIECES_AHEAD: usize = 8;
const PIECE_BYTES: usize = 64 * 1024;

/// What `-o json` has.
#[derive(Serialize)]
struct Report {
    rows: BTreeMap<String, u64>,
    media: u64,
    media_bytes: u64,
}

pub async fn run(args: RestoreArgs, global: &Global, printer: &Printer) -> Result<ExitStatus> {
    let archive = Arc::new(check(&args.file, printer).await?);
    let (media, media_bytes) = archive.manifest().media();
    if args.media && media == 0 {
        return Err(Failure::new(ExitStatus::Usage, "this backup has no films")
            .hint("restore the catalogue alone: without --media"));
    }
    let client = connection::connect(global).await?;
    let films: Vec<(usize, Member)> = match args.media {
        true => archive.manifest().members.iter().cloned().enumerate().collect(),
        false => Vec::new(),
    };
    look_before(&client, &films, args.replace).await?;
    agree(&archive, &client, args.replace, global)?;
    tokio::select! {
        result = restore(&client, &archive, &films, args.replace, printer) => result?,
        _ = tokio::signal::ctrl_c() => return Err(Failure::failed(
            "interrupted; unless it was about to be done, the catalogue is as it was",
        )),
    }
    let report = Report {
        rows: archive.manifest().rows(),
        media: if args.media { media } else { 0 },
        media_bytes: if args.media { media_bytes } else { 0 },
    };
    printer.result(&report, || {
        let films = match args.media {
            true => format!(", {} ({})", count(media, "film", "films"), size(media_bytes)),
            false => String::new(),
        };
        format!("Restored: {}{films}.", rows_in_words(&report.rows))
    });
    printer.note("Accounts and passwords are those of the backup; all log-ins have ended.");
    if media > 0 && !args.media {
        printer.note("Its films were left out; --media brings them along.");
    }
    printer.next(&[(&suggested_command_for(global, "movie list"), "see what is there")]);
    Ok(ExitStatus::Done)
}

/// Looks at every byte before anything is changed.
async fn check(path: &Path, printer: &Printer) -> Result<Archive> {
    let unfit = |unfit: ArchiveError| {
        let message = format!("{}: {unfit}", path.display());
        match unfit {
            ArchiveError::Io(error) if error.kind() == io::ErrorKind::NotFound => Failure::new(
                ExitStatus::NotFound,
                format!("{}: there is no such file", path.display()),
            ),
            ArchiveError::Newer { .. } => {
                Failure::failed(message).hint("upgrade ginflix, then repeat")
            }
            ArchiveError::Damaged(_) => {
                Failure::failed(message).hint("nothing was changed; take another copy")
            }
            ArchiveError::Foreign | ArchiveError::Io(_) => Failure::failed(message),
        }
    };
    let manifest = Archive::manifest_of(path).map_err(unfit)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let bar = TransferBar::alone(printer, &name, manifest.size_bytes());
    bar.moving("checking", 0);
    let checked = path.to_owned();
    let archive = spawn_blocking(move || {
        let mut done = 0;
        Archive::check(&checked, |bytes| {
            done += bytes;
            bar.position(done);
        })
    });
    archive.await.map_err(|error| Failure::failed(error.to_string()))?.map_err(unfit)
}

/// What would stand in the way after films were sent, said before.
async fn look_before(client: &Client, films: &[(usize, Member)], replace: bool) -> Result<()> {
    if replace {
        return Ok(());
    }
    if client.status().await?.movies > 0 {
        return Err(not_empty(format!("the catalogue of {} is not empty", client.base())));
    }
    if films.is_empty() {
        return Ok(());
    }
    let there = client.all_media().await?;
    for (_, film) in films {
        let Some(name) = film.media_name() else { continue };
        if there
            .iter()
            .any(|listed| listed.media.name == name && listed.media.sha256 != film.sha256)
        {
            return Err(not_empty(format!("{name} is there already, with other content")));
        }
    }
    Ok(())
}

fn not_empty(message: String) -> Failure {
    Failure::new(ExitStatus::Conflict, message)
        .hint("put the backup in the place of what is there with --replace; back that up before")
}

fn agree(archive: &Archive, client: &Client, replace: bool, global: &Global) -> Result<()> {
    let manifest = archive.manifest();
    let what = rows_in_words(&manifest.rows());
    let day = manifest.made_at.strftime("%Y-%m-%d");
    let question = match replace {
        true => format!("Replace all that is on {} by {what} of {day}?", client.base()),
        false => format!("Restore {what} of {day} on {}?", client.base()),
    };
    if global.yes || prompt::confirm(&question, "--yes")? {
        return Ok(());
    }
    Err(Failure::failed("nothing was restored"))
}

/// Films first: while they are on their way, the catalogue is as it was.
async fn restore(
    client: &Client,
    archive: &Arc<Archive>,
    films: &[(usize, Member)],
    replace: bool,
    printer: &Printer,
) -> Result<()> {
    for (index, film) in films {
        send_film(client, archive, *index, film, replace, printer).await?;
    }
    let step = Step::start(printer, "Restoring the catalogue");
    let carried = client.restore(lines(Arc::clone(archive)), replace).await.map_err(|error| {
        match error.code() {
            Some(ginflix_api::error::ErrorCode::Conflict) => not_empty(error.to_string()),
            _ => error.into(),
        }
    })?;
    if carried.rows != archive.manifest().rows() {
        return Err(Failure::failed("the server has restored other rows than there are"));
    }
    step.done("The catalogue is restored");
    Ok(())
}

async fn send_film(
    client: &Client,
    archive: &Arc<Archive>,
    index: usize,
    film: &Member,
    replace: bool,
    printer: &Printer,
) -> Result<()> {
    let Some(name) = film.media_name() else { return Ok(()) };
    let about = |failure: Failure| failure.context(&name);
    let bar = TransferBar::alone(printer, name.as_str(), film.size_bytes);
    bar.saying("taking it out of the backup");
    let from = Arc::clone(archive);
    let file = spawn_blocking(move || from.extract(index)).await;
    let file = file.map_err(io::Error::other).flatten();
    let file = file.map_err(|error| about(Failure::failed(error.to_string())))?;
    bar.moving("sending", 0);
    // It was on a cluster before, whatever its first bytes are.
    let options = UploadOptions { replace, any_type: true, ..UploadOptions::default() };
    let report = Arc::new(move |event: UploadEvent<'_>| match event {
        UploadEvent::Checking(position)
        | UploadEvent::Resumed(position)
        | UploadEvent::Sending(position) => {
            bar.position(position);
        }
        UploadEvent::Finishing => bar.saying("waiting until it is safe on disk"),
        UploadEvent::Retrying { cause, .. } => bar.saying(&format!("{cause}; going on")),
        UploadEvent::Created(_) => {}
    });
    let uploaded = client.upload(file.path(), &name, &options, report).await;
    let uploaded = uploaded.map_err(|error| about(error.into()))?;
    match uploaded.media.sha256 == film.sha256 {
        true => Ok(()),
        false => Err(about(Failure::failed("the server has other content than was sent"))),
    }
}

/// The lines that the server takes, read by a thread as they are wanted.
fn lines(archive: Arc<Archive>) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
    let (sender, pieces) = mpsc::channel(PIECES_AHEAD);
    drop(spawn_blocking(move || {
        let send =
            |piece: &mut Vec<u8>| sender.blocking_send(Ok(std::mem::take(piece).into())).is_ok();
        if let Err(error) = write_lines(&archive, send) {
            let _ = sender.blocking_send(Err(error));
        }
    }));
    stream::unfold(pieces, |mut pieces| async move {
        let piece = pieces.recv().await?;
        Some((piece, pieces))
    })
}

fn write_lines(archive: &Archive, mut send: impl FnMut(&mut Vec<u8>) -> bool) -> io::Result<()> {
    let manifest = archive.manifest();
    let begin = BackupHeader {
        format: manifest.format,
        made_by: manifest.made_by.clone(),
        made_at: manifest.made_at,
    };
    let mut piece = serde_json::to_vec(&BackupLine::Begin(begin))?;
    piece.push(b'\n');
    archive.each_row(|table, row| {
        // Each is a line of JSON already.
        let line = format!("{{\"row\":{{\"table\":\"{table}\",\"values\":{row}}}}}\n");
        piece.extend_from_slice(line.as_bytes());
        piece.len() < PIECE_BYTES || send(&mut piece)
    })?;
    piece.extend(serde_json::to_vec(&BackupLine::End(BackupSummary { rows: manifest.rows() }))?);
    piece.push(b'\n');
    send(&mut piece);
    Ok(())
}
