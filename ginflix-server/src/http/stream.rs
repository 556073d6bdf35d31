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
use super::request::Req;
use super::{proxy, reply};
use crate::config::Config;
use crate::delivery::film::{self, About, Asked, Refusal};
use crate::delivery::pieces::Pieces;
use crate::delivery::range;
use crate::delivery::request_id::RequestId;
use crate::error::AppError;
use crate::media::OpenMedia;
use crate::net::FileParts;

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
    film::each_origin_field(config, |name, value| insert(headers, name, value));
}

/// What the table of routes would answer to a request for a film that is at hand.
pub fn direct(asked: &Asked<'_, HeaderMap>, media: &OpenMedia) -> Response {
    let answer = send_open(asked, media);
    let mut response = answer.unwrap_or_else(|error| reply::error(&error, &asked.id));
    allow_origin(asked.config, response.headers_mut());
    response
}

/// Sends a file of this volume, or what is asked of it.
pub fn from_volume(req: &Req, media: &OpenMedia) -> Result<Response, AppError> {
    send_open(&asked(req), media)
}

/// Answers from a file that may be elsewhere; `attach` gives the answer its body.
pub fn answer(
    req: &Req,
    file: &About<'_>,
    attach: impl FnOnce(&mut Response, Pieces),
) -> Result<Response, AppError> {
    tell(&asked(req), file, attach)
}

fn asked(req: &Req) -> Asked<'_, HeaderMap> {
    let Req { method, headers, .. } = req;
    Asked { config: &req.app.config, id: req.origin.id, method, fields: headers }
}

fn send_open(asked: &Asked<'_, HeaderMap>, media: &OpenMedia) -> Result<Response, AppError> {
    tell(asked, &About::of(media), |response, pieces| {
        // The connection finds the body there.
        let source = Arc::clone(&media.source);
        response.extensions_mut().insert(FileParts { source, pieces });
    })
}

fn tell(
    asked: &Asked<'_, HeaderMap>,
    file: &About<'_>,
    attach: impl FnOnce(&mut Response, Pieces),
) -> Result<Response, AppError> {
    let now = SystemTime::now();
    let answer = match film::answer(asked, file, now) {
        Ok(answer) => answer,
        Err(Refusal::PreconditionFailed) => return Err(AppError::PreconditionFailed),
        Err(Refusal::Unsatisfiable) => return Ok(unsatisfiable(asked.id, file.size)),
    };
    let mut response = reply::empty(answer.status);
    let headers = response.headers_mut();
    headers.reserve(FIELDS);
    film::each_lasting_field(asked.config, file, now, |name, value| insert(headers, name, value));
    answer.each_field(|name, value| insert(headers, name, value));
    if *asked.method != Method::HEAD && answer.status != StatusCode::NOT_MODIFIED {
        attach(&mut response, answer.into_pieces());
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
