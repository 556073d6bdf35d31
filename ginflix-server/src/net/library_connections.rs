//! The connections that the HTTP library serves: a limited number, shared fairly. When there
//! is no room for one more, the oldest one that is idle makes place.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio_util::sync::CancellationToken;

use super::link::Link;
use crate::fair_share::{Client, FairShare, Share};

/// All of them; cheap to clone.
#[derive(Debug, Clone)]
pub struct LibraryConnections {
    room: FairShare,
    open: Arc<Mutex<Open>>,
}

#[derive(Debug, Default)]
struct Open {
    /// The open connections, the oldest first.
    connections: BTreeMap<u64, (Link, CancellationToken)>,
    next: u64,
}

/// One of them, as long as it is open.
#[derive(Debug)]
pub struct LibraryConnection {
    all: LibraryConnections,
    number: u64,
    evicted: CancellationToken,
    _share: Share,
}

impl LibraryConnections {
    /// As many as there is room for.
    pub fn new(room: FairShare) -> Self {
        Self { room, open: Arc::default() }
    }

    /// Takes one more, or `None` if this client has to be refused.
    pub fn open(&self, client: Client, link: &Link) -> Option<LibraryConnection> {
        let share = match self.room.take(client, 1) {
            Some(share) => share,
            None if self.may_evict(client) && self.evict() => self.room.take_anyway(client, 1),
            None => return None,
        };
        let evicted = CancellationToken::new();
        let mut open = self.lock();
        let number = open.next;
        open.next += 1;
        open.connections.insert(number, (link.clone(), evicted.clone()));
        Some(LibraryConnection { all: self.clone(), number, evicted, _share: share })
    }

    /// Whether there is no room at all, and this client is not the reason.
    fn may_evict(&self, client: Client) -> bool {
        self.room.used() >= self.room.total() && !self.room.holds_the_most(client)
    }

    /// Ends the oldest connection on which no request is being answered, if there is one.
    fn evict(&self) -> bool {
        let mut open = self.lock();
        let idle = open.connections.iter().find(|(_, (link, _))| !link.requests().is_busy());
        let Some(number) = idle.map(|(number, _)| *number) else { return false };
        // Not to be found again while it ends.
        if let Some((_, evicted)) = open.connections.remove(&number) {
            evicted.cancel();
        }
        true
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl LibraryConnection {
    /// Resolves when it has to make place for another one.
    pub async fn evicted(&self) {
        self.evicted.cancelled().await;
    }
}

impl Drop for LibraryConnection {
    fn drop(&mut self) {
        self.all.lock().connections.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;
    use crate::metrics::Metrics;

    fn link() -> Link {
        Link::new([192, 0, 2, 1].into(), false, false, Metrics::default())
    }

    fn client(last: u8) -> Client {
        Some(IpAddr::from([192, 0, 2, last]))
    }

    #[test]
    fn the_oldest_idle_one_makes_place() {
        let all = LibraryConnections::new(FairShare::new(2));
        let (busy, idle) = (link(), link());
        let request = busy.begin();
        let first = all.open(client(1), &busy).unwrap();
        let second = all.open(client(2), &idle).unwrap();
        let third = all.open(client(3), &busy).unwrap();
        assert!(second.evicted.is_cancelled());
        assert!(!first.evicted.is_cancelled() && !third.evicted.is_cancelled());
        // It has not ended yet, and the others answer a request.
        assert!(all.open(client(4), &link()).is_none());
        drop(request);
        assert!(all.open(client(4), &link()).is_some());
        assert!(first.evicted.is_cancelled());
        drop((first, second, third));
        assert_eq!((all.room.used(), all.lock().connections.len()), (0, 0));
    }

    #[test]
    fn who_has_the_most_evicts_nobody() {
        let all = LibraryConnections::new(FairShare::new(8));
        let greedy: Vec<_> = std::iter::from_fn(|| all.open(client(1), &link())).take(9).collect();
        assert_eq!(greedy.len(), 6);
        let others: Vec<_> = (2..4).map(|last| all.open(client(last), &link()).unwrap()).collect();
        assert!(all.open(client(1), &link()).is_none());
        let mut open = greedy.iter().chain(&others);
        assert!(open.all(|one| !one.evicted.is_cancelled()));
        // A client with fewer connections gets a place, and the oldest idle one is closed.
        assert!(all.open(client(2), &link()).is_some());
        assert!(greedy[0].evicted.is_cancelled());
    }
}
