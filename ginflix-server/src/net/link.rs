//! What the socket and the requests of one connection tell each other.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::in_flight::{Requests, Running};
use crate::metrics::Metrics;

/// One connection, seen from both sides; cheap to clone.
#[derive(Debug, Clone)]
pub struct Link(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    peer: IpAddr,
    late: bool,
    secure: bool,
    requests: Requests,
    unread: UnreadBytes,
}

/// Parts of responses that were handed to the library and are not written to the socket yet,
/// in two generations: those handed out since the last look, and those before.
#[derive(Debug, Default)]
struct UnreadBytes {
    generation: AtomicUsize,
    parts: [AtomicUsize; 2],
}

/// A part of a response that is not written yet; it is when dropped.
#[derive(Debug)]
pub struct Unread {
    link: Link,
    generation: usize,
}

impl Drop for Unread {
    fn drop(&mut self) {
        self.link.0.unread.parts[self.generation % 2].fetch_sub(1, Ordering::Relaxed);
    }
}

impl Link {
    /// A connection from `peer`; `late` if this server was stopping by then,
    /// `secure` if it is TLS.
    pub fn new(peer: IpAddr, late: bool, secure: bool, metrics: Metrics) -> Self {
        let (requests, unread) = (Requests::new(metrics), UnreadBytes::default());
        Self(Arc::new(Shared { peer, late, secure, requests, unread }))
    }

    /// The other end's address.
    pub fn peer(&self) -> IpAddr {
        self.0.peer
    }

    /// Whether it came when this server was stopping.
    pub fn is_late(&self) -> bool {
        self.0.late
    }

    /// Whether it is TLS.
    pub fn is_secure(&self) -> bool {
        self.0.secure
    }

    /// Its requests.
    pub fn requests(&self) -> &Requests {
        &self.0.requests
    }

    /// Where to count what happens.
    pub fn metrics(&self) -> &Metrics {
        self.0.requests.metrics()
    }

    /// A request's head has arrived.
    pub fn begin(&self) -> Running {
        self.0.requests.begin()
    }

    /// A part of a response is handed to the library.
    pub fn hand_out(&self) -> Unread {
        let unread = &self.0.unread;
        let generation = unread.generation.load(Ordering::Relaxed);
        unread.parts[generation % 2].fetch_add(1, Ordering::Relaxed);
        Unread { link: self.clone(), generation }
    }

    /// Resolves when a part of a response has been unread for `limit`, at the latest after
    /// twice that.
    pub async fn has_stale_parts(&self, limit: Duration) {
        loop {
            tokio::time::sleep(limit).await;
            if self.look_for_stale_parts() {
                return;
            }
        }
    }

    /// Whether there are parts from before the last look.
    fn look_for_stale_parts(&self) -> bool {
        let unread = &self.0.unread;
        let next = unread.generation.load(Ordering::Relaxed).wrapping_add(1);
        if unread.parts[next % 2].load(Ordering::Relaxed) > 0 {
            return true;
        }
        unread.generation.store(next, Ordering::Relaxed);
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_that_were_there_at_the_last_look_are_stale() {
        let link = Link::new([127, 0, 0, 1].into(), false, false, Metrics::default());
        let old = link.hand_out();
        assert!(!link.look_for_stale_parts());
        let new = link.hand_out();
        assert!(link.look_for_stale_parts());
        drop(old);
        assert!(!link.look_for_stale_parts());
        assert!(link.look_for_stale_parts());
        drop(new);
        assert!(!link.look_for_stale_parts());
    }
}
