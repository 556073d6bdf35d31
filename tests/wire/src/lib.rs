//! An HTTP/1.1 client for tests that sends exactly the bytes that it is given.
//!
//! HTTP libraries normalize paths, header fields and framing; tests of these need a client that
//! does not. Every failure is a panic, and no call waits longer than [`IO_TIMEOUT`] for bytes.

#![allow(clippy::unwrap_used)] // a panic is how a test fails

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// How long a read or a write may block on a busy machine.
pub const IO_TIMEOUT: Duration = Duration::from_secs(30);

/// The end of the last field line and the empty line after it: RFC 9112 section 2.1.
const HEAD_END: &[u8] = b"\r\n\r\n";

/// Formats a request without content. `fields` are field lines, each ended by CRLF.
pub fn request(method: &str, path: &str, fields: &str) -> String {
    format!("{method} {path} HTTP/1.1\r\nHost: test\r\n{fields}\r\n")
}

/// Formats a GET request after which the server closes the connection.
pub fn get(path: &str) -> String {
    request("GET", path, "Connection: close\r\n")
}

/// Connects, with [`IO_TIMEOUT`] for reads and writes.
///
/// # Panics
/// If the server does not accept the connection.
#[track_caller]
pub fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(IO_TIMEOUT)).unwrap();
    stream.set_write_timeout(Some(IO_TIMEOUT)).unwrap();
    stream
}

/// Sends a request on a new connection, and reads until the server closes it.
///
/// # Panics
/// If the server closes it before the end of the header section.
#[track_caller]
pub fn exchange(address: SocketAddr, request: &str) -> Response {
    let mut stream = connect(address);
    stream.write_all(request.as_bytes()).unwrap();
    Response::read(&mut stream)
}

/// Reads until the server closes or resets the connection.
///
/// # Panics
/// If it does neither within [`IO_TIMEOUT`].
#[track_caller]
pub fn read_to_close(stream: &mut TcpStream) -> Vec<u8> {
    let mut all = Vec::new();
    match stream.read_to_end(&mut all) {
        Err(error) if error.kind() != ErrorKind::ConnectionReset => {
            panic!("the response did not end: {error}")
        }
        _ => all,
    }
}

/// Reads the head of a response, and as much of the content as arrives with it.
///
/// # Panics
/// If the connection ends before the head does.
#[track_caller]
pub fn read_head(stream: &mut TcpStream) -> Response {
    let (mut all, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        let length = stream.read(&mut buffer).unwrap();
        assert!(length > 0, "no head in {:?}", String::from_utf8_lossy(&all));
        all.extend_from_slice(&buffer[..length]);
        if let Some(response) = Response::parse(&all) {
            return response;
        }
    }
}

/// A response as it was received; transfer and content codings are not decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The status line and the header section, without the empty line at the end.
    pub head: String,
    /// All bytes after the head.
    pub body: Vec<u8>,
}

impl Response {
    /// Splits a response into head and body; `None` if the head is not complete.
    ///
    /// # Panics
    /// If the head is not that of an HTTP response in UTF-8.
    #[track_caller]
    pub fn parse(all: &[u8]) -> Option<Self> {
        let end = all.windows(HEAD_END.len()).position(|window| window == HEAD_END)?;
        let head = String::from_utf8(all[..end].to_vec()).unwrap();
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.unwrap_or_else(|| panic!("no status in {head:?}"));
        Some(Self { status, head, body: all[end + HEAD_END.len()..].to_vec() })
    }

    /// Reads until the server closes or resets the connection.
    ///
    /// # Panics
    /// If the head is not complete by then.
    #[track_caller]
    pub fn read(stream: &mut TcpStream) -> Self {
        Self::parse_complete(&read_to_close(stream))
    }

    /// Reads a response with a `Content-Length`, on a connection that stays open.
    ///
    /// # Panics
    /// If the connection ends before the response does.
    #[track_caller]
    pub fn read_sized(stream: &mut TcpStream) -> Self {
        let mut response = read_head(stream);
        let received = response.body.len();
        response.body.resize(response.content_length(), 0);
        stream.read_exact(&mut response.body[received..]).unwrap();
        response
    }

    /// Splits a response whose head must be complete.
    ///
    /// # Panics
    /// If it is not.
    #[track_caller]
    pub fn parse_complete(all: &[u8]) -> Self {
        let response = Self::parse(all);
        response.unwrap_or_else(|| panic!("no head in {:?}", String::from_utf8_lossy(all)))
    }

    /// Returns the value of the first header field of this name, whatever its case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (field, value) = line.split_once(':')?;
            field.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    /// Returns the value of `Content-Length`, in bytes.
    ///
    /// # Panics
    /// If there is none.
    #[track_caller]
    pub fn content_length(&self) -> usize {
        self.header("content-length").unwrap().parse().unwrap()
    }

    /// Returns the body as text; bytes that are not UTF-8 are replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_is_split_after_its_head() {
        let all =
            b"HTTP/1.1 206 Partial Content\r\nContent-Length: 3\r\nEtag: \"a: b\"\r\n\r\n\r\n\r";
        let response = Response::parse_complete(all);
        assert_eq!((response.status, response.content_length()), (206, 3));
        assert_eq!(response.header("ETAG"), Some("\"a: b\""));
        assert_eq!(response.header("date"), None);
        assert_eq!(response.body, b"\r\n\r");
        assert_eq!(Response::parse(&all[..60]), None);
    }
}
