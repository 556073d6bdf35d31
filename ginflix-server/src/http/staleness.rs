//! Header fields of responses that come from the cache while the database is unreachable.

use warp::http::header::{AGE, HeaderName, HeaderValue};
use warp::reply::Response;

use crate::catalog::cache::Staleness;

/// `Cache-Status` (RFC 9211). Only responses from the cache have it.
const CACHE_STATUS: HeaderName = HeaderName::from_static("cache-status");

/// Sets `Age` and `Cache-Status` if the response was made from stale data.
pub fn set_headers(mut response: Response, staleness: &Staleness) -> Response {
    let Some(age) = staleness.age().map(|age| age.as_secs()) else { return response };
    let headers = response.headers_mut();
    headers.insert(AGE, HeaderValue::from(age));
    // A negative ttl is the time since the entry became stale (RFC 9211, section 2.4).
    let status = format!("ginflix; hit; ttl=-{age}; detail=\"the database is away\"");
    if let Ok(status) = HeaderValue::from_str(&status) {
        headers.insert(CACHE_STATUS, status);
    }
    response
}
