//! Migrations of the schema, and the repair of a history that lacks a migration because an earlier
//! version of the server was killed between applying and recording it.

use std::collections::BTreeMap;

use refinery::{Migration, Report, Runner, Target};
use rusqlite::Connection;
use tracing::subscriber::{NoSubscriber, with_default};

use crate::catalog::migration_error::migration_error;
use crate::catalog::store::{Result, StoreError};

mod migrations {
    refinery::embed_migrations!("src/catalog/sqlite/migrations");
}

/// The table in which refinery records the applied migrations.
const HISTORY_TABLE: &str = "refinery_schema_history";
/// The most objects that an error message names.
const NAMES_LIMIT: usize = 8;

/// The tables, indexes, views and triggers of a database: type and name, and the SQL of each.
type SchemaObjects = BTreeMap<String, String>;

/// Applies all missing migrations in one transaction, together with their rows in the history.
/// A kill at any moment leaves the old schema or the new one, and after a failed migration the
/// previous version of the server can still open the catalogue.
///
/// # Errors
/// A migration fails, a newer server has migrated the database, or its schema is not the one of
/// any version. Then nothing has changed.
pub fn migrate(connection: &mut Connection) -> Result<()> {
    repair_history(connection)?;
    let report = run(&runner(), connection)?;
    for migration in report.applied_migrations() {
        tracing::info!(%migration, "applied a migration of the catalogue");
    }
    Ok(())
}

/// Returns a runner that applies all migrations in one transaction.
fn runner() -> Runner {
    migrations::migrations::runner().set_grouped(true)
}

/// Runs migrations without the log lines of refinery, which writes several for each migration.
fn run(runner: &Runner, connection: &mut Connection) -> Result<Report> {
    with_default(NoSubscriber::default(), || runner.run(connection))
        .map_err(|e| migration_error(runner, &e))
}

/// Records a migration that was applied and not recorded.
///
/// Versions up to 0.1.0 committed the SQL of a migration in one transaction and its row of the
/// history in the next one. After a kill between the two the migration is complete, and it is
/// the first one that the history lacks. It is recorded only if the schema is exactly the one
/// that it creates.
fn repair_history(connection: &mut Connection) -> Result<()> {
    let recorded = last_recorded(connection)?;
    let Some(next) = first_after(recorded) else { return Ok(()) };
    let actual = objects(connection)?;
    let before = objects_at(recorded)?;
    if actual == before {
        return Ok(());
    }
    if actual == objects_at(Some(next.version()))? {
        run(&runner().set_target(Target::FakeVersion(next.version())), connection)?;
        tracing::warn!(
            migration = %next,
            "a server was killed after it had applied this migration of the catalogue and before it \
             had recorded it; the migration is complete, and is recorded now"
        );
        return Ok(());
    }
    // Objects that were added by hand are ignored, unless a migration creates the same ones.
    let latest = objects_at(runner().get_migrations().iter().map(Migration::version).max())?;
    let differ = |name: &&String| {
        latest.get(*name) != before.get(*name) && actual.get(*name) != before.get(*name)
    };
    let unexpected: Vec<&str> = latest.keys().filter(differ).map(String::as_str).collect();
    if unexpected.is_empty() {
        return Ok(());
    }
    Err(StoreError::Other(format!(
        "the schema of the catalogue is incomplete: the migration {next} is not recorded, but parts of it or of a \
         later one exist ({}{}), and cannot be completed safely. Nothing was changed. Move the file of the \
         catalogue, and those beside it that end in -wal and -shm, out of the data directory, start the \
         server, and restore the last backup with `ginflix restore FILE`",
        unexpected[..unexpected.len().min(NAMES_LIMIT)].join(", "),
        if unexpected.len() > NAMES_LIMIT { ", ..." } else { "" },
    )))
}

/// Returns the version of the last recorded migration.
fn last_recorded(connection: &Connection) -> Result<Option<i32>> {
    if !connection.table_exists(None, HISTORY_TABLE)? {
        return Ok(None);
    }
    let sql = format!("SELECT max(version) FROM {HISTORY_TABLE}");
    Ok(connection.query_row(&sql, [], |row| row.get(0))?)
}

fn first_after(version: Option<i32>) -> Option<Migration> {
    let migrations = runner().get_migrations().clone();
    let later = migrations.into_iter().filter(|migration| Some(migration.version()) > version);
    later.min_by_key(Migration::version)
}

/// Returns the objects of a database with all migrations up to this version.
fn objects_at(version: Option<i32>) -> Result<SchemaObjects> {
    let Some(version) = version else { return Ok(SchemaObjects::new()) };
    let mut scratch = Connection::open_in_memory()?;
    run(&runner().set_target(Target::Version(version)), &mut scratch)?;
    objects(&scratch)
}

/// Returns the objects of a database, without the internal ones of SQLite, the shadow tables of
/// virtual tables, and the history.
fn objects(connection: &Connection) -> Result<SchemaObjects> {
    let mut statement = connection.prepare(
        "SELECT type || ' ' || name, coalesce(sql, '') FROM sqlite_schema s
         WHERE name NOT GLOB 'sqlite_*' AND name <> ?1 AND NOT EXISTS (
             SELECT 1 FROM pragma_table_list t
             WHERE t.schema = 'main' AND t.name = s.name AND t.type = 'shadow')",
    )?;
    let rows = statement.query_map([HISTORY_TABLE], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

#[cfg(test)]
mod tests;
