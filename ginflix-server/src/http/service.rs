//! Around the table of routes, for every request: its id, the client's
//! address, the headers that every answer has, and the body that is sent.

use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use futures_util::future::{self, Either};
use http_body::Body;
use tower_service::Service;
use warp::http::header::{HOST, HeaderName};
use warp::http::{self, HeaderMap, Request, Version};
use warp::hyper::body::Incoming;
use warp::reply::Response;

use super::request::{Origin, RequestHead};
use super::{reply, routes, stream};
use crate::access_log::is_probe;
use crate::app::App;
use crate::delivery::client::{client_address, is_trusted};
use crate::delivery::fields::HeaderFields;
use crate::delivery::request_id::{RequestId, for_each_common_field};
use crate::error::AppError;
use crate::fair_share::{ClientKey, FairShare, SharePermit, resolve_client};
use crate::media::buffer::SMALL_BUFFER_BYTES;
use crate::net::{
    BodyLimits, ConnectionContext, FileBody, FileSegments, HandlerBody, HttpService, RequestBody,
    RequestTracker, ResponseBody,
};
use crate::network::Network;

/// The table of routes, with what every answer has.
#[derive(Clone)]
struct SiteService<S> {
    inner: S,
    app: App,
}

/// The service for everything in the table of routes.
pub fn service(app: &App) -> impl HttpService + use<> {
    SiteService { inner: warp::service(routes::routes(app)), app: app.clone() }
}

/// What warp makes of the table.
trait Inner:
    Service<Request<RequestBody>, Response = Response, Error = Infallible, Future: Send>
    + Clone
    + Send
    + Sync
    + 'static
{
}

impl<S> Inner for S where
    S: Service<Request<RequestBody>, Response = Response, Error = Infallible, Future: Send>
        + Clone
        + Send
        + Sync
        + 'static
{
}

impl<S: Inner> HttpService for SiteService<S> {
    fn call(
        &self,
        connection: &ConnectionContext,
        request: Request<Incoming>,
    ) -> impl Future<Output = Result<http::Response<ResponseBody>, Infallible>> + Send + 'static + use<S>
    {
        let config = &self.app.config;
        let origin = origin(connection, request.headers(), &config.trusted_proxies);
        let client = resolve_client(origin.client, &config.trusted_proxies);
        let share = self.app.limits.requests.try_acquire(client, 1);
        let has_share = share.is_some();
        let exchange = Exchange {
            origin,
            client,
            memory: self.app.limits.response_bytes.clone(),
            tracker: tracker(&origin, connection, &request, share),
            is_http2: request.version() == Version::HTTP_2,
            connection: connection.clone(),
        };
        // Probes are told the truth; anyone else who comes now is sent away.
        let stopping = connection.is_late() && !is_probe(&exchange.tracker.path);
        let refused = if stopping {
            Some(AppError::Unavailable("this server"))
        } else if !has_share {
            Some(BUSY)
        } else if request.uri().path().is_empty() {
            // CONNECT: warp has no path to look at, and would panic.
            Some(AppError::NotFound("tunnel".to_owned()))
        } else if !has_one_host(request.version(), request.headers()) {
            Some(AppError::invalid("Host", "must be there, once"))
        } else {
            None
        };
        let response = match refused {
            Some(why) => Either::Left(future::ready(Ok(reply::error(&why, &origin.id)))),
            None => {
                let body = |body| RequestBody::new(body, connection.clone(), config.stall);
                Either::Right(self.inner.clone().call(for_routes(request.map(body), origin)))
            }
        };
        async move { Ok(exchange.complete(response.await?)) }
    }
}

/// Told to those who come when others have all that may be had at once.
const BUSY: AppError = AppError::Unavailable("this server is busy and");

/// A request and its answer, as far as the connection is concerned.
struct Exchange {
    origin: Origin,
    /// The client that this counts for.
    client: ClientKey,
    /// The memory for bytes of answers that wait for clients.
    memory: FairShare,
    tracker: Arc<RequestTracker>,
    is_http2: bool,
    connection: ConnectionContext,
}

impl Exchange {
    /// Adds what every answer has, and makes its body one that can be sent.
    fn complete(self, response: Response) -> http::Response<ResponseBody> {
        let (response, share) = match self.memory_for(&response) {
            Ok(share) => (response, share),
            Err(busy) => (reply::error(&busy, &self.origin.id), None),
        };
        let (mut head, body) = response.into_parts();
        let put = |name: &HeaderName, value: &[u8]| stream::insert(&mut head.headers, name, value);
        for_each_common_field(self.origin.id, put);
        self.tracker.record_status(head.status.as_u16());
        let connection = self.is_http2.then_some(self.connection);
        let body = match head.extensions.remove::<FileSegments>() {
            Some(file) => {
                let (memory, client) = (self.memory, self.client);
                let limits = BodyLimits { memory, client, connection };
                ResponseBody::File(FileBody::new(file, limits, self.tracker))
            }
            None => ResponseBody::Handler(HandlerBody::new(body, self.tracker, share, connection)),
        };
        http::Response::from_parts(head, body)
    }

    /// The share of memory for a body that is there already.
    fn memory_for(&self, response: &Response) -> Result<Option<SharePermit>, AppError> {
        match response.body().size_hint().exact() {
            Some(bytes) if bytes > SMALL_BUFFER_BYTES as u64 => {
                self.memory.try_acquire(self.client, bytes).map(Some).ok_or(BUSY)
            }
            _ => Ok(None),
        }
    }
}

/// The request as the routes take it: warp matches method and path, and handlers get the rest as
/// a [`RequestHead`].
fn for_routes<B>(request: Request<B>, origin: Origin) -> Request<B> {
    let (parts, body) = request.into_parts();
    let http::request::Parts { method, uri, headers, .. } = parts;
    let (path, query) = (uri.path().to_owned(), uri.query().unwrap_or_default().to_owned());
    let mut request = Request::new(body);
    *request.method_mut() = method.clone();
    *request.uri_mut() = uri;
    let head = RequestHead { origin, method, path, query, headers };
    request.extensions_mut().insert(Arc::new(head));
    request
}

fn tracker<B>(
    origin: &Origin,
    connection: &ConnectionContext,
    request: &Request<B>,
    share: Option<SharePermit>,
) -> Arc<RequestTracker> {
    let (method, path) = (request.method().clone(), request.uri().path());
    let (start, in_flight) = (Instant::now(), connection.begin_request());
    let tracker = RequestTracker::new(origin.id, origin.client, method, path, start, in_flight);
    Arc::new(tracker.with_share(share))
}

/// RFC 9112, section 3.2: who says no host, or two, is not to be guessed at.
fn has_one_host(version: Version, fields: &HeaderMap) -> bool {
    match fields.lines(&HOST).count() {
        0 => version != Version::HTTP_11,
        lines => lines == 1,
    }
}

fn origin(connection: &ConnectionContext, headers: &HeaderMap, trusted: &[Network]) -> Origin {
    let id = RequestId::at(SystemTime::now());
    let peer = connection.peer();
    let secure = connection.is_tls()
        || is_trusted(peer, trusted)
            && headers.get("x-forwarded-proto").is_some_and(|proto| proto == "https");
    Origin { id, client: client_address(peer, headers, trusted), secure }
}
