//! The schema: brings it up to date.

use refinery::{Report, Runner};
use rusqlite::Connection;
use tracing::subscriber::{NoSubscriber, with_default};

use crate::catalog::store::{Result, StoreError};

mod migrations {
    refinery::embed_migrations!("src/catalog/sqlite/migrations");
}

/// Brings the schema up to date, in one transaction with the rows of the history:
/// a kill at any moment leaves the old schema or the new one, and an upgrade that
/// fails leaves a catalogue that the version before can open.
///
/// # Errors
/// Where a migration fails, or the database was written by a newer version. Then
/// nothing has changed.
pub fn migrate(connection: &mut Connection) -> Result<()> {
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

#[cfg(test)]
mod tests {
    use refinery::{Migration, Target};

    use super::*;

    fn all_versions() -> Vec<i32> {
        let mut versions: Vec<i32> =
            runner().get_migrations().iter().map(Migration::version).collect();
        versions.sort_unstable();
        versions
    }

    fn recorded(db: &Connection) -> Vec<i32> {
        let sql = "SELECT version FROM refinery_schema_history ORDER BY version";
        let mut statement = db.prepare(sql).unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().map(|row| row.unwrap()).collect()
    }

    fn tables(db: &Connection) -> Vec<String> {
        let mut statement = db.prepare("SELECT name FROM sqlite_schema ORDER BY name").unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().map(|row| row.unwrap()).collect()
    }

    #[test]
    fn all_migrations_are_applied_and_recorded_once() {
        let mut db = Connection::open_in_memory().unwrap();
        migrate(&mut db).unwrap();
        migrate(&mut db).unwrap();
        assert_eq!(recorded(&db), all_versions());
    }

    #[test]
    fn a_migration_that_fails_takes_the_others_back() {
        let mut db = Connection::open_in_memory().unwrap();
        run(&runner().set_target(Target::Version(1)), &mut db).unwrap();
        // The last migration reads it.
        db.execute_batch("DROP TABLE movie_search").unwrap();
        let before = tables(&db);
        migrate(&mut db).unwrap_err();
        assert_eq!(tables(&db), before);
        assert_eq!(recorded(&db), all_versions()[..1]);
    }
}
