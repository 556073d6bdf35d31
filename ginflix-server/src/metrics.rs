//! Figures on what comes and goes, for Prometheus.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use crate::log;

/// Bounds of the time to an answer's head, in seconds.
const HEAD_SECONDS: [f64; 9] = [0.0005, 0.001, 0.0025, 0.01, 0.025, 0.1, 0.5, 2.5, 10.0];

type Labelled<V> = Family<[(&'static str, V); 1], Counter>;

/// All figures; cheap to clone.
#[derive(Debug, Clone)]
pub struct Metrics(Arc<Figures>);

#[derive(Debug)]
struct Figures {
    registry: Registry,
    connections: Gauge,
    running: Gauge,
    responses: Labelled<u16>,
    /// Those of them that nearly all are.
    usual: [(u16, Counter); 3],
    head_seconds: Histogram,
    zero_copy_bytes: Counter,
    copied_bytes: Counter,
    cuts: Labelled<&'static str>,
    peer_bytes: Labelled<&'static str>,
    peer_failures: Labelled<&'static str>,
    lacking: Gauge,
}

/// What goes on between streamers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Traffic {
    /// A film is fetched to be kept.
    Pulled,
    /// A film is fetched for a viewer.
    Proxied,
    /// An upload is passed on.
    Forwarded,
}

impl Traffic {
    fn label(self) -> &'static str {
        match self {
            Self::Pulled => "pulled",
            Self::Proxied => "proxied",
            Self::Forwarded => "forwarded",
        }
    }
}

/// Why this server ended a connection, or did not take it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// No request came, or not fast enough.
    NoRequest,
    /// The client does not read.
    NotReading,
    /// The client does not send the body that it announced.
    NotSending,
    /// The file is not what it was when its answer began.
    FileChanged,
    /// There are too many connections.
    TooMany,
    /// It was idle when another one needed its place.
    Evicted,
    /// The drain time was over.
    Drained,
}

impl Cut {
    fn label(self) -> &'static str {
        match self {
            Self::NoRequest => "no_request",
            Self::NotReading => "not_reading",
            Self::NotSending => "not_sending",
            Self::FileChanged => "file_changed",
            Self::TooMany => "too_many",
            Self::Evicted => "evicted",
            Self::Drained => "drained",
        }
    }
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("ginflix");
        let (connections, running) = (Gauge::default(), Gauge::default());
        let (responses, cuts) = (Labelled::default(), Labelled::default());
        let (zero_copy_bytes, copied_bytes) = (Counter::default(), Counter::default());
        let head_seconds = Histogram::new(HEAD_SECONDS);
        registry.register("connections", "Open connections", connections.clone());
        registry.register("requests_running", "Answers on their way", running.clone());
        registry.register("responses", "Answers by status", responses.clone());
        registry.register_with_unit(
            "response_head",
            "Time from a request's head to that of its answer",
            Unit::Seconds,
            head_seconds.clone(),
        );
        let help = "File content sent without a copy";
        registry.register("zero_copy_bytes", help, zero_copy_bytes.clone());
        let help = "Bodies handed on as bytes, file content among them";
        registry.register("copied_bytes", help, copied_bytes.clone());
        registry.register("cuts", "Connections ended or refused, by reason", cuts.clone());
        let (peer_bytes, peer_failures) = (Labelled::default(), Labelled::default());
        let lacking = Gauge::default();
        let help = "Bytes from and to other streamers, by purpose";
        registry.register("peer_bytes", help, peer_bytes.clone());
        let help = "Requests to other streamers that failed, by purpose";
        registry.register("peer_failures", help, peer_failures.clone());
        let help = "Media that this streamer lacks";
        registry.register("replicas_lacking", help, lacking.clone());
        let help = "Log lines that could not be written";
        registry.register("log_lines_lost", help, log::lost_lines());
        let usual = [200, 206, 304];
        let usual = usual.map(|code| (code, responses.get_or_create(&[("status", code)]).clone()));
        Self(Arc::new(Figures {
            registry,
            connections,
            running,
            responses,
            usual,
            head_seconds,
            zero_copy_bytes,
            copied_bytes,
            cuts,
            peer_bytes,
            peer_failures,
            lacking,
        }))
    }
}

impl Metrics {
    /// Open connections: count one up and, when it is over, down.
    pub fn connections(&self) -> &Gauge {
        &self.0.connections
    }

    /// Answers on their way: count one up and, when it is over, down.
    pub fn running(&self) -> &Gauge {
        &self.0.running
    }

    /// An answer's head is there, so long after its request's.
    pub fn answered(&self, status: u16, after: Duration) {
        match self.0.usual.iter().find(|(usual, _)| *usual == status) {
            Some((_, counter)) => counter.inc(),
            None => self.0.responses.get_or_create(&[("status", status)]).inc(),
        };
        self.0.head_seconds.observe(after.as_secs_f64());
    }

    /// File content has left without a copy.
    pub fn zero_copied(&self, bytes: u64) {
        self.0.zero_copy_bytes.inc_by(bytes);
    }

    /// Bytes of a body were handed on.
    pub fn copied(&self, bytes: u64) {
        self.0.copied_bytes.inc_by(bytes);
    }

    /// Bytes came from another streamer, or went there.
    pub fn peer_bytes(&self, what: Traffic, bytes: u64) {
        self.0.peer_bytes.get_or_create(&[("purpose", what.label())]).inc_by(bytes);
    }

    /// Another streamer did not do what it was asked.
    pub fn peer_failed(&self, what: Traffic) {
        self.0.peer_failures.get_or_create(&[("purpose", what.label())]).inc();
    }

    /// So many media are lacking here.
    pub fn lacking(&self, media: usize) {
        self.0.lacking.set(media.try_into().unwrap_or(i64::MAX));
    }

    /// A connection was ended or refused.
    pub fn cut(&self, why: Cut) {
        self.0.cuts.get_or_create(&[("reason", why.label())]).inc();
    }
}

/// As Prometheus reads it: OpenMetrics text.
impl fmt::Display for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        encode(f, &self.0.registry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_told_by_name() {
        let metrics = Metrics::default();
        metrics.answered(206, Duration::from_millis(3));
        metrics.zero_copied(1000);
        metrics.copied(7);
        metrics.cut(Cut::NotReading);
        metrics.connections().inc();
        metrics.peer_bytes(Traffic::Pulled, 5);
        metrics.peer_failed(Traffic::Proxied);
        metrics.lacking(2);
        let text = metrics.to_string();
        for line in [
            "ginflix_responses_total{status=\"206\"} 1",
            "ginflix_response_head_seconds_bucket{le=\"0.0025\"} 0",
            "ginflix_response_head_seconds_bucket{le=\"0.01\"} 1",
            "ginflix_zero_copy_bytes_total 1000",
            "ginflix_copied_bytes_total 7",
            "ginflix_cuts_total{reason=\"not_reading\"} 1",
            "ginflix_connections 1",
            "ginflix_peer_bytes_total{purpose=\"pulled\"} 5",
            "ginflix_peer_failures_total{purpose=\"proxied\"} 1",
            "ginflix_replicas_lacking 2",
            "ginflix_requests_running 0",
            "ginflix_log_lines_lost_total 0",
        ] {
            assert!(text.lines().any(|l| l == line), "{line} is not in\n{text}");
        }
    }
}
