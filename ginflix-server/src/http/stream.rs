//! `/stream/{name}`: the bytes of a media file, whole or by range.

use std::sync::Arc;
use std::time::SystemTime;

use ginflix_api::error::ErrorCode;
use warp::http::header::{
    ACCEPT_RANGES, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_MAX_AGE, CONTENT_RANGE, HeaderName, HeaderValue,
};
use warp::http::{HeaderMap, Method, StatusCode};
use warp::reply::Response;

use super::name::Name;
use super::request::{Req, RequestHead};
use super::{proxy, reply};
use crate::config::Config;
use crate::delivery::range;
use crate::delivery::request_id::RequestId;
use crate::delivery::response::{
    FileRequest, Refusal, Representation, for_each_cors_field, respond,
};
use crate::delivery::segments::Segments;
use crate::error::AppError;
use crate::media::OpenMedia;
use crate::net::FileSegments;

/// Room for all fields of an answer at once.
const FIELDS: usize = 12;

/// `GET|HEAD /stream/{name}`: sends the file or what is asked of it. Asks no
/// database.
pub async fn send(req: Req, Name(name): Name) -> Result<Response, AppError> {
    let volume = &req.app.storage()?.volume;
    let response = match volume.open(&name) {
        Ok(media) if !volume.is_outdated(&name) => from_volume(&req, &media),
        local => proxy::send(&req, &name, local).await,
    };
    // Pages elsewhere may also read why they got nothing.
    let mut response = response.unwrap_or_else(|error| reply::error(&error, &req.origin.id));
    allow_origin(&req.app.config, response.headers_mut());
    Ok(response)
}

/// `OPTIONS /stream/{name}`: which requests pages elsewhere may send.
pub async fn preflight(req: Req, _: Name) -> Result<Response, AppError> {
    let mut response = reply::empty(StatusCode::NO_CONTENT);
    let headers = response.headers_mut();
    allow_origin(&req.app.config, headers);
    if headers.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN) {
        for (name, value) in [
            (ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD"),
            (ACCESS_CONTROL_ALLOW_HEADERS, "Range, If-Range, If-Match, If-None-Match"),
            (ACCESS_CONTROL_MAX_AGE, "86400"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    Ok(response)
}

/// Lets pages elsewhere read an answer, if they may stream from here.
pub fn allow_origin(config: &Config, headers: &mut HeaderMap) {
    let origin = config.stream_origin.as_ref();
    for_each_cors_field(origin, |name, value| insert(headers, name, value));
}

/// Sends a file of this volume, or the part of it that is asked for.
pub fn from_volume(req: &Req, media: &OpenMedia) -> Result<Response, AppError> {
    answer(req, &media.representation(), |response, segments| {
        // `service` makes the body of it.
        let source = Arc::clone(&media.file);
        response.extensions_mut().insert(FileSegments { source, segments });
    })
}

/// Answers from a file that may be on another streamer; `attach` gives the response its body.
pub fn answer(
    req: &Req,
    file: &Representation<'_>,
    attach: impl FnOnce(&mut Response, Segments),
) -> Result<Response, AppError> {
    let RequestHead { method, headers: fields, .. } = &**req;
    let (id, now) = (req.origin.id, SystemTime::now());
    let answer = match respond(&FileRequest { id, method, fields }, file, now) {
        Ok(answer) => answer,
        Err(Refusal::PreconditionFailed) => return Err(AppError::PreconditionFailed),
        Err(Refusal::Unsatisfiable) => return Ok(unsatisfiable(id, file.size)),
    };
    let mut response = reply::empty(answer.status);
    let headers = response.headers_mut();
    headers.reserve(FIELDS);
    let is_private = req.app.config.is_private();
    file.for_each_field(is_private, now, |name, value| insert(headers, name, value));
    answer.for_each_field(|name, value| insert(headers, name, value));
    if *method != Method::HEAD && answer.status != StatusCode::NOT_MODIFIED {
        attach(&mut response, answer.into_segments());
    }
    Ok(response)
}

fn unsatisfiable(id: RequestId, size: u64) -> Response {
    let mut response = reply::error_body(
        StatusCode::RANGE_NOT_SATISFIABLE,
        ErrorCode::Invalid,
        format!(
            "Range: nothing to send; the file has {size} bytes, and at most {} ranges are taken",
            range::MAX_RANGES
        ),
        &id,
    );
    let headers = response.headers_mut();
    insert(headers, &CONTENT_RANGE, format!("bytes */{size}").as_bytes());
    insert(headers, &ACCEPT_RANGES, b"bytes");
    response
}

/// Puts down a field of which only legal text is known to come.
pub fn insert(headers: &mut HeaderMap, name: &HeaderName, value: &[u8]) {
    if let Ok(value) = HeaderValue::from_bytes(value) {
        headers.insert(name, value);
    }
}

#[cfg(test)]
mod tests;
