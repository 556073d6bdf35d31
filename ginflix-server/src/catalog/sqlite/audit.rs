//! The audit log in SQLite.

use ginflix_api::audit::AuditEntry;
use rusqlite::{Connection, params};
use uuid::Uuid;

use super::values::{micros, time};
use crate::catalog::columns::damaged;
use crate::catalog::store::{AuditFilter, Result};

/// Appends an entry, or writes over the one with its id.
pub fn put(db: &Connection, entry: &AuditEntry) -> Result<()> {
    db.prepare_cached(
        "REPLACE INTO audit (id, at, who, is_token, action, target, client, request_id, answered) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?
    .execute(params![
        entry.id,
        micros(entry.at),
        entry.who,
        entry.is_token,
        entry.action,
        entry.target,
        entry.client.to_string(),
        entry.request_id,
        entry.answered,
    ])?;
    Ok(())
}

/// Takes an entry out.
pub fn delete(db: &Connection, id: Uuid) -> Result<()> {
    db.prepare_cached("DELETE FROM audit WHERE id = ?1")?.execute([id])?;
    Ok(())
}

/// Entries, the latest first.
pub fn list(db: &Connection, filter: &AuditFilter) -> Result<Vec<AuditEntry>> {
    let mut statement = db.prepare_cached(
        "SELECT id, at, who, is_token, action, target, client, request_id, answered FROM audit \
         WHERE id >= ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3",
    )?;
    let since = filter.since.unwrap_or(Uuid::nil());
    let before = filter.before.unwrap_or(Uuid::max());
    let mut rows = statement.query(params![since, before, filter.limit])?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next()? {
        entries.push(AuditEntry {
            id: row.get(0)?,
            at: time(row.get(1)?)?,
            who: row.get(2)?,
            is_token: row.get(3)?,
            action: row.get(4)?,
            target: row.get(5)?,
            client: row.get::<_, String>(6)?.parse().map_err(damaged)?,
            request_id: row.get(7)?,
            answered: row.get(8)?,
        });
    }
    Ok(entries)
}
