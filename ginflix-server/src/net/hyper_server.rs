//! Connections that hyper serves: TLS, HTTP/2, and every request that the event loops do not
//! answer. Handlers run here, so that a slow one delays no event loop.

use std::error::Error;
use std::future::{self, Future};
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::HeaderValue;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use super::connection_context::ConnectionContext;
use super::connection_limiter::{ConnectionLimiter, ConnectionPermit};
use super::http2::{MAX_CONCURRENT_STREAMS, SEND_BUFFER_BYTES, StreamExecutor};
use super::hyper_connections::HyperConnections;
use super::log_throttle::{LineDue, LogThrottle};
use super::server_context::{HttpService, ServerContext};
use super::socket::{ClientSocket, RawConnection, timed_out};
use super::tls::Tls;
use crate::fair_share::{ClientKey, resolve_client};
use crate::metrics::{DisconnectReason, Metrics};
use crate::network::Network;

/// The size of hyper's buffers for HTTP/1.1, and so of the longest request head. A request target
/// of more than 64 KiB has to fit in, because it is refused with a status code of its own (414).
const HTTP1_BUFFER_BYTES: usize = 80 << 10;

/// Serves connections with hyper; cheap to clone.
#[derive(Clone)]
pub struct HyperServer<S> {
    service: S,
    connections: HyperConnections,
    limiter: ConnectionLimiter,
    refusal_log: Arc<LogThrottle>,
    /// For refusing connections over TLS, with `hsts` as `Strict-Transport-Security`.
    tls: Option<Tls>,
    hsts: Option<HeaderValue>,
    trusted_proxies: Arc<[Network]>,
    runtime: Handle,
    metrics: Metrics,
    /// Makes every connection close after its current response.
    stopping: CancellationToken,
    /// Closes every connection that is left.
    cut_off: CancellationToken,
    /// How long a client may read nothing.
    stall: Duration,
}

impl<S: HttpService> HyperServer<S> {
    /// Creates a server whose tasks run on the Tokio runtime of the caller.
    pub fn new(
        service: S,
        context: &ServerContext,
        limiter: ConnectionLimiter,
        tls: Option<Tls>,
        stopping: CancellationToken,
        cut_off: CancellationToken,
    ) -> Self {
        Self {
            service,
            connections: HyperConnections::new(context.limits.hyper_connections.clone()),
            limiter,
            refusal_log: Arc::default(),
            tls,
            hsts: context.config.hsts.clone(),
            trusted_proxies: context.config.trusted_proxies.clone().into(),
            runtime: Handle::current(),
            metrics: context.metrics.clone(),
            stopping,
            cut_off,
            stall: context.config.stall_timeout,
        }
    }

    /// Serves a connection without TLS from its unread bytes on, in the background.
    pub fn serve_plain(&self, connection: RawConnection, permit: ConnectionPermit, is_late: bool) {
        let metrics = self.metrics.clone();
        let context = ConnectionContext::new(connection.peer, is_late, false, metrics);
        self.serve(permit, context, connection, |socket| {
            future::ready(Ok((socket, HttpVersions::Any)))
        });
    }

    /// Returns the client whose share a connection from this address uses.
    pub fn client(&self, peer: IpAddr) -> ClientKey {
        resolve_client(peer, &self.trusted_proxies)
    }

    /// Refuses a connection because there are too many.
    pub fn refuse(&self, stream: TcpStream, peer: IpAddr) {
        match self.refusal_log.count(Instant::now()) {
            LineDue::Now(refused) => log_refusals(refused, peer),
            LineDue::After(wait) => {
                let refusal_log = Arc::clone(&self.refusal_log);
                self.runtime.spawn(async move {
                    tokio::time::sleep(wait).await;
                    match refusal_log.take(Instant::now()) {
                        0 => {}
                        refused => log_refusals(refused, peer),
                    }
                });
            }
            LineDue::Included => {}
        }
        self.metrics.record_disconnect(DisconnectReason::TooMany);
        self.limiter.refuse(stream, self.tls.as_ref(), self.hsts.as_ref());
    }

    /// Serves a connection in the background. `handshake` turns the socket into the stream that
    /// HTTP is spoken on, and tells in which versions.
    pub fn serve<T, H>(
        &self,
        permit: ConnectionPermit,
        context: ConnectionContext,
        connection: RawConnection,
        handshake: impl FnOnce(ClientSocket) -> H + Send + 'static,
    ) where
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
        H: Future<Output = Result<(T, HttpVersions), ConnectionError>> + Send + 'static,
    {
        let Self { service, metrics, stopping, cut_off, stall, .. } = self.clone();
        let peer = connection.peer;
        let Some(open) = self.connections.open(self.client(peer), &context) else {
            let _runtime = self.runtime.enter();
            if let Ok(stream) = TcpStream::from_std(connection.stream) {
                self.refuse(stream, peer);
            }
            return;
        };
        // Boxed, because the futures around it would each contain it, and so multiply its size.
        let serving = Box::pin(async move {
            let socket = connection.attach(context.clone(), stall)?;
            let (stream, versions) = handshake(socket).await?;
            serve_connection(service, stream, versions, context, stopping, stall).await
        });
        self.runtime.spawn(async move {
            tokio::select! {
                ended = cut_off.run_until_cancelled_owned(serving) => match ended {
                    Some(Ok(())) => {}
                    Some(Err(error)) => tracing::debug!(%error, "connection ended"),
                    None => metrics.record_disconnect(DisconnectReason::Drained),
                },
                () = open.evicted() => metrics.record_disconnect(DisconnectReason::Evicted),
            }
            drop((permit, open));
        });
    }
}

/// Logs how many connections were refused since the last such line, and the client of one of them.
fn log_refusals(refused: u64, client: IpAddr) {
    // The memory of the process limits those that hyper serves; each client has a fair share.
    tracing::warn!(
        refused,
        %client,
        "refused connections: too many are open, for max_connections, the memory or one client; \
         ginflix_cuts_total counts all of them"
    );
}

/// The versions of HTTP that a client may speak on a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HttpVersions {
    /// The first bytes show the version: HTTP/1.1, or HTTP/2 with prior knowledge.
    Any,
    /// HTTP/1.1, as the client negotiated it, or because it negotiated nothing.
    Http1,
    /// HTTP/2, as the client negotiated it. Anything else is an error: RFC 9113, section 3.4.
    Http2,
}

impl HttpVersions {
    fn restrict<E>(self, builder: auto::Builder<E>) -> auto::Builder<E> {
        match self {
            Self::Any => builder,
            Self::Http1 => builder.http1_only(),
            Self::Http2 => builder.http2_only(),
        }
    }
}

/// Why a connection ended early.
type ConnectionError = Box<dyn Error + Send + Sync>;

/// Answers all requests of a connection.
async fn serve_connection<S: HttpService>(
    service: S,
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    versions: HttpVersions,
    context: ConnectionContext,
    stopping: CancellationToken,
    stall: Duration,
) -> Result<(), ConnectionError> {
    // During the shutdown, a connection gets one response.
    let is_last = context.is_late() || stopping.is_cancelled();
    let metrics = context.metrics().clone();
    let mut builder = versions.restrict(auto::Builder::new(StreamExecutor { stall, metrics }));
    builder.http1().keep_alive(!is_last).max_buf_size(HTTP1_BUFFER_BYTES);
    builder
        .http2()
        .max_concurrent_streams(MAX_CONCURRENT_STREAMS)
        .max_send_buf_size(SEND_BUFFER_BYTES);
    let request_context = context.clone();
    let service = service_fn(move |request| service.call(&request_context, request));
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
    // Twice as long, so that a stream that has a timer is reset before the whole connection is closed.
    let mut stalled = pin!(context.unsent_part_stalls(stall * 2));
    let mut is_ending = is_last;
    loop {
        tokio::select! {
            ended = connection.as_mut() => return ended,
            () = stopping.cancelled(), if !is_ending => {
                is_ending = true;
                connection.as_mut().graceful_shutdown();
            }
            // A stream whose whole response was passed to hyper has no timer any more.
            () = stalled.as_mut() => {
                context.metrics().record_disconnect(DisconnectReason::NotReading);
                return Err(timed_out("the client does not read").into());
            }
        }
    }
}
