//! Connections: accepting, deadlines, limits, and how bytes leave.

mod buffer;
mod file_body;
mod payload;
mod source;
#[cfg(test)]
pub(crate) mod test_server;

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;

use crate::app::App;
use crate::http;

pub use file_body::{FileBody, FileParts, Piece};
pub use payload::Payload;
pub use source::Source;

/// A request's head must be there within this time.
const HEADER_DEADLINE: Duration = Duration::from_secs(10);

/// Serves until `shutdown`; then running responses get the drain time.
pub async fn serve(listener: TcpListener, app: App, shutdown: impl Future<Output = ()> + Send) {
    let service = http::service(&app);
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEADER_DEADLINE);
    let connections = GracefulShutdown::new();
    let mut shutdown = pin!(shutdown);
    loop {
        let (stream, peer) = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    // Out of file descriptors, mostly: wait for some to close.
                    tracing::warn!(%error, "cannot accept");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
            () = &mut shutdown => break,
        };
        let _ = stream.set_nodelay(true);
        let service = service.clone();
        let answer = service_fn(move |request| service.answer(peer.ip(), request));
        let connection = builder.serve_connection(TokioIo::new(stream), answer).into_owned();
        let watched = connections.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = watched.await {
                tracing::debug!(%error, "connection ended");
            }
        });
    }
    app.set_ready(false);
    drop(listener);
    if tokio::time::timeout(app.config.drain, connections.shutdown()).await.is_err() {
        tracing::warn!("cut the connections that were still open after the drain time");
    }
}

#[cfg(test)]
mod tests;
