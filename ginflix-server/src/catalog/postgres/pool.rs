//! Creation of pools of connections to PostgreSQL.

use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, Pool, PoolError, RecyclingMethod, Runtime};
use tokio_postgres::config::SslMode;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Config, NoTls};

use super::tls;
use crate::catalog::store::{Result, StoreError};

/// The number of connections of one server. PostgreSQL accepts 100 by default, for all servers
/// together.
pub const CONNECTION_LIMIT: usize = 16;
/// The longest wait for a connection, new or pooled.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// A TCP connection whose peer acknowledges nothing for this time is closed.
const TCP_TIMEOUT: Duration = Duration::from_secs(10);
/// Creates a pool that connects on demand to the database of the URL, with this number of
/// connections. `name` is their `application_name`.
///
/// # Errors
/// The URL is invalid.
pub fn create(url: &str, connections: usize, name: &str) -> Result<Pool> {
    let parsed = tls::parse_url(url)?;
    let mut config = parse(&parsed.url)?;
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

/// Parses a URL without the settings of TLS.
///
/// # Errors
/// The URL is invalid.
pub fn parse(url: &str) -> Result<Config> {
    // The URL may contain a password, so neither it nor the error of the parser is shown.
    url.parse().map_err(|_| {
        StoreError::Other(
            "the database URL is invalid; its form is postgres://USER:PASSWORD@HOST/DATABASE"
                .to_owned(),
        )
    })
}

/// Converts the error of a first connection. It is `Unavailable`, unless another attempt is
/// pointless: wrong user or password (SQLSTATE class 28), no such database (3D), or no right to
/// connect (42501).
pub fn connect_error(error: PoolError) -> StoreError {
    let state = match &error {
        PoolError::Backend(error) => error.code().map_or("", |state| state.code()),
        _ => "",
    };
    let is_denied = state == SqlState::INSUFFICIENT_PRIVILEGE.code();
    let is_final = state.starts_with("28") || state.starts_with("3D");
    match StoreError::from(error) {
        StoreError::Unavailable(why) if is_denied => StoreError::Denied(why),
        StoreError::Unavailable(why) if is_final => StoreError::Other(why),
        other => other,
    }
}
