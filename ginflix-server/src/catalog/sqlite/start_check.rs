//! Checks at the start that nothing of a catalogue is lost or damaged.
//!
//! A commit is in the write-ahead log first, and SQLite reads a log only up to its first damaged
//! page: a catalogue whose log is missing or damaged opens without an error, and has fewer movies.
//! So the numbers in the table `commit_counter` and in the file that ends in `-counter` are
//! compared. After a crash, or if the database file was changed while no server ran, the structure
//! of the database is checked as well. A refusal changes nothing.

use std::fs;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::{Connection, Error, ErrorCode};

use super::counter_file::{self, CounterRecord, FileState, StoredCounter};
use super::{beside, commit_counter};
use crate::catalog::store::{Result, StoreError};

/// The longest check of the structure. A catalogue that needs longer is served without the rest of
/// the check.
const CHECK_TIMEOUT: Duration = Duration::from_secs(30);
/// The duration from which on a check is logged.
const LOGGED_CHECK_PERIOD: Duration = Duration::from_secs(1);
/// The number of SQLite's instructions between two looks at the clock.
const CLOCK_INTERVAL_INSTRUCTIONS: i32 = 10_000;
/// The number of faults that a message names.
const FAULT_LIMIT: usize = 3;

/// Reads the counter file, and checks that there is a database if there was one.
///
/// # Errors
/// The counter file cannot be read, or the database is missing.
pub fn read_counter(database: &Path) -> Result<StoredCounter> {
    let file = counter_file::path_of(database);
    let stored = counter_file::read(database)
        .map_err(|e| StoreError::Unavailable(format!("cannot read {}: {e}", file.display())))?;
    match stored {
        StoredCounter::Missing => {}
        StoredCounter::Unreadable => tracing::warn!(
            file = %file.display(),
            "the file that counts the commits of the catalogue is damaged; it is written anew, and \
             this start does not notice lost commits"
        ),
        StoredCounter::Intact(record) if is_missing(database) => {
            let (name, commits) = (database.display(), record.commits);
            return Err(refusal(
                database,
                &format!("{name} is missing or empty, but the catalogue had {commits} commits"),
            ));
        }
        StoredCounter::Intact(_) => {}
    }
    Ok(stored)
}

fn is_missing(database: &Path) -> bool {
    match fs::metadata(database) {
        Ok(file) => file.len() == 0,
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    }
}

/// Compares the database with what the counter file says, and checks its structure unless the last
/// server closed it and nobody has changed it since.
///
/// # Errors
/// Commits are missing, the files belong to different catalogues, or the database is damaged. The
/// messages say what an operator can do.
pub fn check(connection: &mut Connection, database: &Path, stored: StoredCounter) -> Result<()> {
    let mut is_closed = false;
    if let StoredCounter::Intact(record) = stored {
        compare(connection, database, &record)?;
        is_closed = record.closed.is_some() && record.closed == FileState::of(database).ok();
    }
    if is_closed { Ok(()) } else { check_structure(connection, database) }
}

/// Compares the number of commits.
fn compare(connection: &Connection, database: &Path, record: &CounterRecord) -> Result<()> {
    let failed = |error| from_sqlite(database, error);
    let found = commit_counter::read(connection).map_err(failed)?;
    let log = beside(database, "-wal");
    let (name, log) = (database.display(), log.display());
    if found.is_some_and(|(catalog_id, _)| catalog_id != record.catalog_id) {
        let file = counter_file::path_of(database);
        let why = format!("{name} or {log} belongs to another catalogue than {}", file.display());
        return Err(refusal(database, &why));
    }
    let commits = found.map_or(0, |(_, commits)| commits);
    if commits < record.commits {
        let missing = match record.commits - commits {
            1 => "the last commit".to_owned(),
            n => format!("the last {n} commits"),
        };
        return Err(refusal(
            database,
            &format!(
                "{missing} of the catalogue are missing: {log} is damaged or missing, or {name} is an \
                 older copy"
            ),
        ));
    }
    let in_log = "PRAGMA wal_checkpoint(NOOP)";
    let in_log: i64 = connection.query_row(in_log, [], |row| row.get(1)).map_err(failed)?;
    if record.is_checkpointing && in_log <= 0 {
        let why = format!(
            "{name} is incomplete: a crash interrupted the copying of {log} into it, and {log} is \
             damaged or missing"
        );
        return Err(refusal(database, &why));
    }
    Ok(())
}

/// Checks the structure of the database, within a time limit.
fn check_structure(connection: &mut Connection, database: &Path) -> Result<()> {
    let start = Instant::now();
    let is_late = move || start.elapsed() >= CHECK_TIMEOUT;
    connection.progress_handler(CLOCK_INTERVAL_INSTRUCTIONS, Some(is_late))?;
    let checked = faults(connection);
    connection.progress_handler(0, None::<fn() -> bool>)?;
    let duration = start.elapsed();
    match checked {
        Ok(faults) if faults.is_empty() => {
            if duration >= LOGGED_CHECK_PERIOD {
                tracing::info!(?duration, "checked the catalogue after a crash");
            }
            Ok(())
        }
        Ok(faults) => Err(damaged(database, &faults.join("; "))),
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::OperationInterrupted) => {
            tracing::warn!(?duration, "a part of the catalogue was not checked after a crash");
            Ok(())
        }
        Err(error) => Err(from_sqlite(database, error)),
    }
}

/// Returns the first faults that SQLite finds in the structure.
fn faults(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare(&format!("PRAGMA quick_check({FAULT_LIMIT})"))?;
    let rows = statement.query_map([], |row| row.get::<_, String>(0))?;
    let rows: Vec<String> = rows.collect::<rusqlite::Result<_>>()?;
    // Not a reason to refuse: somebody may have removed rows by hand, which nothing prevents.
    let orphans = "SELECT count(*) FROM pragma_foreign_key_check";
    let orphans: i64 = connection.query_row(orphans, [], |row| row.get(0))?;
    if orphans > 0 {
        tracing::warn!(orphans, "rows of the catalogue refer to rows that do not exist");
    }
    Ok(rows.into_iter().filter(|row| row != "ok").collect())
}

/// Converts an error of opening the database. One that damage causes gets a way out.
pub fn from_sqlite(database: &Path, error: Error) -> StoreError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            damaged(database, &error.to_string())
        }
        _ => error.into(),
    }
}

fn damaged(database: &Path, why: &str) -> StoreError {
    refusal(database, &format!("{} is damaged ({why})", database.display()))
}

/// Returns the error for a catalogue that is not served, with the ways out.
fn refusal(database: &Path, why: &str) -> StoreError {
    let counter = counter_file::path_of(database);
    StoreError::Other(format!(
        "{why}. Nothing was changed. Put the right files back; or restore the last backup: move {name}, \
         and the files beside it that end in -wal, -shm and -counter, elsewhere, start the server, and \
         run `ginflix restore FILE`. To go on with what {name} has and accept the loss, remove {} and \
         start the server",
        counter.display(),
        name = database.display(),
    ))
}
