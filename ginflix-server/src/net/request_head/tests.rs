use super::*;

const PLAIN: &str = "GET /stream/a%20b.mp4?t=1 HTTP/1.1\r\nHost: x\r\nRANGE: bytes=0-1\r\n\
                     Connection: Keep-Alive\r\nX-A: 1\r\nx-a: 2\r\n\r\n";

fn is_other(text: &str) -> bool {
    matches!(parse(text.as_bytes(), &mut Space::default()), Head::Other)
}

#[test]
fn a_plain_request_is_read_whole() {
    let two = [PLAIN, PLAIN].concat();
    for bytes in [PLAIN, &two] {
        let mut space = Space::default();
        let Head::Plain(request, length) = parse(bytes.as_bytes(), &mut space) else { panic!() };
        assert_eq!(length, PLAIN.len());
        assert_eq!(request.method, Method::GET);
        assert_eq!(request.target, "/stream/a%20b.mp4?t=1");
        assert!(request.keep_alive);
        let fields = request.fields.iter().map(|field| (field.name, field.value));
        assert_eq!(
            fields.collect::<Vec<_>>(),
            [
                ("Host", &b"x"[..]),
                ("RANGE", b"bytes=0-1"),
                ("Connection", b"Keep-Alive"),
                ("X-A", b"1"),
                ("x-a", b"2"),
            ]
        );
    }
    let head = PLAIN.replace("GET", "HEAD");
    assert!(matches!(parse(head.as_bytes(), &mut Space::default()), Head::Plain(request, _)
        if request.method == Method::HEAD));
}

#[test]
fn a_request_says_whether_another_may_follow() {
    let keep_alive = |text: &str| match parse(text.as_bytes(), &mut Space::default()) {
        Head::Plain(request, _) => Some(request.keep_alive),
        _ => None,
    };
    assert_eq!(keep_alive(&PLAIN.replace("Connection", "X")), Some(true));
    assert_eq!(keep_alive(&PLAIN.replace("Keep-Alive", "CLOSE")), Some(false));
    assert_eq!(keep_alive(&PLAIN.replace("X-A: 1", "Connection: close")), Some(false));
    for host in ["", "Host: x\r\n"] {
        let old = format!("GET /stream/a.mp4 HTTP/1.0\r\n{host}\r\n");
        assert_eq!(keep_alive(&old), Some(false));
    }
    assert_eq!(keep_alive("GET /stream/a.mp4 HTTP/1.1\r\n\r\n"), None);
    assert_eq!(keep_alive("GET /stream/a.mp4 HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n"), None);
}

#[test]
fn its_beginnings_are_waited_for() {
    for end in 0..PLAIN.len() {
        assert!(
            matches!(parse(&PLAIN.as_bytes()[..end], &mut Space::default()), Head::Partial),
            "{end}"
        );
    }
}

#[test]
fn whatever_is_not_plain_is_for_the_library() {
    for (from, to) in [
        ("GET /stream", "GET /api"),
        ("GET", "PUT"),
        ("GET", "get"),
        ("GET", "\r\nGET"),
        ("GET", "GET "),
        ("GET /", "GET http://x/"),
        ("/stream", "/%73tream"),
        ("HTTP/1.1", "HTTP/1.0"), // with keep-alive
        ("HTTP/1.1", "HTTP/2.0"),
        (" HTTP/1.1", ""),
        ("Keep-Alive", "keep-alive, x-a"),
        ("Keep-Alive", "close, x-a"),
        ("Host: x", "Host: x\r\nhost: x"),
        ("Host: x", "Hosts: x"),
        ("Host: x", "Host : x"),
        ("Host: x", "Host: x\r\n y"),
        ("Host: x", "Host: \0"),
        ("X-A: 1", "Content-Length: 0"),
        ("X-A: 1", "content-length: 5\r\nTransfer-Encoding: chunked"),
        ("X-A: 1", "Transfer-Encoding: identity"),
        ("X-A: 1", "Upgrade: h2c"),
        ("X-A: 1", "Expect: 100-continue"),
        ("X-A: 1", "TE: trailers"),
        ("X-A: 1", "Trailer: x"),
        ("X-A: 1", "no colon"),
    ] {
        assert!(is_other(&PLAIN.replacen(from, to, 1)), "{from:?} -> {to:?}");
    }
    assert!(is_other("PRI * HTTP/2.0\r\n\r\n"));
    assert!(is_other("\x16\x03\x01"));
}

#[test]
fn what_is_too_long_is_for_the_library() {
    let fields = |count: usize| "a: b\r\n".repeat(count);
    let request = |fields: &str| format!("GET /stream/a HTTP/1.1\r\nHost: x\r\n{fields}\r\n");
    assert!(!is_other(&request(&fields(MOST_FIELDS - 1))));
    assert!(is_other(&request(&fields(MOST_FIELDS))));
    let long = request(&format!("a: {}\r\n", "b".repeat(MOST_BYTES)));
    assert!(is_other(&long));
    assert!(is_other(&long[..MOST_BYTES]));
    assert!(!is_other(&long[..MOST_BYTES - 1]));
}
