//! Backups: from the catalogue to lines of JSON, and from lines that were
//! checked as a whole back into a catalogue, of either kind.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek};
use std::sync::Arc;

use bytes::{BufMut, Bytes, BytesMut};
use ginflix_api::backup::{self, BackupHeader, BackupLine, BackupSummary, FORMAT, MAX_LINE_BYTES};
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, spawn_blocking};

use crate::catalog::carried::{ACCOUNTS, Row, Step, TABLES};
use crate::catalog::store::{BackupStore, NOT_EMPTY, StoreError};
use crate::clock::now;
use crate::error::AppError;

/// Rows between the database and the lines.
const ROWS_AHEAD: usize = 64;
/// Lines go out in pieces of about so many bytes.
const PIECE_BYTES: usize = 64 * 1024;
/// Pieces that wait for the network.
const PIECES_AHEAD: usize = 4;

type Store = Arc<dyn BackupStore>;

/// The lines of a backup, some at a time. What ends with an error, or without
/// [`BackupLine::End`], is none.
///
/// # Errors
/// Where the catalogue is away.
pub async fn export(store: Store) -> Result<mpsc::Receiver<Result<Bytes, AppError>>, AppError> {
    let made_at = now();
    let (sender, mut rows) = mpsc::channel(ROWS_AHEAD);
    let reading = tokio::spawn(async move { store.export(sender).await });
    // A catalogue that is away says so before the first row.
    let Some(first) = rows.recv().await else {
        reading.await.map_err(AppError::internal)??;
        return Err(AppError::internal("there is not even an account to back up"));
    };
    let begin =
        BackupHeader { format: FORMAT, made_by: env!("CARGO_PKG_VERSION").to_owned(), made_at };
    let (out, pieces) = mpsc::channel(PIECES_AHEAD);
    tokio::spawn(async move {
        if let Err(error) = write(begin, first, rows, reading, &out).await {
            tracing::error!(%error, "a backup was broken off");
            let _ = out.send(Err(error)).await;
        }
    });
    Ok(pieces)
}

async fn write(
    begin: BackupHeader,
    first: Row,
    mut rows: mpsc::Receiver<Row>,
    reading: JoinHandle<Result<(), StoreError>>,
    out: &mpsc::Sender<Result<Bytes, AppError>>,
) -> Result<(), AppError> {
    let mut piece = BytesMut::new();
    let mut carried = BackupSummary::default();
    put(&mut piece, &BackupLine::Begin(begin))?;
    let mut next = Some(first);
    while let Some(Row { table, values }) = next {
        let table = TABLES[table].name.to_owned();
        *carried.rows.entry(table.clone()).or_default() += 1;
        put(&mut piece, &BackupLine::Row(backup::BackupRow { table, values }))?;
        if piece.len() >= PIECE_BYTES && out.send(Ok(piece.split().freeze())).await.is_err() {
            return Ok(()); // nobody reads any more
        }
        next = rows.recv().await;
    }
    reading.await.map_err(AppError::internal)??;
    put(&mut piece, &BackupLine::End(carried))?;
    let _ = out.send(Ok(piece.freeze())).await;
    Ok(())
}

fn put(piece: &mut BytesMut, line: &BackupLine) -> Result<(), AppError> {
    serde_json::to_writer(piece.writer(), line).map_err(AppError::internal)?;
    piece.put_u8(b'\n');
    Ok(())
}

/// Puts what a file of lines carries in the place of what is in the catalogue,
/// after all of it was looked at; and says how much that was.
///
/// # Errors
/// `Invalid` where it is damaged, broken off or of a newer version, `Conflict`
/// where the catalogue is not empty and is not to be replaced. Then, as in any
/// other failure, nothing is changed.
pub async fn import(store: Store, file: File, replace: bool) -> Result<BackupSummary, AppError> {
    let (file, carried) = spawn_blocking(move || {
        let carried = read(&file, |_| true)?;
        Ok::<_, AppError>((file, carried))
    })
    .await
    .map_err(AppError::internal)??;
    let (sender, steps) = mpsc::channel(ROWS_AHEAD);
    let feeding = spawn_blocking(move || {
        let send = |row| sender.blocking_send(Step::Row(row)).is_ok();
        if read(&file, send).is_ok() {
            // Nobody may be taking any more.
            let _ = sender.blocking_send(Step::End);
        }
    });
    let imported = store.import(steps, replace).await;
    feeding.await.map_err(AppError::internal)?;
    match imported {
        Ok(()) => Ok(carried),
        Err(StoreError::Conflict(NOT_EMPTY)) => Err(AppError::Conflict(
            "the catalogue is not empty; what is in it is replaced only if that is asked for"
                .to_owned(),
        )),
        Err(StoreError::Conflict(_)) => Err(invalid("its rows do not go together")),
        Err(error) => Err(error.into()),
    }
}

/// Reads a file of lines from its start, checks each and all, and hands the
/// rows on for as long as they are wanted.
fn read(file: &File, mut sink: impl FnMut(Row) -> bool) -> Result<BackupSummary, AppError> {
    let mut file = file;
    file.rewind().map_err(AppError::internal)?;
    let mut lines = BufReader::new(file);
    match next_line(&mut lines)? {
        Some(BackupLine::Begin(begin)) if begin.format <= FORMAT => {}
        Some(BackupLine::Begin(BackupHeader { format, made_by, .. })) => {
            return Err(invalid(format!(
                "it is of format {format}, made by GinFlix {made_by}; this server reads formats \
                 up to {FORMAT}: upgrade it first"
            )));
        }
        _ => return Err(invalid("it does not begin as a backup does")),
    }
    let (mut rows, mut last, mut has_admin) = (BTreeMap::<String, u64>::new(), 0, false);
    loop {
        match next_line(&mut lines)? {
            Some(BackupLine::Row(row)) => {
                let known = TABLES.iter().position(|table| table.name == row.table);
                let index = known.ok_or_else(|| invalid(format!("{:?} is no table", row.table)))?;
                if index < last {
                    return Err(invalid("its tables are in another order"));
                }
                let values = TABLES[index].row(row.values).map_err(invalid)?;
                has_admin |= row.table == ACCOUNTS && values["role"] == "admin";
                last = index;
                *rows.entry(row.table).or_default() += 1;
                if !sink(Row { table: index, values }) {
                    return Err(invalid("it is not wanted any more"));
                }
            }
            Some(BackupLine::End(end)) if end.rows != rows => {
                return Err(invalid("it has not as many rows as it says"));
            }
            Some(BackupLine::End(_)) if !has_admin => {
                return Err(invalid("it has no administrator, so nobody could log in"));
            }
            Some(BackupLine::End(end)) => match next_line(&mut lines)? {
                None => return Ok(end),
                Some(_) => return Err(invalid("it goes on after its end")),
            },
            Some(BackupLine::Begin(_)) => return Err(invalid("it begins twice")),
            None => return Err(invalid("it was broken off")),
        }
    }
}

fn next_line(lines: &mut impl BufRead) -> Result<Option<BackupLine>, AppError> {
    let mut text = Vec::new();
    let limit = MAX_LINE_BYTES as u64 + 1;
    lines.take(limit).read_until(b'\n', &mut text).map_err(|error| match error.kind() {
        io::ErrorKind::StorageFull => AppError::NoSpace("the disk is full".to_owned()),
        _ => AppError::internal(error),
    })?;
    match text.pop() {
        None => Ok(None),
        Some(b'\n') => serde_json::from_slice(&text)
            .map(Some)
            .map_err(|error| invalid(format!("a line of it cannot be read: {error}"))),
        Some(_) if text.len() >= MAX_LINE_BYTES => Err(invalid("a line of it is too long")),
        Some(_) => Err(invalid("it was broken off")),
    }
}

fn invalid(why: impl std::fmt::Display) -> AppError {
    AppError::invalid("backup", why.to_string())
}

#[cfg(test)]
mod tests;
