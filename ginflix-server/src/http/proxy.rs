//! Serves a media file that this volume lacks, or has only outdated, from a peer. The response then
//! has `Via` (RFC 9110, section 7.6.3) with this streamer's name, by which a client can tell that
//! it did not get this streamer's own copy.

use std::sync::Arc;

use ginflix_api::media::MediaName;
use warp::Reply;
use warp::http::header::{HeaderValue, VIA};
use warp::reply::Response;

use super::request::AuthorizedRequest;
use super::stream;
use crate::delivery::response::Representation;
use crate::error::AppError;
use crate::media::{OpenMedia, VolumeError, content_type};
use crate::peers::find::PeerLookup;

/// Responds as if the file were on this volume. `local` is the result of opening this volume's own
/// file, which is sent if no peer has a better one.
///
/// # Errors
/// Returns `Unavailable` if the file may be on a peer that does not respond, and otherwise the
/// error of `local`.
pub async fn send(
    req: &AuthorizedRequest,
    name: &MediaName,
    local: Result<Arc<OpenMedia>, VolumeError>,
) -> Result<Response, AppError> {
    let found = match &req.app.peers {
        Some(peers) => peers.find_media(name).await,
        None => PeerLookup::NotFound,
    };
    match (found, local, &req.app.peers) {
        (PeerLookup::Found(holder), _, Some(peers)) => {
            let file = Representation {
                size: holder.size,
                modified: holder.modified,
                etag: &holder.etag.clone(),
                content_type: content_type::of_extension(name.extension()),
            };
            let mut response = stream::respond_with(req, &file, |response, segments| {
                let body = warp::reply::stream(peers.media_body(name.clone(), holder, segments));
                *response.body_mut() = body.into_response().into_body();
            })?;
            if let Ok(via) = HeaderValue::from_str(&format!("1.1 {}", peers.keys().name())) {
                response.headers_mut().insert(VIA, via);
            }
            Ok(response)
        }
        (_, Ok(media), _) => stream::respond_from_volume(req, &media),
        (PeerLookup::Unknown, Err(VolumeError::NotFound(_)), _) if may_exist(req, name) => {
            Err(AppError::Unavailable("a streamer that has this media"))
        }
        (_, Err(error), _) => Err(error.into()),
    }
}

/// Returns whether the catalogue listed the file recently, or could not be read.
fn may_exist(req: &AuthorizedRequest, name: &MediaName) -> bool {
    let storage = req.app.storage().ok();
    let replication = storage.and_then(|storage| storage.replication.as_ref());
    replication.is_none_or(|replication| replication.may_exist(name))
}
