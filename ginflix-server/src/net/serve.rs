//! The accept loop, and the orderly stop.

use std::error::Error;
use std::future::Future;
use std::net::IpAddr;
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::OwnedSemaphorePermit;
use tokio_util::sync::CancellationToken;

use super::capacity::Capacity;
use super::link::Link;
use super::metrics::{Cut, Metrics};
use super::socket::Socket;
use super::tls::Tls;
use crate::app::App;
use crate::http::{self, HttpService, Inner};

/// Requests that were sent before the stop have this long to arrive: a
/// connection without a request is closed at once, whatever is on its way.
const UNDER_WAY: Duration = Duration::from_millis(500);

/// Serves until `shutdown`. Then this server is not ready any more: running
/// answers get the drain time, whoever comes new learns that it is stopping,
/// and what is left after that is cut.
pub async fn serve(
    listener: TcpListener,
    tls: Option<Tls>,
    app: App,
    shutdown: impl Future<Output = ()> + Send,
) {
    let server = Server {
        capacity: Capacity::new(app.config.max_connections),
        tls,
        service: http::service(&app),
        cut: CancellationToken::new(),
        stall: app.config.stall,
        metrics: app.metrics.clone(),
    };
    let _cut = server.cut.clone().drop_guard();
    let connections = GracefulShutdown::new();
    tokio::select! {
        () = server.accept_all(&listener, Some(&connections)) => {}
        () = shutdown => {}
    }
    app.set_ready(false);
    tokio::select! {
        () = server.accept_all(&listener, None) => {}
        () = finish(connections) => {}
        () = tokio::time::sleep(app.config.drain) => {
            tracing::warn!("cut the connections that were still open after the drain time");
        }
    }
}

/// Ends each connection with the answer that is running on it.
async fn finish(connections: GracefulShutdown) {
    if connections.count() > 0 {
        tokio::time::sleep(UNDER_WAY).await;
    }
    connections.shutdown().await;
}

struct Server<S> {
    capacity: Capacity,
    /// Plain where there is none.
    tls: Option<Tls>,
    service: HttpService<S>,
    /// Ends every connection that is left.
    cut: CancellationToken,
    stall: Duration,
    metrics: Metrics,
}

impl<S: Inner> Server<S> {
    /// Never ends. Who comes too late belongs to no connections that are waited for.
    async fn accept_all(&self, listener: &TcpListener, connections: Option<&GracefulShutdown>) {
        loop {
            match listener.accept().await {
                Ok((stream, peer)) => self.welcome(stream, peer.ip(), connections),
                Err(error) => {
                    // Out of file descriptors, mostly: wait for some to close.
                    tracing::warn!(%error, "cannot accept");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
    }

    fn welcome(&self, stream: TcpStream, peer: IpAddr, connections: Option<&GracefulShutdown>) {
        let Some(place) = self.capacity.enter() else {
            tracing::warn!(client = %peer, "refused: too many connections");
            self.metrics.cut(Cut::TooMany);
            return self.capacity.refuse(stream, self.tls.as_ref());
        };
        let _ = stream.set_nodelay(true); // slower without, but not wrong
        let link = Link::new(peer, connections.is_none(), self.tls.is_some(), self.metrics.clone());
        let socket = Socket::new(stream, link.clone(), self.stall);
        let (service, watcher) = (self.service.clone(), connections.map(GracefulShutdown::watcher));
        match self.tls.clone() {
            None => self.spawn(place, converse(service, socket, link, watcher)),
            Some(tls) => self.spawn(place, async move {
                let stream = tls.accept(socket).await?;
                converse(service, stream, link, watcher).await
            }),
        }
    }

    fn spawn(
        &self,
        place: OwnedSemaphorePermit,
        connection: impl Future<Output = Result<(), Failure>> + Send + 'static,
    ) {
        let (cut, metrics) = (self.cut.clone(), self.metrics.clone());
        metrics.connections().inc();
        tokio::spawn(async move {
            match cut.run_until_cancelled_owned(connection).await {
                Some(Ok(())) => {}
                Some(Err(error)) => tracing::debug!(%error, "connection ended"),
                None => metrics.cut(Cut::Drained),
            }
            metrics.connections().dec();
            drop(place);
        });
    }
}

/// Why a connection ended before its time.
type Failure = Box<dyn Error + Send + Sync>;

/// Answers all requests of a connection.
async fn converse<S: Inner>(
    service: HttpService<S>,
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    link: Link,
    watcher: Option<Watcher>,
) -> Result<(), Failure> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().keep_alive(!link.is_late());
    let answer = service_fn(move |request| service.answer(&link, request));
    let connection = builder.serve_connection(TokioIo::new(stream), answer).into_owned();
    match watcher {
        Some(watcher) => watcher.watch(connection).await,
        None => connection.await,
    }
}
