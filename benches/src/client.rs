//! A minimal HTTP client for viewers, which reads at the pace of its caller.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

/// How long a connection or a read may take before it counts as an error.
const IO_TIMEOUT: Duration = Duration::from_secs(30);

/// An HTTP connection.
pub struct Client {
    stream: TcpStream,
    /// The part of the content that arrived together with the head.
    buffered: Vec<u8>,
}

impl Client {
    /// Connects from an address that depends on `number`, because an address has a limited number
    /// of ports, and GinFlix limits the connections of each address.
    ///
    /// # Errors
    /// If the server does not accept the connection within [`IO_TIMEOUT`].
    pub async fn connect(port: u16, number: usize) -> Result<Self> {
        let from = Ipv4Addr::new(127, 0, 1, (number / 1000) as u8 + 1);
        let socket = TcpSocket::new_v4()?;
        socket.bind(SocketAddr::from((from, 0)))?;
        let connecting = socket.connect(SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
        let connected = tokio::time::timeout(IO_TIMEOUT, connecting).await;
        let stream = connected.context("the server did not accept the connection in time")??;
        Ok(Self { stream, buffered: Vec::new() })
    }

    /// Requests a range of a file, and reads the head of the response.
    ///
    /// # Errors
    /// If the response is not 206 with this length, or takes longer than [`IO_TIMEOUT`].
    pub async fn request(&mut self, name: &str, offset: u64, length: u64) -> Result<()> {
        let last = offset + length - 1;
        let request = format!(
            "GET /stream/{name} HTTP/1.1\r\nHost: bench\r\nRange: bytes={offset}-{last}\r\n\r\n"
        );
        self.stream.write_all(request.as_bytes()).await?;
        let mut head = std::mem::take(&mut self.buffered);
        let end = loop {
            if let Some(end) = head.windows(4).position(|window| window == b"\r\n\r\n") {
                break end + 4;
            }
            let read = self.stream.read_buf(&mut head);
            let read = tokio::time::timeout(IO_TIMEOUT, read).await;
            let n = read.context("the server did not respond in time")??;
            ensure!(n > 0, "the server closed the connection before the response");
        };
        self.buffered = head.split_off(end);
        let head = String::from_utf8_lossy(&head).to_ascii_lowercase();
        ensure!(head.starts_with("http/1.1 206"), "the response is not 206: {head}");
        let has_length = head.contains(&format!("content-length: {length}\r\n"));
        ensure!(has_length, "the content is not {length} bytes long: {head}");
        Ok(())
    }

    /// Reads this much of the content and discards it.
    ///
    /// # Errors
    /// If the connection ends before that, or a read takes longer than [`IO_TIMEOUT`].
    pub async fn discard(&mut self, length: usize, buffer: &mut [u8]) -> Result<()> {
        let mut left = length;
        let buffered = left.min(self.buffered.len());
        self.buffered.drain(..buffered);
        left -= buffered;
        while left > 0 {
            let chunk = left.min(buffer.len());
            let read = self.stream.read(&mut buffer[..chunk]);
            let read = tokio::time::timeout(IO_TIMEOUT, read).await;
            let n = read.context("the server sent no content in time")??;
            ensure!(n > 0, "the server closed the connection before the end of the content");
            left -= n;
        }
        Ok(())
    }
}

/// A generator of pseudo-random numbers, the same for the same seed.
pub struct Random(u64);

impl Random {
    /// Creates a generator.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// Returns the next number, below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_041);
        (self.0 >> 20) % end
    }
}
