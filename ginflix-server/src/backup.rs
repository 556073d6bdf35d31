//! Backups: the export of the catalogue as lines of JSON, and their import into a catalogue in a
//! database of either kind. An import validates all lines before it changes anything.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek};
use std::sync::Arc;

use bytes::{BufMut, Bytes, BytesMut};
use ginflix_api::backup::{self, BackupHeader, BackupLine, BackupSummary, FORMAT, MAX_LINE_BYTES};
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, spawn_blocking};

use crate::catalog::backup_schema::{ACCOUNTS, BackupRow, ImportMessage, TABLES};
use crate::catalog::store::{BackupStore, NOT_EMPTY, StoreError};
use crate::clock::now;
use crate::error::AppError;

/// The number of rows that can be queued between the database and the lines of a backup.
const ROW_QUEUE_CAPACITY: usize = 64;
/// The size in bytes from which a chunk of lines is sent.
const CHUNK_BYTES: usize = 64 * 1024;
/// The number of chunks that can be queued for a client that reads slowly.
const CHUNK_QUEUE_CAPACITY: usize = 4;

type Store = Arc<dyn BackupStore>;

/// Exports the catalogue in chunks of whole lines. A backup that ends with an error, or without
/// [`BackupLine::End`], is incomplete and must not be used.
///
/// # Errors
/// `Unavailable` if the database is unavailable at the start.
pub async fn export(store: Store) -> Result<mpsc::Receiver<Result<Bytes, AppError>>, AppError> {
    let made_at = now();
    let (sender, mut rows) = mpsc::channel(ROW_QUEUE_CAPACITY);
    let reader = tokio::spawn(async move { store.export(sender).await });
    // Waits for the first row, because an error can become a status code only before the body.
    let Some(first) = rows.recv().await else {
        reader.await.map_err(AppError::internal)??;
        return Err(AppError::internal("the catalogue has no account, so there is no backup"));
    };
    let header =
        BackupHeader { format: FORMAT, made_by: env!("CARGO_PKG_VERSION").to_owned(), made_at };
    let (sender, chunks) = mpsc::channel(CHUNK_QUEUE_CAPACITY);
    tokio::spawn(async move {
        if let Err(error) = write_lines(header, first, rows, reader, &sender).await {
            tracing::error!(%error, "cannot finish the export of a backup");
            let _ = sender.send(Err(error)).await;
        }
    });
    Ok(chunks)
}

/// Sends the header, all rows and the summary as chunks. Returns early if the client disconnects.
async fn write_lines(
    header: BackupHeader,
    first: BackupRow,
    mut rows: mpsc::Receiver<BackupRow>,
    reader: JoinHandle<Result<(), StoreError>>,
    chunks: &mpsc::Sender<Result<Bytes, AppError>>,
) -> Result<(), AppError> {
    let mut chunk = BytesMut::new();
    let mut summary = BackupSummary::default();
    write_line(&mut chunk, &BackupLine::Begin(header))?;
    let mut next = Some(first);
    while let Some(BackupRow { table, values }) = next {
        let table = TABLES[table].name.to_owned();
        *summary.rows.entry(table.clone()).or_default() += 1;
        write_line(&mut chunk, &BackupLine::Row(backup::BackupRow { table, values }))?;
        if chunk.len() >= CHUNK_BYTES && chunks.send(Ok(chunk.split().freeze())).await.is_err() {
            return Ok(()); // the client has disconnected
        }
        next = rows.recv().await;
    }
    // The rows also end after an error, which must not look like a complete backup.
    reader.await.map_err(AppError::internal)??;
    write_line(&mut chunk, &BackupLine::End(summary))?;
    let _ = chunks.send(Ok(chunk.freeze())).await;
    Ok(())
}

fn write_line(chunk: &mut BytesMut, line: &BackupLine) -> Result<(), AppError> {
    serde_json::to_writer(chunk.writer(), line).map_err(AppError::internal)?;
    chunk.put_u8(b'\n');
    Ok(())
}

/// Validates all lines of a file, then replaces the content of the catalogue by them. Returns the
/// number of rows of each table.
///
/// # Errors
/// `Invalid` if the backup is damaged, incomplete or from a newer version, `Conflict` if the
/// catalogue is not empty and `replace` is not set. After any error nothing has changed.
pub async fn import(store: Store, file: File, replace: bool) -> Result<BackupSummary, AppError> {
    let (file, summary) = spawn_blocking(move || {
        let summary = read_rows(&file, |_| true)?;
        Ok::<_, AppError>((file, summary))
    })
    .await
    .map_err(AppError::internal)??;
    let (sender, messages) = mpsc::channel(ROW_QUEUE_CAPACITY);
    let reader = spawn_blocking(move || {
        let send = |row| sender.blocking_send(ImportMessage::Row(row)).is_ok();
        if read_rows(&file, send).is_ok() {
            // The import may have failed already, and dropped the receiver.
            let _ = sender.blocking_send(ImportMessage::End);
        }
    });
    let imported = store.import(messages, replace).await;
    reader.await.map_err(AppError::internal)?;
    match imported {
        Ok(()) => Ok(summary),
        Err(StoreError::Conflict(NOT_EMPTY)) => Err(AppError::Conflict(
            "the catalogue is not empty, and its content is replaced only on request".to_owned(),
        )),
        Err(StoreError::Conflict(_)) => {
            Err(invalid("two rows have the same key, or a row refers to one that is missing"))
        }
        Err(error) => Err(error.into()),
    }
}

/// Reads and validates a file from its start, and passes its rows to `sink` until that returns
/// `false`.
fn read_rows(
    file: &File,
    mut sink: impl FnMut(BackupRow) -> bool,
) -> Result<BackupSummary, AppError> {
    let mut file = file;
    file.rewind().map_err(AppError::internal)?;
    let mut lines = BufReader::new(file);
    read_begin(&mut lines)?;
    let mut row_counts = BTreeMap::<String, u64>::new();
    let (mut last_table, mut has_admin) = (0, false);
    loop {
        match read_line(&mut lines)? {
            Some(BackupLine::Row(row)) => {
                // Tables come in the order of `TABLES`, so that a row refers only to earlier rows.
                let index = TABLES.iter().position(|table| table.name == row.table);
                let index =
                    index.ok_or_else(|| invalid(format!("{:?} is not a table", row.table)))?;
                if index < last_table {
                    return Err(invalid("its tables are in the wrong order"));
                }
                let values = TABLES[index].validate_row(row.values).map_err(invalid)?;
                has_admin |= row.table == ACCOUNTS && values["role"] == "admin";
                last_table = index;
                *row_counts.entry(row.table).or_default() += 1;
                if !sink(BackupRow { table: index, values }) {
                    return Err(invalid("the import has ended"));
                }
            }
            Some(BackupLine::End(summary)) if summary.rows != row_counts => {
                return Err(invalid(
                    "it does not have the number of rows that its last line states",
                ));
            }
            Some(BackupLine::End(_)) if !has_admin => {
                return Err(invalid("there is no administrator, so nobody could log in"));
            }
            Some(BackupLine::End(summary)) => {
                return match lines.fill_buf().map_err(AppError::internal)?.is_empty() {
                    true => Ok(summary),
                    false => Err(invalid("there is something after its end")),
                };
            }
            Some(BackupLine::Begin(_)) => return Err(invalid("there is a second beginning")),
            None => return Err(incomplete()),
        }
    }
}

/// Reads the first line, and checks that this server supports the format.
fn read_begin(lines: &mut impl BufRead) -> Result<(), AppError> {
    match read_line(lines)? {
        Some(BackupLine::Begin(header)) if header.format <= FORMAT => Ok(()),
        Some(BackupLine::Begin(BackupHeader { format, made_by, .. })) => Err(invalid(format!(
            "it has format {format}, made by GinFlix {made_by}; this server reads formats up to \
             {FORMAT}: upgrade the server first"
        ))),
        _ => Err(invalid("it does not begin like a backup")),
    }
}

/// Reads a line; `None` at the end of the file.
fn read_line(lines: &mut impl BufRead) -> Result<Option<BackupLine>, AppError> {
    let mut text = Vec::new();
    // Limited, so that a file without line breaks does not fill the memory.
    let limit = MAX_LINE_BYTES as u64 + 1;
    lines.take(limit).read_until(b'\n', &mut text).map_err(|error| match error.kind() {
        io::ErrorKind::StorageFull => AppError::NoSpace("the disk is full".to_owned()),
        _ => AppError::internal(error),
    })?;
    match text.pop() {
        None => Ok(None),
        Some(b'\n') => serde_json::from_slice(&text)
            .map(Some)
            .map_err(|error| invalid(format!("a line is invalid: {error}"))),
        Some(_) if text.len() >= MAX_LINE_BYTES => {
            Err(invalid(format!("a line has more than {} MiB", MAX_LINE_BYTES >> 20)))
        }
        Some(_) => Err(incomplete()),
    }
}

fn incomplete() -> AppError {
    invalid("it is incomplete: its end is missing")
}

fn invalid(why: impl std::fmt::Display) -> AppError {
    AppError::invalid("backup", why.to_string())
}

#[cfg(test)]
mod tests;
