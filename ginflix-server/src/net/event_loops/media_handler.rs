//! Answers requests for media files, and for playlists and segments of them, on the event loops.
//!
//! The response is the same that `delivery` computes for hyper; here its head is written as text,
//! and its body is sent by sendfile(2). This is faster, because hyper alone would take more time
//! for a request than all the other work on it. Other requests are left to hyper, from their first
//! byte on.

use std::borrow::Cow;
use std::net::IpAddr;
use std::rc::Rc;
use std::time::{Instant, SystemTime};

use ::http::Method;
use ::http::Uri;
use ::http::header::CONNECTION;
use futures_util::future::BoxFuture;

use super::super::file_access::{AccessDecision, AccessRequest};
use super::super::in_flight::InFlightRequests;
use super::super::request_head::{self, FastPathRequest, FieldBuffer, ParsedHead};
use super::super::request_tracker::RequestTracker;
use super::super::response_head::ResponseHead;
use super::super::server_context::ServerContext;
use super::packages::{self, PackageRequest};
use super::target_cache::{MediaTarget, TargetCache, shared_fields};
use crate::config::Config;
use crate::delivery::client::{client_address, is_forwarded_from_tls};
use crate::delivery::request_id::{RequestId, for_each_common_field};
use crate::delivery::response::{FileRequest, FileResponse, respond};
use crate::delivery::segments::{self, Segments};
use crate::delivery::{download, hls};
use crate::fair_share::{SharePermit, resolve_client};
use crate::media::buffer::SMALL_BUFFER_BYTES;
use crate::metrics::Metrics;

/// What to do with the bytes that a client has sent.
pub enum RequestOutcome {
    /// Wait for more bytes.
    Incomplete,
    /// Send this response to a request of this many bytes.
    Respond(PreparedResponse, usize),
    /// Handle the same bytes again if the future resolves to `true`; otherwise leave them to hyper.
    Wait(BoxFuture<'static, bool>),
    /// Leave these bytes, and all that follows on the connection, to hyper.
    Fallback,
}

/// A response whose head is written.
#[derive(Debug)]
pub struct PreparedResponse {
    /// The file that the body is sent from.
    pub target: Rc<MediaTarget>,
    /// The body.
    pub segments: Segments,
    /// Counts what is sent, and writes the line of the access log.
    pub tracker: RequestTracker,
    /// Whether the connection closes after the response, as its head says.
    pub is_last: bool,
}

/// The bytes that a client has sent and that are not answered.
#[derive(Debug, Clone, Copy)]
pub struct ReceivedBytes<'a> {
    /// The other end of the connection.
    pub peer: IpAddr,
    /// The bytes, from the beginning of a request.
    pub bytes: &'a [u8],
    /// How many times the first request in them has waited for what it needs, with success. Its access was granted before.
    pub waits: u8,
    /// Whether the connection has to close after the response.
    pub is_last: bool,
}

/// Answers the requests of all connections of one event loop.
pub struct MediaHandler {
    server: ServerContext,
    in_flight: InFlightRequests,
    targets: TargetCache,
    now: Instant,
    date: SystemTime,
}

impl MediaHandler {
    /// Creates the handler of one event loop.
    pub fn new(server: ServerContext) -> Self {
        let in_flight = InFlightRequests::new(server.metrics.clone());
        let (now, date) = (Instant::now(), SystemTime::now());
        Self { server, in_flight, targets: TargetCache::default(), now, date }
    }

    /// Reads the clock. All that is done until the next call uses this time.
    pub fn tick(&mut self) {
        (self.now, self.date) = (Instant::now(), SystemTime::now());
    }

    /// Returns the time of the last [`MediaHandler::tick`].
    pub fn now(&self) -> Instant {
        self.now
    }

    /// Returns the metrics of the server.
    pub fn metrics(&self) -> &Metrics {
        self.in_flight.metrics()
    }

    /// Returns the settings of the server.
    pub fn config(&self) -> &Config {
        &self.server.config
    }

    /// Drops the cached files, so that those without a client can be closed.
    pub fn clear_cache(&mut self) {
        self.targets.clear();
    }

    /// Returns whether files are cached.
    pub fn has_cached_files(&self) -> bool {
        !self.targets.is_empty()
    }

    /// Handles the first request in the received bytes. Writes the head of the response to `head`.
    pub fn handle(&mut self, received: ReceivedBytes<'_>, head: &mut Vec<u8>) -> RequestOutcome {
        match request_head::parse(received.bytes, &mut FieldBuffer::default()) {
            ParsedHead::Incomplete => RequestOutcome::Incomplete,
            ParsedHead::Ineligible => RequestOutcome::Fallback,
            ParsedHead::Eligible(request, length) => match self.respond(received, &request, head) {
                Ok(response) => RequestOutcome::Respond(response, length),
                Err(NotAnswered::Pending(wait)) => RequestOutcome::Wait(wait),
                Err(NotAnswered::Ineligible) => RequestOutcome::Fallback,
            },
        }
    }

    fn respond(
        &mut self,
        received: ReceivedBytes<'_>,
        request: &FastPathRequest<'_>,
        head: &mut Vec<u8>,
    ) -> Result<PreparedResponse, NotAnswered> {
        let (config, now) = (&self.server.config, self.date);
        let &FastPathRequest { ref method, target: request_target, fields, .. } = request;
        let uri = parse_with_query(request_target)?;
        let (path, query) = match &uri {
            Some(uri) => (uri.path(), uri.query().unwrap_or_default()),
            None => (request_target, ""),
        };
        let volume = self.server.volume.as_ref().ok_or(NotAnswered::Ineligible)?;
        let (file_path, resource) = hls::split_path(path);
        let target = self.targets.find(volume, config, file_path, now);
        let target = target.ok_or(NotAnswered::Ineligible)?;
        let client = client_address(received.peer, fields, &config.trusted_proxies);
        let is_secure = is_forwarded_from_tls(received.peer, fields, &config.trusted_proxies);
        let access = AccessRequest { client, is_secure, path, query, fields };
        if received.waits == 0 {
            check_access(&self.server, &access)?;
        }
        let packaged = resource.map(|resource| {
            let request = PackageRequest { resource, access, waits: received.waits };
            packages::content(&self.server, volume, &target, &request)
        });
        let packaged = packaged.transpose()?;
        let representation = match &packaged {
            None => target.media.representation(),
            Some(packaged) => packaged.representation(target.media.modified),
        };
        let id = RequestId::at(now);
        let response = respond(&FileRequest { id, method, fields }, &representation, now)
            // Refusals are rare, and have a body that the HTTP service makes.
            .map_err(|_refusal| NotAnswered::Ineligible)?;
        let is_last = received.is_last || !request.keep_alive;

        let mut head = ResponseHead::begin(head, response.status);
        head.fields(&match (&packaged, &target.fields) {
            (None, Some(fields)) => Cow::Borrowed(&fields[..]),
            _ => Cow::Owned(shared_fields(config, &representation, now)),
        });
        finish_head(head, &response, id, is_last, now);
        let status = response.status;
        let segments = match (packaged, *method != Method::HEAD) {
            (_, false) => Segments::new(),
            (None, true) => response.into_segments(),
            (Some(packaged), true) => hls::resolve(response.into_segments(), &packaged.segments),
        };
        let share = self.memory_for(&segments, client)?;
        let path = if resource.is_some() { path.into() } else { target.path.clone() };
        let guard = self.in_flight.begin();
        let tracker = RequestTracker::new(id, client, method.clone(), path, self.now, guard);
        let tracker = tracker.with_share(share);
        tracker.record_status(status, &self.server.deliveries);
        Ok(PreparedResponse { target, segments, tracker, is_last })
    }

    /// Acquires the client's share of memory for the bytes of a body that are not sent from the file; `None` for a few.
    fn memory_for(
        &self,
        segments: &Segments,
        client: IpAddr,
    ) -> Result<Option<SharePermit>, NotAnswered> {
        let bytes = segments::bytes_in_memory(segments);
        if bytes <= SMALL_BUFFER_BYTES as u64 {
            return Ok(None);
        }
        let client = resolve_client(client, &self.server.config.trusted_proxies);
        let share = self.server.limits.response_bytes.try_acquire(client, bytes);
        share.map(Some).ok_or(NotAnswered::Ineligible)
    }
}

/// Writes the fields that each response has of its own, and ends the head.
fn finish_head(
    mut head: ResponseHead<'_>,
    response: &FileResponse,
    id: RequestId,
    is_last: bool,
    now: SystemTime,
) {
    response.for_each_field(|name, value| head.field(name, value));
    for_each_common_field(id, |name, value| head.field(name, value));
    if is_last {
        head.field(&CONNECTION, b"close");
    }
    head.finish(now);
}

/// Why a request is not answered by this handler now.
pub enum NotAnswered {
    /// It can be answered if this resolves to `true`.
    Pending(BoxFuture<'static, bool>),
    /// hyper answers it.
    Ineligible,
}

fn check_access(server: &ServerContext, request: &AccessRequest<'_>) -> Result<(), NotAnswered> {
    let AccessRequest { query, .. } = request;
    // Downloads are rare, and have a header field that depends on more than the file.
    if !query.is_empty() && server.config.offers_downloads() && download::is_requested(query) {
        return Err(NotAnswered::Ineligible);
    }
    match server.access.check(request) {
        AccessDecision::Granted => Ok(()),
        AccessDecision::Pending(check) => Err(NotAnswered::Pending(check)),
        AccessDecision::Undecided => Err(NotAnswered::Ineligible),
    }
}

/// Parses a request target that has a query. One without is a path, and needs no parsing.
fn parse_with_query(target: &str) -> Result<Option<Uri>, NotAnswered> {
    if !target.contains('?') {
        return Ok(None);
    }
    target.parse().map(Some).map_err(|_invalid| NotAnswered::Ineligible)
}
