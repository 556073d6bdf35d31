//! The audit log in SQLite.

use async_trait::async_trait;
use ginflix_api::audit::AuditEntry;
use rusqlite::{Connection, params};
use uuid::Uuid;

use super::SqliteStore;
use super::query::{execute, fetch_all, micros};
use crate::catalog::records::AUDIT_COLUMNS;
use crate::catalog::store::{AuditFilter, AuditStore, Result};

#[async_trait]
impl AuditStore for SqliteStore {
    async fn put_audit(&self, entry: &AuditEntry) -> Result<()> {
        let entry = entry.clone();
        let put = move |db: &Connection| {
            let sql = format!(
                "REPLACE INTO audit ({AUDIT_COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"
            );
            let values = params![
                entry.id,
                micros(entry.at),
                entry.who,
                entry.is_token,
                entry.action,
                entry.target,
                entry.client.to_string(),
                entry.request_id,
                entry.answered,
                entry.account,
            ];
            execute(db, &sql, values).map(drop)
        };
        self.pool.write(put).await
    }

    async fn delete_audit(&self, id: Uuid) -> Result<()> {
        let sql = "DELETE FROM audit WHERE id = ?1";
        self.pool.write(move |db| execute(db, sql, [id]).map(drop)).await
    }

    async fn latest_audit(&self, action: &str, limit: u32) -> Result<Vec<AuditEntry>> {
        let action = action.to_owned();
        let sql = format!(
            "SELECT {AUDIT_COLUMNS} FROM (SELECT * FROM audit ORDER BY id DESC LIMIT ?2) \
             WHERE action = ?1 ORDER BY id DESC"
        );
        self.pool.read(move |db| fetch_all(db, &sql, params![action, limit])).await
    }

    async fn audit(&self, filter: &AuditFilter) -> Result<Vec<AuditEntry>> {
        let since = filter.since.unwrap_or(Uuid::nil());
        let before = filter.before.unwrap_or(Uuid::max());
        let limit = filter.limit;
        let sql = format!(
            "SELECT {AUDIT_COLUMNS} FROM audit WHERE id >= ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3"
        );
        self.pool.read(move |db| fetch_all(db, &sql, params![since, before, limit])).await
    }
}
