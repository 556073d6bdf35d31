//! Monitoring of PostgreSQL. One task probes the database; while it is unavailable, all calls
//! fail at once instead of each waiting for a timeout.

use std::time::Duration;

use deadpool_postgres::{Object, Pool};
use jiff::Timestamp;
use tokio::sync::{Notify, watch};
use tokio::time::timeout;

use crate::catalog::store::{Result, StoreError};

/// The time between two probes while the database is available.
const PROBE_INTERVAL: Duration = Duration::from_secs(5);
/// The time between two probes while the database is unavailable.
const RECOVERY_PROBE_INTERVAL: Duration = Duration::from_millis(250);
/// The time after which a probe fails: the database may hang, or the network may drop packets.
const PROBE_TIMEOUT: Duration = Duration::from_secs(5);

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
    fn report_failure(&self) {
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

    /// Probes the database until the task is aborted. Probes have a pool of their own, so that
    /// they never wait for the connections of other calls, which come from `main_pool`.
    pub async fn run(&self, probe_pool: Pool, main_pool: Pool) {
        loop {
            let interval = match self.unavailable_since() {
                Some(_) => RECOVERY_PROBE_INTERVAL,
                None => PROBE_INTERVAL,
            };
            tokio::select! {
                () = tokio::time::sleep(interval) => {}
                () = self.failed.notified() => {}
            }
            match (probe(&probe_pool).await, self.unavailable_since()) {
                (Err(error), None) => {
                    tracing::warn!(
                        %error,
                        "the database is unavailable; changes are refused until it is back"
                    );
                    self.unavailable_since.send_replace(Some(Timestamp::now()));
                }
                (Ok(()), Some(since)) => {
                    // The connections from before the failure are dead, or will time out.
                    main_pool.retain(|_, _| false);
                    tracing::info!(%since, "the database is available again");
                    self.unavailable_since.send_replace(None);
                }
                _ => {}
            }
        }
    }
}

async fn probe(pool: &Pool) -> Result<()> {
    let timed_out = || StoreError::Unavailable("the database did not respond in time".to_owned());
    let connection = timeout(PROBE_TIMEOUT, pool.get()).await.map_err(|_| timed_out())??;
    match timeout(PROBE_TIMEOUT, connection.batch_execute("SELECT 1")).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(error.into()),
        Err(_) => {
            // Not returned to the pool, because it still waits for a response.
            drop(Object::take(connection));
            Err(timed_out())
        }
    }
}
