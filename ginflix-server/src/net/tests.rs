//! Tests of a whole server in this process, over its sockets.
//!
//! # Layout
//! - `framing`: requests and responses on the wire; `smuggling`: requests with an unclear end
//! - `files`: media files and their changes
//! - `limits`: slow clients and too many; `draining`: the graceful shutdown
//! - `private_cluster`: access without a copy, and the private address

mod draining;
mod files;
mod framing;
mod limits;
mod private_cluster;
mod smuggling;

use std::io::{Read, Write};
use std::net::TcpStream;

use ginflix_wire::{Response, read_to_close};

use super::test_server::TestServer;

/// A request that hyper answers, because it has the field `TE`.
const TO_HYPER: &str =
    "GET /stream/film.mp4 HTTP/1.1\r\nHost: x\r\nTE: trailers\r\nConnection: close\r\n\r\n";

/// A request that an event loop answers.
const TO_EVENT_LOOP: &str = "GET /stream/film.mp4 HTTP/1.1\r\nHost: x\r\n\r\n";

/// Content that is larger than any socket buffer.
fn large_content() -> Vec<u8> {
    (0..32 << 20).map(|i: usize| (i * 7 + i / 251) as u8).collect()
}

/// Sends a request, and reads the first bytes of its response.
fn begin_response(server: &TestServer, request: &str) -> (TcpStream, Vec<u8>) {
    let mut stream = server.connect();
    stream.write_all(request.as_bytes()).unwrap();
    let mut first = vec![0; 1000];
    stream.read_exact(&mut first).unwrap();
    (stream, first)
}

/// Reads the rest of a response until the server closes the connection.
fn finish_response((mut stream, mut received): (TcpStream, Vec<u8>)) -> Response {
    received.extend(read_to_close(&mut stream));
    Response::parse_complete(&received)
}
