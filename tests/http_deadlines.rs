//! Downloads from the real binary with slow clients and through a graceful stop.

#![allow(clippy::unwrap_used)] // a panic is how a test fails

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

use ginflix_tests::http::noise;
use ginflix_tests::server::Server;
use rustix::process::Signal;

/// The age of a connection with an incomplete request head at which the server closes it is between
/// these two.
const HEAD_MIN_AGE: Duration = Duration::from_secs(5);
const HEAD_MAX_AGE: Duration = Duration::from_secs(30);

/// How long a viewer may wait for a small file while the server holds slow connections.
const VIEWER_TIMEOUT: Duration = Duration::from_secs(2);

/// How often slow clients send a byte.
const DRIP_INTERVAL: Duration = Duration::from_millis(200);

/// Begins a download: reads the head, and as much of the content as arrives with it.
fn begin_download(server: &Server, path: &str) -> (TcpStream, Vec<u8>) {
    let mut stream = ginflix_wire::connect(server.address());
    stream.write_all(ginflix_wire::request("GET", path, "").as_bytes()).unwrap();
    let response = ginflix_wire::read_head(&mut stream);
    assert_eq!(response.status, 200);
    (stream, response.body)
}

#[test]
fn running_downloads_complete_when_the_server_stops() {
    let mut server = Server::start();
    // More than all socket buffers between server and client hold.
    let media = Arc::new(noise(24 << 20, 1));
    std::fs::write(server.volume().join("media/film.mp4"), &*media).unwrap();
    let all_running = Arc::new(Barrier::new(51));
    let downloads: Vec<_> = (0..50)
        .map(|_| {
            let (mut stream, mut body) = begin_download(&server, "/stream/film.mp4");
            let (media, all_running) = (Arc::clone(&media), Arc::clone(&all_running));
            thread::spawn(move || {
                all_running.wait();
                let mut buffer = vec![0; 256 << 10];
                while body.len() < media.len() {
                    let n = stream.read(&mut buffer).unwrap();
                    assert!(n > 0, "cut after {} bytes", body.len());
                    body.extend_from_slice(&buffer[..n]);
                    thread::sleep(Duration::from_millis(1)); // pace: a slow line
                }
                assert!(body == *media);
                assert_eq!(
                    stream.read(&mut buffer).unwrap(),
                    0,
                    "the server did not close the connection"
                );
            })
        })
        .collect();
    server.signal(Signal::TERM);
    all_running.wait();
    for download in downloads {
        download.join().unwrap();
    }
    assert!(server.stop().success());
    let logged = format!("bytes={}", media.len());
    assert_eq!(server.log().matches(&logged).count(), 50, "the log has the bytes of each download");
}

#[test]
fn a_download_is_reset_after_the_drain_time() {
    let mut server = Server::start_with(&["--drain-seconds", "1"]);
    // More than all socket buffers between server and client hold.
    std::fs::write(server.volume().join("media/film.mp4"), noise(24 << 20, 1)).unwrap();
    let (mut stream, _) = begin_download(&server, "/stream/film.mp4");
    assert!(server.stop().success());
    let mut buffer = vec![0; 256 << 10];
    let error = loop {
        match stream.read(&mut buffer) {
            Ok(0) => panic!("the kernel sent the rest, and closed the connection normally"),
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
}

#[test]
fn a_thousand_slow_heads_are_cut_and_viewers_notice_nothing() {
    let server = Server::start();
    let media = noise(100_000, 2);
    std::fs::write(server.volume().join("media/film.mp4"), &media).unwrap();
    let start = Instant::now();
    let mut slow: Vec<TcpStream> = (0..1000)
        .map(|_| {
            let mut stream = ginflix_wire::connect(server.address());
            stream.write_all(b"GET /stream/film.mp4 HTTP/1.1\r\nHost: te").unwrap();
            stream.set_nonblocking(true).unwrap();
            stream
        })
        .collect();
    while !slow.is_empty() {
        // A byte now and then must not extend the deadline.
        slow.retain_mut(|stream| stream.write(b"s").is_ok() && !is_closed(stream));
        let requested = Instant::now();
        let (mut stream, mut body) = begin_download(&server, "/stream/film.mp4");
        let received = body.len();
        body.resize(media.len(), 0);
        stream.read_exact(&mut body[received..]).unwrap();
        assert!(body == media);
        let waited = requested.elapsed();
        assert!(waited < VIEWER_TIMEOUT, "a viewer waited {waited:?}");
        assert!(start.elapsed() < HEAD_MAX_AGE, "{} are still open", slow.len());
        thread::sleep(DRIP_INTERVAL); // pace: clients that send a byte at a time
    }
    assert!(start.elapsed() > HEAD_MIN_AGE, "cut too early");
}

fn is_closed(stream: &mut TcpStream) -> bool {
    match stream.read(&mut [0; 64]) {
        Ok(n) => n == 0,
        Err(error) => error.kind() != ErrorKind::WouldBlock,
    }
}
