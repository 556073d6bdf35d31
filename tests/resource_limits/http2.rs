//! HTTP/2 clients that control the flow-control windows of their streams.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use bytes::Bytes;
use h2::client::{ResponseFuture, SendRequest};
use h2::{RecvStream, SendStream};
use tokio::task::JoinHandle;

use super::client::connect;

/// An HTTP/2 connection; closed when dropped.
pub struct Connection {
    requests: SendRequest<Bytes>,
    driver: JoinHandle<Result<(), h2::Error>>,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

impl Connection {
    /// Connects; each stream has an initial window of this many bytes.
    pub async fn open(from: Ipv4Addr, to: SocketAddr, window: u32) -> io::Result<Self> {
        let stream = connect(from, to).await?;
        let (requests, connection) = h2::client::Builder::new()
            .initial_window_size(window)
            .initial_connection_window_size(16 << 20)
            .handshake(stream)
            .await
            .map_err(io::Error::other)?;
        Ok(Self { requests, driver: tokio::spawn(connection) })
    }

    /// Sends a request; with `has_body` its content may follow on the returned stream.
    pub async fn send(
        &mut self,
        method: &str,
        path: &str,
        has_body: bool,
    ) -> Result<(ResponseFuture, SendStream<Bytes>), h2::Error> {
        let mut requests = self.requests.clone().ready().await?;
        let request = http::Request::builder()
            .method(method)
            .uri(format!("http://test{path}"))
            .header("content-type", "application/json")
            .body(())
            .unwrap();
        requests.send_request(request, !has_body)
    }

    /// Sends a GET, waits for the head of the response and returns its content.
    pub async fn get(&mut self, path: &str) -> Result<RecvStream, h2::Error> {
        let (response, _) = self.send("GET", path, false).await?;
        Ok(response.await?.into_body())
    }
}

/// Reports whether the server resets the stream or closes the connection within `timeout`. Data is
/// read meanwhile, but the window stays as it is.
pub async fn is_reset_within(body: &mut RecvStream, timeout: Duration) -> bool {
    let reset = async {
        loop {
            match body.data().await {
                Some(Ok(_)) => {}
                Some(Err(_)) => return true,
                None => return false,
            }
        }
    };
    tokio::time::timeout(timeout, reset).await.unwrap_or(false)
}
