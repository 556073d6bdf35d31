use std::io::{Read, Write};

use super::test_server::{Answer, TestServer};

const GET: &str = "GET /stream/film.mp4 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

/// A film that no socket buffer holds.
fn large_film() -> Vec<u8> {
    (0..32 << 20).map(|i: usize| (i * 7 + i / 251) as u8).collect()
}

#[test]
fn a_running_response_finishes_after_the_stop() {
    let mut server = TestServer::start(&[]);
    let film = large_film();
    server.put("film.mp4", &film);
    let mut stream = server.connect();
    stream.write_all(GET.as_bytes()).unwrap();
    let mut first = [0; 1000];
    stream.read_exact(&mut first).unwrap();
    server.stop();
    let rest = Answer::read_rest(&mut stream);
    let answer = Answer::parse(&[&first[..], &rest].concat());
    assert!(answer.body == film);
    server.stopped();
}
