use std::io::Write;

use ginflix_wire::{Response, read_to_close};

use super::super::test_server::TestServer;
use super::{TO_EVENT_LOOP, TO_HYPER, begin_response, finish_response, large_content};
use crate::test_wait;

/// Waits until `/readyz` responds 503.
fn wait_until_stopping(server: &TestServer) {
    test_wait::until("the server to stop", || server.get("/readyz", "").status == 503);
}

#[test]
fn responses_in_flight_finish_and_new_clients_are_refused() {
    let mut server = TestServer::start(&[]);
    let content = large_content();
    server.put("film.mp4", &content);
    let in_flight = [TO_HYPER, TO_EVENT_LOOP].map(|request| begin_response(&server, request));
    let idle = server.connect();
    assert_eq!(server.get("/readyz", "").status, 200);
    server.stop();
    wait_until_stopping(&server);
    let late = server.get("/stream/film.mp4", "");
    assert_eq!((late.status, late.header("connection")), (503, Some("close")));
    assert_eq!(server.get("/healthz", "").status, 200);
    for response in in_flight {
        assert!(finish_response(response).body == content);
    }
    assert!(read_to_close(&mut { idle }).is_empty());
    server.stopped();
}

#[test]
fn a_request_that_was_sent_before_the_shutdown_is_answered() {
    let mut server = TestServer::start(&[]);
    server.put("film.mp4", b"film");
    let mut clients: Vec<_> = (0..50).map(|_| server.connect()).collect();
    for (client, request) in clients.iter_mut().zip([TO_HYPER, TO_EVENT_LOOP].into_iter().cycle()) {
        client.write_all(request.as_bytes()).unwrap();
    }
    server.stop();
    for client in &mut clients {
        let response = Response::read(client);
        assert!([200, 503].contains(&response.status), "{response:?}");
    }
    server.stopped();
}

#[test]
fn a_response_that_takes_longer_than_the_drain_time_is_cut_off() {
    let mut server = TestServer::start(&["--drain-seconds=1"]);
    let content = large_content();
    server.put("film.mp4", &content);
    let in_flight = [TO_HYPER, TO_EVENT_LOOP].map(|request| begin_response(&server, request));
    server.stop();
    server.stopped();
    for response in in_flight {
        let response = finish_response(response);
        assert!(response.body.len() < response.content_length());
        assert!(content.starts_with(&response.body));
    }
}
