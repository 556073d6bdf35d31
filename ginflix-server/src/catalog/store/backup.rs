//! Export and import of backups.

use async_trait::async_trait;
use tokio::sync::mpsc;

use super::Result;
use crate::catalog::backup_schema::{BackupRow, ImportMessage};

/// The text of the conflict when an import would replace content.
pub const NOT_EMPTY: &str = "the catalogue is not empty";

/// Exports and imports backups.
#[async_trait]
pub trait BackupStore: Send + Sync + 'static {
    /// Sends all rows of a backup, table by table in the order of
    /// [`crate::catalog::backup_schema::TABLES`]. They are a consistent snapshot. The export ends
    /// early if the receiver is dropped.
    async fn export(&self, rows: mpsc::Sender<BackupRow>) -> Result<()>;
    /// Replaces the content of the catalogue by the rows of a backup, which arrive in the order of
    /// an export, and deletes all sessions. An error rolls everything back.
    ///
    /// # Errors
    /// `Conflict` with [`NOT_EMPTY`] if there are movies, views, tokens except that of the
    /// cluster, or more than one account, unless `replace` is set; `Conflict` with another text
    /// if a row violates a constraint; `Other` if the channel closes before
    /// [`ImportMessage::End`].
    async fn import(&self, messages: mpsc::Receiver<ImportMessage>, replace: bool) -> Result<()>;
}
