//! The PostgreSQL backend, for several servers that share a catalogue.

mod accounts;
mod audit;
mod backup;
mod error;
mod health_monitor;
mod media;
mod movies;
mod playbacks;
mod pool;
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

use self::health_monitor::HealthMonitor;
use super::store::{CatalogStore, Result};

/// A catalogue in PostgreSQL.
#[derive(Clone)]
pub struct PostgresStore {
    pool: Pool,
    /// Set once the schema has been migrated.
    schema: Arc<OnceCell<()>>,
    health: Arc<HealthMonitor>,
    /// The task that monitors the database. It is aborted when the last clone is dropped.
    _monitor: Arc<AbortOnDropHandle<()>>,
}

impl PostgresStore {
    /// Connects and migrates the schema. Waits for a database that is still starting.
    ///
    /// # Errors
    /// The URL is invalid, the database cannot be reached within `timeout` or refuses the
    /// connection, or a newer server has migrated it.
    pub async fn open(url: &str, timeout: Duration) -> Result<Self> {
        let store = Self::lazy(url)?;
        store.ensure_schema(timeout).await?;
        Ok(store)
    }

    /// Returns at once. The first call of a method connects and migrates the schema. Until that
    /// succeeds, all methods fail with `Unavailable`.
    ///
    /// # Errors
    /// The URL is invalid.
    pub fn lazy(url: &str) -> Result<Self> {
        let (pool, health) = (pool::create(url)?, Arc::new(HealthMonitor::default()));
        let (monitor, probe_pool, main_pool) =
            (health.clone(), pool::create_for_probes(url)?, pool.clone());
        let task = tokio::spawn(async move { monitor.run(probe_pool, main_pool).await });
        let task = Arc::new(AbortOnDropHandle::new(task));
        Ok(Self { pool, schema: Arc::default(), health, _monitor: task })
    }

    async fn ensure_schema(&self, timeout: Duration) -> Result<()> {
        let migrate = async || {
            pool::migrate(&self.pool, timeout).await?;
            self.health.report_success();
            Ok(())
        };
        self.schema.get_or_try_init(migrate).await.map(drop)
    }

    async fn client(&self) -> Result<Client> {
        self.ensure_schema(Duration::ZERO).await?;
        Ok(self.pool.get().await?)
    }

    /// Runs `work`, in which each statement is a transaction of its own.
    async fn with_client<T>(&self, work: impl AsyncFnOnce(&Client) -> Result<T>) -> Result<T> {
        self.health.if_available(async { work(&self.client().await?).await }).await
    }

    /// Runs `work` in a transaction, and commits it if `work` succeeds.
    async fn in_transaction<T>(
        &self,
        work: impl AsyncFnOnce(&Transaction<'_>) -> Result<T>,
    ) -> Result<T> {
        let committed = async {
            let mut client = self.client().await?;
            let transaction = client.transaction().await?;
            let value = work(&transaction).await?;
            transaction.commit().await?;
            Ok(value)
        };
        self.health.if_available(committed).await
    }

    /// Runs `work` on a consistent snapshot.
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
            let value = work(&snapshot).await?;
            snapshot.commit().await?;
            Ok(value)
        };
        self.health.if_available(read).await
    }
}

#[async_trait]
impl CatalogStore for PostgresStore {
    async fn close(&self) {
        self.pool.close();
    }

    async fn ping(&self) -> Result<()> {
        let ping = async { Ok(self.client().await?.batch_execute("SELECT 1").await?) };
        self.health.if_available(ping).await
    }

    fn unavailable_since(&self) -> Option<Timestamp> {
        self.health.unavailable_since()
    }
}
