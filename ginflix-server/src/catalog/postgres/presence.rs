//! Whether PostgreSQL answers. One task probes it; all other calls fail at once
//! while the database is known to be away.

use std::time::Duration;

use deadpool_postgres::{Object, Pool};
use jiff::Timestamp;
use tokio::sync::{Notify, watch};
use tokio::time::timeout;

use crate::catalog::store::{Result, StoreError};

/// The time between two probes of a database that answers.
const INTERVAL: Duration = Duration::from_secs(5);
/// The time between two probes of a database that does not answer.
const INTERVAL_AWAY: Duration = Duration::from_millis(250);
/// A database that takes longer to answer a probe counts as away: it may hang, or
/// its network may drop packets.
const PROBE_TIMEOUT: Duration = Duration::from_secs(5);

/// Whether the database answers, as far as is known.
pub struct Presence {
    unavailable_since: watch::Sender<Option<Timestamp>>,
    failed: Notify,
}

impl Default for Presence {
    fn default() -> Self {
        Self { unavailable_since: watch::Sender::new(None), failed: Notify::new() }
    }
}

impl Presence {
    /// Since when it has not answered; `None` where it does.
    pub fn unavailable_since(&self) -> Option<Timestamp> {
        *self.unavailable_since.borrow()
    }

    /// Notes that the database has answered.
    pub fn answers(&self) {
        self.unavailable_since.send_replace(None);
    }

    /// Notes that a call failed, which causes a probe at once.
    fn probe_now(&self) {
        self.failed.notify_one();
    }

    /// Runs `work`; fails as `Unavailable` once the database is known to be away.
    pub async fn unless_away<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        let mut unavailable_since = self.unavailable_since.subscribe();
        let result = tokio::select! {
            biased;
            since = unavailable_since.wait_for(Option::is_some) => {
                let since = since.ok().and_then(|since| *since).unwrap_or_default();
                return Err(StoreError::Unavailable(format!("no answer since {since}")));
            }
            result = work => result,
        };
        if let Err(StoreError::Unavailable(_)) = &result {
            self.probe_now();
        }
        result
    }

    /// Probes the database for ever, through a pool of its own. `pool` is the one
    /// of all other calls.
    pub async fn watch(&self, own: Pool, pool: Pool) {
        loop {
            let pause = if self.unavailable_since().is_some() { INTERVAL_AWAY } else { INTERVAL };
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.failed.notified() => {}
            }
            match (probe(&own).await, self.unavailable_since()) {
                (Err(error), None) => {
                    tracing::warn!(%error, "the database is away");
                    self.unavailable_since.send_replace(Some(Timestamp::now()));
                }
                (Ok(()), Some(since)) => {
                    // Its connections are from before the failure.
                    pool.retain(|_, _| false);
                    tracing::info!(%since, "the database is back");
                    self.unavailable_since.send_replace(None);
                }
                _ => {}
            }
        }
    }
}

async fn probe(pool: &Pool) -> Result<()> {
    let late = || StoreError::Unavailable("it does not answer in time".to_owned());
    let connection = timeout(PROBE_TIMEOUT, pool.get()).await.map_err(|_| late())??;
    match timeout(PROBE_TIMEOUT, connection.batch_execute("SELECT 1")).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(error.into()),
        Err(_) => {
            drop(Object::take(connection)); // the next probe takes another
            Err(late())
        }
    }
}
