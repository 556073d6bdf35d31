//! Metrics for Prometheus.

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

/// The upper bounds of the buckets for the time to a response's head, in seconds.
const RESPONSE_HEAD_BUCKETS: [f64; 9] = [0.0005, 0.001, 0.0025, 0.01, 0.025, 0.1, 0.5, 2.5, 10.0];

/// The status codes of nearly all responses.
const COMMON_STATUS_CODES: [u16; 3] = [200, 206, 304];

/// A counter for each value of one label.
type LabelledCounter<V> = Family<[(&'static str, V); 1], Counter>;

/// All metrics of the server; cheap to clone.
#[derive(Debug, Clone)]
pub struct Metrics(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    registry: Registry,
    collectors: Collectors,
    /// The counters of the common status codes, which are found without a lock.
    common_responses: [(u16, Counter); COMMON_STATUS_CODES.len()],
}

#[derive(Debug)]
struct Collectors {
    connections: Gauge,
    requests_in_flight: Gauge,
    responses: LabelledCounter<u16>,
    response_head_seconds: Histogram,
    zero_copy_bytes: Counter,
    copied_bytes: Counter,
    disconnects: LabelledCounter<&'static str>,
    peer_bytes: LabelledCounter<&'static str>,
    peer_failures: LabelledCounter<&'static str>,
    replicas_lacking: Gauge,
}

/// The purpose of traffic between streamers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PeerTraffic {
    /// A streamer fetches a media file to keep it as a replica.
    Pulled,
    /// A streamer fetches parts of a media file for a client.
    Proxied,
    /// An upload is forwarded to the streamer that has begun it.
    Forwarded,
}

impl PeerTraffic {
    fn label(self) -> &'static str {
        match self {
            Self::Pulled => "pulled",
            Self::Proxied => "proxied",
            Self::Forwarded => "forwarded",
        }
    }
}

/// The reason why the server closed or refused a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DisconnectReason {
    /// No request arrived in time.
    NoRequest,
    /// The client does not read the response.
    NotReading,
    /// The body of a request arrived too slowly, or not at all.
    NotSending,
    /// The file changed while it was sent.
    FileChanged,
    /// There are too many connections.
    TooMany,
    /// The connection was idle, and another needed its place.
    Evicted,
    /// The drain time was over.
    Drained,
}

impl DisconnectReason {
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
        let collectors = Collectors {
            connections: Gauge::default(),
            requests_in_flight: Gauge::default(),
            responses: LabelledCounter::default(),
            response_head_seconds: Histogram::new(RESPONSE_HEAD_BUCKETS),
            zero_copy_bytes: Counter::default(),
            copied_bytes: Counter::default(),
            disconnects: LabelledCounter::default(),
            peer_bytes: LabelledCounter::default(),
            peer_failures: LabelledCounter::default(),
            replicas_lacking: Gauge::default(),
        };
        let mut registry = Registry::with_prefix("ginflix");
        collectors.register(&mut registry);
        registry.register(
            "log_lines_lost",
            "Log lines that could not be written",
            log::lost_lines(),
        );
        let common_responses = COMMON_STATUS_CODES.map(|status| {
            (status, collectors.responses.get_or_create(&[("status", status)]).clone())
        });
        Self(Arc::new(Inner { registry, collectors, common_responses }))
    }
}

impl Collectors {
    fn register(&self, registry: &mut Registry) {
        registry.register("connections", "Open connections", self.connections.clone());
        let help = "Requests whose response has not ended";
        registry.register("requests_running", help, self.requests_in_flight.clone());
        registry.register("responses", "Responses, by status code", self.responses.clone());
        registry.register_with_unit(
            "response_head",
            "Time from the head of a request to the head of its response",
            Unit::Seconds,
            self.response_head_seconds.clone(),
        );
        let help = "Bytes of media files sent without a copy";
        registry.register("zero_copy_bytes", help, self.zero_copy_bytes.clone());
        let help = "Bytes of response bodies sent with a copy, media files included";
        registry.register("copied_bytes", help, self.copied_bytes.clone());
        let help = "Connections closed or refused by the server, by reason";
        registry.register("cuts", help, self.disconnects.clone());
        let help = "Bytes exchanged with other streamers, by purpose";
        registry.register("peer_bytes", help, self.peer_bytes.clone());
        let help = "Failed requests to other streamers, by purpose";
        registry.register("peer_failures", help, self.peer_failures.clone());
        let help = "Media files that this streamer should have but does not have";
        registry.register("replicas_lacking", help, self.replicas_lacking.clone());
    }
}

impl Metrics {
    /// Returns the gauge of open connections. Callers increment it, and decrement it at the end.
    pub fn connections(&self) -> &Gauge {
        &self.0.collectors.connections
    }

    /// Returns the gauge of requests in flight. Callers increment it, and decrement it at the end.
    pub fn requests_in_flight(&self) -> &Gauge {
        &self.0.collectors.requests_in_flight
    }

    /// Records that the head of a response was ready `elapsed` after the head of its request.
    pub fn record_response(&self, status: u16, elapsed: Duration) {
        match self.0.common_responses.iter().find(|(common, _)| *common == status) {
            Some((_, counter)) => counter.inc(),
            None => self.0.collectors.responses.get_or_create(&[("status", status)]).inc(),
        };
        self.0.collectors.response_head_seconds.observe(elapsed.as_secs_f64());
    }

    /// Adds bytes of a media file that were sent without a copy.
    pub fn add_zero_copy_bytes(&self, bytes: u64) {
        self.0.collectors.zero_copy_bytes.inc_by(bytes);
    }

    /// Adds bytes of a response body that were copied for sending.
    pub fn add_copied_bytes(&self, bytes: u64) {
        self.0.collectors.copied_bytes.inc_by(bytes);
    }

    /// Adds bytes that were exchanged with another streamer.
    pub fn add_peer_bytes(&self, traffic: PeerTraffic, bytes: u64) {
        let labels = [("purpose", traffic.label())];
        self.0.collectors.peer_bytes.get_or_create(&labels).inc_by(bytes);
    }

    /// Records that a request to another streamer failed.
    pub fn record_peer_failure(&self, traffic: PeerTraffic) {
        self.0.collectors.peer_failures.get_or_create(&[("purpose", traffic.label())]).inc();
    }

    /// Sets how many media files this streamer should have but does not have.
    pub fn set_replicas_lacking(&self, count: usize) {
        self.0.collectors.replicas_lacking.set(count.try_into().unwrap_or(i64::MAX));
    }

    /// Records that the server closed or refused a connection.
    pub fn record_disconnect(&self, reason: DisconnectReason) {
        self.0.collectors.disconnects.get_or_create(&[("reason", reason.label())]).inc();
    }
}

/// Formats all metrics as OpenMetrics text.
impl fmt::Display for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        encode(f, &self.0.registry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_metric_has_its_name_and_labels() {
        let metrics = Metrics::default();
        metrics.record_response(206, Duration::from_millis(3));
        metrics.add_zero_copy_bytes(1000);
        metrics.add_copied_bytes(7);
        metrics.record_disconnect(DisconnectReason::NotReading);
        metrics.connections().inc();
        metrics.add_peer_bytes(PeerTraffic::Pulled, 5);
        metrics.record_peer_failure(PeerTraffic::Proxied);
        metrics.set_replicas_lacking(2);
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
