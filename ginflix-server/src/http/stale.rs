//! Answers from memory while the database is away say so, and how old they are.

use warp::http::header::{AGE, HeaderName, HeaderValue};
use warp::reply::Response;

use crate::catalog::cache::Staleness;

/// RFC 9211; where it is there, the answer is from memory.
const CACHE_STATUS: HeaderName = HeaderName::from_static("cache-status");

/// Says in the answer's header how old it is, if it is.
pub fn mark(mut response: Response, staleness: &Staleness) -> Response {
    let Some(age) = staleness.age().map(|age| age.as_secs()) else { return response };
    let headers = response.headers_mut();
    headers.insert(AGE, HeaderValue::from(age));
    let status = format!("ginflix; hit; ttl=-{age}; detail=\"the database is away\"");
    if let Ok(status) = HeaderValue::from_str(&status) {
        headers.insert(CACHE_STATUS, status);
    }
    response
}
