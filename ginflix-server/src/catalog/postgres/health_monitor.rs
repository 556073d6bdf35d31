//! Monitoring of PostgreSQL. One task probes the database; while it is unavailable, all calls
//! fail at once instead of each waiting for a timeout.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::{Notify, watch};

use super::connections::Connections;
use crate::catalog::store::{Result, StoreError};

/// The time between two probes while the database is available.
const PROBE_INTERVAL: Duration = Duration::from_secs(5);
/// The time between two probes while the database is unavailable.
const RECOVERY_PROBE_INTERVAL: Duration = Duration::from_millis(250);
/// The shortest time between two log lines while the database is unavailable.
const LOG_INTERVAL: Duration = Duration::from_secs(60);

/// The state of the database as of the last probe.
pub struct HealthMonitor {
    unavailable_since: watch::Sender<Option<Timestamp>>,
    failed: Notify,
}

impl Default for HealthMonitor {
    fn default() -> Self {
        Self { unavailable_since: watch::Sender::new(None), failed: Notify::new() }
    }
}

impl HealthMonitor {
    /// Returns since when the database has been unavailable; `None` while it is available.
    pub fn unavailable_since(&self) -> Option<Timestamp> {
        *self.unavailable_since.borrow()
    }

    /// Reports that a call has succeeded.
    pub fn report_success(&self) {
        self.unavailable_since.send_replace(None);
    }

    /// Reports that a call has failed, which causes a probe at once.
    pub fn report_failure(&self) {
        self.failed.notify_one();
    }

    /// Runs `work`. Fails with `Unavailable` as soon as the database is known to be unavailable,
    /// even while `work` is waiting for it.
    pub async fn if_available<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        let mut unavailable_since = self.unavailable_since.subscribe();
        let result = tokio::select! {
            biased;
            since = unavailable_since.wait_for(Option::is_some) => {
                let since = since.ok().and_then(|since| *since).unwrap_or_default();
                return Err(StoreError::Unavailable(format!("no response since {since}")));
            }
            result = work => result,
        };
        if let Err(StoreError::Unavailable(_)) = &result {
            self.report_failure();
        }
        result
    }

    /// Probes the database until the task is aborted. Logs when it becomes unavailable, once a
    /// minute while it is, and when it is available again.
    pub async fn run(&self, connections: Connections) {
        let mut logged = Instant::now();
        loop {
            let before = self.unavailable_since();
            let interval = match before {
                Some(_) => RECOVERY_PROBE_INTERVAL,
                None => PROBE_INTERVAL,
            };
            tokio::select! {
                () = tokio::time::sleep(interval) => {}
                () = self.failed.notified() => {}
            }
            if before.is_some() {
                // These connections are dead, or will time out.
                connections.close_idle();
            }
            match (connections.probe().await, self.unavailable_since()) {
                (Err(error), None) => {
                    tracing::warn!(%error, "the database is unavailable; waiting until it is back");
                    self.unavailable_since.send_replace(Some(Timestamp::now()));
                    logged = Instant::now();
                }
                (Err(error), Some(since)) if logged.elapsed() >= LOG_INTERVAL => {
                    tracing::warn!(%error, %since, "the database is still unavailable");
                    logged = Instant::now();
                }
                (Ok(()), Some(since)) => {
                    tracing::info!(%since, "the database is available again");
                    self.unavailable_since.send_replace(None);
                }
                _ => {}
            }
        }
    }
}
