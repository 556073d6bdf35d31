//! Forwards requests of an upload to the streamer that has it: a load balancer may send them to any
//! other streamer.

use std::net::SocketAddr;

use ginflix_api::error::{ErrorBody, ErrorCode};
use uuid::Uuid;
use warp::http::header::{
    ACCEPT_ENCODING, AUTHORIZATION, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, EXPECT, HOST,
    HeaderMap, HeaderName, HeaderValue, TE, TRANSFER_ENCODING, UPGRADE,
};
use warp::http::{Method, StatusCode};
use warp::reply::Response;

use super::audit::{AuditOverride, PEER_AUDIT_HEADER};
use super::drain_on_drop::DrainOnDrop;
use super::request::AuthorizedRequest;
use super::{reply, upload_cors};
use crate::audit::AuditAction;
use crate::delivery::request_id::RequestId;
use crate::error::AppError;
use crate::metrics::PeerTraffic;
use crate::peers::client::PeerRequest;
use crate::peers::find::PeerLookup;

/// Largest error body that is forwarded, in bytes.
const MAX_ERROR_BYTES: usize = 64 * 1024;

/// The header fields that are for one hop only (RFC 9110, section 7.6.1), or that authenticate the
/// client.
const NOT_FORWARDED: [HeaderName; 9] = [
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

/// The error when the owner of the upload does not respond, or is unknown.
const OWNER_UNAVAILABLE: AppError = AppError::Unavailable(
    "the streamer that has this upload does not respond; continue the upload in a moment",
);

/// Finds the peer that has this upload; `None` if it is here or nowhere.
///
/// # Errors
/// Returns `Unavailable` if no peer has it, but not all peers responded.
pub async fn find_owner(req: &AuthorizedRequest, id: Uuid) -> Result<Option<SocketAddr>, AppError> {
    let Some(peers) = &req.app.peers else { return Ok(None) };
    if req.app.storage()?.uploads.has(id) {
        return Ok(None);
    }
    match peers.find_upload(id).await {
        PeerLookup::Found(owner) => Ok(Some(owner)),
        PeerLookup::NotFound => Ok(None),
        PeerLookup::Unknown => Err(OWNER_UNAVAILABLE),
    }
}

/// Forwards a request to the upload's owner and returns its response.
///
/// # Errors
/// Returns `Unavailable` if the owner does not respond.
pub async fn forward(
    req: AuthorizedRequest,
    method: Method,
    owner: SocketAddr,
    id: Uuid,
) -> Result<Response, AppError> {
    let Some(peers) = req.app.peers.clone() else { return Err(OWNER_UNAVAILABLE) };
    let (config, request_headers) = (req.app.config.clone(), req.headers.clone());
    let request_id = req.context.id;
    let mut headers = req.headers.clone();
    for name in NOT_FORWARDED {
        headers.remove(name);
    }
    let length = headers.get(CONTENT_LENGTH).and_then(|n| n.to_str().ok()?.parse::<u64>().ok());
    // By `X-HTTP-Method-Override`, a POST with a body may become a request without one.
    let has_body = method == Method::PATCH;
    if !has_body {
        headers.remove(CONTENT_LENGTH);
    }
    let body = DrainOnDrop::new(req.into_body());
    let body = has_body.then(|| reqwest::Body::wrap_stream(body));
    let path = ginflix_api::paths::peer_upload(id);
    let peer_request = PeerRequest { method, path: &path, headers, body, timeout: None };
    let response = peers.send(owner, peer_request).await.map_err(|error| {
        tracing::warn!(upload = %id, %error, "cannot forward a request of an upload");
        peers.metrics().record_peer_failure(PeerTraffic::Forwarded);
        peers.forget_upload(id);
        OWNER_UNAVAILABLE
    })?;
    if response.status().is_success() {
        peers.metrics().add_peer_bytes(PeerTraffic::Forwarded, length.unwrap_or(0));
    } else if response.status() == StatusCode::NOT_FOUND {
        peers.forget_upload(id);
    }
    let mut response = into_reply(response, &request_id).await;
    upload_cors::set_headers(&config.upload_origins, &request_headers, response.headers_mut());
    Ok(response)
}

/// Makes the owner's response one of this server: an error gets the id of the client's request, and
/// hop-by-hop fields are left out.
async fn into_reply(mut from_owner: reqwest::Response, id: &RequestId) -> Response {
    let status = from_owner.status();
    let headers = std::mem::take(from_owner.headers_mut());
    let mut response = reply::empty(status);
    if status.is_client_error() || status.is_server_error() {
        response = error_reply(from_owner, id).await;
    }
    if let Some(audit_override) = audit_override(&headers) {
        response.extensions_mut().insert(audit_override);
    }
    for (name, value) in &headers {
        // This server sets these fields itself, or they concern the connection between the peers.
        let is_replaced = [CONTENT_TYPE, CONTENT_LENGTH, CONNECTION, TRANSFER_ENCODING]
            .contains(name)
            || name.as_str().starts_with("ginflix-peer")
            || ["date", "x-request-id", "x-content-type-options"].contains(&name.as_str());
        if !is_replaced {
            response.headers_mut().insert(name.clone(), value.clone());
        }
    }
    response
}

/// Makes the error response of a peer one of this server, with the id of the client's request.
pub async fn error_reply(from_peer: reqwest::Response, id: &RequestId) -> Response {
    let status = from_peer.status();
    let (code, message) = read_error(from_peer).await;
    reply::error_body(status, code, message, id)
}

async fn read_error(mut response: reqwest::Response) -> (ErrorCode, String) {
    let mut text = Vec::new();
    while let Ok(Some(bytes)) = response.chunk().await {
        text.extend_from_slice(&bytes);
        if text.len() > MAX_ERROR_BYTES {
            break;
        }
    }
    match serde_json::from_slice::<ErrorBody>(&text) {
        Ok(body) => (body.error.code, body.error.message),
        Err(_) => (
            ErrorCode::Unknown,
            "the streamer that has the content rejected the request".to_owned(),
        ),
    }
}

/// Parses the audit override of the owner.
fn audit_override(headers: &HeaderMap<HeaderValue>) -> Option<AuditOverride> {
    let text = headers.get(PEER_AUDIT_HEADER)?.to_str().ok()?;
    let (action, target) = text.split_once(' ')?;
    let possible = [AuditAction::FinishUpload, AuditAction::DiscardUpload];
    let action = possible.into_iter().find(|one| one.as_str() == action)?;
    let target = (!target.is_empty()).then(|| target.to_owned());
    Some(AuditOverride { action: Some(action), target, ..AuditOverride::default() })
}
