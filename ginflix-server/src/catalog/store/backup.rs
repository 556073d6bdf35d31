//! Export and import of what a backup carries.

use async_trait::async_trait;
use tokio::sync::mpsc;

use super::Result;
use crate::catalog::carried::{Row, Step};

/// The conflict of an import into a catalogue that has content.
pub const NOT_EMPTY: &str = "the catalogue is not empty";

/// Exports and imports what a backup carries.
#[async_trait]
pub trait BackupStore: Send + Sync + 'static {
    /// Sends every row that a backup carries, table by table in the order of
    /// [`crate::catalog::carried::TABLES`], as of one moment.
    async fn export(&self, rows: mpsc::Sender<Row>) -> Result<()>;
    /// Replaces all that a backup carries by rows in that order, and ends all
    /// sessions. On an error nothing changes.
    ///
    /// # Errors
    /// `Conflict` ([`NOT_EMPTY`]) where there are movies, views, tokens or more
    /// accounts than the first, unless `replace`; `Other` where the rows break
    /// off before [`Step::End`].
    async fn import(&self, steps: mpsc::Receiver<Step>, replace: bool) -> Result<()>;
}
