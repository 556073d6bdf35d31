//! Catalogues of versions up to 0.1.0 that were killed between the commit of a migration and the
//! commit of its row in the history.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use ginflix_tests::server::{self, Server};
use ginflix_tests::wait;
use tempfile::tempdir;

use crate::earlier;

const START_TIMEOUT: Duration = Duration::from_secs(30);

/// Creates a catalogue with all migrations before this one, and executes the SQL of this one in
/// a transaction without recording it.
fn make_unrecorded(file: &Path, migration: usize) {
    let migrations = earlier::migrations();
    match migration.checked_sub(1) {
        Some(before) => earlier::create(file, migrations[before].version()),
        None => earlier::migrate_to(&mut earlier::open(file), 0),
    }
    let sql = migrations[migration].sql().unwrap();
    earlier::open(file).execute_batch(&format!("BEGIN; {sql} COMMIT;")).unwrap();
}

#[test]
fn a_start_records_the_migration() {
    for (n, migration) in earlier::migrations().iter().enumerate() {
        let volume = tempdir().unwrap();
        let file = earlier::file(volume.path());
        make_unrecorded(&file, n);
        let mut server = Server::start_on(volume.path(), &[]);
        let log = server.log_with(" ready");
        let warning = log.lines().find(|line| line.contains(" WARN ")).unwrap_or_default();
        assert!(warning.contains(&migration.to_string()), "{migration}:\n{log}");
        assert!(server.stop().success());
        earlier::assert_intact(&file, if n == 0 { 0 } else { earlier::MOVIES });
    }
}

#[test]
fn an_unknown_state_of_the_schema_is_refused() {
    let volume = tempdir().unwrap();
    let file = earlier::file(volume.path());
    make_unrecorded(&file, 3);
    earlier::open(&file).execute_batch("DROP TABLE movie_grams").unwrap();
    let mut command = server::command(&["--listen", "127.0.0.1:0", "--data-dir"]);
    command.arg(volume.path()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut refused = command.spawn().unwrap();
    let status = wait::until(START_TIMEOUT, "the server to refuse", || refused.try_wait().unwrap());
    let message = std::io::read_to_string(refused.stderr.take().unwrap()).unwrap();
    assert_eq!(status.code(), Some(1), "{message}");
    assert!(message.contains("V5__spelling is not recorded"), "{message}");
    assert!(message.contains("ginflix restore"), "{message}");
    let db = earlier::open(&file);
    let count = "SELECT count(*) FROM refinery_schema_history";
    assert_eq!(db.query_row(count, [], |row| row.get(0)), Ok(3), "nothing has changed");
}
