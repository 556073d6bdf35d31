//! What a handler is given: who asks for what, and the body within limits.

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

/// The most bytes a JSON body of an administrator may have.
pub const MAX_JSON_BYTES: u64 = 1024 * 1024;

/// How much of a refused body is read on, bytes, and for how long.
const MAX_DRAINED_BYTES: usize = 32 * 1024 * 1024;
const DRAIN_TIME: Duration = Duration::from_secs(5);

/// What the connection knows of a request before any route does.
#[derive(Debug, Clone, Copy)]
pub struct Origin {
    /// Its id.
    pub id: RequestId,
    /// The client's address; behind a trusted proxy, the one that it names.
    pub client: IpAddr,
    /// Whether the client's side is TLS, here or at a trusted proxy.
    pub secure: bool,
}

/// Pieces of a request's body, as they arrive.
pub type BodyStream = Pin<Box<dyn Stream<Item = Result<Bytes, warp::Error>> + Send + Sync>>;

/// The head of a request, as its connection hands it to the routes. Not `Debug`: its fields have
/// secrets.
pub struct RequestHead {
    /// The connection's part.
    pub origin: Origin,
    /// Method: `GET` rows of the table are asked with `HEAD` too.
    pub method: Method,
    /// Path, as sent.
    pub path: String,
    /// Query without `?`; empty if there is none.
    pub query: String,
    /// Header fields.
    pub headers: HeaderMap,
}

/// A request before it is known who asks.
pub struct Incoming {
    /// What handlers share.
    pub app: App,
    head: Arc<RequestHead>,
    body: BodyStream,
}

/// A request that may be answered.
pub struct Req {
    /// What handlers share.
    pub app: App,
    /// Who asks.
    pub identity: Identity,
    head: Arc<RequestHead>,
    body: BodyStream,
}

impl Deref for Incoming {
    type Target = RequestHead;

    fn deref(&self) -> &RequestHead {
        &self.head
    }
}

impl Deref for Req {
    type Target = RequestHead;

    fn deref(&self) -> &RequestHead {
        &self.head
    }
}

impl Incoming {
    /// With the answer to who asks.
    pub fn identified(self, identity: Identity) -> Req {
        let Self { app, head, body } = self;
        Req { app, identity, head, body }
    }
}

impl Req {
    /// The query as a struct that refuses unknown keys.
    ///
    /// # Errors
    /// Where a key is unknown or its value is none of its type.
    pub fn query<T: DeserializeOwned>(&self) -> Result<T, AppError> {
        serde_urlencoded::from_str(&self.query)
            .map_err(|e| AppError::invalid("query", e.to_string()))
    }

    /// One header field as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body as JSON, of at most [`MAX_JSON_BYTES`].
    ///
    /// # Errors
    /// Where it is larger, no JSON, or not of this shape.
    pub async fn json<T: DeserializeOwned>(self) -> Result<T, AppError> {
        self.json_within(MAX_JSON_BYTES).await
    }

    /// The body as JSON, of at most `limit_bytes`: little, where anyone may send it.
    ///
    /// # Errors
    /// As [`Req::json`].
    pub async fn json_within<T: DeserializeOwned>(self, limit_bytes: u64) -> Result<T, AppError> {
        let body = self.bytes("this JSON body", limit_bytes).await?;
        serde_json::from_slice(&body).map_err(|e| AppError::invalid("body", e.to_string()))
    }

    /// The whole body, of at most `limit_bytes`.
    ///
    /// # Errors
    /// Where it is larger, there is no memory for it, or the client goes away.
    pub async fn bytes(mut self, what: &'static str, limit_bytes: u64) -> Result<Bytes, AppError> {
        let mut whole = BytesMut::new();
        let client = resolve_client(self.origin.client, &self.app.config.trusted_proxies);
        let mut memory = self.app.limits.request_bytes.try_acquire(client, 0).ok_or(NO_MEMORY)?;
        while let Some(piece) = self.body.next().await {
            let piece = piece.map_err(|_| AppError::invalid("body", "ended early"))?;
            if (whole.len() + piece.len()) as u64 > limit_bytes {
                drain(&mut self.body).await;
                return Err(AppError::TooLarge { what, limit_bytes });
            }
            let counted = whole.len().saturating_sub(UNCOUNTED_BYTES);
            let length = whole.len() + piece.len();
            let more = length.saturating_sub(UNCOUNTED_BYTES) - counted;
            if !memory.try_grow(more as u64) {
                drain(&mut self.body).await;
                return Err(NO_MEMORY);
            }
            whole.extend_from_slice(&piece);
        }
        Ok(whole.freeze())
    }

    /// The body piece by piece, without a limit: the handler sets one.
    pub fn into_body(self) -> BodyStream {
        self.body
    }
}

/// Bytes of a body that the limit of all bodies leaves out, so that a log-in is possible when
/// others have used that up. The limit of requests covers them.
const UNCOUNTED_BYTES: usize = 16 * 1024;

/// Told to those who send a body when too many others do.
const NO_MEMORY: AppError = AppError::Unavailable("memory for a request's body");

/// Reads a refused body for a moment more: closing on bytes that were not read
/// would reset the connection, and the client would never see why.
async fn drain(body: &mut BodyStream) {
    let mut left = MAX_DRAINED_BYTES;
    let to_its_end = async {
        while let Some(Ok(piece)) = body.next().await {
            left = left.saturating_sub(piece.len());
            if left == 0 {
                break;
            }
        }
    };
    // Who takes longer is not worth waiting for.
    let _ = tokio::time::timeout(DRAIN_TIME, to_its_end).await;
}

/// Takes a request apart. It has a [`RequestHead`] among its extensions, where no field of the
/// head has to be copied for the handler.
pub fn incoming(app: App) -> impl Filter<Extract = (Incoming,), Error = Rejection> + Clone {
    warp::ext::get::<Arc<RequestHead>>().and(warp::body::stream()).map(move |head, body| Incoming {
        app: app.clone(),
        head,
        body: into_bytes(body),
    })
}

fn into_bytes<B: Buf>(
    body: impl Stream<Item = Result<B, warp::Error>> + Send + Sync + 'static,
) -> BodyStream {
    // hyper's pieces are `Bytes` inside, so this copies nothing.
    Box::pin(body.map_ok(|mut piece| piece.copy_to_bytes(piece.remaining())))
}
