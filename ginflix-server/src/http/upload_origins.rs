//! Which pages elsewhere may upload: those of the origins in the settings
//! (CORS, <https://fetch.spec.whatwg.org/#http-cors-protocol>).
//!
//! They authenticate by a token; that a page elsewhere sends the cookie of
//! this origin is never allowed.

use warp::http::HeaderMap;
use warp::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD,
    HeaderValue, ORIGIN, VARY,
};

use crate::web_origin::WebOrigin;

/// What tus clients send.
const SENT: &str = "Authorization, Content-Type, Tus-Resumable, Upload-Length, Upload-Offset, \
                    Upload-Metadata, Upload-Checksum, X-HTTP-Method-Override, X-Request-ID, \
                    X-Requested-With, ginflix-file-sha256";

/// What they read of an answer.
const READ: &str = "Location, Tus-Resumable, Tus-Version, Tus-Extension, Tus-Max-Size, \
                    Tus-Checksum-Algorithm, Upload-Length, Upload-Offset, Upload-Metadata, \
                    Upload-Expires, Retry-After, X-Request-Id";

/// Allows the page that `asked` to read the answer, if its origin is one of
/// these; and to send the request, where that is what it asks.
pub fn allow(origins: &[WebOrigin], asked: &HeaderMap, answer: &mut HeaderMap) {
    if origins.is_empty() {
        return;
    }
    // Caches must not give one origin's answer to another.
    answer.append(VARY, HeaderValue::from_static("Origin"));
    let Some(origin) = asked.get(ORIGIN) else { return };
    if !origins.iter().any(|known| known.is(origin.as_bytes())) {
        return;
    }
    answer.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    answer.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(READ));
    if asked.contains_key(ACCESS_CONTROL_REQUEST_METHOD) {
        for (name, value) in [
            (ACCESS_CONTROL_ALLOW_METHODS, "POST, HEAD, PATCH, DELETE"),
            (ACCESS_CONTROL_ALLOW_HEADERS, SENT),
            (ACCESS_CONTROL_MAX_AGE, "86400"),
        ] {
            answer.insert(name, HeaderValue::from_static(value));
        }
    }
}
