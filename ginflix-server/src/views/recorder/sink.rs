//! The database as the recorder uses it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::catalog::store::{PlaybackEvent, PlaybackRecord, PlaybackStore, StoreError};
use crate::views::rule;

/// How long a transaction may take before the database counts as unavailable.
const TRANSACTION_TIMEOUT: Duration = Duration::from_secs(5);

/// A store that applies playback events in transactions.
#[async_trait]
pub trait PlaybackSink: Send + Sync + 'static {
    /// Applies all events or none. Returns the state of the playback after each; `None` for an
    /// unknown playback.
    async fn apply(
        &self,
        events: &[PlaybackEvent],
    ) -> Result<Vec<Option<PlaybackRecord>>, StoreError>;
}

#[async_trait]
impl PlaybackSink for Arc<dyn PlaybackStore> {
    async fn apply(
        &self,
        events: &[PlaybackEvent],
    ) -> Result<Vec<Option<PlaybackRecord>>, StoreError> {
        self.record_playbacks(events, rule::apply_report).await
    }
}

/// Applies events within [`TRANSACTION_TIMEOUT`].
pub(super) async fn apply(
    sink: &dyn PlaybackSink,
    events: &[PlaybackEvent],
) -> Result<Vec<Option<PlaybackRecord>>, StoreError> {
    let applied = tokio::time::timeout(TRANSACTION_TIMEOUT, sink.apply(events)).await;
    applied
        .unwrap_or_else(|_| Err(StoreError::Unavailable("it did not respond in time".to_owned())))
}

/// Whether the same events may succeed later.
pub(super) fn is_transient(error: &StoreError) -> bool {
    matches!(error, StoreError::Unavailable(_) | StoreError::NoSpace)
}
