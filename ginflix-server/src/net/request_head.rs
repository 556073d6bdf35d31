//! Parses the heads of requests that the event loops answer: GET or HEAD of a media file over
//! HTTP/1.1 or HTTP/1.0, without fields that change how messages are framed.
//!
//! All other requests are left to hyper, which gets the same bytes: this module refuses nothing,
//! and is never more lenient than hyper.

use std::mem::MaybeUninit;

use http::Method;
use httparse::Header;

use crate::delivery::authority::is_host_and_port;

/// The longest head in bytes. Longer ones are left to hyper, which has a limit of its own.
const MAX_HEAD_BYTES: usize = 8 * 1024;

/// The most header fields. Heads with more are left to hyper as well.
const MAX_FIELDS: usize = 64;

/// The beginnings of a request for a media file.
const PREFIXES: [&[u8]; 2] = [b"GET /stream/", b"HEAD /stream/"];

/// The names of fields that change how messages are framed or what the connection is used for. A
/// request with one of them is left to hyper. RFC 9110, sections 6.6.2, 7.8, 8.6 and 10.1; RFC
/// 9112, section 6.1.
const INELIGIBLE_FIELDS: [&str; 6] =
    ["content-length", "transfer-encoding", "trailer", "te", "expect", "upgrade"];

/// Memory for the fields of a head.
pub struct FieldBuffer<'a>([MaybeUninit<Header<'a>>; MAX_FIELDS]);

impl Default for FieldBuffer<'_> {
    fn default() -> Self {
        Self([const { MaybeUninit::uninit() }; MAX_FIELDS])
    }
}

/// The result of parsing the bytes that have arrived.
#[derive(Debug)]
pub enum ParsedHead<'a> {
    /// Nothing, or the beginning of what may become an eligible request.
    Incomplete,
    /// A request that the event loops may answer, and the length of its head in bytes.
    Eligible(FastPathRequest<'a>, usize),
    /// A request that is left to hyper.
    Ineligible,
}

/// A request that the event loops may answer.
#[derive(Debug)]
pub struct FastPathRequest<'a> {
    /// GET or HEAD.
    pub method: Method,
    /// The request target. It starts with `/stream/`; the rest is not checked.
    pub target: &'a str,
    /// The header fields.
    pub fields: &'a [Header<'a>],
    /// Whether the connection persists after the response: RFC 9112, section 9.3.
    pub keep_alive: bool,
}

/// Parses the first head in the bytes.
pub fn parse<'a>(bytes: &'a [u8], buffer: &'a mut FieldBuffer<'a>) -> ParsedHead<'a> {
    if !PREFIXES.iter().any(|prefix| is_prefix_either_way(bytes, prefix)) {
        return ParsedHead::Ineligible;
    }
    let mut head = httparse::Request::new(&mut []);
    match head.parse_with_uninit_headers(bytes, &mut buffer.0) {
        Ok(httparse::Status::Complete(length)) if length <= MAX_HEAD_BYTES => {
            match eligible(head) {
                Some(request) => ParsedHead::Eligible(request, length),
                None => ParsedHead::Ineligible,
            }
        }
        Ok(httparse::Status::Partial) if bytes.len() < MAX_HEAD_BYTES => ParsedHead::Incomplete,
        _ => ParsedHead::Ineligible,
    }
}

/// Returns whether one is a prefix of the other: more bytes may still complete a short head.
fn is_prefix_either_way(bytes: &[u8], prefix: &[u8]) -> bool {
    let length = bytes.len().min(prefix.len());
    bytes[..length] == prefix[..length]
}

/// Returns the request if the event loops may answer it.
fn eligible<'a>(head: httparse::Request<'a, 'a>) -> Option<FastPathRequest<'a>> {
    let method = match head.method? {
        "GET" => Method::GET,
        "HEAD" => Method::HEAD,
        _ => return None,
    };
    let (target, version, fields) = (head.path?, head.version?, &*head.headers);
    let (mut hosts, mut keep_alive) = (0, version == 1);
    for field in fields {
        let has_name = |name: &&str| field.name.eq_ignore_ascii_case(name);
        if INELIGIBLE_FIELDS.iter().any(has_name) {
            return None;
        } else if has_name(&"host") {
            if !is_host_and_port(field.value) {
                return None;
            }
            hosts += 1;
        } else if has_name(&"connection") {
            keep_alive &= keeps_alive(version, field.value)?;
        }
    }
    // RFC 9112, section 3.2: HTTP/1.1 requires exactly one `Host`; HTTP/1.0 does not require it.
    let has_host = hosts == 1 || version == 0 && hosts == 0;
    has_host.then_some(FastPathRequest { method, target, fields, keep_alive })
}

/// Returns whether a `Connection` field keeps the connection open. `None` stands for what is left
/// to hyper: other options, and persistent connections of HTTP/1.0.
fn keeps_alive(version: u8, value: &[u8]) -> Option<bool> {
    match version {
        _ if value.eq_ignore_ascii_case(b"close") => Some(false),
        1 if value.eq_ignore_ascii_case(b"keep-alive") => Some(true),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
