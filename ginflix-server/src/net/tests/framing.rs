use std::io::Write;

use ginflix_wire::{Response, read_to_close};

use super::super::test_server::TestServer;
use super::{TO_EVENT_LOOP, TO_HYPER, large_content};

#[test]
fn ambiguous_framing_is_refused() {
    let server = TestServer::start(&[]);
    server.put("film.mp4", b"film");
    // The status of each response to a POST with a GET after its body.
    let statuses = |fields: &str| -> Vec<u16> {
        let post = format!("POST /api/v1/session HTTP/1.1\r\nHost: x\r\n{fields}\r\n0\r\n\r\n");
        let mut stream = server.connect();
        stream.write_all(format!("{post}{TO_HYPER}").as_bytes()).unwrap();
        let text = String::from_utf8(read_to_close(&mut stream)).unwrap();
        text.split("HTTP/1.1 ").skip(1).map(|response| response[..3].parse().unwrap()).collect()
    };
    for (fields, what) in [
        ("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "both lengths"),
        ("Content-Length: 5\r\nContent-Length: 6\r\n", "two lengths"),
        ("Content-Length: +5\r\n", "a signed length"),
        ("Transfer-Encoding: chunked, identity\r\n", "chunked is not last"),
        ("Transfer-Encoding : chunked\r\n", "a space before the colon"),
    ] {
        let statuses = statuses(fields);
        assert_eq!(statuses.len(), 1, "{what}: {statuses:?}");
        assert!((400..500).contains(&statuses[0]), "{what}: {statuses:?}");
    }
    // With correct framing, what follows the body is a request.
    assert_eq!(statuses("Content-Length: 5\r\n"), [400, 200]);
    assert_eq!(statuses("Transfer-Encoding: chunked\r\n"), [400, 200]);
}

/// Sends requests with these request lines and fields, and checks the status of each response.
#[track_caller]
fn check_statuses(server: &TestServer, cases: &[(&str, &str, u16)]) {
    for &(line, fields, status) in cases {
        let response = server.exchange(&format!("{line}\r\n{fields}Connection: close\r\n\r\n"));
        let shown = &line[..line.len().min(60)];
        assert_eq!(response.status, status, "{shown}: {response:?}");
        assert!(status != 200 || response.body == b"film", "{shown}: {response:?}");
        assert!(!String::from_utf8_lossy(&response.body).contains("root:"), "{shown}");
    }
}

#[test]
fn unusual_requests_are_answered_as_the_rfcs_say() {
    let server = TestServer::start(&[]);
    server.put("film.mp4", b"film");
    let host = "Host: x\r\n";
    let long = format!("/stream/{}", "a".repeat(70_000));
    let many = "X: y\r\n".repeat(200);
    check_statuses(
        &server,
        &[
            // The three other forms of a request target: RFC 9112, section 3.2.
            ("GET http://elsewhere.example/stream/film.mp4 HTTP/1.1", host, 200),
            ("CONNECT film.mp4:80 HTTP/1.1", host, 404),
            ("OPTIONS * HTTP/1.1", host, 404),
            // Section 3.2: no Host, two, and none in HTTP/1.0, which has no such field.
            ("GET /stream/film.mp4 HTTP/1.1", "", 400),
            ("GET /stream/film.mp4 HTTP/1.1", "Host: x\r\nHost: y\r\n", 400),
            ("GET /stream/film.mp4 HTTP/1.0", "", 200),
            // RFC 9110, section 7.2: one host and an optional port, on the event loops and in hyper.
            ("GET /stream/film.mp4 HTTP/1.1", "Host: [::1]:80\r\n", 200),
            ("GET /stream/film.mp4 HTTP/1.1", "Host: a:\r\n", 200),
            ("GET /stream/film.mp4 HTTP/1.1", "Host: a, b\r\n", 400),
            ("GET /stream/film.mp4 HTTP/1.1", "Host: a/b\r\n", 400),
            ("GET /stream/film.mp4 HTTP/1.1", "Host: a@b\r\n", 400),
            ("GET /stream/film.mp4 HTTP/1.1", "Host: \r\n", 400),
            ("GET /stream/film.mp4 HTTP/1.0", "Host: a@b\r\n", 400),
            ("GET /api/v1/movies HTTP/1.1", "Host: a, b\r\n", 400),
            ("GET /api/v1/movies HTTP/1.1", "Host: a/b\r\n", 400),
            ("GET http://u@elsewhere.example/stream/film.mp4 HTTP/1.1", host, 400),
            // Sections 2.2 and 5: bare CR, folded lines, space before a colon, NUL.
            ("GET /stream/film.mp4 HTTP/1.1", "Host: x\r\nA: b\rc\r\n", 400),
            ("GET /stream/film.mp4 HTTP/1.1", "Host: x\r\nA: b\r\n c\r\n", 400),
            ("GET /stream/film.mp4 HTTP/1.1", "Host : x\r\n", 400),
            ("GET /stream/film.mp4 HTTP/1.1", "Host: x\r\nA: \0\r\n", 400),
            ("GET /stream/film.mp4 HTTP/1.1 ", host, 400),
            ("GET /stream/a b.mp4 HTTP/1.1", host, 400),
            ("GET stream/film.mp4 HTTP/1.1", host, 400),
            // Too long, too many: RFC 9110, section 15.5.15; RFC 6585, section 5.
            (&format!("GET {long} HTTP/1.1"), host, 414),
            ("GET /stream/film.mp4 HTTP/1.1", &format!("{host}{many}"), 431),
        ],
    );
    // RFC 9112, section 2.2: a lone LF may end a line.
    let line_feeds = "GET /stream/film.mp4 HTTP/1.1\nHost: x\nConnection: close\n\n";
    assert_eq!(server.exchange(line_feeds).body, b"film");
}

#[test]
fn a_path_leads_to_media_files_of_the_volume_only() {
    let server = TestServer::start(&[]);
    server.put("film.mp4", b"film");
    std::os::unix::fs::symlink("/etc/passwd", server.path("link.mp4")).unwrap();
    std::os::unix::fs::symlink("film.mp4", server.path("inner.mp4")).unwrap();
    std::fs::create_dir(server.path("folder.mp4")).unwrap();
    let host = "Host: x\r\n";
    check_statuses(
        &server,
        &[
            ("GET /stream/%2e%2e/catalog.db HTTP/1.1", host, 404),
            ("GET /stream/%2e%2e%2fcatalog.db HTTP/1.1", host, 404),
            ("GET /stream/%252e%252e%252fcatalog.db HTTP/1.1", host, 404),
            ("GET /stream/..%c0%afcatalog.db HTTP/1.1", host, 404),
            ("GET /stream/../media/film.mp4 HTTP/1.1", host, 404),
            ("GET /stream/film.mp4%00.txt HTTP/1.1", host, 404),
            // Other spellings of the same path; a slash at the end is ignored.
            ("GET /stream/fi%6Cm.mp4 HTTP/1.1", host, 200),
            ("GET /stream/film.mp4/ HTTP/1.1", host, 200),
            ("GET /stream/film.mp4?a=/../../x HTTP/1.1", host, 200),
            // Symbolic links and folders are not media files.
            ("GET /stream/link.mp4 HTTP/1.1", host, 404),
            ("GET /stream/inner.mp4 HTTP/1.1", host, 404),
            ("GET /stream/folder.mp4 HTTP/1.1", host, 404),
        ],
    );
}

#[test]
fn a_connection_moves_from_the_event_loop_to_hyper_at_any_byte() {
    let server = TestServer::start(&[]);
    server.put("film.mp4", b"film");
    let part = TO_EVENT_LOOP.replace("\r\n\r\n", "\r\nRange: bytes=1-2\r\n\r\n");
    let probe = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
    let all = [TO_EVENT_LOOP, &part, probe, &part, TO_HYPER].concat();
    for split in 0..all.len() {
        let mut stream = server.connect();
        stream.set_nodelay(true).unwrap();
        stream.write_all(&all.as_bytes()[..split]).unwrap();
        stream.write_all(&all.as_bytes()[split..]).unwrap();
        let text = String::from_utf8(read_to_close(&mut stream)).unwrap();
        let responses = text.split("HTTP/1.1 ").skip(1).map(|response| {
            let (head, body) = response.split_once("\r\n\r\n").unwrap();
            (head[..3].parse().unwrap(), body)
        });
        let responses: Vec<(u16, &str)> = responses.collect();
        let statuses: Vec<u16> = responses.iter().map(|response| response.0).collect();
        assert_eq!(statuses, [200, 206, 200, 206, 200], "{split}: {text}");
        assert_eq!(
            [0, 1, 3, 4].map(|i: usize| responses[i].1),
            ["film", "il", "il", "film"],
            "{split}"
        );
    }
}

#[test]
fn requests_may_be_pipelined() {
    let server = TestServer::start(&[]);
    let content = large_content();
    server.put("film.mp4", &content);
    let ranges = (0..2000).map(|i| (i * 7919, i * 7919 + i % 300)).chain([(0, content.len() - 1)]);
    let requests = ranges.clone().map(|(first, last)| {
        TO_EVENT_LOOP.replace("\r\n\r\n", &format!("\r\nRange: bytes={first}-{last}\r\n\r\n"))
    });
    let all = requests.collect::<String>() + TO_HYPER;
    let mut stream = server.connect();
    let mut sending = stream.try_clone().unwrap();
    let sender = std::thread::spawn(move || sending.write_all(all.as_bytes()).unwrap());
    let received = read_to_close(&mut stream);
    sender.join().unwrap();
    let mut rest = &received[..];
    for (first, last) in ranges.chain([(0, content.len() - 1)]) {
        let response = Response::parse_complete(&rest[..rest.len().min(4096 + last - first)]);
        let is_equal = response.body.starts_with(&content[first..=last]);
        assert!(is_equal, "{first}-{last}: {}", response.head);
        rest = &rest[response.head.len() + 4 + last + 1 - first..];
    }
    assert!(rest.is_empty());
}

/// Sends a request, and after it one that ends the connection. Returns the first response.
fn first_response(server: &TestServer, method: &str, path: &str, fields: &str) -> Response {
    let mut stream = server.connect();
    let request = format!("{method} {path} HTTP/1.1\r\nHost: x\r\n{fields}\r\n");
    let last = "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    stream.write_all(format!("{request}{last}").as_bytes()).unwrap();
    let mut received = read_to_close(&mut stream);
    if !fields.contains("close") {
        let last = received.windows(9).rposition(|window| window == b"HTTP/1.1 ").unwrap();
        assert!(last > 0, "{method} {path} {fields}");
        received.truncate(last);
    }
    Response::parse_complete(&received)
}

/// Returns the lines of a head, without those that differ from response to response.
fn comparable_lines(response: &Response) -> Vec<String> {
    let mut lines: Vec<String> = response.head.lines().map(str::to_owned).collect();
    for name in ["date", "x-request-id"] {
        assert!(response.header(name).is_some(), "{response:?}");
        lines.retain(|line| !line.starts_with(name));
    }
    lines.retain(|line| line != "connection: close");
    lines.sort();
    lines
}

#[test]
fn event_loops_and_hyper_send_the_same_response() {
    let server = TestServer::start(&[]);
    let content = large_content();
    server.put("a film.mp4", &content);
    let path = "/stream/a%20film.mp4";
    let etag = server.get(path, "").header("etag").unwrap().to_owned();
    for (method, query, fields, status) in [
        ("GET", "", String::new(), 200),
        ("GET", "?x=/y", String::new(), 200),
        ("HEAD", "", String::new(), 200),
        ("GET", "", "Range: bytes=5-1000004\r\n".to_owned(), 206),
        ("GET", "", "RANGE: bytes=-70000\r\n".to_owned(), 206),
        ("HEAD", "", "Range: bytes=0-1\r\n".to_owned(), 200),
        ("GET", "", "Range: bytes=99999999-\r\n".to_owned(), 416),
        ("GET", "", format!("If-None-Match: {etag}\r\n"), 304),
        ("GET", "", "If-Match: \"other\"\r\n".to_owned(), 412),
        ("HEAD", "", "If-Match: \"other\"\r\n".to_owned(), 412),
        ("GET", "", "Range: bytes=0-\r\nIf-Range: \"o\"\r\n".to_owned(), 200),
    ] {
        let respond =
            |fields: &str| first_response(&server, method, &format!("{path}{query}"), fields);
        let by_event_loop = respond(&fields);
        let closing = respond(&format!("{fields}Connection: close\r\n"));
        let by_hyper = respond(&format!("{fields}TE: a\r\nConnection: close\r\n"));
        let head = &by_event_loop.head;
        assert_eq!(by_event_loop.status, status, "{method} {fields} {head}");
        for other in [closing, by_hyper] {
            assert_eq!(other.header("connection"), Some("close"));
            assert_eq!(comparable_lines(&by_event_loop), comparable_lines(&other));
            // The body of an error contains the id of its request.
            assert!(by_event_loop.body == other.body || status > 400, "{method} {fields}");
        }
    }
    let several = first_response(&server, "GET", path, "Range: bytes=0-4,1000000-2999999\r\n");
    assert_eq!((several.status, several.body.len()), (206, several.content_length()));
    let part = &content[1_000_000..3_000_000];
    assert!(several.body.windows(part.len()).any(|window| window == part));
}
