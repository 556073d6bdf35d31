//! One request from its head to the last byte of its response, for the metrics and the access log.

use std::io;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicU16, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use http::{Method, StatusCode};

use super::in_flight::InFlightGuard;
use crate::access_log::AccessLogEntry;
use crate::delivery::request_id::RequestId;
use crate::evidence::{Deliveries, Delivery};
use crate::fair_share::SharePermit;
use crate::media::shared_file::FileChanged;
use crate::metrics::DisconnectReason;

/// A request in flight, with what was sent in response. Dropping it means that the response has
/// ended, and writes the line of the access log.
#[derive(Debug)]
pub struct RequestTracker {
    /// The id of the request.
    pub id: RequestId,
    /// The address of the client.
    pub client: IpAddr,
    /// The method of the request.
    pub method: Method,
    /// The path of the request.
    pub path: Arc<str>,
    start: Instant,
    /// The status code of the response; 0 while there is none.
    status: AtomicU16,
    bytes_sent: AtomicU64,
    /// The evidence that the response is for views; empty if it is none.
    delivery: OnceLock<Delivery>,
    /// Whether the client has read a part of the body that hyper held for it.
    has_client_read: AtomicBool,
    in_flight: InFlightGuard,
    /// The request's share of all that may be in flight, if that is limited.
    _share: Option<Box<SharePermit>>,
}

impl RequestTracker {
    /// Begins to track a request whose head had arrived at `start`.
    pub fn new(
        id: RequestId,
        client: IpAddr,
        method: Method,
        path: impl Into<Arc<str>>,
        start: Instant,
        in_flight: InFlightGuard,
    ) -> Self {
        Self {
            id,
            client,
            method,
            path: path.into(),
            start,
            status: AtomicU16::new(0),
            bytes_sent: AtomicU64::new(0),
            delivery: OnceLock::new(),
            has_client_read: AtomicBool::new(false),
            in_flight,
            _share: None,
        }
    }

    /// Adds the request's share of all that may be in flight; the tracker holds it to the end.
    pub fn with_share(mut self, share: Option<SharePermit>) -> Self {
        self._share = share.map(Box::new);
        self
    }

    /// Records the status code when the head of the response is ready, and the response as evidence
    /// for views.
    pub fn record_status(&self, status: StatusCode, deliveries: &Deliveries) {
        if let Some(delivery) = deliveries.begin(self.client, &self.method, &self.path, status) {
            let _ = self.delivery.set(delivery);
        }
        let status = status.as_u16();
        self.status.store(status, Ordering::Relaxed);
        self.in_flight.metrics().record_response(status, self.start.elapsed());
    }

    /// Adds bytes of the body that were sent without a copy.
    pub fn add_zero_copy_bytes(&self, bytes: u64) {
        self.add_bytes(bytes);
        self.in_flight.metrics().add_zero_copy_bytes(bytes);
    }

    /// Adds bytes of the body that were copied for sending.
    pub fn add_copied_bytes(&self, bytes: u64) {
        self.add_bytes(bytes);
        self.in_flight.metrics().add_copied_bytes(bytes);
    }

    fn add_bytes(&self, bytes: u64) {
        self.bytes_sent.fetch_add(bytes, Ordering::Relaxed);
        if let Some(delivery) = self.delivery.get() {
            delivery.add_bytes(bytes);
        }
    }

    /// Notes that the client has read a part of the body that hyper held for it.
    pub fn set_client_read(&self) {
        self.has_client_read.store(true, Ordering::Relaxed);
    }

    /// Returns whether the client has read a part of the body that hyper held for it.
    pub fn has_client_read(&self) -> bool {
        self.has_client_read.load(Ordering::Relaxed)
    }

    /// Counts an error of sending file content in the metrics if the file changed. Returns the same
    /// error.
    pub fn record_failure(&self, error: io::Error) -> io::Error {
        if error.get_ref().is_some_and(|cause| cause.is::<FileChanged>()) {
            self.in_flight.metrics().record_disconnect(DisconnectReason::FileChanged);
        }
        error
    }
}

impl Drop for RequestTracker {
    fn drop(&mut self) {
        AccessLogEntry {
            request_id: self.id,
            client: self.client,
            method: &self.method,
            path: &self.path,
            status: Some(self.status.load(Ordering::Relaxed)).filter(|status| *status != 0),
            bytes: self.bytes_sent.load(Ordering::Relaxed),
            start: self.start,
        }
        .write();
    }
}
