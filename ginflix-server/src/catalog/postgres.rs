//! The PostgreSQL backend: for several servers on one catalogue.

mod accounts;
mod audit;
mod carried;
mod error;
mod media;
mod movies;
mod playbacks;
mod pool;
mod presence;
mod query;
mod replicas;
mod search;
mod tls;
mod views;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use deadpool_postgres::{Client, Pool, Transaction};
use jiff::Timestamp;
use tokio::sync::OnceCell;
use tokio_postgres::IsolationLevel;
use tokio_util::task::AbortOnDropHandle;

use self::presence::Presence;
use super::store::{CatalogStore, Result};

/// A catalogue in PostgreSQL.
#[derive(Clone)]
pub struct PostgresStore {
    pool: Pool,
    /// Set once the schema is up to date.
    schema: Arc<OnceCell<()>>,
    presence: Arc<Presence>,
    /// Ends with the last clone.
    _probe: Arc<AbortOnDropHandle<()>>,
}

impl PostgresStore {
    /// Connects and brings the schema up to date. A database that is not there
    /// yet, as when both start together, is waited for.
    ///
    /// # Errors
    /// Where the database cannot be reached within `timeout` or refuses, or
    /// was written by a newer version.
    pub async fn open(url: &str, timeout: Duration) -> Result<Self> {
        let store = Self::lazy(url)?;
        store.ensure_schema(timeout).await?;
        Ok(store)
    }

    /// Connects and brings the schema up to date at the first call of a method.
    /// Until that succeeds, all methods fail as `Unavailable`.
    ///
    /// # Errors
    /// Where the URL cannot be read.
    pub fn lazy(url: &str) -> Result<Self> {
        let (pool, presence) = (pool::pool(url)?, Arc::new(Presence::default()));
        let (watched, own, others) = (presence.clone(), pool::probe(url)?, pool.clone());
        let probe = tokio::spawn(async move { watched.watch(own, others).await });
        let probe = Arc::new(AbortOnDropHandle::new(probe));
        Ok(Self { pool, schema: Arc::default(), presence, _probe: probe })
    }

    async fn ensure_schema(&self, timeout: Duration) -> Result<()> {
        let migrate = async || {
            pool::migrate(&self.pool, timeout).await?;
            self.presence.answers();
            Ok(())
        };
        self.schema.get_or_try_init(migrate).await.map(drop)
    }

    async fn client(&self) -> Result<Client> {
        self.ensure_schema(Duration::ZERO).await?;
        Ok(self.pool.get().await?)
    }

    /// Runs work in which each statement is a transaction.
    async fn with_client<T>(&self, work: impl AsyncFnOnce(&Client) -> Result<T>) -> Result<T> {
        self.presence.unless_away(async { work(&self.client().await?).await }).await
    }

    /// Runs work in a transaction, and commits it where the work succeeds.
    async fn in_transaction<T>(
        &self,
        work: impl AsyncFnOnce(&Transaction<'_>) -> Result<T>,
    ) -> Result<T> {
        let committed = async {
            let mut client = self.client().await?;
            let transaction = client.transaction().await?;
            let done = work(&transaction).await?;
            transaction.commit().await?;
            Ok(done)
        };
        self.presence.unless_away(committed).await
    }

    /// Runs work that reads one snapshot of the database.
    async fn on_snapshot<T>(
        &self,
        work: impl AsyncFnOnce(&Transaction<'_>) -> Result<T>,
    ) -> Result<T> {
        let read = async {
            let mut client = self.client().await?;
            let snapshot = client
                .build_transaction()
                .isolation_level(IsolationLevel::RepeatableRead)
                .read_only(true)
                .start()
                .await?;
            let read = work(&snapshot).await?;
            snapshot.commit().await?;
            Ok(read)
        };
        self.presence.unless_away(read).await
    }
}

#[async_trait]
impl CatalogStore for PostgresStore {
    async fn close(&self) {
        self.pool.close();
    }

    async fn ping(&self) -> Result<()> {
        let ping = async { Ok(self.client().await?.batch_execute("SELECT 1").await?) };
        self.presence.unless_away(ping).await
    }

    fn unavailable_since(&self) -> Option<Timestamp> {
        self.presence.unavailable_since()
    }
}
