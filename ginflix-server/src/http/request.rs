//! The request types that handlers get, and how a body is read within limits.

use std::net::IpAddr;
use std::ops::Deref;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use futures_util::{Stream, StreamExt, TryStreamExt};
use serde::de::DeserializeOwned;
use warp::http::{HeaderMap, Method};
use warp::{Filter, Rejection};

use super::auth::Identity;
use crate::app::App;
use crate::delivery::request_id::RequestId;
use crate::error::AppError;
use crate::fair_share::resolve_client;

/// Largest JSON body of an administrator's request, in bytes.
pub const MAX_JSON_BYTES: u64 = 1024 * 1024;

/// Largest part of a rejected body that is read and discarded, in bytes.
const MAX_DRAINED_BYTES: usize = 32 * 1024 * 1024;
/// Upper bound on the time for reading it.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);

/// The facts about a request that its connection provides.
#[derive(Debug, Clone, Copy)]
pub struct RequestContext {
    /// Id of the request.
    pub id: RequestId,
    /// The client's address; behind a trusted proxy, the address that the proxy names.
    pub client: IpAddr,
    /// Whether the client uses TLS, which may end here or at a trusted proxy.
    pub is_secure: bool,
}

/// The chunks of a request's body, as they arrive.
pub type BodyStream = Pin<Box<dyn Stream<Item = Result<Bytes, warp::Error>> + Send + Sync>>;

/// The request line and header section of a request. It is not `Debug`, because the fields
/// contain secrets.
pub struct RequestHead {
    /// The part that the connection adds.
    pub context: RequestContext,
    /// Method; a `GET` route also gets `HEAD` requests.
    pub method: Method,
    /// Path as it was sent, percent-encoded.
    pub path: String,
    /// Query without its `?`; empty if there is none.
    pub query: String,
    /// Header fields.
    pub headers: HeaderMap,
}

/// A request before its client is authenticated.
pub struct RawRequest {
    /// The state that handlers share.
    pub app: App,
    head: Arc<RequestHead>,
    body: BodyStream,
}

/// A request whose client may use the route.
pub struct AuthorizedRequest {
    /// The state that handlers share.
    pub app: App,
    /// The authenticated client.
    pub identity: Identity,
    head: Arc<RequestHead>,
    body: BodyStream,
}

impl Deref for RawRequest {
    type Target = RequestHead;

    fn deref(&self) -> &RequestHead {
        &self.head
    }
}

impl Deref for AuthorizedRequest {
    type Target = RequestHead;

    fn deref(&self) -> &RequestHead {
        &self.head
    }
}

impl RawRequest {
    /// Returns the request line and header section, which outlive the request.
    pub fn head(&self) -> Arc<RequestHead> {
        Arc::clone(&self.head)
    }

    /// Converts this request to the one that handlers get.
    pub fn into_authorized(self, identity: Identity) -> AuthorizedRequest {
        let Self { app, head, body } = self;
        AuthorizedRequest { app, identity, head, body }
    }
}

impl AuthorizedRequest {
    /// Parses the query; types that deny unknown keys reject those.
    ///
    /// # Errors
    /// Returns `Invalid` if a key is unknown or a value does not have its type.
    pub fn query<T: DeserializeOwned>(&self) -> Result<T, AppError> {
        serde_urlencoded::from_str(&self.query)
            .map_err(|e| AppError::invalid("query", e.to_string()))
    }

    /// Returns a header field's value; `None` if it is missing or not visible ASCII.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Reads the body as JSON of at most [`MAX_JSON_BYTES`].
    ///
    /// # Errors
    /// Returns `TooLarge` if the body is larger, and `Invalid` if it is not JSON of this type.
    pub async fn json<T: DeserializeOwned>(self) -> Result<T, AppError> {
        self.json_within(MAX_JSON_BYTES).await
    }

    /// Reads the body as JSON of at most `limit_bytes`, which should be small where anyone may
    /// send it.
    ///
    /// # Errors
    /// Fails as [`AuthorizedRequest::json`] does.
    pub async fn json_within<T: DeserializeOwned>(self, limit_bytes: u64) -> Result<T, AppError> {
        let body = self.bytes("this JSON body", limit_bytes).await?;
        serde_json::from_slice(&body).map_err(|e| AppError::invalid("body", e.to_string()))
    }

    /// Reads the whole body, of at most `limit_bytes`. `what` names it in the error.
    ///
    /// # Errors
    /// Returns `TooLarge` if the body is larger, `Unavailable` if the client's share of the
    /// memory for bodies is used up, and `Invalid` if the body ends early.
    pub async fn bytes(mut self, what: &'static str, limit_bytes: u64) -> Result<Bytes, AppError> {
        let mut content = BytesMut::new();
        let client = resolve_client(self.context.client, &self.app.config.trusted_proxies);
        let mut memory = self.app.limits.request_bytes.try_acquire(client, 0).ok_or(NO_MEMORY)?;
        while let Some(chunk) = self.body.next().await {
            let chunk = chunk.map_err(|_| AppError::invalid("body", "ended early"))?;
            if (content.len() + chunk.len()) as u64 > limit_bytes {
                drain(&mut self.body).await;
                return Err(AppError::too_large(what, limit_bytes));
            }
            let counted = content.len().saturating_sub(UNCOUNTED_BYTES);
            let length = content.len() + chunk.len();
            let more = length.saturating_sub(UNCOUNTED_BYTES) - counted;
            if !memory.try_grow(more as u64) {
                drain(&mut self.body).await;
                return Err(NO_MEMORY);
            }
            content.extend_from_slice(&chunk);
        }
        Ok(content.freeze())
    }

    /// Returns the body as a stream without a limit: the handler has to set one.
    pub fn into_body(self) -> BodyStream {
        self.body
    }
}

/// The first bytes of a body, which do not count towards the memory for all bodies, so that a
/// log-in is possible when other clients have used that up. The limit of concurrent requests
/// bounds them.
const UNCOUNTED_BYTES: usize = 16 * 1024;

/// The error when the bodies of other requests occupy the memory for bodies.
const NO_MEMORY: AppError = AppError::Unavailable(
    "other requests occupy the memory for the content of requests; repeat the request in a moment",
);

/// Reads and discards the rest of a rejected body. Closing a socket with unread bytes resets the
/// connection, and the client would never see the error.
async fn drain(body: &mut BodyStream) {
    let mut remaining = MAX_DRAINED_BYTES;
    let read_to_end = async {
        while let Some(Ok(chunk)) = body.next().await {
            remaining = remaining.saturating_sub(chunk.len());
            if remaining == 0 {
                break;
            }
        }
    };
    // A client that takes longer may miss the error.
    let _ = tokio::time::timeout(DRAIN_TIMEOUT, read_to_end).await;
}

/// A warp filter that extracts the [`RawRequest`]. The [`RequestHead`] comes from the request's
/// extensions, so that nothing of it is copied.
pub fn raw_request(app: App) -> impl Filter<Extract = (RawRequest,), Error = Rejection> + Clone {
    warp::ext::get::<Arc<RequestHead>>()
        .and(warp::body::stream())
        .map(move |head, body| RawRequest { app: app.clone(), head, body: into_bytes(body) })
}

fn into_bytes<B: Buf>(
    body: impl Stream<Item = Result<B, warp::Error>> + Send + Sync + 'static,
) -> BodyStream {
    // hyper's chunks are `Bytes` inside, so this copies nothing.
    Box::pin(body.map_ok(|mut chunk| chunk.copy_to_bytes(chunk.remaining())))
}
