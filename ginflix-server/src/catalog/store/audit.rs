//! The audit log.

use async_trait::async_trait;
use ginflix_api::audit::AuditEntry;
use uuid::Uuid;

use super::Result;

/// A filter for entries of the audit log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// The lowest id to return. Ids are UUIDv7, so they grow with time.
    pub since: Option<Uuid>,
    /// The id below which all returned ids are.
    pub before: Option<Uuid>,
    /// The most entries to return.
    pub limit: u32,
}

/// Stores the audit log.
#[async_trait]
pub trait AuditStore: Send + Sync + 'static {
    /// Adds an entry, or replaces the one with its id.
    async fn put_audit(&self, entry: &AuditEntry) -> Result<()>;
    /// Deletes the entry of a change that was not made. Nothing happens if there is none.
    async fn delete_audit(&self, id: Uuid) -> Result<()>;
    /// Returns those of the latest `limit` entries that have this action, the latest first.
    async fn latest_audit(&self, action: &str, limit: u32) -> Result<Vec<AuditEntry>>;
    /// Returns the entries that match the filter, the latest first.
    async fn audit(&self, filter: &AuditFilter) -> Result<Vec<AuditEntry>>;
}
