use std::io::Write;
use std::net::{SocketAddr, TcpListener, TcpStream};

use ginflix_wire::Response;
use jiff::{SignedDuration, Timestamp};

use super::super::test_server::TestServer;
use super::{TO_EVENT_LOOP, large_content};
use crate::hmac_keys::HmacKeys;
use crate::links::Links;

/// Returns a loopback address with a port that is free.
fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// Returns what `/metrics` on the private address responds.
fn metrics(private: SocketAddr) -> String {
    let mut stream = TcpStream::connect(private).unwrap();
    stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    String::from_utf8(Response::read(&mut stream).body).unwrap()
}

#[test]
fn files_are_sent_without_a_copy_to_clients_with_access() {
    let dir = tempfile::tempdir().unwrap();
    let token_file = dir.path().join("token");
    let token = "t".repeat(40);
    std::fs::write(&token_file, &token).unwrap();
    let private = free_address();
    let server = TestServer::start(&[
        "--access=private",
        &format!("--admin-token-file={}", token_file.display()),
        &format!("--private-listen={private}"),
    ]);
    let content = large_content();
    server.put("film.mp4", &content);
    let request = |target: &str, fields: &str| {
        let request = TO_EVENT_LOOP.replace("/stream/film.mp4", target);
        request.replace("\r\n\r\n", &format!("\r\n{fields}\r\n"))
    };
    let bearer = format!("Authorization: Bearer {token}\r\n");
    let links = Links::new(HmacKeys::open_or_create(&server.path("..")).unwrap());
    let end = Timestamp::now() + SignedDuration::from_secs(60);
    let link = links.sign_for("/stream/film.mp4", "ann", end);
    let mut stream = server.connect();
    for request in [
        request("/stream/film.mp4", &bearer),
        request(&link, ""),
        request("/stream/film.mp4", &format!("Cookie: ginflix_session={token}\r\n")),
    ] {
        stream.write_all(request.as_bytes()).unwrap();
        let response = Response::read_sized(&mut stream);
        assert!(response.status == 200 && response.body == content, "{request}");
    }
    let refused = server.exchange(&request("/stream/film.mp4", "Connection: close\r\n"));
    assert_eq!(refused.status, 401);
    let line = format!("ginflix_zero_copy_bytes_total {}", 3 * content.len());
    let metrics = metrics(private);
    assert!(metrics.lines().any(|other| other == line), "{line} is not in\n{metrics}");
}

#[test]
fn metrics_are_served_on_the_private_address_only() {
    let private = free_address();
    let server = TestServer::start(&[&format!("--private-listen={private}")]);
    server.put("film.mp4", &vec![7; 500_000]);
    assert_eq!(server.get("/stream/film.mp4", "Range: bytes=0-199999\r\n").status, 206);
    assert_eq!(server.get("/metrics", "").status, 404);
    let metrics = metrics(private);
    for line in
        ["ginflix_responses_total{status=\"206\"} 1", "ginflix_zero_copy_bytes_total 200000"]
    {
        assert!(metrics.lines().any(|other| other == line), "{line} is not in\n{metrics}");
    }
}
