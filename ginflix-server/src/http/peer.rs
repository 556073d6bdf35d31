//! Routes for other streamers. They use this volume only, so that no request is forwarded in a
//! circle. For other clients, these paths do not exist.

use std::sync::Arc;

use ginflix_api::media::MediaName;
use uuid::Uuid;
use warp::http::HeaderValue;
use warp::reply::Response;

use super::audit::{AuditOverride, PEER_AUDIT_HEADER};
use super::auth::Identity;
use super::path_params::MediaNameParam;
use super::request::AuthorizedRequest;
use super::{hls, reply, stream, uploads};
use crate::error::AppError;
use crate::media::{OpenMedia, VolumeError};
use crate::peers::find::PEER_SHA256;
use crate::peers::key::PEER_SIGNATURE;

/// `GET|HEAD /peer/v1/media/{name}`: serves a file as `/stream` does; if the peer names a SHA-256,
/// only a file that has it.
pub async fn media(
    req: AuthorizedRequest,
    MediaNameParam(name): MediaNameParam,
) -> Result<Response, AppError> {
    with_proof(req, async |req| {
        let media = open(&req, &name)?;
        stream::respond_from_volume(&req, &media)
    })
    .await
}

/// `GET|HEAD /peer/v1/media/{name}/hls/{file}`: serves a playlist as `/stream` does.
pub async fn playlist(
    req: AuthorizedRequest,
    MediaNameParam(name): MediaNameParam,
    file: String,
) -> Result<Response, AppError> {
    package(req, name, file).await
}

/// `GET|HEAD /peer/v1/media/{name}/hls/{rendition}/{revision}/{file}`: serves a segment as `/stream` does.
pub async fn segment(
    req: AuthorizedRequest,
    MediaNameParam(name): MediaNameParam,
    rendition: String,
    revision: String,
    file: String,
) -> Result<Response, AppError> {
    package(req, name, format!("{rendition}/{revision}/{file}")).await
}

async fn package(
    req: AuthorizedRequest,
    name: MediaName,
    path: String,
) -> Result<Response, AppError> {
    with_proof(req, async |req| {
        let resource = hls::parse(&path)?;
        let media = open(&req, &name)?;
        hls::respond_from_volume(&req, &name, &media, resource).await
    })
    .await
}

/// Opens the copy of a media file that this volume has, if it is what the catalogue and the peer expect.
fn open(req: &AuthorizedRequest, name: &MediaName) -> Result<Arc<OpenMedia>, AppError> {
    let volume = &req.app.storage()?.volume;
    let missing = || AppError::from(VolumeError::NotFound(name.clone()));
    // Another streamer may have a copy that can be read.
    let unusable = |error| match error {
        VolumeError::Unreadable(_) => missing(),
        other => other.into(),
    };
    if volume.is_outdated(name) {
        return Err(missing());
    }
    if let Some(expected) = req.header(PEER_SHA256) {
        let info = volume.stat(name).map_err(unusable)?.info;
        if info.is_none_or(|info| info.sha256 != expected) {
            return Err(missing());
        }
    }
    volume.open(name).map_err(unusable)
}

/// `HEAD /peer/v1/uploads/{id}`: returns the offset of an upload of this volume.
pub async fn upload_progress(req: AuthorizedRequest, id: Uuid) -> Result<Response, AppError> {
    with_proof(req, async |req| uploads::progress_here(req, id).await).await
}

/// `PATCH /peer/v1/uploads/{id}`: appends to an upload of this volume.
pub async fn upload_append(req: AuthorizedRequest, id: Uuid) -> Result<Response, AppError> {
    with_proof(req, async |req| uploads::append_here(req, id).await).await
}

/// `DELETE /peer/v1/uploads/{id}`: discards an upload of this volume.
pub async fn upload_discard(req: AuthorizedRequest, id: Uuid) -> Result<Response, AppError> {
    with_proof(req, async |req| uploads::discard_here(req, id).await).await
}

/// Responds to a peer, and proves to it that this server is one too.
async fn with_proof<F>(req: AuthorizedRequest, handler: F) -> Result<Response, AppError>
where
    F: AsyncFnOnce(AuthorizedRequest) -> Result<Response, AppError>,
{
    let (app, id) = (req.app.clone(), req.context.id);
    let (Some(peers), Identity::Peer(verified)) = (&app.peers, req.identity.clone()) else {
        return Err(AppError::internal("a route of peers has to have AccessRule::Peer"));
    };
    let result = match verified.peer == peers.keys().name() {
        true => {
            let what = "other peer at this address: this server sent the request to itself";
            Err(AppError::NotFound(what.to_owned()))
        }
        false => handler(req).await,
    };
    let mut response = result.unwrap_or_else(|error| reply::error(&error, &id));
    // Only the forwarding peer knows the client, so that peer writes the audit entry.
    if let Some(AuditOverride { action: Some(action), target, .. }) =
        response.extensions_mut().remove()
    {
        let text = format!("{} {}", action.as_str(), target.unwrap_or_default());
        if let Ok(value) = HeaderValue::from_str(&text) {
            response.headers_mut().insert(PEER_AUDIT_HEADER, value);
        }
    }
    let proof = HeaderValue::from_str(&peers.keys().sign_response(&verified));
    response.headers_mut().insert(PEER_SIGNATURE, proof.map_err(AppError::internal)?);
    Ok(response)
}
