//! The audit log.

use async_trait::async_trait;
use ginflix_api::audit::AuditEntry;
use uuid::Uuid;

use super::Result;

/// Which entries of the audit log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Only entries with this id or a later one.
    pub since: Option<Uuid>,
    /// Only entries with an id before this one.
    pub before: Option<Uuid>,
    /// The most entries to return.
    pub limit: u32,
}

/// Stores the audit log.
#[async_trait]
pub trait AuditStore: Send + Sync + 'static {
    /// Appends to the audit log, or writes over the entry with that id.
    async fn put_audit(&self, entry: &AuditEntry) -> Result<()>;
    /// Removes an entry from the audit log, as its change did not happen.
    async fn delete_audit(&self, id: Uuid) -> Result<()>;
    /// Entries of the audit log, those with the latest ids first.
    async fn audit(&self, filter: &AuditFilter) -> Result<Vec<AuditEntry>>;
}
