//! Completes the responses that have their content in memory: pages, JSON and generated images. Compresses them, and gives
//! those that a browser may keep an entity tag, so that it need not load again what it has.

use bytes::Bytes;
use http_body_util::BodyExt;
use sha2::{Digest, Sha256};
use warp::http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, ETAG, HeaderValue, VARY,
};
use warp::http::{HeaderMap, StatusCode};
use warp::reply::Response;

use super::content_coding::{self, ContentCoding, Effort, entity_tag};
use super::request::RequestHead;
use super::{precondition, reply};
use crate::error::AppError;

/// Smallest content that is compressed, in bytes: less fits into one packet anyway.
const MIN_COMPRESSED_BYTES: usize = 1024;
/// Largest content that is compressed without leaving the thread of the connection, in bytes: takes about 1 ms.
const MAX_INLINE_BYTES: usize = 64 * 1024;

/// Whether the content of a response may be compressed, as an extension of it. Without the extension a response is sent as
/// its handler made it: media files, posters, and what has an entity tag already.
///
/// Compression shows how alike the parts of content are. Somebody who can have a browser request pages with text of his
/// choice, and sees the lengths of the responses, could guess secrets in them that way (BREACH). The session cookie is
/// not sent with requests from other sites, except when they open a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// The content has no secret, or at least none beside text of the request.
    Allowed,
    /// The content has a secret that gives access.
    Forbidden,
}

/// Compresses the content of a response as the client prefers it, and compares its entity tag with that of the client.
/// Leaves all but successful responses to `GET` and `HEAD` alone: the others may have secrets, such as a new token.
///
/// # Errors
/// Returns `Invalid` if `If-None-Match` is malformed.
pub async fn complete(head: &RequestHead, mut response: Response) -> Result<Response, AppError> {
    let compression = response.extensions_mut().remove::<Compression>();
    let (Some(compression), StatusCode::OK) = (compression, response.status()) else {
        return Ok(response);
    };
    let has_own = |name| response.headers().contains_key(name);
    if !head.method.is_safe() || has_own(CONTENT_ENCODING) || has_own(ETAG) {
        return Ok(response);
    }
    let (mut parts, body) = response.into_parts();
    let content = body.collect().await.map_err(AppError::internal)?.to_bytes();
    let mut coding = None;
    if compression == Compression::Allowed {
        parts.headers.append(VARY, HeaderValue::from_static("accept-encoding"));
        coding = content_coding::preferred(&head.headers)
            .filter(|_| content.len() >= MIN_COMPRESSED_BYTES);
    }
    if may_be_kept(&parts.headers) {
        let tag = entity_tag(&Sha256::digest(&content).into(), coding);
        parts.headers.insert(ETAG, HeaderValue::from_str(&tag).map_err(AppError::internal)?);
        if precondition::is_not_modified(&head.headers, &tag)? {
            parts.status = StatusCode::NOT_MODIFIED;
            parts.headers.remove(CONTENT_LENGTH);
            let nothing = reply::empty(StatusCode::NOT_MODIFIED).into_body();
            return Ok(Response::from_parts(parts, nothing));
        }
    }
    let content = match coding {
        Some(coding) => {
            parts.headers.insert(CONTENT_ENCODING, coding.header_value());
            parts.headers.remove(CONTENT_LENGTH);
            compress(coding, content).await?
        }
        None => content,
    };
    Ok(Response::from_parts(parts, content.into()))
}

async fn compress(coding: ContentCoding, content: Bytes) -> Result<Bytes, AppError> {
    let is_short = content.len() <= MAX_INLINE_BYTES;
    let compress = move || coding.compress(&content, Effort::EachTime);
    let compressed = match is_short {
        true => compress(),
        false => tokio::task::spawn_blocking(compress).await.map_err(AppError::internal)?,
    };
    compressed.map(Bytes::from).map_err(AppError::internal)
}

/// Returns whether a cache may keep the response, so that an entity tag has a use.
fn may_be_kept(headers: &HeaderMap) -> bool {
    let cache_control = headers.get(CACHE_CONTROL).and_then(|value| value.to_str().ok());
    cache_control.is_some_and(|directives| !directives.contains("no-store"))
}

#[cfg(test)]
mod tests;
