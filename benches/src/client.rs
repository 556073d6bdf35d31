//! A plain HTTP client that reads as slowly as it is told to.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

/// How long anything may take before it counts as an error.
const PATIENCE: Duration = Duration::from_secs(30);

/// One connection.
pub struct Client {
    stream: TcpStream,
    /// What came behind a head.
    rest: Vec<u8>,
}

impl Client {
    /// Connects from one of many addresses: one has only so many ports, and GinFlix lets one client
    /// have only so many connections.
    pub async fn connect(port: u16, number: usize) -> Result<Self> {
        let from = Ipv4Addr::new(127, 0, 1, (number / 1000) as u8 + 1);
        let socket = TcpSocket::new_v4()?;
        socket.bind(SocketAddr::from((from, 0)))?;
        let connecting = socket.connect(SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
        let stream =
            tokio::time::timeout(PATIENCE, connecting).await.context("no connection")??;
        Ok(Self { stream, rest: Vec::new() })
    }

    /// Asks for a part of a file, and reads the head of the answer.
    pub async fn ask(&mut self, name: &str, offset: u64, length: u64) -> Result<()> {
        let last = offset + length - 1;
        let request = format!(
            "GET /stream/{name} HTTP/1.1\r\nHost: bench\r\nRange: bytes={offset}-{last}\r\n\r\n"
        );
        self.stream.write_all(request.as_bytes()).await?;
        let mut head = std::mem::take(&mut self.rest);
        let end = loop {
            if let Some(end) = head.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
            let read = self.stream.read_buf(&mut head);
            let n = tokio::time::timeout(PATIENCE, read).await.context("no answer")??;
            ensure!(n > 0, "closed before the answer");
        };
        self.rest = head.split_off(end);
        let head = String::from_utf8_lossy(&head).to_ascii_lowercase();
        ensure!(head.starts_with("http/1.1 206"), "{head}");
        ensure!(head.contains(&format!("content-length: {length}\r\n")), "{head}");
        Ok(())
    }

    /// Reads so much of the body and throws it away.
    pub async fn read(&mut self, length: usize, buffer: &mut [u8]) -> Result<()> {
        let mut left = length;
        let at_hand = left.min(self.rest.len());
        self.rest.drain(..at_hand);
        left -= at_hand;
        while left > 0 {
            let most = left.min(buffer.len());
            let read = self.stream.read(&mut buffer[..most]);
            let n = tokio::time::timeout(PATIENCE, read).await.context("no bytes")??;
            ensure!(n > 0, "closed within the body");
            left -= n;
        }
        Ok(())
    }
}

/// Numbers that look like nothing in particular, the same for the same seed.
pub struct Random(u64);

impl Random {
    /// A series of its own for each seed.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// The next one, below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_041);
        (self.0 >> 20) % end
    }
}
