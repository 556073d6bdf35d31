use rusqlite::Batch;
use rusqlite::fallible_iterator::FallibleIterator;

use super::*;

fn migrations() -> Vec<Migration> {
    let mut migrations = runner().get_migrations().clone();
    migrations.sort_by_key(Migration::version);
    migrations
}

/// Creates a database with the first `count` migrations.
fn with_first(count: usize) -> Connection {
    let mut db = Connection::open_in_memory().unwrap();
    if let Some(last) = count.checked_sub(1) {
        let target = Target::Version(migrations()[last].version());
        run(&runner().set_target(target), &mut db).unwrap();
    }
    db
}

fn recorded(db: &Connection) -> Vec<i32> {
    if !db.table_exists(None, HISTORY_TABLE).unwrap() {
        return Vec::new();
    }
    let sql = format!("SELECT version FROM {HISTORY_TABLE} ORDER BY version");
    let mut statement = db.prepare(&sql).unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().map(|row| row.unwrap()).collect()
}

/// Executes the first `count` statements.
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
fn an_unrecorded_migration_is_recorded() {
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
fn a_failed_migration_rolls_the_others_back() {
    let mut db = with_first(1);
    // A later migration reads this table.
    db.execute_batch("DROP TABLE movie_search").unwrap();
    let before = objects(&db).unwrap();
    migrate(&mut db).unwrap_err();
    assert_eq!(objects(&db).unwrap(), before);
    assert_eq!(recorded(&db), all_versions()[..1]);
}

#[test]
fn an_incomplete_migration_is_refused() {
    // A table of the first, the new column of the third, all but the final statement of the fourth.
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
fn a_later_migration_out_of_order_is_refused() {
    let mut db = with_first(1);
    db.execute_batch(migrations()[2].sql().unwrap()).unwrap();
    let refused = migrate(&mut db).unwrap_err().to_string();
    assert!(refused.contains("V2__audit is not recorded"), "{refused}");
    assert!(refused.contains("table streamers"), "{refused}");
    assert_eq!(recorded(&db), all_versions()[..1]);
}

#[test]
fn a_schema_of_a_newer_server_is_refused() {
    let mut db = with_first(migrations().len());
    let sql = format!(
        "INSERT INTO {HISTORY_TABLE} (version, name, applied_on, checksum) \
         SELECT 99, 'later', applied_on, checksum FROM {HISTORY_TABLE} WHERE version = 1"
    );
    db.execute_batch(&sql).unwrap();
    let refused = migrate(&mut db).unwrap_err().to_string();
    assert!(refused.contains("newer version of the server"), "{refused}");
    assert!(refused.contains("V99__later"), "{refused}");
}

#[test]
fn objects_added_by_hand_are_ignored() {
    let mut db = with_first(1);
    db.execute_batch("CREATE INDEX mine ON movies (version); CREATE VIEW v AS SELECT 1; ANALYZE;")
        .unwrap();
    migrate(&mut db).unwrap();
    assert_eq!(recorded(&db), all_versions());
    assert!(objects(&db).unwrap().contains_key("index mine"));
}
