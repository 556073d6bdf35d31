//! Connections to PostgreSQL, and its schema.

use std::time::{Duration, Instant};

use deadpool_postgres::{
    Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod, Runtime,
};
use tokio_postgres::config::SslMode;
use tokio_postgres::{Client, Config, NoTls};

use super::tls;
use crate::catalog::store::{Result, StoreError};

/// Connections of one server. PostgreSQL takes a hundred by default, and
/// several servers may share it.
const CONNECTIONS: usize = 16;
/// The longest wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// A connection on which nothing is acknowledged for this time is closed.
const TCP_TIMEOUT: Duration = Duration::from_secs(10);
/// The time between two attempts to reach a database that is still starting.
const RETRY_INTERVAL: Duration = Duration::from_millis(500);
/// Keeps two servers from bringing the schema up to date at once: "ginflix" as bytes.
const MIGRATION_LOCK: i64 = 0x67_69_6e_66_6c_69_78;

mod migrations {
    refinery::embed_migrations!("src/catalog/postgres/migrations");
}

/// A pool that connects on demand to the database of the URL.
pub fn pool(url: &str) -> Result<Pool> {
    of_size(url, CONNECTIONS, "ginflix")
}

/// A pool of one connection, which probes whether the database answers.
pub fn probe(url: &str) -> Result<Pool> {
    of_size(url, 1, "ginflix lookout")
}

fn of_size(url: &str, connections: usize, name: &str) -> Result<Pool> {
    // The URL may hold a password: the message does not repeat it.
    let wanted = tls::wanted(url)?;
    let mut config: Config = wanted
        .url
        .parse()
        .map_err(|_| StoreError::Other("the database URL cannot be read".to_owned()))?;
    config.application_name(name).connect_timeout(CONNECT_TIMEOUT).tcp_user_timeout(TCP_TIMEOUT);
    config.keepalives_idle(TCP_TIMEOUT).keepalives_interval(TCP_TIMEOUT / 5).keepalives_retries(3);
    if config.get_options().is_none() {
        // No statement of ours needs as long; a stuck one shall not hold a connection.
        config.options("-c statement_timeout=15s -c idle_in_transaction_session_timeout=15s");
    }
    let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    let manager = if wanted.tls {
        config.ssl_mode(SslMode::Require);
        Manager::from_config(config, tls::connector(wanted.root)?, recycling)
    } else {
        config.ssl_mode(SslMode::Disable);
        Manager::from_config(config, NoTls, recycling)
    };
    Pool::builder(manager)
        .max_size(connections)
        .runtime(Runtime::Tokio1)
        .wait_timeout(Some(CONNECT_TIMEOUT))
        .create_timeout(Some(CONNECT_TIMEOUT))
        .build()
        .map_err(|e| StoreError::Other(e.to_string()))
}

/// Brings the schema up to date; of several servers, one at a time. Waits up to
/// `timeout` for a database that is still starting.
pub async fn migrate(pool: &Pool, timeout: Duration) -> Result<()> {
    // Out of the pool: with this connection, whatever happens, the lock ends.
    let mut connection = Object::take(first_connection(pool, timeout).await?);
    let client: &mut Client = &mut connection;
    client.batch_execute("SET statement_timeout = 0").await?;
    client.execute("SELECT pg_advisory_lock($1)", &[&MIGRATION_LOCK]).await?;
    migrations::migrations::runner()
        .run_async(client)
        .await
        .map_err(|e| StoreError::Other(format!("cannot bring the schema up to date: {e}")))?;
    Ok(())
}

async fn first_connection(pool: &Pool, timeout: Duration) -> Result<Object> {
    let end = Instant::now() + timeout;
    loop {
        match pool.get().await {
            Ok(connection) => return Ok(connection),
            Err(error) if is_final(&error) || Instant::now() >= end => return Err(error.into()),
            Err(error) => {
                let error = StoreError::from(error);
                tracing::warn!(%error, "waiting for the database");
                tokio::time::sleep(RETRY_INTERVAL).await;
            }
        }
    }
}

/// Whether waiting does not help: wrong name or password, or no such database.
fn is_final(error: &PoolError) -> bool {
    let PoolError::Backend(error) = error else { return false };
    error.code().is_some_and(|state| matches!(&state.code()[..2], "28" | "3D"))
}
