//! An HTTP/1.1 client for tests, which sends the very bytes that it is given.
//!
//! HTTP libraries normalize paths, fields and framing; tests about these need a client that does
//! not. Whatever fails here fails the test, and no call waits longer than [`IO_TIMEOUT`] for bytes.

#![allow(clippy::unwrap_used)] // a test that cannot go on says where

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// How long bytes may take to come or to go on a busy machine.
pub const IO_TIMEOUT: Duration = Duration::from_secs(30);

/// The end of a head: RFC 9112 section 2.1.
const HEAD_END: &[u8] = b"\r\n\r\n";

/// The text of a request without a body. `fields` are lines, each ended by CRLF.
pub fn request(method: &str, path: &str, fields: &str) -> String {
    format!("{method} {path} HTTP/1.1\r\nHost: test\r\n{fields}\r\n")
}

/// A GET after which the server closes the connection.
pub fn get(path: &str) -> String {
    request("GET", path, "Connection: close\r\n")
}

/// A connection that fails instead of waiting for ever.
///
/// # Panics
/// Where nobody listens.
#[track_caller]
pub fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(IO_TIMEOUT)).unwrap();
    stream.set_write_timeout(Some(IO_TIMEOUT)).unwrap();
    stream
}

/// Sends a request on a connection of its own, and reads until the server closes.
///
/// # Panics
/// Where no whole head comes back.
#[track_caller]
pub fn exchange(address: SocketAddr, request: &str) -> Response {
    let mut stream = connect(address);
    stream.write_all(request.as_bytes()).unwrap();
    Response::read(&mut stream)
}

/// What comes until the server closes, orderly or not.
///
/// # Panics
/// Where it does not close in time.
#[track_caller]
pub fn read_to_close(stream: &mut TcpStream) -> Vec<u8> {
    let mut all = Vec::new();
    match stream.read_to_end(&mut all) {
        Err(error) if error.kind() != ErrorKind::ConnectionReset => {
            panic!("no end of the response: {error}")
        }
        _ => all,
    }
}

/// Reads a response's head, and no more than what came with it of the body.
///
/// # Panics
/// Where the connection ends before the head does.
#[track_caller]
pub fn read_head(stream: &mut TcpStream) -> Response {
    let (mut all, mut piece) = (Vec::new(), [0; 4096]);
    loop {
        let length = stream.read(&mut piece).unwrap();
        assert!(length > 0, "no head in {:?}", String::from_utf8_lossy(&all));
        all.extend_from_slice(&piece[..length]);
        if let Some(response) = Response::parse(&all) {
            return response;
        }
    }
}

/// A response as it came: no coding is undone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Status line and fields, without the empty line at the end.
    pub head: String,
    /// Everything behind the head.
    pub body: Vec<u8>,
}

impl Response {
    /// Splits it into head and body; `None` where the head is not whole.
    ///
    /// # Panics
    /// Where the head is not that of an HTTP response in UTF-8.
    #[track_caller]
    pub fn parse(all: &[u8]) -> Option<Self> {
        let end = all.windows(HEAD_END.len()).position(|window| window == HEAD_END)?;
        let head = String::from_utf8(all[..end].to_vec()).unwrap();
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.unwrap_or_else(|| panic!("no status in {head:?}"));
        Some(Self { status, head, body: all[end + HEAD_END.len()..].to_vec() })
    }

    /// Reads until the server closes, orderly or not.
    ///
    /// # Panics
    /// Where no whole head came by then.
    #[track_caller]
    pub fn read(stream: &mut TcpStream) -> Self {
        Self::parse_complete(&read_to_close(stream))
    }

    /// Reads a response whose length is announced, on a connection that stays open.
    ///
    /// # Panics
    /// Where the connection ends before the response does.
    #[track_caller]
    pub fn read_sized(stream: &mut TcpStream) -> Self {
        let mut response = read_head(stream);
        let came = response.body.len();
        response.body.resize(response.content_length(), 0);
        stream.read_exact(&mut response.body[came..]).unwrap();
        response
    }

    /// As [`Response::parse`], for what has to have a whole head.
    ///
    /// # Panics
    /// Where it has none.
    #[track_caller]
    pub fn parse_complete(all: &[u8]) -> Self {
        let response = Self::parse(all);
        response.unwrap_or_else(|| panic!("no head in {:?}", String::from_utf8_lossy(all)))
    }

    /// The value of the first field of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (field, value) = line.split_once(':')?;
            field.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    /// The body's length as announced, in bytes.
    ///
    /// # Panics
    /// Where none is announced.
    #[track_caller]
    pub fn content_length(&self) -> usize {
        self.header("content-length").unwrap().parse().unwrap()
    }

    /// The body as text; what is not UTF-8 in it is replaced.
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
