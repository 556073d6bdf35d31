//! A persistent HTTP connection that gets whole responses.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::runtime::{Builder, Runtime};

/// How long a response may take.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(30);

/// A connection to a server on this machine.
pub struct HttpConnection {
    stream: TcpStream,
    received: Vec<u8>,
}

/// Returns a runtime for connections.
///
/// # Errors
/// If it cannot be started.
pub fn runtime() -> Result<Runtime> {
    Ok(Builder::new_current_thread().enable_all().build()?)
}

impl HttpConnection {
    /// Connects from an address that depends on `number`, because GinFlix limits the connections of each address.
    ///
    /// # Errors
    /// If the server does not accept the connection.
    pub async fn open(port: u16, number: usize) -> Result<Self> {
        let socket = TcpSocket::new_v4()?;
        let from = Ipv4Addr::new(127, 0, 2, (number / 100) as u8 + 1);
        socket.bind(SocketAddr::from((from, 0)))?;
        let stream = socket.connect(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, received: Vec::new() })
    }

    /// Requests a path, and returns the content of the response.
    ///
    /// # Errors
    /// If the response is not 200, or does not arrive in time.
    pub async fn get(&mut self, path: &str) -> Result<Vec<u8>> {
        let response = tokio::time::timeout(RESPONSE_TIMEOUT, self.get_without_limit(path)).await;
        response.with_context(|| format!("{path}: no response in time"))?
    }

    async fn get_without_limit(&mut self, path: &str) -> Result<Vec<u8>> {
        let request = format!("GET {path} HTTP/1.1\r\nHost: bench\r\n\r\n");
        self.stream.write_all(request.as_bytes()).await?;
        let end = loop {
            if let Some(end) = self.received.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                break end + 4;
            }
            self.receive().await?;
        };
        let content = self.received.split_off(end);
        let head = std::mem::replace(&mut self.received, content);
        let head = String::from_utf8_lossy(&head).to_ascii_lowercase();
        ensure!(head.starts_with("http/1.1 200"), "{path}: {head}");
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let length: usize = length.context("a response without Content-Length")?.trim().parse()?;
        while self.received.len() < length {
            self.receive().await?;
        }
        let rest = self.received.split_off(length);
        Ok(std::mem::replace(&mut self.received, rest))
    }

    async fn receive(&mut self) -> Result<()> {
        let received = self.stream.read_buf(&mut self.received).await?;
        ensure!(received > 0, "the server closed the connection");
        Ok(())
    }
}
