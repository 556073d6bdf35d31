//! A minimal HTTP client: one request at a time over one connection.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};

use anyhow::{Context, Result, bail};

/// A persistent connection.
pub struct Connection(BufReader<TcpStream>);

impl Connection {
    /// Connects to a server.
    ///
    /// # Errors
    /// If the server does not accept the connection.
    pub fn open(server: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(server)?;
        stream.set_nodelay(true)?;
        Ok(Self(BufReader::with_capacity(64 * 1024, stream)))
    }

    /// Sends a GET, which must succeed, and returns the content of the response.
    ///
    /// # Errors
    /// If the status code is not 2xx, or the connection fails.
    pub fn get(&mut self, path: &str) -> Result<Vec<u8>> {
        self.send(&format!("GET {path} HTTP/1.1\r\nhost: bench\r\n\r\n"))
    }

    /// Sends a POST of JSON, which must succeed, and returns the content of the response. `client`
    /// is the address in `X-Forwarded-For`.
    ///
    /// # Errors
    /// If the status code is not 2xx, or the connection fails.
    pub fn post(&mut self, path: &str, client: &str, json: &str) -> Result<Vec<u8>> {
        let length = json.len();
        self.send(&format!(
            "POST {path} HTTP/1.1\r\nhost: bench\r\nx-forwarded-for: {client}\r\n\
             content-type: application/json\r\ncontent-length: {length}\r\n\r\n{json}"
        ))
    }

    /// Sends a request and reads its response, which must have a `Content-Length`.
    fn send(&mut self, request: &str) -> Result<Vec<u8>> {
        self.0.get_mut().write_all(request.as_bytes())?;
        let (mut line, mut length, mut status) = (String::new(), 0, None);
        loop {
            line.clear();
            if self.0.read_line(&mut line)? == 0 {
                bail!("the server closed the connection");
            }
            let text = line.trim_end().to_ascii_lowercase();
            if text.is_empty() {
                break;
            }
            if let Some(value) = text.strip_prefix("content-length:") {
                length = value.trim().parse()?;
            } else if status.is_none() {
                status = text.split(' ').nth(1).map(str::to_owned);
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body)?;
        let status = status.context("the response has no status code")?;
        if !status.starts_with('2') {
            bail!("{status}: {}", String::from_utf8_lossy(&body));
        }
        Ok(body)
    }
}
