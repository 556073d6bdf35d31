//! The number of commits of a catalogue, in a table of one row.

use rusqlite::{Connection, OptionalExtension, Row};

use super::counter_file::CatalogId;

const TABLE: &str = "commit_counter";

/// Returns the id and the number of commits; `None` if the schema is older than this table.
///
/// # Errors
/// The database cannot be read.
pub fn read(connection: &Connection) -> rusqlite::Result<Option<(CatalogId, u64)>> {
    if !connection.table_exists(None, TABLE)? {
        return Ok(None);
    }
    let sql = "SELECT catalog_id, commits FROM commit_counter";
    connection.query_row(sql, [], |row| Ok((row.get(0)?, number(row, 1)?))).optional()
}

/// Adds one commit, and returns their number.
///
/// # Errors
/// The database cannot be written.
pub fn increment(connection: &Connection) -> rusqlite::Result<u64> {
    let sql = "UPDATE commit_counter SET commits = commits + 1 RETURNING commits";
    connection.prepare_cached(sql)?.query_row([], |row| number(row, 0))
}

fn number(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    Ok(row.get::<_, i64>(column)?.cast_unsigned())
}
