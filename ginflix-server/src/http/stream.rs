//! `/stream/{name}`: the bytes of a media file, whole or by range.

use std::sync::Arc;
use std::time::SystemTime;

use ginflix_api::error::ErrorCode;
use ginflix_api::media::MediaName;
use warp::http::header::{
    ACCEPT_RANGES, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
    CACHE_CONTROL, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderValue, LAST_MODIFIED,
    RANGE,
};
use warp::http::{HeaderMap, Method, StatusCode};
use warp::reply::Response;

use super::conditional::{self, Validators, Verdict};
use super::name::Name;
use super::range::{self, Selection};
use super::request::{Req, RequestId};
use super::{byteranges, proxy, reply};
use crate::app::App;
use crate::config::Config;
use crate::error::AppError;
use crate::media::OpenMedia;
use crate::net::{FileParts, Piece};

/// A name can be given to another film, so caches ask each time; that costs
/// them a 304.
const REVALIDATE: HeaderValue = HeaderValue::from_static("no-cache");
/// On a private cluster, what stands between may not hand it to others.
const REVALIDATE_PRIVATE: HeaderValue = HeaderValue::from_static("private, no-cache");

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

/// The film that a request is for, where there is nothing to ask first: anyone
/// may watch, and it is here. Nearly all requests are of this kind, and to find
/// their row in the table of routes would cost as much as all else that is done
/// for them.
pub fn at_hand(app: &App, method: &Method, path: &str) -> Option<Arc<OpenMedia>> {
    if app.config.is_private() || !matches!(*method, Method::GET | Method::HEAD) {
        return None;
    }
    let name = MediaName::from_path_segment(path.strip_prefix("/stream/")?).ok()?;
    let volume = &app.storage.as_ref()?.volume;
    volume.open(&name).ok().filter(|_| !volume.is_outdated(&name))
}

/// What the table of routes would answer to a request for such a film.
pub fn direct(
    app: &App,
    id: RequestId,
    method: &Method,
    headers: &HeaderMap,
    media: &OpenMedia,
) -> Response {
    let answer = send_open(&Asked { app, id, method, headers }, media);
    let mut response = answer.unwrap_or_else(|error| reply::error(&error, &id));
    allow_origin(&app.config, response.headers_mut());
    response
}

/// What of a request says what to send of a film.
struct Asked<'a> {
    app: &'a App,
    id: RequestId,
    method: &'a Method,
    headers: &'a HeaderMap,
}

impl<'a> Asked<'a> {
    fn by(req: &'a Req) -> Self {
        Self { app: &req.app, id: req.origin.id, method: &req.method, headers: &req.headers }
    }
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
    if let Some(origin) = &config.stream_origin {
        let exposed = "Accept-Ranges, Content-Length, Content-Range, ETag, X-Request-Id";
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(exposed));
    }
}

/// What an answer says of a file, wherever that is.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// Bytes.
    pub size: u64,
    /// Last change.
    pub modified: SystemTime,
    /// Strong entity tag, with its quotes.
    pub etag: &'a str,
    /// By its extension.
    pub content_type: &'static str,
}

/// Sends a file of this volume, or what is asked of it.
pub fn from_volume(req: &Req, media: &OpenMedia) -> Result<Response, AppError> {
    send_open(&Asked::by(req), media)
}

fn send_open(asked: &Asked<'_>, media: &OpenMedia) -> Result<Response, AppError> {
    let OpenMedia { size, modified, ref etag, content_type, .. } = *media;
    tell(asked, &About { size, modified, etag, content_type }, |response, pieces| {
        // The connection finds the body there.
        let source = Arc::clone(&media.source);
        response.extensions_mut().insert(FileParts { source, pieces });
    })
}

/// Preconditions, then the range, then the answer: RFC 9110 section 13.2.2.
/// `attach` gives it the body.
pub fn answer(
    req: &Req,
    file: &About<'_>,
    attach: impl FnOnce(&mut Response, Vec<Piece>),
) -> Result<Response, AppError> {
    tell(&Asked::by(req), file, attach)
}

fn tell(
    asked: &Asked<'_>,
    file: &About<'_>,
    attach: impl FnOnce(&mut Response, Vec<Piece>),
) -> Result<Response, AppError> {
    let current = Validators::new(file.etag, file.modified, SystemTime::now());
    let mut response = match conditional::evaluate(asked.headers, &current) {
        Verdict::Failed => return Err(AppError::PreconditionFailed),
        Verdict::NotModified => reply::empty(StatusCode::NOT_MODIFIED),
        Verdict::Proceed => match selection(asked, &current, file.size) {
            Selection::Unsatisfiable => return unsatisfiable(asked, file.size),
            selection => content(asked, file, selection, attach)?,
        },
    };
    let headers = response.headers_mut();
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    let is_private = asked.app.config.is_private();
    headers.insert(CACHE_CONTROL, if is_private { REVALIDATE_PRIVATE } else { REVALIDATE });
    headers.insert(ETAG, HeaderValue::from_str(current.etag).map_err(AppError::internal)?);
    headers.insert(LAST_MODIFIED, text(current.modified.to_string())?);
    Ok(response)
}

/// Section 14.2: `Range` says something for GET only, and once.
fn selection(asked: &Asked<'_>, current: &Validators<'_>, size: u64) -> Selection {
    let mut lines = asked.headers.get_all(RANGE).iter();
    match (lines.next(), lines.next()) {
        (Some(value), None)
            if *asked.method == Method::GET
                && conditional::range_applies(asked.headers, current) =>
        {
            range::select(value.as_bytes(), size)
        }
        _ => Selection::Whole,
    }
}

/// 200 or 206.
fn content(
    asked: &Asked<'_>,
    file: &About<'_>,
    selection: Selection,
    attach: impl FnOnce(&mut Response, Vec<Piece>),
) -> Result<Response, AppError> {
    let About { size, content_type, .. } = *file;
    let mut response = reply::empty(StatusCode::PARTIAL_CONTENT);
    let headers = response.headers_mut();
    headers.reserve(FIELDS);
    let mut body_type = HeaderValue::from_static(content_type);
    let pieces = match selection {
        Selection::One(part) => {
            headers.insert(CONTENT_RANGE, text(byteranges::content_range(&part, size))?);
            vec![Piece::File(part)]
        }
        Selection::Several(parts) => {
            // The request's id is as good as random, and finds the request in the log.
            let boundary = asked.id.to_string();
            body_type = text(byteranges::content_type(&boundary))?;
            byteranges::pieces(parts, size, content_type, &boundary)
        }
        Selection::Whole | Selection::Unsatisfiable => {
            *response.status_mut() = StatusCode::OK;
            vec![Piece::File(0..size)]
        }
    };
    let length: u64 = pieces.iter().map(Piece::len).sum();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, body_type);
    headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    if *asked.method != Method::HEAD {
        attach(&mut response, pieces);
    }
    Ok(response)
}

fn unsatisfiable(asked: &Asked<'_>, size: u64) -> Result<Response, AppError> {
    let mut response = reply::error_body(
        StatusCode::RANGE_NOT_SATISFIABLE,
        ErrorCode::Invalid,
        format!(
            "Range: nothing to send; the file has {size} bytes, and at most {} ranges are taken",
            range::MAX_RANGES
        ),
        &asked.id,
    );
    response.headers_mut().insert(CONTENT_RANGE, text(format!("bytes */{size}"))?);
    response.headers_mut().insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    Ok(response)
}

fn text(value: String) -> Result<HeaderValue, AppError> {
    HeaderValue::try_from(value).map_err(AppError::internal)
}

#[cfg(test)]
#[path = "stream_tests.rs"]
mod tests;
