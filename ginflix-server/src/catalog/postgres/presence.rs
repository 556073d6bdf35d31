//! Whether PostgreSQL answers. One task looks; everyone else learns from it,
//! and does not wait for a database that is known to be away.

use std::time::Duration;

use deadpool_postgres::{Object, Pool};
use jiff::Timestamp;
use tokio::sync::{Notify, watch};
use tokio::time::timeout;

use crate::catalog::store::{Result, StoreError};

/// Between two looks at a database that answers.
const CALM: Duration = Duration::from_secs(5);
/// Between two looks at one that does not.
const ANXIOUS: Duration = Duration::from_millis(250);
/// What takes longer to answer that it is there is as good as away: it may
/// hang, or its network may swallow what is sent.
const PATIENCE: Duration = Duration::from_secs(5);

/// What is known of it.
pub struct Presence {
    away_since: watch::Sender<Option<Timestamp>>,
    doubted: Notify,
}

impl Default for Presence {
    fn default() -> Self {
        Self { away_since: watch::Sender::new(None), doubted: Notify::new() }
    }
}

impl Presence {
    /// Since when it has not answered; `None` where it does.
    pub fn away_since(&self) -> Option<Timestamp> {
        *self.away_since.borrow()
    }

    /// It was seen to answer.
    pub fn answers(&self) {
        self.away_since.send_replace(None);
    }

    /// Something failed: worth a look at once.
    pub fn doubt(&self) {
        self.doubted.notify_one();
    }

    /// Does `work`, unless the database is away or goes away meanwhile.
    pub async fn unless_away<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        let mut away_since = self.away_since.subscribe();
        let result = tokio::select! {
            biased;
            since = away_since.wait_for(Option::is_some) => {
                let since = since.ok().and_then(|since| *since).unwrap_or_default();
                return Err(StoreError::Unavailable(format!("no answer since {since}")));
            }
            result = work => result,
        };
        if let Err(StoreError::Unavailable(_)) = &result {
            self.doubt();
        }
        result
    }

    /// Looks again and again, through a pool of its own; never ends. `pool` is
    /// that of everyone else.
    pub async fn watch(&self, own: Pool, pool: Pool) {
        loop {
            let pause = if self.away_since().is_some() { ANXIOUS } else { CALM };
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.doubted.notified() => {}
            }
            match (look(&own).await, self.away_since()) {
                (Err(error), None) => {
                    tracing::warn!(%error, "the database is away");
                    self.away_since.send_replace(Some(Timestamp::now()));
                }
                (Ok(()), Some(since)) => {
                    // Whatever is left in it is from before.
                    pool.retain(|_, _| false);
                    tracing::info!(%since, "the database is back");
                    self.away_since.send_replace(None);
                }
                _ => {}
            }
        }
    }
}

async fn look(pool: &Pool) -> Result<()> {
    let late = || StoreError::Unavailable("it does not answer in time".to_owned());
    let connection = timeout(PATIENCE, pool.get()).await.map_err(|_| late())??;
    match timeout(PATIENCE, connection.batch_execute("SELECT 1")).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(error.into()),
        Err(_) => {
            drop(Object::take(connection)); // the next look takes another
            Err(late())
        }
    }
}
