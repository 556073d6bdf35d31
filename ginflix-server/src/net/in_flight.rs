//! Counts requests in flight: their head has arrived, and their response has not ended.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::metrics::Metrics;

/// The requests of one connection, or all that one event loop answers; cheap to clone.
#[derive(Debug, Clone)]
pub struct InFlightRequests(Arc<Counts>);

#[derive(Debug)]
struct Counts {
    metrics: Metrics,
    /// All that have begun; it never decreases, so that a change shows a new request.
    begun: AtomicUsize,
    ended: AtomicUsize,
}

/// Counts one request as in flight until dropped.
#[derive(Debug)]
pub struct InFlightGuard(InFlightRequests);

impl InFlightGuard {
    /// Returns the metrics of the server.
    pub fn metrics(&self) -> &Metrics {
        self.0.metrics()
    }
}

impl InFlightRequests {
    /// Creates a count of zero.
    pub fn new(metrics: Metrics) -> Self {
        let (begun, ended) = Default::default();
        Self(Arc::new(Counts { metrics, begun, ended }))
    }

    /// Returns the metrics of the server.
    pub fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// Counts a request whose head has arrived.
    pub fn begin(&self) -> InFlightGuard {
        self.0.begun.fetch_add(1, Ordering::Relaxed);
        self.0.metrics.requests_in_flight().inc();
        InFlightGuard(self.clone())
    }

    /// Returns how many requests have begun so far, ended ones included.
    pub fn begun(&self) -> usize {
        self.0.begun.load(Ordering::Relaxed)
    }

    /// Returns whether a request is in flight.
    pub fn is_busy(&self) -> bool {
        self.0.ended.load(Ordering::Relaxed) != self.begun()
    }
}

impl Drop for InFlightGuard {
    fn drop(&mut self) {
        let Self(InFlightRequests(counts)) = self;
        counts.ended.fetch_add(1, Ordering::Relaxed);
        counts.metrics.requests_in_flight().dec();
    }
}
