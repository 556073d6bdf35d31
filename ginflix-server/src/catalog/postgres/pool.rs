//! Connection pools of PostgreSQL, and migrations of the schema.

use std::time::{Duration, Instant};

use deadpool_postgres::{
    Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod, Runtime,
};
use tokio_postgres::config::SslMode;
use tokio_postgres::{Client, Config, NoTls};

use super::tls;
use crate::catalog::migration_error::migration_error;
use crate::catalog::store::{Result, StoreError};

/// The number of connections of one server. PostgreSQL accepts 100 by default, for all servers
/// together.
const CONNECTION_LIMIT: usize = 16;
/// The longest wait for a connection, new or pooled.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// A TCP connection whose peer acknowledges nothing for this time is closed.
const TCP_TIMEOUT: Duration = Duration::from_secs(10);
/// The time between two attempts to reach a database that is still starting.
const RETRY_INTERVAL: Duration = Duration::from_millis(500);
/// The key of the advisory lock that lets one server at a time migrate: the bytes of "ginflix".
const MIGRATION_LOCK: i64 = 0x67_69_6e_66_6c_69_78;

mod migrations {
    refinery::embed_migrations!("src/catalog/postgres/migrations");
}

/// Creates a pool that connects on demand to the database of the URL.
///
/// # Errors
/// The URL is invalid.
pub fn create(url: &str) -> Result<Pool> {
    with_limit(url, CONNECTION_LIMIT, "ginflix")
}

/// Creates a pool of one connection, for probes.
///
/// # Errors
/// The URL is invalid.
pub fn create_for_probes(url: &str) -> Result<Pool> {
    with_limit(url, 1, "ginflix probe")
}

fn with_limit(url: &str, connections: usize, name: &str) -> Result<Pool> {
    let parsed = tls::parse_url(url)?;
    // The URL may contain a password, so neither it nor the error of the parser is shown.
    let mut config: Config = parsed.url.parse().map_err(|_| {
        StoreError::Other(
            "the database URL is invalid; its form is postgres://USER:PASSWORD@HOST/DATABASE"
                .to_owned(),
        )
    })?;
    config.application_name(name).connect_timeout(CONNECT_TIMEOUT).tcp_user_timeout(TCP_TIMEOUT);
    config.keepalives_idle(TCP_TIMEOUT).keepalives_interval(TCP_TIMEOUT / 5).keepalives_retries(3);
    if config.get_options().is_none() {
        // No statement takes this long: one that hangs must not occupy a connection.
        config.options("-c statement_timeout=15s -c idle_in_transaction_session_timeout=15s");
    }
    let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    let manager = if parsed.tls {
        config.ssl_mode(SslMode::Require);
        Manager::from_config(config, tls::connector(parsed.root)?, recycling)
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

/// Migrates the schema. If several servers start at once, one migrates and the others wait for it.
/// Waits up to `timeout` for a database that is still starting.
pub async fn migrate(pool: &Pool, timeout: Duration) -> Result<()> {
    // Taken out of the pool, so that the connection is closed at the end in any case, which
    // releases the lock.
    let mut connection = Object::take(first_connection(pool, timeout).await?);
    let client: &mut Client = &mut connection;
    client.batch_execute("SET statement_timeout = 0").await?;
    client.execute("SELECT pg_advisory_lock($1)", &[&MIGRATION_LOCK]).await?;
    let runner = migrations::migrations::runner();
    runner.run_async(client).await.map_err(|e| migration_error(&runner, &e))?;
    Ok(())
}

async fn first_connection(pool: &Pool, timeout: Duration) -> Result<Object> {
    let deadline = Instant::now() + timeout;
    loop {
        match pool.get().await {
            Ok(connection) => return Ok(connection),
            Err(error) if is_final(&error) || Instant::now() >= deadline => {
                return Err(error.into());
            }
            Err(error) => {
                let error = StoreError::from(error);
                tracing::warn!(%error, "waiting for the database");
                tokio::time::sleep(RETRY_INTERVAL).await;
            }
        }
    }
}

/// Returns whether another attempt is pointless: wrong user or password (SQLSTATE class 28), or
/// no such database (3D).
fn is_final(error: &PoolError) -> bool {
    let PoolError::Backend(error) = error else { return false };
    error.code().is_some_and(|state| matches!(&state.code()[..2], "28" | "3D"))
}
