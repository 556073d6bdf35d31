//! The state that the socket of a connection shares with the requests on it.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::in_flight::{InFlightGuard, InFlightRequests};
use crate::metrics::Metrics;

/// A connection that hyper serves; cheap to clone.
#[derive(Debug, Clone)]
pub struct ConnectionContext(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    peer: IpAddr,
    is_late: bool,
    is_tls: bool,
    requests: InFlightRequests,
    unsent: UnsentParts,
}

/// Counts the parts of responses that were passed to hyper and are not written to the socket yet,
/// in two generations: those since the last check, and older ones. Only HTTP/2 needs this: over
/// HTTP/1.1 the socket itself shows whether the client reads.
#[derive(Debug, Default)]
struct UnsentParts {
    /// The number of the current generation.
    generation: AtomicUsize,
    /// The numbers of parts of the even and of the odd generation.
    counts: [AtomicUsize; 2],
}

/// A part of a response that hyper has not written to the socket. hyper drops it when that is done.
#[derive(Debug)]
pub struct UnsentPart {
    context: ConnectionContext,
    generation: usize,
}

impl Drop for UnsentPart {
    fn drop(&mut self) {
        let counts = &self.context.0.unsent.counts;
        counts[self.generation % 2].fetch_sub(1, Ordering::Relaxed);
    }
}

impl ConnectionContext {
    /// Creates the context of a connection. `is_late` says that the server was stopping when it was
    /// accepted.
    pub fn new(peer: IpAddr, is_late: bool, is_tls: bool, metrics: Metrics) -> Self {
        let (requests, unsent) = (InFlightRequests::new(metrics), UnsentParts::default());
        Self(Arc::new(Inner { peer, is_late, is_tls, requests, unsent }))
    }

    /// Returns the address of the other end: of the client, or of a proxy.
    pub fn peer(&self) -> IpAddr {
        self.0.peer
    }

    /// Returns whether the server was stopping when the connection was accepted.
    pub fn is_late(&self) -> bool {
        self.0.is_late
    }

    /// Returns whether the connection uses TLS.
    pub fn is_tls(&self) -> bool {
        self.0.is_tls
    }

    /// Returns the requests in flight on the connection.
    pub fn requests(&self) -> &InFlightRequests {
        &self.0.requests
    }

    /// Returns the metrics of the server.
    pub fn metrics(&self) -> &Metrics {
        self.0.requests.metrics()
    }

    /// Counts a request whose head has arrived.
    pub fn begin_request(&self) -> InFlightGuard {
        self.0.requests.begin()
    }

    /// Counts a part of a response that is passed to hyper.
    pub fn begin_part(&self) -> UnsentPart {
        let unsent = &self.0.unsent;
        let generation = unsent.generation.load(Ordering::Relaxed);
        unsent.counts[generation % 2].fetch_add(1, Ordering::Relaxed);
        UnsentPart { context: self.clone(), generation }
    }

    /// Resolves when a part of a response has been unsent for `limit`, at the latest after twice
    /// that.
    pub async fn unsent_part_stalls(&self, limit: Duration) {
        loop {
            tokio::time::sleep(limit).await;
            if self.check_for_old_parts() {
                return;
            }
        }
    }

    /// Returns whether there are unsent parts from before the last check; otherwise begins a new
    /// generation. This needs no timer and no list for each part.
    fn check_for_old_parts(&self) -> bool {
        let unsent = &self.0.unsent;
        let next = unsent.generation.load(Ordering::Relaxed).wrapping_add(1);
        if unsent.counts[next % 2].load(Ordering::Relaxed) > 0 {
            return true;
        }
        unsent.generation.store(next, Ordering::Relaxed);
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_that_were_unsent_at_the_last_check_are_old() {
        let peer = [127, 0, 0, 1].into();
        let context = ConnectionContext::new(peer, false, false, Metrics::default());
        let old = context.begin_part();
        assert!(!context.check_for_old_parts());
        let new = context.begin_part();
        assert!(context.check_for_old_parts());
        drop(old);
        assert!(!context.check_for_old_parts());
        assert!(context.check_for_old_parts());
        drop(new);
        assert!(!context.check_for_old_parts());
    }
}
