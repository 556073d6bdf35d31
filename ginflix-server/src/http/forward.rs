//! An upload goes on at the streamer that it landed on: a load balancer may
//! send its later requests to any other.

use std::net::SocketAddr;

use ginflix_api::error::{ErrorBody, ErrorCode};
use uuid::Uuid;
use warp::http::header::{
    ACCEPT_ENCODING, AUTHORIZATION, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, EXPECT, HOST,
    HeaderMap, HeaderName, HeaderValue, TE, TRANSFER_ENCODING, UPGRADE,
};
use warp::http::{Method, StatusCode};
use warp::reply::Response;

use super::audit::{Note, PEER_NOTE};
use super::refusable::Refusable;
use super::request::Req;
use super::{reply, upload_origins};
use crate::audit::Action;
use crate::error::AppError;
use crate::metrics::PeerTraffic;
use crate::peers::call::Ask;
use crate::peers::find::Found;

/// The most bytes of an error that is passed on.
const MAX_ERROR_BYTES: usize = 64 * 1024;

/// What a request's header has for the next hop alone, or to prove who asks.
const NOT_PASSED_ON: [HeaderName; 9] = [
    ACCEPT_ENCODING,
    AUTHORIZATION,
    CONNECTION,
    COOKIE,
    EXPECT,
    HOST,
    TE,
    TRANSFER_ENCODING,
    UPGRADE,
];

const OWNER: AppError = AppError::Unavailable("the streamer that has this upload");

/// The peer that has this upload, if it is not here.
///
/// # Errors
/// `Unavailable` where no peer says that it has it, and not all have answered.
pub async fn owner(req: &Req, id: Uuid) -> Result<Option<SocketAddr>, AppError> {
    let Some(peers) = &req.app.peers else { return Ok(None) };
    if req.app.storage()?.uploads.has(id) {
        return Ok(None);
    }
    match peers.find_upload(id).await {
        Found::At(owner) => Ok(Some(owner)),
        Found::Nowhere => Ok(None),
        Found::Unsure => Err(OWNER),
    }
}

/// Asks its owner, and answers what that answers.
///
/// # Errors
/// `Unavailable` where it does not.
pub async fn pass_on(
    req: Req,
    method: Method,
    owner: SocketAddr,
    id: Uuid,
) -> Result<Response, AppError> {
    let Some(peers) = req.app.peers.clone() else { return Err(OWNER) };
    let (config, asked, request_id) = (req.app.config.clone(), req.headers.clone(), req.origin.id);
    let mut headers = req.headers.clone();
    for name in NOT_PASSED_ON {
        headers.remove(name);
    }
    let length = headers.get(CONTENT_LENGTH).and_then(|n| n.to_str().ok()?.parse::<u64>().ok());
    let has_body = method == Method::PATCH;
    if !has_body {
        headers.remove(CONTENT_LENGTH);
    }
    let body = Refusable::new(req.into_body());
    let body = has_body.then(|| reqwest::Body::wrap_stream(body));
    let path = ginflix_api::paths::peer_upload(id);
    let ask = Ask { method, path: &path, headers, body, patience: None };
    let answer = peers.ask(owner, ask).await.map_err(|error| {
        tracing::warn!(upload = %id, %error, "cannot pass an upload on");
        peers.metrics().record_peer_failure(PeerTraffic::Forwarded);
        peers.forget_upload(id);
        OWNER
    })?;
    if answer.status().is_success() {
        peers.metrics().add_peer_bytes(PeerTraffic::Forwarded, length.unwrap_or(0));
    } else if answer.status() == StatusCode::NOT_FOUND {
        peers.forget_upload(id);
    }
    let mut response = take_over(answer, &request_id).await;
    upload_origins::allow(&config.upload_origins, &asked, response.headers_mut());
    Ok(response)
}

/// The owner's answer as one of ours: an error has our request's id.
async fn take_over(
    mut answer: reqwest::Response,
    id: &crate::delivery::request_id::RequestId,
) -> Response {
    let status = answer.status();
    let headers = std::mem::take(answer.headers_mut());
    let mut response = reply::empty(status);
    if status.is_client_error() || status.is_server_error() {
        let (code, message) = error_of(answer).await;
        response = reply::error_body(status, code, message, id);
    }
    if let Some(note) = note(&headers) {
        response.extensions_mut().insert(note);
    }
    for (name, value) in &headers {
        let ours = [CONTENT_TYPE, CONTENT_LENGTH, CONNECTION, TRANSFER_ENCODING].contains(name)
            || name.as_str().starts_with("ginflix-peer")
            || ["date", "x-request-id", "x-content-type-options"].contains(&name.as_str());
        if !ours {
            response.headers_mut().insert(name.clone(), value.clone());
        }
    }
    response
}

async fn error_of(mut answer: reqwest::Response) -> (ErrorCode, String) {
    let mut text = Vec::new();
    while let Ok(Some(bytes)) = answer.chunk().await {
        text.extend_from_slice(&bytes);
        if text.len() > MAX_ERROR_BYTES {
            break;
        }
    }
    match serde_json::from_slice::<ErrorBody>(&text) {
        Ok(body) => (body.error.code, body.error.message),
        Err(_) => (ErrorCode::Unknown, "the streamer that has this upload refused".to_owned()),
    }
}

/// What the owner wants to be put down.
fn note(headers: &HeaderMap<HeaderValue>) -> Option<Note> {
    let note = headers.get(PEER_NOTE)?.to_str().ok()?;
    let (action, target) = note.split_once(' ')?;
    let known = [Action::FinishUpload, Action::DiscardUpload];
    let action = known.into_iter().find(|known| known.as_str() == action)?;
    let target = (!target.is_empty()).then(|| target.to_owned());
    Some(Note { action: Some(action), target, ..Note::default() })
}
