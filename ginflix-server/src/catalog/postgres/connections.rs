//! The connections of one server, also while PostgreSQL refuses to accept more of them.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::{Duration, Instant};

use deadpool_postgres::{Client, ClientWrapper, Object, Pool, PoolError};
use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::pool::{self, CONNECT_TIMEOUT, CONNECTION_LIMIT};
use crate::catalog::store::{Result, StoreError};

/// The time after a refusal in which no further connection is opened, if others are open.
const REFUSAL_TTL: Duration = Duration::from_secs(10);
/// The shortest time between two log lines about refusals.
const LOG_INTERVAL: Duration = Duration::from_secs(60);
/// The time after which a probe fails: the database may hang, or the network may drop packets.
const PROBE_TIMEOUT: Duration = Duration::from_secs(5);

/// The pool of connections; cheap to clone.
///
/// A call needs a permit, and then gets an idle connection or opens one. When PostgreSQL refuses
/// one (`too_many_connections`), its permit is withheld for a while, so that calls share the
/// connections that are open.
#[derive(Clone)]
pub struct Connections {
    pool: Pool,
    /// For probes while all connections are busy.
    spare: Pool,
    permits: Arc<Semaphore>,
    refusals: Arc<Mutex<Refusals>>,
}

#[derive(Default)]
struct Refusals {
    withheld: Vec<OwnedSemaphorePermit>,
    last: Option<Instant>,
    logged: Option<Instant>,
}

/// A connection for one call. It returns to the pool when it is dropped.
pub struct PooledConnection {
    client: Client,
    permit: OwnedSemaphorePermit,
}

impl Deref for PooledConnection {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl DerefMut for PooledConnection {
    fn deref_mut(&mut self) -> &mut Client {
        &mut self.client
    }
}

impl PooledConnection {
    /// Takes the connection out of the pool, with the permit for it.
    pub fn take(self) -> (ClientWrapper, OwnedSemaphorePermit) {
        (Object::take(self.client), self.permit)
    }
}

impl Connections {
    /// Creates a pool that connects on demand to the database of the URL.
    ///
    /// # Errors
    /// The URL is invalid.
    pub fn new(url: &str) -> Result<Self> {
        Ok(Self {
            pool: pool::create(url, CONNECTION_LIMIT, "ginflix")?,
            spare: pool::create(url, 1, "ginflix probe")?,
            permits: Arc::new(Semaphore::new(CONNECTION_LIMIT)),
            refusals: Arc::default(),
        })
    }

    /// Closes all connections, those in use at the end of their call.
    pub fn close(&self) {
        self.pool.close();
        self.spare.close();
    }

    /// Closes the idle connections.
    pub fn close_idle(&self) {
        self.pool.retain(|_, _| false);
    }

    /// Returns an idle connection, or opens one. While PostgreSQL accepts no more, waits for one
    /// that is open.
    ///
    /// # Errors
    /// `Unavailable` if no connection can be opened and none is open, or if none becomes idle in
    /// time.
    pub async fn get(&self) -> Result<PooledConnection> {
        self.get_or(StoreError::from).await
    }

    /// Returns a connection as [`Connections::get`] does.
    ///
    /// # Errors
    /// As [`Connections::get`], but not `Unavailable` if another attempt is pointless.
    pub async fn get_first(&self) -> Result<PooledConnection> {
        self.get_or(pool::connect_error).await
    }

    async fn get_or(&self, convert: fn(PoolError) -> StoreError) -> Result<PooledConnection> {
        self.restore_permits();
        loop {
            let permit = Arc::clone(&self.permits).acquire_owned();
            let permit = timeout(CONNECT_TIMEOUT, permit).await.map_err(|_| {
                StoreError::Unavailable("no connection became idle in time".to_owned())
            })?;
            let permit = permit.map_err(|_| convert(PoolError::Closed))?;
            match self.pool.get().await {
                Ok(client) => return Ok(PooledConnection { client, permit }),
                Err(error) if is_refused(&error) && self.has_open() => {
                    self.withhold(permit, error);
                }
                Err(error) => return Err(convert(error)),
            }
        }
    }

    fn has_open(&self) -> bool {
        self.pool.status().size > 0
    }

    fn withhold(&self, permit: OwnedSemaphorePermit, error: PoolError) {
        let mut refusals = self.refusals.lock();
        refusals.withheld.push(permit);
        refusals.last = Some(Instant::now());
        if refusals.logged.is_none_or(|logged| logged.elapsed() >= LOG_INTERVAL) {
            refusals.logged = refusals.last;
            let (open, error) = (self.pool.status().size, StoreError::from(error));
            tracing::warn!(
                open,
                wanted = CONNECTION_LIMIT,
                %error,
                "PostgreSQL accepts no more connections; the open ones are shared. Raise the limit \
                 of the role, of the database or max_connections"
            );
        }
    }

    /// Permits new connections again when the last refusal is long ago.
    fn restore_permits(&self) {
        let mut refusals = self.refusals.lock();
        if refusals.last.is_some_and(|last| last.elapsed() >= REFUSAL_TTL) {
            refusals.last = None;
            refusals.withheld.clear();
        }
    }

    /// Checks that the database responds, over an idle connection or a new one. Never waits for
    /// the connections of calls, of which all may be slow.
    ///
    /// # Errors
    /// `Unavailable` if it does not respond, or refuses a connection while none is open.
    pub async fn probe(&self) -> Result<()> {
        let timed_out =
            || StoreError::Unavailable("the database did not respond in time".to_owned());
        let permit = Arc::clone(&self.permits).try_acquire_owned().ok();
        let pool = if permit.is_some() { &self.pool } else { &self.spare };
        let client = match timeout(PROBE_TIMEOUT, pool.get()).await.map_err(|_| timed_out())? {
            // The database has responded.
            Err(error) if is_refused(&error) && self.has_open() => return Ok(()),
            client => client?,
        };
        let executed = timeout(PROBE_TIMEOUT, client.batch_execute("SELECT 1")).await;
        if permit.is_none() || executed.is_err() {
            // A connection that still waits for a response must not return to the pool.
            drop(Object::take(client));
        }
        Ok(executed.map_err(|_| timed_out())??)
    }
}

/// Returns whether PostgreSQL has responded, but lacks the resources for a connection (SQLSTATE
/// class 53): the limit of the role, the database or the server is reached.
fn is_refused(error: &PoolError) -> bool {
    let PoolError::Backend(error) = error else { return false };
    error.code().is_some_and(|state| state.code().starts_with("53"))
}
