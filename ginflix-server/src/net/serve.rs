//! The accept loop, and the orderly stop.

use std::future::Future;
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use super::capacity::Capacity;
use super::link::Link;
use super::socket::Socket;
use crate::app::App;
use crate::http::{self, HttpService, Inner};

/// Serves until `shutdown`. Then this server is not ready any more: running
/// answers get the drain time, whoever comes new is told to go elsewhere, and
/// what is left after that is cut.
pub async fn serve(listener: TcpListener, app: App, shutdown: impl Future<Output = ()> + Send) {
    let server = Server {
        capacity: Capacity::new(app.config.max_connections),
        service: http::service(&app),
        builder: auto::Builder::new(TokioExecutor::new()),
        connections: GracefulShutdown::new(),
        cut: CancellationToken::new(),
        stall: app.config.stall,
    };
    let _cut = server.cut.clone().drop_guard();
    tokio::select! {
        () = server.accept_all(&listener) => {}
        () = shutdown => {}
    }
    app.set_ready(false);
    let drained = server.drain(listener);
    if tokio::time::timeout(app.config.drain, drained).await.is_err() {
        tracing::warn!("cut the connections that were still open after the drain time");
    }
}

struct Server<S> {
    capacity: Capacity,
    service: HttpService<S>,
    builder: auto::Builder<TokioExecutor>,
    connections: GracefulShutdown,
    cut: CancellationToken,
    stall: Duration,
}

impl<S: Inner> Server<S> {
    /// Never ends.
    async fn accept_all(&self, listener: &TcpListener) {
        loop {
            match listener.accept().await {
                Ok((stream, _)) => self.welcome(stream),
                Err(error) => {
                    // Out of file descriptors, mostly: wait for some to close.
                    tracing::warn!(%error, "cannot accept");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
    }

    fn welcome(&self, stream: TcpStream) {
        let Ok(peer) = stream.peer_addr() else { return }; // gone already
        let Some(place) = self.capacity.enter() else {
            tracing::warn!(client = %peer.ip(), "refused: too many connections");
            return self.capacity.refuse(stream);
        };
        let _ = stream.set_nodelay(true);
        let link = Link::new(peer.ip());
        let socket = TokioIo::new(Socket::new(stream, link.clone(), self.stall));
        let service = self.service.clone();
        let answer = service_fn(move |request| service.answer(&link, request));
        let connection = self.builder.serve_connection(socket, answer).into_owned();
        let watched = self.connections.watch(connection);
        let cut = self.cut.clone();
        tokio::spawn(async move {
            if let Some(Err(error)) = cut.run_until_cancelled_owned(watched).await {
                tracing::debug!(%error, "connection ended");
            }
            drop(place);
        });
    }

    async fn drain(self, listener: TcpListener) {
        drop(listener);
        self.connections.shutdown().await;
    }
}
