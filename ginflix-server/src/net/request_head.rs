//! Heads of requests that are answered without the HTTP library: GET or HEAD of a media file
//! over HTTP/1.1 or HTTP/1.0, without fields that change how messages are framed.
//!
//! All other requests are left to the library, which gets the same bytes: this module refuses
//! nothing and is never more lenient than the library.

use std::mem::MaybeUninit;

use http::Method;
use httparse::Header;

/// Longer heads are for the library, which has a limit of its own.
const MOST_BYTES: usize = 8 * 1024;

/// As are those with more fields.
const MOST_FIELDS: usize = 64;

/// How a request for a film starts.
const STARTS: [&[u8]; 2] = [b"GET /stream/", b"HEAD /stream/"];

/// Fields about framing and about the connection: RFC 9110, sections 7.6.1 and 10.1.
const NOT_PLAIN: [&str; 6] =
    ["content-length", "transfer-encoding", "trailer", "te", "expect", "upgrade"];

/// Room for the fields of a head.
pub struct Space<'a>([MaybeUninit<Header<'a>>; MOST_FIELDS]);

impl Default for Space<'_> {
    fn default() -> Self {
        Self([const { MaybeUninit::uninit() }; MOST_FIELDS])
    }
}

/// What the bytes that came so far are.
#[derive(Debug)]
pub enum Head<'a> {
    /// Nothing yet, or the beginning of what may become a plain request.
    Partial,
    /// A plain request, and how many bytes its head has.
    Plain(Request<'a>, usize),
    /// Something else, or too much to tell.
    Other,
}

/// A plain request, as it came.
#[derive(Debug)]
pub struct Request<'a> {
    /// GET or HEAD.
    pub method: Method,
    /// Starts with `/stream/`; more is not known of it.
    pub target: &'a str,
    /// Its fields.
    pub fields: &'a [Header<'a>],
    /// Whether another request may follow: RFC 9112, section 9.3.
    pub keep_alive: bool,
}

/// Reads the first head in these bytes.
pub fn parse<'a>(bytes: &'a [u8], space: &'a mut Space<'a>) -> Head<'a> {
    if !STARTS.iter().any(|start| begin_alike(bytes, start)) {
        return Head::Other;
    }
    let mut head = httparse::Request::new(&mut []);
    match head.parse_with_uninit_headers(bytes, &mut space.0) {
        Ok(httparse::Status::Complete(length)) if length <= MOST_BYTES => {
            plain(head).map_or(Head::Other, |request| Head::Plain(request, length))
        }
        Ok(httparse::Status::Partial) if bytes.len() < MOST_BYTES => Head::Partial,
        _ => Head::Other,
    }
}

fn begin_alike(bytes: &[u8], start: &[u8]) -> bool {
    let length = bytes.len().min(start.len());
    bytes[..length] == start[..length]
}

fn plain<'a>(head: httparse::Request<'a, 'a>) -> Option<Request<'a>> {
    let method = match head.method? {
        "GET" => Method::GET,
        "HEAD" => Method::HEAD,
        _ => return None,
    };
    let (target, version, fields) = (head.path?, head.version?, &*head.headers);
    let (mut hosts, mut keep_alive) = (0, version == 1);
    for field in fields {
        let is = |name: &&str| field.name.eq_ignore_ascii_case(name);
        if NOT_PLAIN.iter().any(is) {
            return None;
        } else if is(&"host") {
            hosts += 1;
        } else if is(&"connection") {
            keep_alive &= keeps_alive(version, field.value)?;
        }
    }
    // HTTP/1.0 has no `Host`: RFC 9112, section 3.2.
    let has_host = hosts == 1 || version == 0 && hosts == 0;
    has_host.then_some(Request { method, target, fields, keep_alive })
}

/// What a `Connection` field says. `None` for what is left to the library: other options, and
/// connections of HTTP/1.0 that are to stay open.
fn keeps_alive(version: u8, value: &[u8]) -> Option<bool> {
    match version {
        _ if value.eq_ignore_ascii_case(b"close") => Some(false),
        1 if value.eq_ignore_ascii_case(b"keep-alive") => Some(true),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
