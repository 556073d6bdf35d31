//! Requests whose end two servers could see at different places, as attackers use them behind a
//! proxy (RFC 9112, section 11.2): each is refused, and nothing after it is answered, unless its end
//! is certain.

use std::io::Write;

use ginflix_wire::{Response, read_to_close};

use super::super::test_server::TestServer;

/// A request for a file, which ends the connection.
const SMUGGLED: &str = "GET /stream/film.mp4 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

/// Sends bytes, and returns the status of each response until the server closes the connection.
fn statuses(server: &TestServer, bytes: &[u8]) -> Vec<u16> {
    let mut stream = server.connect();
    stream.write_all(bytes).unwrap();
    let text = String::from_utf8(read_to_close(&mut stream)).unwrap();
    text.split("HTTP/1.1 ").skip(1).map(|response| response[..3].parse().unwrap()).collect()
}

/// Fails unless a request with these fields and this body is refused, and is the only one that is
/// answered.
#[track_caller]
fn assert_refused(server: &TestServer, method: &str, fields: &str, body: &str) {
    for path in ["/api/v1/session", "/stream/film.mp4"] {
        let request =
            format!("{method} {path} HTTP/1.1\r\nHost: x\r\n{fields}\r\n{body}{SMUGGLED}");
        let statuses = statuses(server, request.as_bytes());
        assert_eq!(statuses.len(), 1, "{request:?}: {statuses:?}");
        assert!((400..=501).contains(&statuses[0]), "{request:?}: {statuses:?}");
    }
}

#[test]
fn unclear_lengths_are_refused() {
    let server = TestServer::start(&[]);
    server.put("film.mp4", b"film");
    for fields in [
        "Content-Length: 5, 5\r\n",
        "Content-Length: 5\r\nContent-Length: 0\r\n",
        "Content-Length: -1\r\n",
        "Content-Length: 0x5\r\n",
        "Content-Length: 5 5\r\n",
        "Content-Length: 5a\r\n",
        "Content-Length: \r\n",
        "Content-Length: 99999999999999999999999\r\n",
        "Content-Length\t: 5\r\n",
        "Content-Length: \r\n 5\r\n",
    ] {
        for method in ["POST", "GET"] {
            assert_refused(&server, method, fields, "12345");
        }
    }
}

#[test]
fn unclear_transfer_codings_are_refused() {
    let server = TestServer::start(&[]);
    server.put("film.mp4", b"film");
    for fields in [
        "Transfer-Encoding: xchunked\r\n",
        "Transfer-Encoding: identity\r\n",
        "Transfer-Encoding: gzip\r\n",
        "Transfer-Encoding: chunked, gzip\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        "Transfer-Encoding: \u{b}chunked\r\n",
        "Transfer-Encoding: \"chunked\"\r\n",
        "Transfer-Encoding : chunked\r\n",
        "Transfer-Encoding:\r\n chunked\r\n",
        "Transfer-Encoding: chunked;a=b\r\n",
    ] {
        for method in ["POST", "GET"] {
            assert_refused(&server, method, fields, "0\r\n\r\n");
        }
    }
}

#[test]
fn malformed_chunks_end_the_connection() {
    let server = TestServer::start(&[]);
    server.put("film.mp4", b"film");
    for body in [
        "+0\r\n\r\n",
        "-1\r\n\r\n",
        "0x0\r\n\r\n",
        "g\r\n\r\n",
        "\r\n\r\n",
        " 0\r\n\r\n",
        "fffffffffffffffff\r\n\r\n",
        "1\r\nab\r\n0\r\n\r\n",
        "1\r\na0\r\n\r\n",
        "0\r\nA b: c\r\n\r\n",
    ] {
        let request = format!(
            "POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
             Transfer-Encoding: chunked\r\n\r\n{body}{SMUGGLED}"
        );
        let statuses = statuses(&server, request.as_bytes());
        assert!(!statuses.contains(&200), "{body:?}: {statuses:?}");
        assert!(statuses.len() <= 1, "{body:?}: {statuses:?}");
    }
}

/// RFC 9112, section 6.1: the request may be answered, and the connection then ends.
#[test]
fn a_connection_ends_after_a_request_with_both_lengths() {
    let server = TestServer::start(&[]);
    server.put("film.mp4", b"film");
    for fields in [
        "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
    ] {
        for method in ["POST", "GET"] {
            let request = format!("{method} /stream/film.mp4 HTTP/1.1\r\nHost: x\r\n{fields}\r\n");
            let statuses = statuses(&server, format!("{request}0\r\n\r\n{SMUGGLED}").as_bytes());
            assert_eq!(statuses.len(), 1, "{request:?}: {statuses:?}");
        }
    }
}

/// What is not the body of a request is the next request, whoever reads the first one.
#[test]
fn certain_ends_are_found() {
    let server = TestServer::start(&[]);
    server.put("film.mp4", b"film");
    for (fields, body) in [
        ("", ""),
        ("Content-Length: 0\r\n", ""),
        ("Content-Length: 00005\r\n", "12345"),
        ("content-length: 5\r\n", "12345"),
        ("Transfer-Encoding: chunked\r\n", "5\r\n12345\r\n0\r\n\r\n"),
        ("Transfer-Encoding: CHUNKED\r\n", "5;a=b\r\n12345\r\n0\r\nTrailer: x\r\n\r\n"),
    ] {
        let request = format!("GET /stream/film.mp4 HTTP/1.1\r\nHost: x\r\n{fields}\r\n{body}");
        let mut stream = server.connect();
        stream.write_all(request.as_bytes()).unwrap();
        assert_eq!(Response::read_sized(&mut stream).status, 200, "{request:?}");
        // Not sent together: hyper may then wait for more before it reads what it has.
        stream.write_all(SMUGGLED.as_bytes()).unwrap();
        assert_eq!(Response::read(&mut stream).status, 200, "{request:?}");
    }
}
