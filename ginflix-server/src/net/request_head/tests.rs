use super::*;

const REQUEST: &str = "GET /stream/a%20b.mp4?t=1 HTTP/1.1\r\nHost: x\r\nRANGE: bytes=0-1\r\n\
                     Connection: Keep-Alive\r\nX-A: 1\r\nx-a: 2\r\n\r\n";

fn is_ineligible(text: &str) -> bool {
    matches!(parse(text.as_bytes(), &mut FieldBuffer::default()), ParsedHead::Ineligible)
}

#[test]
fn a_request_is_parsed_as_a_whole() {
    let two = [REQUEST, REQUEST].concat();
    for bytes in [REQUEST, &two] {
        let mut buffer = FieldBuffer::default();
        let ParsedHead::Eligible(request, length) = parse(bytes.as_bytes(), &mut buffer) else {
            panic!()
        };
        assert_eq!(length, REQUEST.len());
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
    let head = REQUEST.replace("GET", "HEAD");
    assert!(
        matches!(parse(head.as_bytes(), &mut FieldBuffer::default()), ParsedHead::Eligible(request, _)
        if request.method == Method::HEAD)
    );
}

#[test]
fn a_request_says_whether_the_connection_persists() {
    let keep_alive = |text: &str| match parse(text.as_bytes(), &mut FieldBuffer::default()) {
        ParsedHead::Eligible(request, _) => Some(request.keep_alive),
        _ => None,
    };
    assert_eq!(keep_alive(&REQUEST.replace("Connection", "X")), Some(true));
    assert_eq!(keep_alive(&REQUEST.replace("Keep-Alive", "CLOSE")), Some(false));
    assert_eq!(keep_alive(&REQUEST.replace("X-A: 1", "Connection: close")), Some(false));
    for host in ["", "Host: x\r\n"] {
        let old = format!("GET /stream/a.mp4 HTTP/1.0\r\n{host}\r\n");
        assert_eq!(keep_alive(&old), Some(false));
    }
    assert_eq!(keep_alive("GET /stream/a.mp4 HTTP/1.1\r\n\r\n"), None);
    assert_eq!(keep_alive("GET /stream/a.mp4 HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n"), None);
}

#[test]
fn every_beginning_of_a_request_is_incomplete() {
    for end in 0..REQUEST.len() {
        assert!(
            matches!(
                parse(&REQUEST.as_bytes()[..end], &mut FieldBuffer::default()),
                ParsedHead::Incomplete
            ),
            "{end}"
        );
    }
}

#[test]
fn other_requests_are_left_to_hyper() {
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
        ("Host: x", "Host: a, b"),
        ("Host: x", "Host: a/b"),
        ("Host: x", "Host: a@b"),
        ("Host: x", "Host: "),
        ("X-A: 1", "Content-Length: 0"),
        ("X-A: 1", "content-length: 5\r\nTransfer-Encoding: chunked"),
        ("X-A: 1", "Transfer-Encoding: identity"),
        ("X-A: 1", "Upgrade: h2c"),
        ("X-A: 1", "Expect: 100-continue"),
        ("X-A: 1", "TE: trailers"),
        ("X-A: 1", "Trailer: x"),
        ("X-A: 1", "no colon"),
    ] {
        assert!(is_ineligible(&REQUEST.replacen(from, to, 1)), "{from:?} -> {to:?}");
    }
    assert!(is_ineligible("PRI * HTTP/2.0\r\n\r\n"));
    assert!(is_ineligible("\x16\x03\x01"));
}

#[test]
fn heads_that_are_too_long_are_left_to_hyper() {
    let fields = |count: usize| "a: b\r\n".repeat(count);
    let request = |fields: &str| format!("GET /stream/a HTTP/1.1\r\nHost: x\r\n{fields}\r\n");
    assert!(!is_ineligible(&request(&fields(MAX_FIELDS - 1))));
    assert!(is_ineligible(&request(&fields(MAX_FIELDS))));
    let long = request(&format!("a: {}\r\n", "b".repeat(MAX_HEAD_BYTES)));
    assert!(is_ineligible(&long));
    assert!(is_ineligible(&long[..MAX_HEAD_BYTES]));
    assert!(!is_ineligible(&long[..MAX_HEAD_BYTES - 1]));
}
