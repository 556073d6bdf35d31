//! The limit of connections that hyper serves, which is shared fairly among clients. If there is no
//! room for one more, the oldest idle connection is closed for it.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::{Mutex, MutexGuard};
use tokio_util::sync::CancellationToken;

use super::connection_context::ConnectionContext;
use crate::fair_share::{ClientKey, FairShare, SharePermit};

/// The connections that hyper serves; cheap to clone.
#[derive(Debug, Clone)]
pub struct HyperConnections {
    capacity: FairShare,
    open: Arc<Mutex<OpenConnections>>,
}

#[derive(Debug, Default)]
struct OpenConnections {
    /// The open connections by number, the oldest first.
    connections: BTreeMap<u64, (ConnectionContext, CancellationToken)>,
    /// The number of the next connection.
    next: u64,
}

/// An open connection; dropping it makes room for another.
#[derive(Debug)]
pub struct HyperConnection {
    connections: HyperConnections,
    number: u64,
    evicted: CancellationToken,
    _share: SharePermit,
}

impl HyperConnections {
    /// Creates an empty set with room for `capacity` connections.
    pub fn new(capacity: FairShare) -> Self {
        Self { capacity, open: Arc::default() }
    }

    /// Adds a connection. Returns `None` if this client has to be refused.
    pub fn open(&self, client: ClientKey, context: &ConnectionContext) -> Option<HyperConnection> {
        let share = match self.capacity.try_acquire(client, 1) {
            Some(share) => share,
            None if self.may_evict(client) && self.evict() => {
                // The evicted connection releases its share only when it has closed.
                self.capacity.acquire_unchecked(client, 1)
            }
            None => return None,
        };
        let evicted = CancellationToken::new();
        let mut open = self.lock();
        let number = open.next;
        open.next += 1;
        open.connections.insert(number, (context.clone(), evicted.clone()));
        let connections = self.clone();
        Some(HyperConnection { connections, number, evicted, _share: share })
    }

    /// Returns whether the capacity is used up, and this client does not hold the most of it.
    fn may_evict(&self, client: ClientKey) -> bool {
        self.capacity.used() >= self.capacity.total() && !self.capacity.holds_the_most(client)
    }

    /// Evicts the oldest connection without a request in flight. Returns `false` if there is none.
    fn evict(&self) -> bool {
        let mut open = self.lock();
        let idle = open.connections.iter().find(|(_, (context, _))| !context.requests().is_busy());
        let Some(number) = idle.map(|(number, _)| *number) else { return false };
        // Removed at once, so that it is not found again while it closes.
        if let Some((_, evicted)) = open.connections.remove(&number) {
            evicted.cancel();
        }
        true
    }

    fn lock(&self) -> MutexGuard<'_, OpenConnections> {
        self.open.lock()
    }
}

impl HyperConnection {
    /// Resolves when the connection has to close to make room for another.
    pub async fn evicted(&self) {
        self.evicted.cancelled().await;
    }
}

impl Drop for HyperConnection {
    fn drop(&mut self) {
        self.connections.lock().connections.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;
    use crate::metrics::Metrics;

    fn context() -> ConnectionContext {
        ConnectionContext::new([192, 0, 2, 1].into(), false, false, Metrics::default())
    }

    fn client(last: u8) -> ClientKey {
        Some(IpAddr::from([192, 0, 2, last]))
    }

    #[test]
    fn the_oldest_idle_connection_is_evicted() {
        let all = HyperConnections::new(FairShare::new(2));
        let (busy, idle) = (context(), context());
        let request = busy.begin_request();
        let first = all.open(client(1), &busy).unwrap();
        let second = all.open(client(2), &idle).unwrap();
        let third = all.open(client(3), &busy).unwrap();
        assert!(second.evicted.is_cancelled());
        assert!(!first.evicted.is_cancelled() && !third.evicted.is_cancelled());
        // The evicted one has not closed yet, and the others have a request in flight.
        assert!(all.open(client(4), &context()).is_none());
        drop(request);
        assert!(all.open(client(4), &context()).is_some());
        assert!(first.evicted.is_cancelled());
        drop((first, second, third));
        assert_eq!((all.capacity.used(), all.lock().connections.len()), (0, 0));
    }

    #[test]
    fn a_client_with_the_most_connections_evicts_none() {
        let all = HyperConnections::new(FairShare::new(8));
        let greedy: Vec<_> =
            std::iter::from_fn(|| all.open(client(1), &context())).take(9).collect();
        assert_eq!(greedy.len(), 6);
        let others: Vec<_> =
            (2..4).map(|last| all.open(client(last), &context()).unwrap()).collect();
        assert!(all.open(client(1), &context()).is_none());
        let mut open = greedy.iter().chain(&others);
        assert!(open.all(|connection| !connection.evicted.is_cancelled()));
        // A client with fewer connections gets one more, and the oldest idle one is closed.
        assert!(all.open(client(2), &context()).is_some());
        assert!(greedy[0].evicted.is_cancelled());
    }
}
