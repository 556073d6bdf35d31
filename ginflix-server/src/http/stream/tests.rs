use ginflix_wire::Response;

use crate::net::test_server::TestServer;

fn content_of(size: usize) -> Vec<u8> {
    (0..size).map(|i| (i * 7 + i / 251) as u8).collect()
}

fn served(size: usize) -> (TestServer, Vec<u8>) {
    let server = TestServer::start(&[]);
    let content = content_of(size);
    server.put("movie.mp4", &content);
    (server, content)
}

fn range(server: &TestServer, value: &str) -> Response {
    server.get("/stream/movie.mp4", &format!("Range: {value}\r\n"))
}

#[test]
fn without_a_range_the_whole_file_is_sent() {
    let (server, content) = served(1000);
    let response = server.get("/stream/movie.mp4", "");
    assert_eq!(response.status, 200);
    assert_eq!(response.body, content);
    assert_eq!(response.content_length(), 1000);
    for (name, value) in [
        ("content-type", "video/mp4"),
        ("accept-ranges", "bytes"),
        ("cache-control", "no-cache"),
        ("x-content-type-options", "nosniff"),
        ("access-control-allow-origin", "*"),
    ] {
        assert_eq!(response.header(name), Some(value), "{name}");
    }
    assert!(response.header("etag").unwrap().starts_with('"'));
    assert!(response.header("last-modified").unwrap().ends_with(" GMT"));
    assert_eq!(response.header("content-range"), None);
    assert_eq!(response.header("transfer-encoding"), None);
}

#[test]
fn large_files_and_their_ranges_are_exact() {
    let (server, content) = served(5_000_003);
    assert!(server.get("/stream/movie.mp4", "").body == content);
    for (first, last) in
        [(0, 5_000_002), (1, 1_048_576), (262_143, 262_144), (4_999_999, 5_000_002)]
    {
        let response = range(&server, &format!("bytes={first}-{last}"));
        assert_eq!(response.status, 206);
        assert!(response.body == content[first..=last], "{first}-{last}");
    }
}

#[test]
fn a_single_range_is_one_part_of_the_file() {
    let (server, content) = served(1000);
    let cases = [
        ("bytes=0-99999", "bytes 0-999/1000", 0..1000),
        ("bytes=-5000", "bytes 0-999/1000", 0..1000),
        ("bytes=0-0", "bytes 0-0/1000", 0..1),
        ("bytes=999-", "bytes 999-999/1000", 999..1000),
        ("bytes=-1", "bytes 999-999/1000", 999..1000),
        ("bytes=10-19", "bytes 10-19/1000", 10..20),
    ];
    for (value, content_range, bytes) in cases {
        let response = range(&server, value);
        assert_eq!(response.status, 206, "{value}");
        assert_eq!(response.header("content-range"), Some(content_range), "{value}");
        assert_eq!(response.content_length(), bytes.len(), "{value}");
        assert_eq!(response.body, &content[bytes], "{value}");
    }
}

#[test]
fn a_range_without_bytes_of_the_file_is_an_error() {
    let (server, _) = served(1000);
    for value in ["bytes=1000-", "bytes=-0", "bytes=2000-3000"] {
        let response = range(&server, value);
        assert_eq!(response.status, 416, "{value}");
        assert_eq!(response.header("content-range"), Some("bytes */1000"), "{value}");
        assert_eq!(response.header("access-control-allow-origin"), Some("*"));
    }
}

#[test]
fn an_ignored_range_gives_the_whole_file() {
    let (server, content) = served(1000);
    for value in ["bytes=5-4", "bytes=x", "items=0-1", "bytes", "bytes=0-1,x"] {
        let response = range(&server, value);
        assert_eq!((response.status, response.body == content), (200, true), "{value}");
    }
    let twice = server.get("/stream/movie.mp4", "Range: bytes=0-1\r\nRange: bytes=0-1\r\n");
    assert_eq!(twice.status, 200);
}

#[test]
fn several_ranges_are_one_multipart_body() {
    let (server, content) = served(1000);
    let response = range(&server, "bytes=0-1, 500-501, -2");
    assert_eq!(response.status, 206);
    let boundary = response.header("x-request-id").unwrap();
    let multipart = format!("multipart/byteranges; boundary={boundary}");
    assert_eq!(response.header("content-type"), Some(multipart.as_str()));
    assert_eq!(response.header("content-range"), None);
    let mut expected = Vec::new();
    for (i, start) in [0, 500, 998].into_iter().enumerate() {
        let head = format!(
            "{}--{boundary}\r\nContent-Type: video/mp4\r\nContent-Range: bytes {start}-{}/1000\r\n\r\n",
            if i == 0 { "" } else { "\r\n" },
            start + 1
        );
        expected.extend_from_slice(head.as_bytes());
        expected.extend_from_slice(&content[start..start + 2]);
    }
    expected.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    assert_eq!(response.body, expected);
    assert_eq!(response.content_length(), expected.len());
}

#[test]
fn head_is_get_without_the_body() {
    let (server, _) = served(1000);
    let get = server.get("/stream/movie.mp4", "");
    let head = |lines: &str| {
        server.exchange(&format!(
            "HEAD /stream/movie.mp4 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{lines}\r\n"
        ))
    };
    let plain = head("");
    assert!(plain.body.is_empty());
    let comparable = |response: &Response| -> Vec<String> {
        let lines = response.head.lines().map(str::to_ascii_lowercase);
        lines.filter(|l| !l.starts_with("x-request-id") && !l.starts_with("date")).collect()
    };
    assert_eq!(comparable(&plain), comparable(&get));
    // RFC 9110, section 14.2, defines Range for GET only.
    let ranged = head("Range: bytes=0-1\r\n");
    assert_eq!((ranged.status, ranged.content_length()), (200, 1000));
}

#[test]
fn conditional_requests_compare_validators() {
    let (server, content) = served(1000);
    let first = server.get("/stream/movie.mp4", "");
    let (etag, modified) = (first.header("etag").unwrap(), first.header("last-modified").unwrap());
    let status = |lines: &str| server.get("/stream/movie.mp4", lines).status;
    let not_modified = server.get("/stream/movie.mp4", &format!("If-None-Match: {etag}\r\n"));
    assert_eq!((not_modified.status, not_modified.body.len()), (304, 0));
    assert_eq!(not_modified.header("etag"), Some(etag));
    assert_eq!(status(&format!("If-Modified-Since: {modified}\r\n")), 304);
    assert_eq!(status("If-None-Match: \"other\"\r\n"), 200);
    assert_eq!(status("If-Match: \"other\"\r\n"), 412);
    assert_eq!(status(&format!("If-Match: {etag}\r\nRange: bytes=0-1\r\n")), 206);
    assert_eq!(status("If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n"), 412);
    assert_eq!(status(&format!("If-Range: {modified}\r\nRange: bytes=0-1\r\n")), 206);
    assert_eq!(status(&format!("If-Range: {etag}\r\nRange: bytes=0-1\r\n")), 206);
    let changed = server.get("/stream/movie.mp4", "If-Range: \"other\"\r\nRange: bytes=0-1\r\n");
    assert_eq!((changed.status, changed.body == content), (200, true));
}

#[test]
fn an_empty_file_has_no_ranges() {
    let (server, _) = served(0);
    let response = server.get("/stream/movie.mp4", "");
    assert_eq!((response.status, response.content_length(), response.body.len()), (200, 0, 0));
    assert_eq!(range(&server, "bytes=0-").status, 416);
    assert_eq!(range(&server, "bytes=0-").header("content-range"), Some("bytes */0"));
}

#[test]
fn one_connection_carries_many_responses() {
    let (server, content) = served(600_000);
    let one = "GET /stream/movie.mp4 HTTP/1.1\r\nHost: x\r\nRange: bytes=1-300000\r\n\r\n";
    let last = "GET /stream/movie.mp4 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    let all = server.exchange(&format!("{one}{one}{last}")).body;
    // `exchange` removes the first header section; the other two are still in between.
    assert!(all.starts_with(&content[1..=300_000]));
    let rest = &all[300_000..];
    let body_of = |rest: &[u8]| rest.windows(4).position(|w| w == b"\r\n\r\n").unwrap() + 4;
    let second = &rest[body_of(rest)..];
    assert!(second.starts_with(&content[1..=300_000]));
    let third = &second[300_000..];
    assert!(third[body_of(third)..] == content);
}

#[test]
fn pages_of_other_origins_may_stream_if_the_settings_allow_it() {
    let preflight = "OPTIONS /stream/movie.mp4 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
                     Origin: https://a.example\r\nAccess-Control-Request-Method: GET\r\n\r\n";
    let (open, _) = served(10);
    let response = open.exchange(preflight);
    assert_eq!(response.status, 204);
    assert_eq!(response.header("access-control-allow-origin"), Some("*"));
    assert!(response.header("access-control-allow-headers").unwrap().contains("Range"));
    let exposed = open
        .get("/stream/movie.mp4", "")
        .header("access-control-expose-headers")
        .map(str::to_owned);
    assert!(
        ["Content-Range", "Accept-Ranges", "ETag"]
            .iter()
            .all(|h| exposed.as_ref().unwrap().contains(h))
    );
    assert_eq!(open.get("/stream/none.mp4", "").header("access-control-allow-origin"), Some("*"));

    let closed = TestServer::start(&["--stream-origin", "none"]);
    closed.put("movie.mp4", b"x");
    assert_eq!(closed.exchange(preflight).header("access-control-allow-origin"), None);
    assert_eq!(closed.get("/stream/movie.mp4", "").header("access-control-allow-origin"), None);
}

#[test]
fn nothing_outside_of_the_volume_is_served() {
    let (server, content) = served(10);
    let outside = server.path("../secret.mp4");
    std::fs::write(&outside, "TREASURE").unwrap();
    std::os::unix::fs::symlink(&outside, server.path("link.mp4")).unwrap();
    std::os::unix::fs::symlink(server.path(".."), server.path("folder.mp4")).unwrap();
    std::fs::create_dir(server.path("real.mp4")).unwrap();
    let long = format!("/stream/{}.mp4", "a".repeat(5000));
    for path in [
        "/stream/link.mp4",
        "/stream/folder.mp4",
        "/stream/folder.mp4/secret.mp4",
        "/stream/real.mp4",
        "/stream/../secret.mp4",
        "/stream/%2e%2e",
        "/stream/%2e%2e%2fsecret.mp4",
        "/stream/..%2fsecret.mp4",
        "/stream/movie.mp4%00",
        "/stream/movie.mp4%00.mp4",
        "/stream/",
        "/stream",
        "//stream/movie.mp4",
        "/stream/%ff.mp4",
        "/stream/%",
        "/stream//etc/passwd",
        "/stream/.lock.mp4",
        &long,
    ] {
        let response = server.get(path, "");
        assert!((400..500).contains(&response.status), "{path}: {response:?}");
        assert!(!response.body.windows(8).any(|w| w == b"TREASURE"), "{path}");
    }
    // RFC 9112 section 3.2.2: a server must take the absolute form too.
    assert_eq!(server.get("http://elsewhere/stream/movie.mp4", "").body, content);
    assert_eq!(server.get("/stream/movie%2Emp4", "").body, content);
}
