//! Requests that are being answered, counted.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::metrics::Metrics;

/// The requests of one connection, or all that one thread answers; cheap to clone.
#[derive(Debug, Clone)]
pub struct Requests(Arc<Counts>);

#[derive(Debug)]
struct Counts {
    metrics: Metrics,
    begun: AtomicUsize,
    ended: AtomicUsize,
}

/// A request that is being answered; ends when dropped.
#[derive(Debug)]
pub struct Running(Requests);

impl Running {
    /// Where to count what happens.
    pub fn metrics(&self) -> &Metrics {
        self.0.metrics()
    }
}

impl Requests {
    /// None yet.
    pub fn new(metrics: Metrics) -> Self {
        let (begun, ended) = Default::default();
        Self(Arc::new(Counts { metrics, begun, ended }))
    }

    /// Where to count what happens.
    pub fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// A request's head has arrived.
    pub fn begin(&self) -> Running {
        self.0.begun.fetch_add(1, Ordering::Relaxed);
        self.0.metrics.running().inc();
        Running(self.clone())
    }

    /// How many have begun.
    pub fn begun(&self) -> usize {
        self.0.begun.load(Ordering::Relaxed)
    }

    /// Whether one of them has not ended.
    pub fn is_busy(&self) -> bool {
        self.0.ended.load(Ordering::Relaxed) != self.begun()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let Self(Requests(counts)) = self;
        counts.ended.fetch_add(1, Ordering::Relaxed);
        counts.metrics.running().dec();
    }
}
