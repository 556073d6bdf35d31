//! The PostgreSQL backend, for several servers that share a catalogue.

mod accounts;
mod audit;
mod backup;
mod collections;
mod connections;
mod error;
mod evidence;
mod health_monitor;
mod import_places;
mod imports;
mod libraries;
mod media;
mod movies;
mod playbacks;
mod pool;
mod privileges;
mod query;
mod replicas;
mod schema;
mod search;
mod subtitles;
mod tls;
mod views;
mod watching;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use deadpool_postgres::{Client, Transaction};
use jiff::Timestamp;
use tokio::sync::OnceCell;
use tokio_postgres::IsolationLevel;
use tokio_util::task::AbortOnDropHandle;

use self::connections::{Connections, PooledConnection};
use self::health_monitor::HealthMonitor;
use self::privileges::Login;
use super::store::{CatalogStore, Result, StoreError};

/// The time between two attempts to reach a database that is still starting.
const RETRY_DELAY: Duration = Duration::from_millis(500);

/// A catalogue in PostgreSQL.
#[derive(Clone)]
pub struct PostgresStore {
    connections: Connections,
    login: Arc<Login>,
    /// Set once the schema has been migrated.
    schema: Arc<OnceCell<()>>,
    health: Arc<HealthMonitor>,
    /// The task that monitors the database. It is aborted when the last clone is dropped.
    _monitor: Arc<AbortOnDropHandle<()>>,
}

impl PostgresStore {
    /// Returns at once. The first call of a method connects and migrates the schema. Until that
    /// succeeds, all methods fail with `Unavailable`.
    ///
    /// # Errors
    /// The URL is invalid.
    pub fn open(url: &str) -> Result<Self> {
        let login = Arc::new(Login::new(&pool::parse(&tls::parse_url(url)?.url)?));
        let (connections, health) = (Connections::new(url)?, Arc::new(HealthMonitor::default()));
        let (monitor, monitored) = (health.clone(), connections.clone());
        let task = tokio::spawn(async move { monitor.run(monitored).await });
        let task = Arc::new(AbortOnDropHandle::new(task));
        Ok(Self { connections, login, schema: Arc::default(), health, _monitor: task })
    }

    async fn client(&self) -> Result<PooledConnection> {
        let connection = self.connections.get().await?;
        if self.schema.initialized() {
            return Ok(connection);
        }
        self.migrate(connection).await?;
        self.connections.get().await
    }

    /// Migrates the schema, unless that has been done.
    async fn migrate(&self, connection: PooledConnection) -> Result<()> {
        let migrated = self.schema.get_or_try_init(|| async {
            schema::migrate(connection).await?;
            self.health.report_success();
            Ok(())
        });
        migrated.await.map(drop)
    }

    /// Runs a call, unless the database is unavailable.
    async fn call<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        self.health.if_available(work).await.map_err(|error| self.login.complete(error))
    }

    /// Runs `work`, in which each statement is a transaction of its own.
    async fn with_client<T>(&self, work: impl AsyncFnOnce(&Client) -> Result<T>) -> Result<T> {
        let executed = async {
            let connection = self.client().await?;
            work(&connection).await
        };
        self.call(executed).await
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
        self.call(committed).await
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
        self.call(read).await
    }
}

#[async_trait]
impl CatalogStore for PostgresStore {
    async fn connect(&self) -> Result<()> {
        loop {
            let migrated = match self.connections.get_first().await {
                Ok(connection) => self.migrate(connection).await,
                Err(error) => Err(error),
            };
            match migrated {
                // The monitor logs it.
                Err(StoreError::Unavailable(_)) => self.health.report_failure(),
                done => return done.map_err(|error| self.login.complete(error)),
            }
            tokio::time::sleep(RETRY_DELAY).await;
        }
    }

    async fn close(&self) {
        self.connections.close();
    }

    async fn ping(&self) -> Result<()> {
        let ping = async { Ok(self.client().await?.batch_execute("SELECT 1").await?) };
        self.call(ping).await
    }

    fn unavailable_since(&self) -> Option<Timestamp> {
        self.health.unavailable_since()
    }
}
