//! The audit log in PostgreSQL.

use async_trait::async_trait;
use ginflix_api::audit::AuditEntry;
use uuid::Uuid;

use super::PostgresStore;
use super::query::{SqlValue, execute, fetch_all};
use crate::catalog::records::AUDIT_COLUMNS;
use crate::catalog::store::{AuditFilter, AuditStore, Result};

#[async_trait]
impl AuditStore for PostgresStore {
    async fn put_audit(&self, entry: &AuditEntry) -> Result<()> {
        let sql = format!(
            "INSERT INTO audit ({AUDIT_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
             ON CONFLICT (id) DO UPDATE SET who = excluded.who, action = excluded.action, \
             target = excluded.target, answered = excluded.answered"
        );
        let values: [SqlValue<'_>; 10] = [
            &entry.id,
            &entry.at,
            &entry.who,
            &entry.is_token,
            &entry.action,
            &entry.target,
            &entry.client.to_string(),
            &entry.request_id,
            &entry.answered,
            &entry.account,
        ];
        self.with_client(async |db| execute(db, &sql, &values).await.map(drop)).await
    }

    async fn delete_audit(&self, id: Uuid) -> Result<()> {
        let sql = "DELETE FROM audit WHERE id = $1";
        self.with_client(async |db| execute(db, sql, &[&id]).await.map(drop)).await
    }

    async fn latest_audit(&self, action: &str, limit: u32) -> Result<Vec<AuditEntry>> {
        let sql = format!(
            "SELECT {AUDIT_COLUMNS} FROM (SELECT * FROM audit ORDER BY id DESC LIMIT $2) latest \
             WHERE action = $1 ORDER BY id DESC"
        );
        let limit = i64::from(limit);
        self.with_client(async |db| fetch_all(db, &sql, &[&action, &limit]).await).await
    }

    async fn audit(&self, filter: &AuditFilter) -> Result<Vec<AuditEntry>> {
        let since = filter.since.unwrap_or(Uuid::nil());
        let before = filter.before.unwrap_or(Uuid::max());
        let limit = i64::from(filter.limit);
        let sql = format!(
            "SELECT {AUDIT_COLUMNS} FROM audit WHERE id >= $1 AND id < $2 ORDER BY id DESC LIMIT $3"
        );
        self.with_client(async |db| fetch_all(db, &sql, &[&since, &before, &limit]).await).await
    }
}
