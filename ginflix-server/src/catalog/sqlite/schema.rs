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
mod tests {
    use rusqlite::Batch;
    use rusqlite::fallible_iterator::FallibleIterator;

    use super::*;

    fn migrations() -> Vec<Migration> {
        let mut migrations = runner().get_migrations().clone();
        migrations.sort_by_key(Migration::version);
        migrations
    }

    /// A database with the first so many migrations.
    fn with_first(count: usize) -> Connection {
        let mut db = Connection::open_in_memory().unwrap();
        if let Some(last) = count.checked_sub(1) {
            let target = Target::Version(migrations()[last].version());
            run(&runner().set_target(target), &mut db).unwrap();
        }
        db
    }

    fn recorded(db: &Connection) -> Vec<i32> {
        if !db.table_exists(None, HISTORY).unwrap() {
            return Vec::new();
        }
        let sql = format!("SELECT version FROM {HISTORY} ORDER BY version");
        let mut statement = db.prepare(&sql).unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().map(|row| row.unwrap()).collect()
    }

    /// Executes the first so many statements.
    fn execute_first(db: &Connection, sql: &str, count: usize) {
        let mut batch = Batch::new(db, sql);
        for _ in 0..count {
            batch.next().unwrap().unwrap().raw_execute().unwrap();
        }
    }

    fn all_versions() -> Vec<i32> {
        migrations().iter().map(Migration::version).collect()
    }

    #[test]
    fn all_migrations_are_applied_and_recorded_once() {
        let mut db = with_first(0);
        migrate(&mut db).unwrap();
        assert_eq!(recorded(&db), all_versions());
        let objects_before = objects(&db).unwrap();
        migrate(&mut db).unwrap();
        assert_eq!(recorded(&db), all_versions());
        assert_eq!(objects(&db).unwrap(), objects_before);
    }

    #[test]
    fn a_migration_without_its_row_is_recorded() {
        for (n, unrecorded) in migrations().iter().enumerate() {
            let mut db = with_first(n);
            db.execute_batch(unrecorded.sql().unwrap()).unwrap();
            migrate(&mut db).unwrap();
            assert_eq!(recorded(&db), all_versions(), "{unrecorded}");
            let revisions: u32 =
                db.query_row("SELECT count(*) FROM media_revision", [], |row| row.get(0)).unwrap();
            assert_eq!(revisions, 1, "{unrecorded} is not applied twice");
        }
    }

    #[test]
    fn a_migration_that_fails_takes_the_others_back() {
        let mut db = with_first(1);
        // The last migration reads it.
        db.execute_batch("DROP TABLE movie_search").unwrap();
        let before = objects(&db).unwrap();
        migrate(&mut db).unwrap_err();
        assert_eq!(objects(&db).unwrap(), before);
        assert_eq!(recorded(&db), all_versions()[..1]);
    }

    #[test]
    fn part_of_a_migration_is_refused() {
        // A table of the first, the new column of the third, all but the final statement of the last.
        for (n, statements, named) in
            [(0, 1, "table media"), (2, 1, "table media"), (3, 5, "table movie_words")]
        {
            let mut db = with_first(n);
            execute_first(&db, migrations()[n].sql().unwrap(), statements);
            let (before, recorded_before) = (objects(&db).unwrap(), recorded(&db));
            let refused = migrate(&mut db).unwrap_err().to_string();
            assert!(refused.contains(named), "{refused}");
            assert!(refused.contains("ginflix restore"), "{refused}");
            assert_eq!(objects(&db).unwrap(), before);
            assert_eq!(recorded(&db), recorded_before);
        }
    }

    #[test]
    fn a_later_migration_out_of_turn_is_refused() {
        let mut db = with_first(1);
        db.execute_batch(migrations()[2].sql().unwrap()).unwrap();
        let refused = migrate(&mut db).unwrap_err().to_string();
        assert!(refused.contains("V2__audit is not recorded"), "{refused}");
        assert!(refused.contains("table streamers"), "{refused}");
        assert_eq!(recorded(&db), all_versions()[..1]);
    }

    #[test]
    fn objects_added_by_hand_are_in_nobodys_way() {
        let mut db = with_first(1);
        db.execute_batch(
            "CREATE INDEX mine ON movies (version); CREATE VIEW v AS SELECT 1; ANALYZE;",
        )
        .unwrap();
        migrate(&mut db).unwrap();
        assert_eq!(recorded(&db), all_versions());
        assert!(objects(&db).unwrap().contains_key("index mine"));
    }
}
