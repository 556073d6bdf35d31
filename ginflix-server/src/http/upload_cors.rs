//! CORS for uploads (<https://fetch.spec.whatwg.org/#http-cors-protocol>): pages of the origins in
//! the settings may upload.
//!
//! Such a page authenticates by a token. `Access-Control-Allow-Credentials` is never sent, so it
//! cannot use the cookie of this origin.

use warp::http::HeaderMap;
use warp::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD,
    HeaderValue, ORIGIN, VARY,
};

use crate::web_origin::WebOrigin;

/// The header fields that tus clients send.
const ALLOWED_HEADERS: &str = "Authorization, Content-Type, Tus-Resumable, Upload-Length, \
    Upload-Offset, Upload-Metadata, Upload-Checksum, X-HTTP-Method-Override, X-Request-ID, \
    X-Requested-With, ginflix-file-sha256, ginflix-accept-damaged";

/// The header fields of a response that tus clients read.
const EXPOSED_HEADERS: &str = "Location, Tus-Resumable, Tus-Version, Tus-Extension, Tus-Max-Size, \
    Tus-Checksum-Algorithm, Upload-Length, Upload-Offset, Upload-Metadata, \
    Upload-Expires, Retry-After, X-Request-Id";

/// Lets the page that sent the request read the response, if its origin is one of `origins`. The
/// response to a preflight request also lists the methods and header fields that the page may send.
pub fn set_headers(origins: &[WebOrigin], request: &HeaderMap, response: &mut HeaderMap) {
    if origins.is_empty() {
        return;
    }
    // Caches must not give the response for one origin to another.
    response.append(VARY, HeaderValue::from_static("Origin"));
    let Some(origin) = request.get(ORIGIN) else { return };
    if !origins.iter().any(|known| known.matches(origin.as_bytes())) {
        return;
    }
    response.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    response.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED_HEADERS));
    if request.contains_key(ACCESS_CONTROL_REQUEST_METHOD) {
        for (name, value) in [
            (ACCESS_CONTROL_ALLOW_METHODS, "POST, HEAD, PATCH, DELETE"),
            (ACCESS_CONTROL_ALLOW_HEADERS, ALLOWED_HEADERS),
            (ACCESS_CONTROL_MAX_AGE, "86400"),
        ] {
            response.insert(name, HeaderValue::from_static(value));
        }
    }
}
