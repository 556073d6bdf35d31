//! Writes what this process sent into the catalogue, as its heartbeat for views.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::client_hasher::ClientHasher;
use super::deliveries::{Deliveries, UnwrittenAmount};
use crate::catalog::store::{CLOCK_SLACK, CatalogStore, Delivered, Result, StreamerCoverage};
use crate::clock::playback_now;

/// Time between two looks for playbacks that await evidence.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);
/// Time between two reports, unless a playback awaits the next one and it is small.
const REPORT_INTERVAL: SignedDuration = SignedDuration::from_secs(5);
/// Rows up to which a report is small.
const SMALL_REPORT_ROWS: usize = 200;
/// Time between two reports if nothing was sent: each wakes the disk of a small server.
const IDLE_REPORT_INTERVAL: SignedDuration = SignedDuration::from_mins(30);
/// Rows that one transaction writes.
const BATCH_LIMIT: usize = 1000;
/// Time for the last report when the server stops.
const LAST_REPORT_TIMEOUT: Duration = Duration::from_secs(3);

/// Reports the deliveries of one process.
pub struct Reporter {
    /// The name of the streamer; empty for a server that is the only one.
    streamer: String,
    deliveries: Arc<Deliveries>,
    store: Arc<dyn CatalogStore>,
    hasher: ClientHasher,
    /// The time from which on everything is remembered.
    covers_from: Timestamp,
    /// The time of the last report.
    covers_until: Option<Timestamp>,
    /// The rows of the last report.
    rows: usize,
}

impl Reporter {
    /// Creates the reporter of a streamer; `None` for a server that is the only one. It must be
    /// created before the first response.
    pub fn new(
        streamer: Option<String>,
        deliveries: Arc<Deliveries>,
        store: Arc<dyn CatalogStore>,
    ) -> Self {
        let hasher = ClientHasher::new(store.clone());
        let (streamer, covers_from) = (streamer.unwrap_or_default(), playback_now());
        Self { streamer, deliveries, store, hasher, covers_from, covers_until: None, rows: 0 }
    }

    /// Reports until `stop` is ready, and then a last time.
    pub async fn run(mut self, stop: impl Future<Output = ()>) {
        let mut stop = std::pin::pin!(stop);
        let mut interval = tokio::time::interval(LOOK_INTERVAL);
        interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                () = &mut stop => break,
                _ = interval.tick() => {}
            }
            if let Err(error) = self.report_if_due().await {
                tracing::debug!(%error, "cannot report yet what was sent to viewers");
            }
        }
        let last = tokio::time::timeout(LAST_REPORT_TIMEOUT, self.finish()).await;
        if !matches!(last, Ok(Ok(()))) {
            tracing::warn!(
                "could not report what was last sent to viewers; some views count within limits only"
            );
        }
    }

    /// Reports everything a last time, and that nothing more will be sent.
    async fn finish(&mut self) -> Result<()> {
        self.report(playback_now()).await?;
        self.store.delete_coverage(&self.streamer).await
    }

    async fn report_if_due(&mut self) -> Result<()> {
        let awaiting = self.store.latest_awaiting().await?;
        let now = playback_now();
        let since_last = self.covers_until.map(|at| now.duration_since(at).abs());
        let is_due = |interval| since_last.is_none_or(|since| since >= interval);
        let has_news = || is_due(REPORT_INTERVAL) && self.deliveries.has_unwritten(now);
        let is_awaited = is_awaited(awaiting, self.covers_until, now)
            && (self.rows <= SMALL_REPORT_ROWS || is_due(REPORT_INTERVAL));
        if is_awaited || is_due(IDLE_REPORT_INTERVAL) || has_news() {
            self.report(now).await?;
        }
        Ok(())
    }

    /// Writes everything that was sent until `now`.
    async fn report(&mut self, now: Timestamp) -> Result<()> {
        if let Some(lost_at) = self.deliveries.drop_old(now) {
            self.covers_from = self.covers_from.max(lost_at);
        }
        let amounts = self.deliveries.unwritten(now);
        let hash = self.hasher.hash_function().await?;
        let delivered = |amount: &UnwrittenAmount| Delivered {
            client: hash(amount.client),
            media: amount.media.clone(),
            bucket: amount.bucket,
            sent: amount.sent,
        };
        let mut batches = amounts.chunks(BATCH_LIMIT).peekable();
        loop {
            let batch = batches.next().unwrap_or_default();
            // Only the last batch makes the report complete.
            let is_last = batches.peek().is_none();
            let coverage = StreamerCoverage {
                streamer: self.streamer.clone(),
                from: self.covers_from,
                until: now,
            };
            let rows: Vec<Delivered> = batch.iter().map(delivered).collect();
            let coverage = is_last.then_some(&coverage);
            self.store.put_evidence(&self.streamer, &rows, coverage).await?;
            self.deliveries.set_written(batch);
            if is_last {
                break;
            }
        }
        (self.covers_until, self.rows) = (Some(now), amounts.len());
        Ok(())
    }
}

/// Returns whether a playback awaits a report that could be made now.
fn is_awaited(
    awaiting: Option<Timestamp>,
    covers_until: Option<Timestamp>,
    now: Timestamp,
) -> bool {
    let Some(needed) = awaiting.and_then(|at| at.checked_add(CLOCK_SLACK).ok()) else {
        return false;
    };
    covers_until.is_none_or(|until| until < needed) && needed <= now
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_made_once_it_covers_a_playback() {
        let at = |second| Timestamp::from_second(second).unwrap();
        assert!(!is_awaited(None, None, at(9)));
        assert!(!is_awaited(Some(at(9)), None, at(9)), "it would not cover it yet");
        assert!(is_awaited(Some(at(9)), None, at(10)));
        assert!(is_awaited(Some(at(9)), Some(at(9)), at(10)));
        assert!(!is_awaited(Some(at(9)), Some(at(10)), at(11)), "it is covered");
    }
}
