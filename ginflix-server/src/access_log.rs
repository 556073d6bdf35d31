//! The access log: one line for each request, written when its response has ended.

use std::net::IpAddr;
use std::time::Instant;

use http::Method;

use crate::delivery::request_id::RequestId;

/// Returns whether a path is that of a health probe, which a machine requests every few seconds.
pub fn is_probe(path: &str) -> bool {
    matches!(path, "/healthz" | "/readyz")
}

/// The fields of one line of the access log.
#[derive(Debug)]
pub struct AccessLogEntry<'a> {
    /// The id of the request.
    pub request_id: RequestId,
    /// The address of the client.
    pub client: IpAddr,
    /// The method of the request.
    pub method: &'a Method,
    /// The path of the request, without the query, which may contain a signature.
    pub path: &'a str,
    /// The status code; `None` if the client went away before there was a response.
    pub status: Option<u16>,
    /// Bytes of the response's body that were sent.
    pub bytes: u64,
    /// When the request's head had arrived.
    pub start: Instant,
}

impl AccessLogEntry<'_> {
    /// Writes the line, with the time since the start. Probes are logged at the level `debug`,
    /// because they would outnumber everything else.
    pub fn write(&self) {
        let Self { request_id, client, method, path, status, bytes, start } = *self;
        // The clock is read only if the level is enabled.
        let ms = || start.elapsed().as_millis() as u64;
        if is_probe(path) {
            tracing::debug!(%request_id, %client, %method, path, status, bytes, ms = ms(), "request");
        } else {
            tracing::info!(%request_id, %client, %method, path, status, bytes, ms = ms(), "request");
        }
    }
}
