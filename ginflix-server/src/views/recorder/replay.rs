//! Moves events from the journal into the database.

use super::sink::{PlaybackSink, apply, is_transient};
use super::{BATCH_LIMIT, SharedJournal};
use crate::catalog::store::{PlaybackEvent, PlaybackRecord, StoreError};
use crate::views::journal::{JournalBatch, JournalError};

/// Why a replay made no progress.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReplayError {
    /// The database is not available.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The journal cannot be read or written.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

/// Applies the first batch of the journal and removes it there. Returns the playbacks after it.
pub(super) async fn replay_batch(
    sink: &dyn PlaybackSink,
    journal: &SharedJournal,
) -> Result<Vec<PlaybackRecord>, ReplayError> {
    let batch = journal.run_blocking(|journal| Ok(journal.read_batch(BATCH_LIMIT)?)).await?;
    let Some(JournalBatch { events, end }) = batch else { return Ok(Vec::new()) };
    let playbacks = match apply(sink, &events).await {
        Err(error) if !is_transient(&error) => apply_one_by_one(sink, &events).await?,
        other => other?,
    };
    for (event, playback) in events.iter().zip(&playbacks) {
        if playback.is_none() {
            tracing::error!(?event, "dropped an event of the journal: its playback does not exist");
        }
    }
    journal.run_blocking(move |journal| Ok(journal.remove_until(end)?)).await?;
    Ok(playbacks.into_iter().flatten().collect())
}

/// Applies each event in a transaction of its own, so that one that the database refuses does not
/// hold up the others.
async fn apply_one_by_one(
    sink: &dyn PlaybackSink,
    events: &[PlaybackEvent],
) -> Result<Vec<Option<PlaybackRecord>>, StoreError> {
    let mut playbacks = Vec::with_capacity(events.len());
    for event in events {
        playbacks.push(match apply(sink, std::slice::from_ref(event)).await {
            Ok(mut playback) => playback.pop().flatten(),
            Err(error) if is_transient(&error) => return Err(error),
            Err(error) => {
                tracing::error!(%error, ?event, "the database refused an event of the journal");
                None
            }
        });
    }
    Ok(playbacks)
}
