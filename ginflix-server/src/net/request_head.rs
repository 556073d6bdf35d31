//! Heads of requests that are answered without the HTTP library: GET or HEAD of
//! a film over HTTP/1.1, with nothing in them that changes how messages are
//! framed or how the connection goes on.
//!
//! What is not plainly of that kind is for the library, which gets the same
//! bytes: this module refuses nothing and reads nothing generously.

use std::mem::MaybeUninit;

use http::header::{
    CONNECTION, CONTENT_LENGTH, EXPECT, HeaderName, HeaderValue, TE, TRAILER, TRANSFER_ENCODING,
    UPGRADE,
};
use http::{HeaderMap, Method, Request, Uri};

/// Longer heads are for the library, which has a limit of its own.
const MOST_BYTES: usize = 8 * 1024;

/// As are those with more fields.
const MOST_FIELDS: usize = 64;

/// How a request for a film starts.
const STARTS: [&[u8]; 2] = [b"GET /stream/", b"HEAD /stream/"];

/// What the bytes that came so far are.
#[derive(Debug)]
#[allow(clippy::large_enum_variant)] // taken apart where it is made, and never kept
pub enum Head {
    /// Nothing yet, or the beginning of what may become a plain request.
    Partial,
    /// A plain request, and how many bytes its head has.
    Plain(Request<()>, usize),
    /// Something else, or too much to tell.
    Other,
}

/// Reads the first head in these bytes.
pub fn parse(bytes: &[u8]) -> Head {
    if !STARTS.iter().any(|start| begin_alike(bytes, start)) {
        return Head::Other;
    }
    let mut fields = [const { MaybeUninit::uninit() }; MOST_FIELDS];
    let mut head = httparse::Request::new(&mut []);
    match head.parse_with_uninit_headers(bytes, &mut fields) {
        Ok(httparse::Status::Complete(length)) if length <= MOST_BYTES => {
            plain(&head).map_or(Head::Other, |request| Head::Plain(request, length))
        }
        Ok(httparse::Status::Partial) if bytes.len() < MOST_BYTES => Head::Partial,
        _ => Head::Other,
    }
}

fn begin_alike(bytes: &[u8], start: &[u8]) -> bool {
    let length = bytes.len().min(start.len());
    bytes[..length] == start[..length]
}

fn plain(head: &httparse::Request<'_, '_>) -> Option<Request<()>> {
    let method = match head.method? {
        "GET" => Method::GET,
        "HEAD" => Method::HEAD,
        _ => return None,
    };
    if head.version? != 1 {
        return None;
    }
    let mut headers = HeaderMap::with_capacity(head.headers.len());
    for field in head.headers.iter() {
        let name = HeaderName::from_bytes(field.name.as_bytes()).ok()?;
        if !leaves_framing_alone(&name, field.value) {
            return None;
        }
        headers.append(name, HeaderValue::from_bytes(field.value).ok()?);
    }
    let mut request = Request::new(());
    *request.method_mut() = method;
    *request.uri_mut() = head.path?.parse::<Uri>().ok()?;
    *request.headers_mut() = headers;
    Some(request)
}

/// Whether the field says nothing about a body or about the connection, beyond
/// what goes without saying.
fn leaves_framing_alone(name: &HeaderName, value: &[u8]) -> bool {
    match *name {
        CONTENT_LENGTH | TRANSFER_ENCODING | TRAILER | TE | EXPECT | UPGRADE => false,
        CONNECTION => value.eq_ignore_ascii_case(b"keep-alive"),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: &str = "GET /stream/a%20b.mp4?t=1 HTTP/1.1\r\nHost: x\r\nRANGE: bytes=0-1\r\n\
                         Connection: Keep-Alive\r\nX-A: 1\r\nx-a: 2\r\n\r\n";

    fn is_other(text: &str) -> bool {
        matches!(parse(text.as_bytes()), Head::Other)
    }

    #[test]
    fn a_plain_request_is_read_whole() {
        let two = [PLAIN, PLAIN].concat();
        for bytes in [PLAIN, &two] {
            let Head::Plain(request, length) = parse(bytes.as_bytes()) else { panic!() };
            assert_eq!(length, PLAIN.len());
            assert_eq!(request.method(), Method::GET);
            assert_eq!(request.uri().path(), "/stream/a%20b.mp4");
            assert_eq!(request.headers()["range"], "bytes=0-1");
            assert_eq!(request.headers().get_all("x-a").iter().count(), 2);
        }
        let head = PLAIN.replace("GET", "HEAD");
        assert!(matches!(parse(head.as_bytes()), Head::Plain(request, _)
            if request.method() == Method::HEAD));
    }

    #[test]
    fn its_beginnings_are_waited_for() {
        for end in 0..PLAIN.len() {
            assert!(matches!(parse(&PLAIN.as_bytes()[..end]), Head::Partial), "{end}");
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
            ("HTTP/1.1", "HTTP/1.0"),
            ("HTTP/1.1", "HTTP/2.0"),
            (" HTTP/1.1", ""),
            ("Keep-Alive", "close"),
            ("Keep-Alive", "keep-alive, x-a"),
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
        let request = |fields: &str| format!("GET /stream/a HTTP/1.1\r\n{fields}\r\n");
        assert!(!is_other(&request(&fields(MOST_FIELDS))));
        assert!(is_other(&request(&fields(MOST_FIELDS + 1))));
        let long = request(&format!("a: {}\r\n", "b".repeat(MOST_BYTES)));
        assert!(is_other(&long));
        assert!(is_other(&long[..MOST_BYTES]));
        assert!(!is_other(&long[..MOST_BYTES - 1]));
    }
}
