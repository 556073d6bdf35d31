//! The periodic task that judges playbacks by what streamers sent.
//!
//! All state is in the catalogue, and one transaction judges a batch, so a crash at any moment
//! counts nothing twice and loses nothing. Several servers may run this task.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::judgement;
use crate::catalog::store::{CatalogStore, Judgements, Result, StreamerCoverage};
use crate::clock::playback_now;

/// Time between two looks for playbacks to judge.
const JUDGE_INTERVAL: Duration = Duration::from_secs(1);
/// Playbacks that one transaction judges.
const BATCH_LIMIT: u32 = 200;
/// Time between two deletions of old evidence.
const DELETE_INTERVAL: SignedDuration = SignedDuration::from_mins(10);
/// Age at which evidence is deleted: an hour, and the longest bucket.
const EVIDENCE_AGE: SignedDuration = SignedDuration::from_mins(65);
/// Time since the start of a playback after which the hash of its client is deleted.
const CLIENT_AGE: SignedDuration = SignedDuration::from_hours(24);

/// Judges the playbacks of one catalogue.
pub struct Judge {
    store: Arc<dyn CatalogStore>,
    /// When the catalogue was last found to be available after it had not been.
    available_since: Option<Timestamp>,
    deleted_at: Option<Timestamp>,
}

impl Judge {
    /// Creates the task of a catalogue.
    pub fn new(store: Arc<dyn CatalogStore>) -> Self {
        Self { store, available_since: None, deleted_at: None }
    }

    /// Judges playbacks until the future is dropped.
    pub async fn run(mut self) {
        let mut interval = tokio::time::interval(JUDGE_INTERVAL);
        interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            interval.tick().await;
            if let Err(error) = self.judge_awaiting(playback_now()).await {
                self.available_since = None;
                tracing::debug!(%error, "cannot judge playbacks yet");
            }
        }
    }

    /// Judges the playbacks that can be judged at this time.
    async fn judge_awaiting(&mut self, now: Timestamp) -> Result<()> {
        let is_any = self.store.latest_awaiting().await?.is_some();
        let available_since = *self.available_since.get_or_insert(now);
        if is_any {
            let coverage = self.store.coverage().await?;
            let until = judgement::eligible_until(&coverage, available_since, now);
            judge_until(&*self.store, coverage, until).await?;
        }
        let is_due = |at: Timestamp| now.duration_since(at).abs() >= DELETE_INTERVAL;
        if self.deleted_at.is_none_or(is_due) {
            let before = |age| now.checked_sub(age).unwrap_or(Timestamp::MIN);
            self.store.delete_old_evidence(before(EVIDENCE_AGE), before(CLIENT_AGE)).await?;
            self.deleted_at = Some(now);
        }
        Ok(())
    }
}

/// Judges all playbacks that became eligible by `eligible_until`. Returns their number.
///
/// # Errors
/// The catalogue is not available.
pub async fn judge_until(
    store: &dyn CatalogStore,
    coverage: Vec<StreamerCoverage>,
    eligible_until: Timestamp,
) -> Result<usize> {
    let judgements =
        Judgements { eligible_until, coverage, limit: BATCH_LIMIT, rule: judgement::judge };
    let mut judged = 0;
    loop {
        let batch = store.judge(&judgements).await?;
        judged += batch;
        if batch < BATCH_LIMIT as usize {
            return Ok(judged);
        }
    }
}
