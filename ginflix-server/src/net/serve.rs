//! The accept loop and the graceful shutdown.

use std::future::Future;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::connection_context::ConnectionContext;
use super::connection_limiter::ConnectionLimiter;
use super::event_loops::{EventLoopPool, Fallback};
use super::hyper_server::{HttpVersions, HyperServer};
use super::log_throttle::{LineDue, LogThrottle};
use super::pacing::Pacing;
use super::server_context::{HttpService, ServerContext};
use super::socket::RawConnection;
use super::tls::Tls;
use crate::media::loading;
use crate::metrics::Metrics;

/// How long a request that was sent before the shutdown may take to arrive. Without this time, a
/// connection would be closed while its next request is on the way.
const LATE_REQUEST_GRACE: Duration = Duration::from_millis(500);

/// How long the shutdown waits for a request if no connection is open: one may still be waiting in
/// the accept queue.
const ACCEPT_GRACE: Duration = Duration::from_millis(10);

/// How long accepting pauses after an error, most likely a lack of file descriptors.
const ACCEPT_RETRY_DELAY: Duration = Duration::from_millis(50);

/// Serves until `shutdown` resolves. After that, responses in flight may finish within the drain
/// time, requests on new connections get 503, and connections that are left at the end are closed.
///
/// # Errors
/// If the event loops cannot be started.
pub async fn serve<S: HttpService>(
    listener: TcpListener,
    pacing: Pacing,
    tls: Option<Tls>,
    context: ServerContext,
    service: S,
    shutdown: impl Future<Output = ()> + Send,
) -> io::Result<()> {
    loading::start_threads();
    let (stopping, cut_off) = (CancellationToken::new(), CancellationToken::new());
    let _cut_off = cut_off.clone().drop_guard();
    let limiter = ConnectionLimiter::new(context.config.max_connections);
    let hyper = HyperServer::new(
        service,
        &context,
        limiter.clone(),
        tls.clone(),
        stopping.clone(),
        cut_off,
    );
    let fallback = hyper.clone();
    let fallback: Fallback =
        Arc::new(move |connection, permit| fallback.serve_plain(connection, permit, false));
    let server = Server {
        event_loops: EventLoopPool::start(&context, pacing, &fallback)?,
        limiter,
        tls,
        hyper,
        connections: TaskTracker::new(),
        late_connections: TaskTracker::new(),
        stopping,
        metrics: context.metrics.clone(),
        accept_failures: LogThrottle::default(),
    };
    tokio::select! {
        () = server.accept_all(&listener, false) => {}
        () = shutdown => {}
    }
    tokio::select! {
        biased; // connections in the accept queue come before the end of the shutdown
        () = server.accept_all(&listener, true) => {}
        () = server.drain() => {}
        () = tokio::time::sleep(context.config.drain_timeout) => {
            tracing::warn!("closed connections whose responses did not end within drain_seconds");
        }
    }
    server.late_connections.close();
    let _ = tokio::time::timeout(LATE_REQUEST_GRACE, server.late_connections.wait()).await;
    Ok(())
}

struct Server<S> {
    event_loops: EventLoopPool,
    limiter: ConnectionLimiter,
    /// `None` for plain HTTP.
    tls: Option<Tls>,
    hyper: HyperServer<S>,
    /// Connections that the shutdown waits for.
    connections: TaskTracker,
    /// Connections that were accepted during the shutdown. They get a refusal if their request
    /// arrives soon.
    late_connections: TaskTracker,
    /// Makes every connection of hyper close after its current response.
    stopping: CancellationToken,
    metrics: Metrics,
    /// Limits the log lines about connections that could not be accepted.
    accept_failures: LogThrottle,
}

impl<S: HttpService> Server<S> {
    /// Closes each connection after its current response. Returns when all are closed.
    async fn drain(&self) {
        let is_idle = self.connections.is_empty();
        tokio::time::sleep(if is_idle { ACCEPT_GRACE } else { LATE_REQUEST_GRACE }).await;
        self.stopping.cancel();
        self.event_loops.drain();
        self.connections.close();
        self.connections.wait().await;
    }

    /// Accepts connections for ever. `is_late` says that the server is stopping.
    async fn accept_all(&self, listener: &TcpListener, is_late: bool) {
        loop {
            match listener.accept().await {
                Ok((stream, peer)) => self.accept(stream, peer.ip(), is_late),
                Err(error) => {
                    // Without descriptors this fails many times a second.
                    if let LineDue::Now(failed) = self.accept_failures.count(Instant::now()) {
                        tracing::warn!(failed, %error, "cannot accept connections; trying again");
                    }
                    tokio::time::sleep(ACCEPT_RETRY_DELAY).await;
                }
            }
        }
    }

    /// Passes an accepted connection to an event loop or to hyper.
    fn accept(&self, stream: TcpStream, peer: IpAddr, is_late: bool) {
        let tracker = if is_late { &self.late_connections } else { &self.connections };
        let client = self.hyper.client(peer);
        let Some(permit) = self.limiter.acquire(client, &self.metrics, tracker) else {
            return self.hyper.refuse(stream, peer);
        };
        let _ = stream.set_nodelay(true); // responses are slower without it, but not wrong
        let Ok(connection) = RawConnection::new(stream, peer) else {
            return;
        };
        match self.tls.clone() {
            // hyper can respond 503, as the shutdown requires; the event loops cannot.
            None if is_late => self.hyper.serve_plain(connection, permit, is_late),
            None => self.event_loops.assign(connection, permit),
            Some(tls) => {
                let context = ConnectionContext::new(peer, is_late, true, self.metrics.clone());
                self.hyper.serve(permit, context, connection, |socket| async move {
                    let stream = tls.accept(socket).await?;
                    let versions = match Tls::is_http2(&stream) {
                        true => HttpVersions::Http2,
                        false => HttpVersions::Http1,
                    };
                    Ok((stream, versions))
                });
            }
        }
    }
}
