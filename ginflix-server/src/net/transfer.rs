//! One request from its head to the last byte of its answer, and the line that
//! the access log has of it.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU16, AtomicU64, Ordering};
use std::time::Instant;

use http::Method;

use super::in_flight::Running;
use crate::delivery::request_id::RequestId;
use crate::fair_share::Share;
use crate::media::source::Changed;
use crate::metrics::Cut;

/// Whether a path is asked by machines all the time.
pub fn is_probe(path: &str) -> bool {
    matches!(path, "/healthz" | "/readyz")
}

/// Written to the log when dropped: when all is sent, or nobody waits any more.
#[derive(Debug)]
pub struct Transfer {
    /// The request's id.
    pub id: RequestId,
    /// The client's address.
    pub client: IpAddr,
    /// Method.
    pub method: Method,
    /// Path.
    pub path: Arc<str>,
    start: Instant,
    /// 0 where there is none yet.
    status: AtomicU16,
    sent: AtomicU64,
    /// Whether the client has taken a part of the body that the library held for it.
    took_some: AtomicBool,
    running: Running,
    /// Its share of the requests that are answered at once, where they are limited.
    _share: Option<Box<Share>>,
}

impl Transfer {
    /// Of a request that came at `start`.
    pub fn new(
        id: RequestId,
        client: IpAddr,
        method: Method,
        path: impl Into<Arc<str>>,
        start: Instant,
        running: Running,
    ) -> Self {
        Self {
            id,
            client,
            method,
            path: path.into(),
            start,
            status: AtomicU16::new(0),
            sent: AtomicU64::new(0),
            took_some: AtomicBool::new(false),
            running,
            _share: None,
        }
    }

    /// The same, with its share of the requests that are answered at once.
    pub fn with_share(mut self, share: Option<Share>) -> Self {
        self._share = share.map(Box::new);
        self
    }

    /// The answer begins.
    pub fn answered(&self, status: u16) {
        self.status.store(status, Ordering::Relaxed);
        self.running.metrics().answered(status, self.start.elapsed());
    }

    /// So many more bytes of the body have left without a copy.
    pub fn add_zero_copied(&self, bytes: u64) {
        self.sent.fetch_add(bytes, Ordering::Relaxed);
        self.running.metrics().zero_copied(bytes);
    }

    /// So many more bytes of the body were handed on.
    pub fn add_copied(&self, bytes: u64) {
        self.sent.fetch_add(bytes, Ordering::Relaxed);
        self.running.metrics().copied(bytes);
    }

    /// The client has taken a part of the body that the library held for it.
    pub fn took_some(&self) {
        self.took_some.store(true, Ordering::Relaxed);
    }

    /// Whether it has taken any.
    pub fn has_taken_some(&self) -> bool {
        self.took_some.load(Ordering::Relaxed)
    }

    /// Counts and passes on why file content cannot be sent.
    pub fn failed(&self, error: io::Error) -> io::Error {
        if error.get_ref().is_some_and(|cause| cause.is::<Changed>()) {
            self.running.metrics().cut(Cut::FileChanged);
        }
        error
    }
}

impl Drop for Transfer {
    fn drop(&mut self) {
        let Self { id: request_id, client, method, .. } = self;
        let path = &*self.path;
        let bytes = self.sent.load(Ordering::Relaxed);
        let ms = || self.start.elapsed().as_millis() as u64; // asked only where it is written
        // No status: the client went away before there was an answer.
        let status = Some(self.status.load(Ordering::Relaxed)).filter(|status| *status != 0);
        if is_probe(path) {
            tracing::debug!(%request_id, %client, %method, path, status, bytes, ms = ms(), "request");
        } else {
            tracing::info!(%request_id, %client, %method, path, status, bytes, ms = ms(), "request");
        }
    }
}
