//! The schema: brings it up to date, and records a migration that an earlier
//! version applied but was killed before it recorded it.

use std::collections::BTreeMap;

use refinery::{Migration, Report, Runner, Target};
use rusqlite::Connection;
use tracing::subscriber::{NoSubscriber, with_default};

use crate::catalog::store::{Result, StoreError};

mod migrations {
    refinery::embed_migrations!("src/catalog/sqlite/migrations");
}

/// The table in which refinery records what it has applied.
const HISTORY: &str = "refinery_schema_history";
/// Objects that a message names at most.
const NAMES_LIMIT: usize = 8;

/// The tables, indexes, views and triggers of a database: the SQL of each under
/// its type and name.
type Objects = BTreeMap<String, String>;

/// Brings the schema up to date, in one transaction with the rows of the history:
/// a kill at any moment leaves the old schema or the new one, and an upgrade that
/// fails leaves a catalogue that the version before can open.
///
/// # Errors
/// Where a migration fails, the database was written by a newer version, or its
/// schema is none that any version leaves. Then nothing has changed.
pub fn migrate(connection: &mut Connection) -> Result<()> {
    record_unrecorded(connection)?;
    let report = run(&runner(), connection)?;
    for migration in report.applied_migrations() {
        tracing::info!(%migration, "applied a migration of the catalogue");
    }
    Ok(())
}

/// All migrations, to be applied in one transaction.
fn runner() -> Runner {
    migrations::migrations::runner().set_grouped(true)
}

/// Runs migrations without the log of refinery, which writes several lines for
/// one event.
fn run(runner: &Runner, connection: &mut Connection) -> Result<Report> {
    with_default(NoSubscriber::default(), || runner.run(connection))
        .map_err(|e| StoreError::Other(format!("cannot bring the schema up to date: {e}")))
}

/// Adds the row of the history that is missing where a server was killed between
/// the commit of a migration and the commit of its row.
///
/// Earlier versions committed the SQL of a migration in one transaction and its row
/// in the next. The migration is therefore there as a whole, with all rows that it
/// writes, or not at all, and it is the first one that the history lacks. It counts
/// as applied only where the schema is exactly the one that it leaves.
fn record_unrecorded(connection: &mut Connection) -> Result<()> {
    let recorded = last_recorded(connection)?;
    let Some(next) = first_after(recorded) else { return Ok(()) };
    let there = objects(connection)?;
    let before = objects_at(recorded)?;
    if there == before {
        return Ok(());
    }
    if there == objects_at(Some(next.version()))? {
        run(&runner().set_target(Target::FakeVersion(next.version())), connection)?;
        tracing::warn!(
            migration = %next,
            "a server was killed after it had applied this migration of the catalogue and before it \
             had recorded it; the migration is complete, and is recorded now"
        );
        return Ok(());
    }
    // Objects that somebody added by hand are theirs, if they are in nobody's way.
    let latest = objects_at(runner().get_migrations().iter().map(Migration::version).max())?;
    let differ = |name: &&String| {
        latest.get(*name) != before.get(*name) && there.get(*name) != before.get(*name)
    };
    let left: Vec<&str> = latest.keys().filter(differ).map(String::as_str).collect();
    if left.is_empty() {
        return Ok(());
    }
    Err(StoreError::Other(format!(
        "the schema is incomplete: the migration {next} is not recorded, but some of it or of a later one \
         is there ({}{}), and this is not a state that can be completed safely. Nothing was changed. Move the \
         file of the catalogue, and those beside it that end in -wal and -shm, out of the data directory, \
         start the server, and restore the last backup with `ginflix restore FILE`",
        left[..left.len().min(NAMES_LIMIT)].join(", "),
        if left.len() > NAMES_LIMIT { ", ..." } else { "" },
    )))
}

/// The version of the last migration that the history has.
fn last_recorded(connection: &Connection) -> Result<Option<i32>> {
    if !connection.table_exists(None, HISTORY)? {
        return Ok(None);
    }
    let sql = format!("SELECT max(version) FROM {HISTORY}");
    Ok(connection.query_row(&sql, [], |row| row.get(0))?)
}

fn first_after(version: Option<i32>) -> Option<Migration> {
    let migrations = runner().get_migrations().clone();
    let later = migrations.into_iter().filter(|migration| Some(migration.version()) > version);
    later.min_by_key(Migration::version)
}

/// The objects of a database with all migrations up to this one.
fn objects_at(version: Option<i32>) -> Result<Objects> {
    let Some(version) = version else { return Ok(Objects::new()) };
    let mut scratch = Connection::open_in_memory()?;
    run(&runner().set_target(Target::Version(version)), &mut scratch)?;
    objects(&scratch)
}

/// The objects of a database; neither those that SQLite makes by itself, nor the
/// tables in which a virtual one keeps its data, nor the history.
fn objects(connection: &Connection) -> Result<Objects> {
    let mut statement = connection.prepare(
        "SELECT type || ' ' || name, coalesce(sql, '') FROM sqlite_schema s
         WHERE name NOT GLOB 'sqlite_*' AND name <> ?1 AND NOT EXISTS (
             SELECT 1 FROM pragma_table_list t
             WHERE t.schema = 'main' AND t.name = s.name AND t.type = 'shadow')",
    )?;
    let rows = statement.query_map([HISTORY], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

#[cfg(test)]
mod tests;
