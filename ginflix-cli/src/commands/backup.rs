//! `ginflix backup`: the catalogue, and films if asked for, as one file.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, Write};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use futures_util::StreamExt;
use ginflix_api::backup::{BackupHeader, BackupLine, BackupRow, FORMAT};
use ginflix_api::client::Client;
use ginflix_api::media::MediaName;
use serde::Serialize;
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

use crate::archive::{Manifest, Member, Writer};
use crate::args::BackupArgs;
use crate::connection;
use crate::error::{ExitStatus, Failure, Result};
use crate::format::{count, size};
use crate::global::Global;
use crate::hint::suggested_command_for;
use crate::printer::Printer;
use crate::progress::{Step, TransferBar};
use crate::table::Table;

/// Pieces of a film between the network and the file.
const PIECES_AHEAD: usize = 8;

/// What `-o json` has.
#[derive(Serialize)]
struct Report {
    file: PathBuf,
    size_bytes: u64,
    rows: BTreeMap<String, u64>,
    media: u64,
    media_bytes: u64,
}

pub async fn run(args: BackupArgs, global: &Global, printer: &Printer) -> Result<ExitStatus> {
    if args.file.exists() && !args.replace {
        return Err(taken(&args.file));
    }
    let client = connection::connect(global).await?;
    tokio::select! {
        result = make(&client, &args, global, printer) => result,
        _ = tokio::signal::ctrl_c() => Err(Failure::failed("interrupted; there is no backup")),
    }
}

fn taken(path: &Path) -> Failure {
    Failure::new(ExitStatus::Conflict, format!("{} is there already", path.display()))
        .hint("name another file, or write over it with --replace")
}

async fn make(
    client: &Client,
    args: &BackupArgs,
    global: &Global,
    printer: &Printer,
) -> Result<ExitStatus> {
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::AlreadyExists => taken(&args.file),
        _ => Failure::failed(format!("cannot write {}: {error}", args.file.display())),
    };
    let step = Step::start(printer, "Reading the catalogue");
    let folder = args.file.parent().filter(|p| !p.as_os_str().is_empty());
    let catalogue = read(client, folder.unwrap_or(Path::new("."))).await?;
    let films = if args.media { catalogue.films.as_slice() } else { &[] };
    let mut members: Vec<Member> = catalogue.tables.iter().map(|table| table.member()).collect();
    members.extend(films.iter().cloned());
    let manifest = Manifest {
        format: FORMAT,
        made_by: catalogue.begin.made_by,
        made_at: catalogue.begin.made_at,
        members,
    };
    let mut writer = Writer::create(&args.file, &manifest).map_err(failed)?;
    for table in catalogue.tables {
        let member = table.member();
        writer.add(&member, table.into_content().map_err(failed)?, |_| {}).map_err(failed)?;
    }
    step.done(&rows_in_words(&manifest.rows()));
    for film in films {
        writer = add_film(client, writer, film, printer).await?;
    }
    let size_bytes = spawn_finish(writer, args.replace).await.map_err(failed)?;
    let (media, media_bytes) = manifest.media();
    let report =
        Report { file: args.file.clone(), size_bytes, rows: manifest.rows(), media, media_bytes };
    printer.result(&report, || {
        let mut table = Table::facts();
        table.row(["File", &args.file.display().to_string()]);
        table.row(["Size", &size(size_bytes)]);
        table.row(["Catalogue", &rows_in_words(&report.rows)]);
        table.row(["Films", &films_in_words(media, media_bytes, args.media)]);
        table.render(printer.width())
    });
    printer
        .note("It holds password hashes: only you can read it. Keys of signed links stay behind.");
    let restore = format!("restore {}", args.file.display());
    printer.next(&[(&suggested_command_for(global, &restore), "bring it back, here or elsewhere")]);
    Ok(ExitStatus::Done)
}

async fn spawn_finish(writer: Writer, replace: bool) -> io::Result<u64> {
    spawn_blocking(move || writer.finish(replace)).await.map_err(io::Error::other)?
}

/// `3 movies, 2 accounts, 17 playbacks`.
pub(super) fn rows_in_words(rows: &BTreeMap<String, u64>) -> String {
    let of = |table: &str| rows.get(table).copied().unwrap_or(0);
    [
        count(of("movies"), "movie", "movies"),
        count(of("accounts"), "account", "accounts"),
        count(of("playbacks"), "playback", "playbacks"),
    ]
    .join(", ")
}

fn films_in_words(media: u64, media_bytes: u64, asked: bool) -> String {
    match asked {
        true => format!("{}, {}", count(media, "file", "files"), size(media_bytes)),
        false => "left out; --media brings them along".to_owned(),
    }
}

/// The catalogue, each table in a file that goes with its handle.
struct Catalogue {
    begin: BackupHeader,
    tables: Vec<Spool>,
    films: Vec<Member>,
}

struct Spool {
    name: String,
    file: BufWriter<File>,
    rows: u64,
    size_bytes: u64,
    hasher: Sha256,
}

impl Spool {
    fn new(name: &str, folder: &Path) -> io::Result<Self> {
        let file = BufWriter::new(tempfile::tempfile_in(folder)?);
        Ok(Self { name: name.to_owned(), file, rows: 0, size_bytes: 0, hasher: Sha256::new() })
    }

    fn add(&mut self, row: &BackupRow) -> io::Result<()> {
        let mut line = serde_json::to_vec(&row.values)?;
        line.push(b'\n');
        self.hasher.update(&line);
        self.rows += 1;
        self.size_bytes += line.len() as u64;
        self.file.write_all(&line)
    }

    fn member(&self) -> Member {
        let sha256 = hex::encode(self.hasher.clone().finalize());
        Member::table(&self.name, self.rows, self.size_bytes, sha256)
    }

    fn into_content(self) -> io::Result<File> {
        let mut file = self.file.into_inner().map_err(|error| error.into_error())?;
        file.rewind()?;
        Ok(file)
    }
}

async fn read(client: &Client, folder: &Path) -> Result<Catalogue> {
    let broken = |why: &str| Failure::failed(format!("the backup cannot be used: {why}"));
    let failed = |error: io::Error| Failure::failed(format!("cannot keep the backup: {error}"));
    let mut lines = client.backup().await?;
    let begin = match lines.next().await? {
        Some(BackupLine::Begin(begin)) if begin.format <= FORMAT => begin,
        Some(BackupLine::Begin(begin)) => {
            return Err(broken(&format!(
                "it is made by GinFlix {}, which is newer",
                begin.made_by
            ))
            .hint("upgrade ginflix"));
        }
        _ => return Err(broken("it does not begin as one does")),
    };
    let (mut tables, mut films) = (Vec::<Spool>::new(), Vec::new());
    loop {
        match lines.next().await? {
            Some(BackupLine::Row(row)) => {
                if tables.last().is_none_or(|table| table.name != row.table) {
                    tables.push(Spool::new(&row.table, folder).map_err(failed)?);
                }
                if let Some(table) = tables.last_mut() {
                    table.add(&row).map_err(failed)?;
                }
                films.extend(film(&row));
            }
            Some(BackupLine::End(end)) => {
                let rows: BTreeMap<String, u64> =
                    tables.iter().map(|table| (table.name.clone(), table.rows)).collect();
                if rows != end.rows {
                    return Err(broken("it has not as many rows as it says"));
                }
                return Ok(Catalogue { begin, tables, films });
            }
            _ => return Err(broken("it was broken off")),
        }
    }
}

/// The film that a row of the table of files stands for.
fn film(row: &BackupRow) -> Option<Member> {
    if row.table != "media" {
        return None;
    }
    let text = |key: &str| row.values.get(key)?.as_str();
    let name: MediaName = text("name")?.parse().ok()?;
    Some(Member::media(&name, row.values.get("size_bytes")?.as_u64()?, text("sha256")?.to_owned()))
}

/// Copies one film from the network into the archive.
async fn add_film(
    client: &Client,
    mut writer: Writer,
    film: &Member,
    printer: &Printer,
) -> Result<Writer> {
    let Some(name) = film.media_name() else { return Ok(writer) };
    let bar = TransferBar::alone(printer, name.as_str(), film.size_bytes);
    bar.moving("fetching", 0);
    let about = |failure: Failure| failure.context(&name);
    let pieces = client.download(&name).await.map_err(|error| about(error.into()))?;
    let (sender, receiver) = mpsc::channel(PIECES_AHEAD);
    let member = film.clone();
    let writing = spawn_blocking(move || {
        let mut done = 0;
        let progress = |bytes| {
            done += bytes;
            bar.position(done);
        };
        let added = writer.add(&member, Pieces { receiver, piece: Bytes::new() }, progress);
        added.map(|()| writer)
    });
    let mut pieces = std::pin::pin!(pieces);
    while let Some(piece) = pieces.next().await {
        if sender.send(piece).await.is_err() {
            break; // it says why
        }
    }
    drop(sender);
    let written = writing.await.map_err(|error| Failure::failed(error.to_string()))?;
    written.map_err(|error| about(Failure::failed(error.to_string())).hint("repeat the command"))
}

/// What comes over a channel, for a thread that reads.
struct Pieces {
    receiver: mpsc::Receiver<io::Result<Bytes>>,
    piece: Bytes,
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() {
            match self.receiver.blocking_recv() {
                Some(piece) => self.piece = piece?,
                None => return Ok(0),
            }
        }
        let n = buffer.len().min(self.piece.len());
        buffer[..n].copy_from_slice(&self.piece.split_to(n));
        Ok(n)
    }
}
