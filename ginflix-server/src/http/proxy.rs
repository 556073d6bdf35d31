//! A film that is not here, or not as it should be, from a peer that has it.
//! `Via` (RFC 9110 section 7.6.3) then names this streamer: whoever asks it
//! itself learns that its own copy is not the one that came.

use std::sync::Arc;

use ginflix_api::media::MediaName;
use warp::Reply;
use warp::http::header::{HeaderValue, VIA};
use warp::reply::Response;

use super::request::Req;
use super::stream;
use crate::delivery::response::Representation;
use crate::error::AppError;
use crate::media::{OpenMedia, VolumeError, content_type};
use crate::peers::find::Found;

/// Answers as if the file were here. `local` is what there is instead, which
/// is sent where no peer has better.
pub async fn send(
    req: &Req,
    name: &MediaName,
    local: Result<Arc<OpenMedia>, VolumeError>,
) -> Result<Response, AppError> {
    let found = match &req.app.peers {
        Some(peers) => peers.find_media(name).await,
        None => Found::Nowhere,
    };
    match (found, local, &req.app.peers) {
        (Found::At(holder), _, Some(peers)) => {
            let file = Representation {
                size: holder.size,
                modified: holder.modified,
                etag: &holder.etag.clone(),
                content_type: content_type::of_extension(name.extension()),
            };
            let mut response = stream::answer(req, &file, |response, segments| {
                let body = warp::reply::stream(peers.body(name.clone(), holder, segments));
                *response.body_mut() = body.into_response().into_body();
            })?;
            if let Ok(via) = HeaderValue::from_str(&format!("1.1 {}", peers.keys().name())) {
                response.headers_mut().insert(VIA, via);
            }
            Ok(response)
        }
        (_, Ok(media), _) => stream::from_volume(req, &media),
        (Found::Unsure, Err(VolumeError::NotFound(_)), _) if may_exist(req, name) => {
            Err(AppError::Unavailable("a streamer that has this media"))
        }
        (_, Err(error), _) => Err(error.into()),
    }
}

/// Whether the catalogue had it a moment ago, or could not be asked.
fn may_exist(req: &Req, name: &MediaName) -> bool {
    let storage = req.app.storage().ok();
    let replication = storage.and_then(|storage| storage.replication.as_ref());
    replication.is_none_or(|replication| replication.may_exist(name))
}
