//! The service around the table of routes. It determines the request id and the client's address,
//! limits concurrent requests, and completes the response: common header fields, and a body that
//! the connection can send.

use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use futures_util::future::{self, Either};
use http_body::Body;
use tower_service::Service;
use warp::http::header::{
    CONTENT_LENGTH, DATE, HOST, HeaderName, HeaderValue, STRICT_TRANSPORT_SECURITY,
};
use warp::http::{self, HeaderMap, Method, Request, StatusCode, Version};
use warp::hyper::body::Incoming;
use warp::reply::Response;

use super::error_responder::STREAM_PREFIX;
use super::reply::CROSS_ORIGIN_RESOURCE_POLICY;
use super::request::{RequestContext, RequestHead};
use super::{host, reply, routes, stream};
use crate::access_log::is_probe;
use crate::app::App;
use crate::delivery::client::{client_address, is_forwarded_from_tls};
use crate::delivery::request_id::{RequestId, for_each_common_field};
use crate::delivery::response::date_text;
use crate::delivery::segments;
use crate::error::AppError;
use crate::evidence::Deliveries;
use crate::fair_share::{ClientKey, FairShare, SharePermit, resolve_client};
use crate::media::buffer::SMALL_BUFFER_BYTES;
use crate::net::{
    BodyLimits, ConnectionContext, FileBody, FileSegments, HandlerBody, HttpService, RequestBody,
    RequestTracker, ResponseBody,
};
use crate::network::Network;

/// The table of routes with the handling that is common to all requests.
#[derive(Clone)]
struct SiteService<S> {
    routes: S,
    app: App,
}

/// Builds the service for all routes of this process.
pub fn service(app: &App) -> impl HttpService + use<> {
    SiteService { routes: warp::service(routes::routes(app)), app: app.clone() }
}

/// The service that warp makes of the table of routes.
trait WarpService:
    Service<Request<RequestBody>, Response = Response, Error = Infallible, Future: Send>
    + Clone
    + Send
    + Sync
    + 'static
{
}

impl<S> WarpService for S where
    S: Service<Request<RequestBody>, Response = Response, Error = Infallible, Future: Send>
        + Clone
        + Send
        + Sync
        + 'static
{
}

impl<S: WarpService> HttpService for SiteService<S> {
    fn call(
        &self,
        connection: &ConnectionContext,
        request: Request<Incoming>,
    ) -> impl Future<Output = Result<http::Response<ResponseBody>, Infallible>> + Send + 'static + use<S>
    {
        let config = &self.app.config;
        let context = request_context(connection, request.headers(), &config.trusted_proxies);
        let client = resolve_client(context.client, &config.trusted_proxies);
        let share = self.app.limits.requests.try_acquire(client, 1);
        let has_share = share.is_some();
        let exchange = Exchange {
            context,
            client,
            memory: self.app.limits.response_bytes.clone(),
            tracker: tracker(&context, connection, &request, share),
            is_head: *request.method() == Method::HEAD,
            is_http2: request.version() == Version::HTTP_2,
            deliveries: self.app.deliveries.clone(),
            hsts: config.hsts.clone().filter(|_| connection.is_tls()),
            connection: connection.clone(),
        };
        // While the server stops, only probes get a response of their handler.
        let is_stopping = connection.is_late() && !is_probe(&exchange.tracker.path);
        let rejection = if is_stopping {
            Some(AppError::Unavailable("this server is stopping; repeat the request in a moment"))
        } else if !has_share {
            Some(BUSY)
        } else if request.uri().path().is_empty() {
            // CONNECT has no path, and warp would panic.
            Some(AppError::NotFound("proxy for CONNECT requests".to_owned()))
        } else {
            let (uri, headers) = (request.uri(), request.headers());
            let checked = host::check(request.version(), uri.authority(), headers);
            checked.err().map(|wrong| AppError::invalid("Host", wrong.to_string()))
        };
        let response = match rejection {
            Some(error) => Either::Left(future::ready(Ok(reply::error(&error, &context.id)))),
            None => {
                let body = |body| RequestBody::new(body, connection.clone(), config.stall_timeout);
                Either::Right(
                    self.routes.clone().call(into_warp_request(request.map(body), context)),
                )
            }
        };
        async move { Ok(exchange.complete(response.await?)) }
    }
}

/// The error when other requests occupy the client's share, or all that the server can handle.
const BUSY: AppError = AppError::Unavailable(
    "this server is busy with other requests; repeat the request in a moment",
);

/// The state of a request that its response needs.
struct Exchange {
    context: RequestContext,
    /// The client whose share the request uses.
    client: ClientKey,
    /// The memory for response bodies that wait for clients.
    memory: FairShare,
    tracker: Arc<RequestTracker>,
    is_head: bool,
    is_http2: bool,
    deliveries: Arc<Deliveries>,
    /// The value of `Strict-Transport-Security`; `None` without TLS.
    hsts: Option<HeaderValue>,
    connection: ConnectionContext,
}

impl Exchange {
    /// Adds the common header fields, and turns the body into one that the connection can send.
    fn complete(self, response: Response) -> http::Response<ResponseBody> {
        let (response, share) = match self.memory_for(&response) {
            Ok(share) => (response, share),
            Err(busy) => (reply::error(&busy, &self.context.id), None),
        };
        let response = if self.is_head { without_content(response) } else { response };
        let (mut head, body) = response.into_parts();
        let insert =
            |name: &HeaderName, value: &[u8]| stream::insert_header(&mut head.headers, name, value);
        for_each_common_field(self.context.id, insert);
        // hyper's own `Date` stands still while a clock that was set back catches up.
        let date = date_text(SystemTime::now().into());
        stream::insert_header(&mut head.headers, &DATE, &date);
        head.headers.extend(self.hsts.map(|value| (STRICT_TRANSPORT_SECURITY, value)));
        // Pages of other origins may show media files and posters, of which the latter say so themselves.
        if !self.tracker.path.starts_with(STREAM_PREFIX) {
            let policy = head.headers.entry(CROSS_ORIGIN_RESOURCE_POLICY);
            policy.or_insert(HeaderValue::from_static("same-origin"));
        }
        self.tracker.record_status(head.status, &self.deliveries);
        let connection = self.is_http2.then_some(self.connection);
        let body = match head.extensions.remove::<FileSegments>() {
            Some(file) => {
                let (memory, client) = (self.memory, self.client);
                let limits = BodyLimits { memory, client, connection };
                ResponseBody::File(FileBody::new(file, limits, share, self.tracker))
            }
            None => ResponseBody::Handler(HandlerBody::new(body, self.tracker, share, connection)),
        };
        http::Response::from_parts(head, body)
    }

    /// Takes the share of memory for a body, or the part of one, that is complete already; `None` for a small one or a
    /// stream.
    fn memory_for(&self, response: &Response) -> Result<Option<SharePermit>, AppError> {
        let in_memory = match response.extensions().get::<FileSegments>() {
            Some(file) => Some(segments::bytes_in_memory(&file.segments)),
            None => response.body().size_hint().exact(),
        };
        match in_memory {
            Some(bytes) if bytes > SMALL_BUFFER_BYTES as u64 => {
                self.memory.try_acquire(self.client, bytes).map(Some).ok_or(BUSY)
            }
            _ => Ok(None),
        }
    }
}

/// Removes the content of a response to HEAD, and keeps its length (RFC 9110, section 9.3.2). hyper
/// does so over HTTP/1.1 only.
fn without_content(mut response: Response) -> Response {
    if let Some(length @ 1..) = response.body().size_hint().exact() {
        response.headers_mut().entry(CONTENT_LENGTH).or_insert_with(|| length.into());
    }
    *response.body_mut() = reply::empty(StatusCode::OK).into_body();
    response
}

/// Splits a request: warp gets the method and path to match, handlers get the rest as a
/// [`RequestHead`].
fn into_warp_request<B>(request: Request<B>, context: RequestContext) -> Request<B> {
    let (parts, body) = request.into_parts();
    let http::request::Parts { method, uri, mut headers, .. } = parts;
    // HTTP/2 names the host by `:authority` (RFC 9113, section 8.3.1).
    let authority = uri.authority().map(|name| HeaderValue::from_str(name.as_str()));
    if let (false, Some(Ok(host))) = (headers.contains_key(HOST), authority) {
        headers.insert(HOST, host);
    }
    let (path, query) = (uri.path().to_owned(), uri.query().unwrap_or_default().to_owned());
    let mut request = Request::new(body);
    *request.method_mut() = method.clone();
    *request.uri_mut() = uri;
    let head = RequestHead { context, method, path, query, headers };
    request.extensions_mut().insert(Arc::new(head));
    request
}

fn tracker<B>(
    context: &RequestContext,
    connection: &ConnectionContext,
    request: &Request<B>,
    share: Option<SharePermit>,
) -> Arc<RequestTracker> {
    let (method, path) = (request.method().clone(), request.uri().path());
    let (start, in_flight) = (Instant::now(), connection.begin_request());
    let tracker = RequestTracker::new(context.id, context.client, method, path, start, in_flight);
    Arc::new(tracker.with_share(share))
}

fn request_context(
    connection: &ConnectionContext,
    headers: &HeaderMap,
    trusted: &[Network],
) -> RequestContext {
    let id = RequestId::at(SystemTime::now());
    let peer = connection.peer();
    let is_secure = connection.is_tls() || is_forwarded_from_tls(peer, headers, trusted);
    RequestContext { id, client: client_address(peer, headers, trusted), is_secure }
}
