use std::fs::File;
use std::io::{Read, Write};
use std::net::Shutdown;
use std::time::{Duration, Instant, SystemTime};

use ginflix_wire::Response;
use rustix::fs::{Advice, fadvise};

use super::super::test_server::TestServer;
use super::{TO_EVENT_LOOP, TO_HYPER, begin_response, finish_response, large_content};
use crate::test_wait;

type Change = fn(&TestServer);

#[test]
fn a_file_that_changes_while_it_is_sent_ends_the_connection_early() {
    let server = TestServer::start(&[]);
    let content = large_content();
    let changes: [(&str, Change); 3] = [
        ("truncated", |server| {
            let file = File::options().write(true).open(server.path("film.mp4")).unwrap();
            file.set_len(0).unwrap();
        }),
        ("replaced", |server| server.put("film.mp4", &vec![b'x'; 32 << 20])),
        ("deleted", |server| std::fs::remove_file(server.path("film.mp4")).unwrap()),
    ];
    for (what, change) in changes {
        server.put("film.mp4", &content);
        let in_flight: Vec<_> = (0..40)
            .flat_map(|_| [TO_HYPER, TO_EVENT_LOOP])
            .map(|request| begin_response(&server, request))
            .collect();
        change(&server);
        for response in in_flight {
            let response = finish_response(response);
            assert!(response.body.len() < response.content_length(), "{what}");
            assert!(content.starts_with(&response.body), "{what}");
        }
    }
    assert_eq!(server.get("/healthz", "").status, 200);
}

#[test]
fn a_file_that_is_truncated_in_place_is_cut_off_without_zeros() {
    let server = TestServer::start(&[]);
    let content = large_content();
    // In the middle of what the sockets hold for a client that has not read yet.
    let kept = 1_000_003;
    for from_disk in [false, true] {
        for request in [TO_HYPER, TO_EVENT_LOOP] {
            server.put("film.mp4", &content);
            let file = File::options().write(true).open(server.path("film.mp4")).unwrap();
            if from_disk {
                file.sync_all().unwrap();
                fadvise(&file, 0, None, Advice::DontNeed).unwrap();
            }
            let in_flight: Vec<_> = (0..8).map(|_| begin_response(&server, request)).collect();
            file.set_len(kept).unwrap();
            for (stream, _) in &in_flight {
                if request == TO_EVENT_LOOP {
                    // The client does not read, and still the connection ends at once.
                    let is_reset = || stream.take_error().unwrap().is_some();
                    test_wait::until("the connection to be reset", is_reset);
                }
            }
            for response in in_flight {
                let response = finish_response(response);
                assert!(response.body.len() < response.content_length(), "{request}");
                assert!(content.starts_with(&response.body), "{request}: other bytes");
            }
            let is_new_size = || server.get("/stream/film.mp4", "").content_length() as u64 == kept;
            test_wait::until("the new size", is_new_size);
        }
    }
}

#[test]
fn a_file_that_is_not_in_memory_is_sent_completely() {
    let server = TestServer::start(&[]);
    let content = large_content();
    server.put("film.mp4", &content);
    let file = File::open(server.path("film.mp4")).unwrap();
    file.sync_all().unwrap();
    for request in [TO_HYPER, TO_EVENT_LOOP] {
        fadvise(&file, 0, None, Advice::DontNeed).unwrap();
        let mut stream = server.connect();
        stream.write_all(request.as_bytes()).unwrap();
        if request == TO_EVENT_LOOP {
            stream.shutdown(Shutdown::Write).unwrap();
        }
        assert!(Response::read(&mut stream).body == content, "{request}");
        // The same for clients that leave the server waiting in the middle of a loaded range.
        fadvise(&file, 0, None, Advice::DontNeed).unwrap();
        let slow: Vec<_> = (0..8).map(|_| begin_response(&server, request)).collect();
        for response in slow {
            if request == TO_EVENT_LOOP {
                response.0.shutdown(Shutdown::Write).unwrap();
            }
            assert!(finish_response(response).body == content, "{request}");
        }
    }
}

#[test]
fn a_response_that_does_not_end_with_file_content_is_not_held_back() {
    let server = TestServer::start(&[]);
    server.put("film.mp4", &vec![7; 1000]);
    // The kernel holds bytes that are sent with MSG_MORE back for 200 ms.
    for (method, field, end) in [
        ("HEAD", "X: y", "\r\n\r\n"),
        ("GET", "If-None-Match: *", "\r\n\r\n"),
        ("GET", "Range: bytes=0-1,900-", "--\r\n"),
    ] {
        let mut stream = server.connect();
        let request = format!("{method} /stream/film.mp4 HTTP/1.1\r\nHost: x\r\n{field}\r\n\r\n");
        let start = Instant::now();
        for _ in 0..50 {
            stream.write_all(request.as_bytes()).unwrap();
            let (mut response, mut chunk) = (Vec::new(), [0; 4096]);
            while !response.ends_with(end.as_bytes()) {
                let length = stream.read(&mut chunk).unwrap();
                assert!(length > 0, "{method} {field}");
                response.extend_from_slice(&chunk[..length]);
            }
        }
        assert!(start.elapsed() < Duration::from_secs(5), "{method} {field}");
    }
}

#[test]
fn last_modified_is_never_later_than_the_date_of_the_response() {
    let server = TestServer::start(&[]);
    server.put("film.mp4", b"film");
    let file = File::options().write(true).open(server.path("film.mp4")).unwrap();
    file.set_modified(SystemTime::now() + Duration::from_secs(3600)).unwrap();
    let mut stream = server.connect();
    stream.write_all(TO_EVENT_LOOP.as_bytes()).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let head = Response::read(&mut stream).head;
    let value = |name| head.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    assert_eq!(value("last-modified: "), value("date: "), "{head}");
}

#[test]
fn a_client_that_has_closed_its_side_gets_the_file() {
    let server = TestServer::start(&[]);
    server.put("film.mp4", b"film");
    // With so many clients, the event loop sees the request and the end of some at once.
    let clients = (0..200).map(|_| {
        let mut stream = server.connect();
        stream.write_all(TO_EVENT_LOOP.as_bytes()).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        stream
    });
    for mut stream in clients.collect::<Vec<_>>() {
        assert_eq!(Response::read(&mut stream).body, b"film");
    }
}

#[test]
fn a_replaced_file_is_closed_while_other_connections_are_open() {
    let server = TestServer::start(&[]);
    server.put("film.mp4", b"film");
    let mut other = server.connect();
    other.write_all(TO_EVENT_LOOP.replace("film.mp4", "film.mp4?once").as_bytes()).unwrap();
    other.read_exact(&mut [0; 100]).unwrap();
    server.put("film.mp4", b"another");
    // The change is noticed once the kernel's coarse clock has advanced.
    let is_noticed = || server.get("/stream/film.mp4", "").body == b"another";
    test_wait::until("the new file to be noticed", is_noticed);
    let deleted = format!("{} (deleted)", server.path("film.mp4").display());
    let is_open = || {
        let descriptors = std::fs::read_dir("/proc/self/fd").unwrap().flatten();
        let mut names = descriptors.filter_map(|fd| std::fs::read_link(fd.path()).ok());
        names.any(|name| name.as_os_str() == deleted.as_str())
    };
    test_wait::until("the old file to be closed", || !is_open());
}
