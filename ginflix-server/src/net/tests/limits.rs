use std::net::TcpStream;

use super::super::test_server::TestServer;
use super::{TO_EVENT_LOOP, TO_HYPER, begin_response, large_content};
use crate::test_wait;

/// Waits until the server has reset the connection.
fn wait_for_reset(stream: &TcpStream) {
    test_wait::until("a reset of the connection", || stream.take_error().unwrap().is_some());
}

#[test]
fn clients_that_stop_reading_are_disconnected_and_others_are_not() {
    let server = TestServer::start(&["--stall-seconds=1"]);
    let content = large_content();
    server.put("film.mp4", &content);
    let idle = server.connect();
    let stalled: Vec<_> = (0..100)
        .flat_map(|_| [TO_HYPER, TO_EVENT_LOOP])
        .map(|request| begin_response(&server, request).0)
        .collect();
    stalled.iter().for_each(wait_for_reset);
    assert!(server.get("/stream/film.mp4", "").body == content);
    // An idle connection has nothing to read.
    assert!(idle.take_error().unwrap().is_none());
}

#[test]
fn a_connection_beyond_the_limit_is_refused() {
    let server = TestServer::start(&["--max-connections=2"]);
    server.put("film.mp4", b"film");
    let mut result = None;
    // Connections are accepted in order, so the two are counted when the next one is. Only the
    // one of `TestServer::start` may still be counted at first.
    test_wait::until("a refusal", || {
        let connections = [server.connect(), server.connect()];
        let response = server.get("/stream/film.mp4", "");
        let is_refused = response.status == 503;
        result = Some((connections, response));
        is_refused
    });
    let (connections, refused) = result.unwrap();
    assert_eq!(refused.header("retry-after"), Some("2"));
    assert!(String::from_utf8(refused.body).unwrap().contains("too many connections"));
    drop(connections);
    let is_answered = || server.get("/stream/film.mp4", "").status == 200;
    test_wait::until("a free connection", is_answered);
}

#[test]
fn a_request_body_has_to_keep_arriving() {
    let server = TestServer::start(&["--stall-seconds=1"]);
    let response = server.exchange(
        "POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
         Content-Length: 1000\r\n\r\n{",
    );
    assert_eq!(response.status, 400);
}
