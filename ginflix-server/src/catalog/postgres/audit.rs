//! The audit log in PostgreSQL.

use deadpool_postgres::Client;
use ginflix_api::audit::AuditEntry;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use crate::catalog::columns::damaged;
use crate::catalog::store::{AuditFilter, Result};

/// Appends an entry, or writes over the one with its id.
pub async fn put(db: &Client, entry: &AuditEntry) -> Result<()> {
    let sql = "INSERT INTO audit \
        (id, at, who, is_token, action, target, client, request_id, answered) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO UPDATE SET \
        who = excluded.who, action = excluded.action, target = excluded.target, \
        answered = excluded.answered";
    let values: [&(dyn ToSql + Sync); 9] = [
        &entry.id,
        &entry.at,
        &entry.who,
        &entry.is_token,
        &entry.action,
        &entry.target,
        &entry.client.to_string(),
        &entry.request_id,
        &entry.answered,
    ];
    db.execute(&db.prepare_cached(sql).await?, &values).await?;
    Ok(())
}

/// Takes an entry out.
pub async fn delete(db: &Client, id: Uuid) -> Result<()> {
    db.execute(&db.prepare_cached("DELETE FROM audit WHERE id = $1").await?, &[&id]).await?;
    Ok(())
}

/// Entries, the latest first.
pub async fn list(db: &Client, filter: &AuditFilter) -> Result<Vec<AuditEntry>> {
    let sql = "SELECT id, at, who, is_token, action, target, client, request_id, answered \
        FROM audit WHERE id >= $1 AND id < $2 ORDER BY id DESC LIMIT $3";
    let since = filter.since.unwrap_or(Uuid::nil());
    let before = filter.before.unwrap_or(Uuid::max());
    let limit = i64::from(filter.limit);
    let rows = db.query(&db.prepare_cached(sql).await?, &[&since, &before, &limit]).await?;
    rows.iter().map(from_row).collect()
}

fn from_row(row: &Row) -> Result<AuditEntry> {
    Ok(AuditEntry {
        id: row.try_get(0)?,
        at: row.try_get(1)?,
        who: row.try_get(2)?,
        is_token: row.try_get(3)?,
        action: row.try_get(4)?,
        target: row.try_get(5)?,
        client: row.try_get::<_, String>(6)?.parse().map_err(damaged)?,
        request_id: row.try_get(7)?,
        answered: row.try_get(8)?,
    })
}
