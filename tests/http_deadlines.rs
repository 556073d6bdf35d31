//! Streams of the real binary under bad clients and an orderly stop. What is
//! exact about ranges is tested beside the code.

#![allow(clippy::unwrap_used)] // a test that cannot go on says where

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

use ginflix_tests::http::noise;
use ginflix_tests::server::Server;
use rustix::process::Signal;

/// Opens a download and reads its head; what came of the body with it.
fn download(server: &Server, path: &str) -> (TcpStream, Vec<u8>) {
    let mut stream = ginflix_wire::connect(server.address());
    stream.write_all(ginflix_wire::request("GET", path, "").as_bytes()).unwrap();
    let response = ginflix_wire::read_head(&mut stream);
    assert_eq!(response.status, 200);
    (stream, response.body)
}

#[test]
fn downloads_that_run_when_the_server_is_told_to_stop_end_whole() {
    let mut server = Server::start();
    // More than all socket buffers on the way hold.
    let film = Arc::new(noise(24 << 20, 1));
    std::fs::write(server.volume().join("media/film.mp4"), &*film).unwrap();
    let all_run = Arc::new(Barrier::new(51));
    let downloads: Vec<_> = (0..50)
        .map(|_| {
            let (mut stream, mut body) = download(&server, "/stream/film.mp4");
            let (film, all_run) = (Arc::clone(&film), Arc::clone(&all_run));
            thread::spawn(move || {
                all_run.wait();
                let mut piece = vec![0; 256 << 10];
                while body.len() < film.len() {
                    let n = stream.read(&mut piece).unwrap();
                    assert!(n > 0, "cut after {} bytes", body.len());
                    body.extend_from_slice(&piece[..n]);
                    thread::sleep(Duration::from_millis(1)); // pace: a slow line
                }
                assert!(body == *film);
                assert_eq!(stream.read(&mut piece).unwrap(), 0, "kept alive while stopping");
            })
        })
        .collect();
    server.signal(Signal::TERM);
    all_run.wait();
    for download in downloads {
        download.join().unwrap();
    }
    assert!(server.stop().success());
    let whole = format!("bytes={}", film.len());
    assert_eq!(server.log().matches(&whole).count(), 50, "the log has what was sent");
}

#[test]
fn who_is_cut_after_the_drain_time_learns_so_at_once() {
    let mut server = Server::start_with(&["--drain-seconds", "1"]);
    // More than all socket buffers on the way hold.
    std::fs::write(server.volume().join("media/film.mp4"), noise(24 << 20, 1)).unwrap();
    let (mut stream, _) = download(&server, "/stream/film.mp4");
    assert!(server.stop().success());
    let mut piece = vec![0; 256 << 10];
    let end = loop {
        match stream.read(&mut piece) {
            Ok(0) => panic!("the kernel went on sending, and ended the download in good order"),
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    assert_eq!(end.kind(), ErrorKind::ConnectionReset);
}

#[test]
fn a_thousand_slow_heads_are_cut_and_viewers_notice_nothing() {
    let server = Server::start();
    let film = noise(100_000, 2);
    std::fs::write(server.volume().join("media/film.mp4"), &film).unwrap();
    let start = Instant::now();
    let slow: Vec<_> = (0..1000)
        .map(|_| {
            let mut stream = ginflix_wire::connect(server.address());
            stream.write_all(b"GET /stream/film.mp4 HTTP/1.1\r\nHost: te").unwrap();
            stream.set_nonblocking(true).unwrap();
            stream
        })
        .collect();
    let mut open: Vec<TcpStream> = slow;
    while !open.is_empty() {
        // A byte now and then does not buy more time.
        open.retain_mut(|stream| stream.write(b"s").is_ok() && !is_closed(stream));
        let asked = Instant::now();
        let (mut stream, mut body) = download(&server, "/stream/film.mp4");
        let came = body.len();
        body.resize(film.len(), 0);
        stream.read_exact(&mut body[came..]).unwrap();
        assert!(body == film);
        assert!(asked.elapsed() < Duration::from_secs(2), "a viewer waited {:?}", asked.elapsed());
        assert!(start.elapsed() < Duration::from_secs(30), "{} are still open", open.len());
        thread::sleep(Duration::from_millis(200)); // pace: of heads that drip
    }
    assert!(start.elapsed() > Duration::from_secs(5), "cut before its time");
}

fn is_closed(stream: &mut TcpStream) -> bool {
    match stream.read(&mut [0; 64]) {
        Ok(n) => n == 0,
        Err(error) => error.kind() != ErrorKind::WouldBlock,
    }
}
