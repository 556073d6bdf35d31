//! What only other streamers ask: answered from this volume alone, so that no
//! request goes round in circles. For everybody else these paths are not there.

use uuid::Uuid;
use warp::http::HeaderValue;
use warp::reply::Response;

use super::audit::{Note, PEER_NOTE};
use super::auth::Identity;
use super::name::Name;
use super::request::Req;
use super::{reply, stream, uploads};
use crate::error::AppError;
use crate::media::VolumeError;
use crate::peers::find::WANTED_SHA256;
use crate::peers::key::HEADER;

/// `GET|HEAD /peer/v1/media/{name}`: as `/stream`, perhaps only of the content
/// that is wanted.
pub async fn media(req: Req, Name(name): Name) -> Result<Response, AppError> {
    answered(req, async |req| {
        let volume = &req.app.storage()?.volume;
        let missing = || AppError::from(VolumeError::NotFound(name.clone()));
        if volume.is_outdated(&name) {
            return Err(missing());
        }
        if let Some(wanted) = req.header(WANTED_SHA256) {
            let info = volume.stat(&name)?.info;
            if info.is_none_or(|info| info.sha256 != wanted) {
                return Err(missing());
            }
        }
        let media = volume.open(&name)?;
        stream::from_volume(&req, &media)
    })
    .await
}

/// `HEAD /peer/v1/uploads/{id}`.
pub async fn upload_progress(req: Req, id: Uuid) -> Result<Response, AppError> {
    answered(req, async |req| uploads::progress_here(req, id).await).await
}

/// `PATCH /peer/v1/uploads/{id}`.
pub async fn upload_append(req: Req, id: Uuid) -> Result<Response, AppError> {
    answered(req, async |req| uploads::append_here(req, id).await).await
}

/// `DELETE /peer/v1/uploads/{id}`.
pub async fn upload_discard(req: Req, id: Uuid) -> Result<Response, AppError> {
    answered(req, async |req| uploads::discard_here(req, id).await).await
}

/// Answers a peer, and proves to it that this is one.
async fn answered<F>(req: Req, handler: F) -> Result<Response, AppError>
where
    F: AsyncFnOnce(Req) -> Result<Response, AppError>,
{
    let (app, id) = (req.app.clone(), req.origin.id);
    let (Some(peers), Identity::Peer(passed)) = (&app.peers, req.identity.clone()) else {
        return Err(AppError::internal("a path of peers has to have Access::Peer"));
    };
    let result = match passed.peer == peers.keys().name() {
        true => Err(AppError::NotFound("answer to one's own question".to_owned())),
        false => handler(req).await,
    };
    let mut response = result.unwrap_or_else(|error| reply::error(&error, &id));
    // Who asked for it and from where, only the asking peer knows.
    if let Some(Note { action: Some(action), target, .. }) = response.extensions_mut().remove() {
        let note = format!("{} {}", action.as_str(), target.unwrap_or_default());
        if let Ok(note) = HeaderValue::from_str(&note) {
            response.headers_mut().insert(PEER_NOTE, note);
        }
    }
    let proof = HeaderValue::from_str(&peers.keys().answer(&passed));
    response.headers_mut().insert(HEADER, proof.map_err(AppError::internal)?);
    Ok(response)
}
