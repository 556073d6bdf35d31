//! `/stream/{name}`: the content of a media file, complete or by ranges (RFC 9110, section 14).

use std::sync::Arc;
use std::time::SystemTime;

use ginflix_api::error::ErrorCode;
use warp::http::header::{
    ACCEPT_RANGES, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_MAX_AGE, CONTENT_DISPOSITION, CONTENT_RANGE,
    HeaderName, HeaderValue,
};
use warp::http::{HeaderMap, Method, StatusCode};
use warp::reply::Response;

use super::path_params::MediaNameParam;
use super::request::{AuthorizedRequest, RequestHead};
use super::{proxy, reply};
use crate::config::Config;
use crate::delivery::request_id::RequestId;
use crate::delivery::response::{
    FileRequest, Refusal, Representation, for_each_cors_field, respond,
};
use crate::delivery::segments::Segments;
use crate::delivery::{download, range};
use crate::error::AppError;
use crate::media::OpenMedia;
use crate::net::FileSegments;

/// Capacity for all header fields of a response, so that the map never grows.
const FIELDS_CAPACITY: usize = 12;

/// `GET|HEAD /stream/{name}`: sends a media file or ranges of it. It uses no database, so
/// that streaming does not depend on one.
pub async fn send(
    req: AuthorizedRequest,
    MediaNameParam(name): MediaNameParam,
) -> Result<Response, AppError> {
    let volume = &req.app.storage()?.volume;
    let response = match volume.open(&name) {
        Ok(media) if !volume.is_outdated(&name) => respond_from_volume(&req, &media),
        local => proxy::send(&req, &name, local).await,
    };
    // Pages of other origins can also read an error.
    let mut response = response.unwrap_or_else(|error| reply::error(&error, &req.context.id));
    if response.status().is_success() && is_download(&req) {
        let original = volume.original_name(&name);
        let saved_as = original.as_deref().unwrap_or(name.as_str());
        let value = download::content_disposition(saved_as);
        insert_header(response.headers_mut(), &CONTENT_DISPOSITION, value.as_bytes());
    }
    set_cors_headers(&req.app.config, response.headers_mut());
    Ok(response)
}

/// Returns whether a request asks for a file to save it, on a server that offers downloads.
fn is_download(req: &AuthorizedRequest) -> bool {
    req.app.config.offers_downloads() && download::is_requested(&req.query)
}

/// `OPTIONS /stream/{name}`: responds to the preflight request of a page of another origin (CORS).
pub async fn preflight(req: AuthorizedRequest, _: MediaNameParam) -> Result<Response, AppError> {
    let mut response = reply::empty(StatusCode::NO_CONTENT);
    let headers = response.headers_mut();
    set_cors_headers(&req.app.config, headers);
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

/// Lets pages of other origins read a response, if the settings allow it.
pub fn set_cors_headers(config: &Config, headers: &mut HeaderMap) {
    let origin = config.stream_origin.as_ref();
    for_each_cors_field(origin, |name, value| insert_header(headers, name, value));
}

/// Responds with a file of this volume, or the requested part of it.
pub fn respond_from_volume(
    req: &AuthorizedRequest,
    media: &OpenMedia,
) -> Result<Response, AppError> {
    respond_with(req, &media.representation(), |response, segments| {
        // `service` builds the body from this extension.
        let file = Arc::clone(&media.file);
        response.extensions_mut().insert(FileSegments { file, segments });
    })
}

/// Responds with a file, which may be on another streamer; `attach` gives the response its body.
pub fn respond_with(
    req: &AuthorizedRequest,
    file: &Representation<'_>,
    attach: impl FnOnce(&mut Response, Segments),
) -> Result<Response, AppError> {
    let RequestHead { method, headers: fields, .. } = &**req;
    let (id, now) = (req.context.id, SystemTime::now());
    let file_response = match respond(&FileRequest { id, method, fields }, file, now) {
        Ok(file_response) => file_response,
        Err(Refusal::PreconditionFailed) => return Err(AppError::PreconditionFailed),
        Err(Refusal::Unsatisfiable) => return Ok(range_not_satisfiable(id, file.size)),
    };
    let mut response = reply::empty(file_response.status);
    let headers = response.headers_mut();
    headers.reserve(FIELDS_CAPACITY);
    let is_private = req.app.config.is_private();
    file.for_each_field(is_private, now, |name, value| insert_header(headers, name, value));
    file_response.for_each_field(|name, value| insert_header(headers, name, value));
    if *method != Method::HEAD && file_response.status != StatusCode::NOT_MODIFIED {
        attach(&mut response, file_response.into_segments());
    }
    Ok(response)
}

fn range_not_satisfiable(id: RequestId, size: u64) -> Response {
    let mut response = reply::error_body(
        StatusCode::RANGE_NOT_SATISFIABLE,
        ErrorCode::Invalid,
        format!(
            "Range: no such bytes; the file has {size} bytes, and a request may have at most {} \
             ranges",
            range::MAX_RANGES
        ),
        &id,
    );
    let headers = response.headers_mut();
    insert_header(headers, &CONTENT_RANGE, format!("bytes */{size}").as_bytes());
    insert_header(headers, &ACCEPT_RANGES, b"bytes");
    response
}

/// Sets a header field whose value is known to be legal.
pub fn insert_header(headers: &mut HeaderMap, name: &HeaderName, value: &[u8]) {
    if let Ok(value) = HeaderValue::from_bytes(value) {
        headers.insert(name, value);
    }
}

#[cfg(test)]
mod tests;
