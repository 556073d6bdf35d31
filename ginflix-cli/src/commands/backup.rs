//! `ginflix backup`: exports the catalogue, and media files on request, to an archive.

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

use crate::archive::{ArchiveWriter, Manifest, Member};
use crate::args::BackupArgs;
use crate::connection;
use crate::error::{ExitStatus, Failure, Result};
use crate::format::{count, size};
use crate::global::Global;
use crate::hint::suggested_command_for;
use crate::printer::Printer;
use crate::progress::{Spinner, TransferBar};
use crate::table::Table;

/// The most chunks of a media file that wait to be written to the archive.
const CHANNEL_CAPACITY: usize = 8;

/// The output of `-o json`.
#[derive(Serialize)]
struct BackupReport {
    file: PathBuf,
    size_bytes: u64,
    rows: BTreeMap<String, u64>,
    media: u64,
    media_bytes: u64,
}

pub async fn run(args: BackupArgs, global: &Global, printer: &Printer) -> Result<ExitStatus> {
    if args.file.exists() && !args.replace {
        return Err(file_exists(&args.file));
    }
    let client = connection::connect(global).await?;
    tokio::select! {
        result = back_up(&client, &args, global, printer) => result,
        _ = tokio::signal::ctrl_c() => Err(Failure::failed("interrupted; no backup was written")),
    }
}

fn file_exists(path: &Path) -> Failure {
    Failure::new(ExitStatus::Conflict, format!("{} exists already", path.display()))
        .hint("name another file, or replace this one with --replace")
}

async fn back_up(
    client: &Client,
    args: &BackupArgs,
    global: &Global,
    printer: &Printer,
) -> Result<ExitStatus> {
    let (manifest, size_bytes) = write_archive(client, args, printer).await?;
    let (media, media_bytes) = manifest.media();
    let rows = manifest.rows();
    let report = BackupReport { file: args.file.clone(), size_bytes, rows, media, media_bytes };
    printer.result(&report, || {
        let mut table = Table::key_value();
        table.row(["File", &args.file.display().to_string()]);
        table.row(["Size", &size(size_bytes)]);
        table.row(["Catalogue", &describe_rows(&report.rows)]);
        table.row(["Media files", &describe_media(media, media_bytes, args.media)]);
        table.render(printer.width())
    });
    printer.note(
        "The backup contains password hashes, so only you can read the file. \
         It does not contain the keys of signed links.",
    );
    let restore = format!("restore {}", args.file.display());
    printer.next_steps(&[(
        &suggested_command_for(global, &restore),
        "restore it on this or another cluster",
    )]);
    Ok(ExitStatus::Done)
}

/// Writes the archive, and returns its manifest and its size in bytes.
async fn write_archive(
    client: &Client,
    args: &BackupArgs,
    printer: &Printer,
) -> Result<(Manifest, u64)> {
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::AlreadyExists => file_exists(&args.file),
        _ => Failure::failed(format!("cannot write {}: {error}", args.file.display())),
    };
    let spinner = Spinner::start(printer, "Reading the catalogue");
    let folder = args.file.parent().filter(|p| !p.as_os_str().is_empty());
    let catalog = download_catalog(client, folder.unwrap_or(Path::new("."))).await?;
    let media = if args.media { catalog.media.as_slice() } else { &[] };
    let mut members: Vec<Member> = catalog.tables.iter().map(|table| table.member()).collect();
    members.extend(media.iter().cloned());
    let BackupHeader { made_by, made_at, .. } = catalog.header;
    let manifest = Manifest { format: FORMAT, made_by, made_at, members };
    let mut writer = ArchiveWriter::create(&args.file, &manifest).map_err(failed)?;
    for table in catalog.tables {
        let member = table.member();
        writer.add(&member, table.into_content().map_err(failed)?, |_| {}).map_err(failed)?;
    }
    spinner.done(&describe_rows(&manifest.rows()));
    for member in media {
        writer = add_media(client, writer, member, printer).await?;
    }
    let replace = args.replace;
    let finished = spawn_blocking(move || writer.finish(replace)).await;
    let size_bytes = finished.map_err(io::Error::other).flatten().map_err(failed)?;
    Ok((manifest, size_bytes))
}

/// Formats the number of rows as `3 movies, 2 accounts, 17 playbacks`.
pub(super) fn describe_rows(rows: &BTreeMap<String, u64>) -> String {
    let rows_of = |table: &str| rows.get(table).copied().unwrap_or(0);
    [
        count(rows_of("movies"), "movie", "movies"),
        count(rows_of("accounts"), "account", "accounts"),
        count(rows_of("playbacks"), "playback", "playbacks"),
    ]
    .join(", ")
}

fn describe_media(media: u64, media_bytes: u64, is_included: bool) -> String {
    match is_included {
        true => format!("{}, {}", count(media, "file", "files"), size(media_bytes)),
        false => "left out; include them with --media".to_owned(),
    }
}

/// The exported catalogue. Its tables are in temporary files.
struct ExportedCatalog {
    header: BackupHeader,
    tables: Vec<TableSpool>,
    /// The members for the media files.
    media: Vec<Member>,
}

/// The rows of one table in an unnamed temporary file. They are kept there first, because
/// the manifest, which comes before them in the archive, contains their hash.
struct TableSpool {
    name: String,
    file: BufWriter<File>,
    rows: u64,
    size_bytes: u64,
    hasher: Sha256,
}

impl TableSpool {
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

/// Downloads the catalogue into temporary files in `folder`.
async fn download_catalog(client: &Client, folder: &Path) -> Result<ExportedCatalog> {
    let invalid = |why: &str| Failure::failed(format!("the server sent an invalid backup: {why}"));
    let failed =
        |error: io::Error| Failure::failed(format!("cannot write a temporary file: {error}"));
    let mut reader = client.backup().await?;
    let header = match reader.next().await? {
        Some(BackupLine::Begin(header)) if header.format <= FORMAT => header,
        Some(BackupLine::Begin(header)) => {
            let why = format!("its format is that of GinFlix {}, which is newer", header.made_by);
            return Err(invalid(&why).hint("upgrade ginflix"));
        }
        _ => return Err(invalid("it has no header")),
    };
    let (mut tables, mut media) = (Vec::<TableSpool>::new(), Vec::new());
    loop {
        match reader.next().await? {
            Some(BackupLine::Row(row)) => {
                if tables.last().is_none_or(|table| table.name != row.table) {
                    tables.push(TableSpool::new(&row.table, folder).map_err(failed)?);
                }
                if let Some(table) = tables.last_mut() {
                    table.add(&row).map_err(failed)?;
                }
                media.extend(media_member(&row));
            }
            Some(BackupLine::End(summary)) => {
                let rows: BTreeMap<String, u64> =
                    tables.iter().map(|table| (table.name.clone(), table.rows)).collect();
                if rows != summary.rows {
                    return Err(invalid("rows are missing"));
                }
                if reader.next().await?.is_some() {
                    return Err(invalid("there are lines after its end"));
                }
                return Ok(ExportedCatalog { header, tables, media });
            }
            _ => return Err(invalid("it is incomplete")),
        }
    }
}

/// Returns the member for the media file that a row of the table `media` describes.
fn media_member(row: &BackupRow) -> Option<Member> {
    if row.table != "media" {
        return None;
    }
    let text = |column: &str| row.values.get(column)?.as_str();
    let name: MediaName = text("name")?.parse().ok()?;
    // The file of a library stays where it lies, and only samples of it were hashed.
    if row.values.get("library").is_some_and(|library| !library.is_null()) {
        return None;
    }
    Some(Member::media(&name, row.values.get("size_bytes")?.as_u64()?, text("sha256")?.to_owned()))
}

/// Downloads one media file into the archive.
async fn add_media(
    client: &Client,
    mut writer: ArchiveWriter,
    member: &Member,
    printer: &Printer,
) -> Result<ArchiveWriter> {
    let Some(name) = member.media_name() else { return Ok(writer) };
    let bar = TransferBar::single(printer, name.as_str(), member.size_bytes);
    bar.start_phase("downloading", 0);
    let with_name = |failure: Failure| failure.context(&name);
    let chunks = client.download(&name).await.map_err(|error| with_name(error.into()))?;
    let (sender, receiver) = mpsc::channel(CHANNEL_CAPACITY);
    let member = member.clone();
    let writing = spawn_blocking(move || {
        let mut position = 0;
        let progress = |bytes| {
            position += bytes;
            bar.set_position(position);
        };
        let content = ChunkReader { receiver, chunk: Bytes::new() };
        writer.add(&member, content, progress).map(|()| writer)
    });
    let mut chunks = std::pin::pin!(chunks);
    while let Some(chunk) = chunks.next().await {
        if sender.send(chunk).await.is_err() {
            break; // the writer has failed, and its result says why
        }
    }
    drop(sender);
    let written = writing.await.map_err(|error| Failure::failed(error.to_string()))?;
    written
        .map_err(|error| with_name(Failure::failed(error.to_string())).hint("repeat the command"))
}

/// Reads the chunks of a channel. A read blocks, so it must be on a blocking thread.
struct ChunkReader {
    receiver: mpsc::Receiver<io::Result<Bytes>>,
    chunk: Bytes,
}

impl Read for ChunkReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.chunk.is_empty() {
            match self.receiver.blocking_recv() {
                Some(chunk) => self.chunk = chunk?,
                None => return Ok(0),
            }
        }
        let n = buffer.len().min(self.chunk.len());
        buffer[..n].copy_from_slice(&self.chunk.split_to(n));
        Ok(n)
    }
}
