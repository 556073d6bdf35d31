//! Serves a media file that this volume lacks, or has only outdated, from a peer. The response then
//! has `Via` (RFC 9110, section 7.6.3) with this streamer's name, by which a client can tell that
//! it did not get this streamer's own copy.

use std::sync::Arc;

use ginflix_api::media::MediaName;
use ginflix_api::paths;
use ginflix_hls::resource::Resource;
use reqwest::Response as PeerResponse;
use warp::Reply;
use warp::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderName,
    HeaderValue, LAST_MODIFIED, RETRY_AFTER, VIA,
};
use warp::http::{HeaderMap, Method, StatusCode};
use warp::reply::Response;

use super::request::AuthorizedRequest;
use super::{forward, reply, stream};
use crate::delivery::response::{CachePolicy, Representation};
use crate::error::AppError;
use crate::media::{OpenMedia, VolumeError, content_type};
use crate::peers::Peers;
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
                cache: CachePolicy::Revalidate,
            };
            let mut response = stream::respond_with(req, &file, |response, segments| {
                let body = warp::reply::stream(peers.media_body(name.clone(), holder, segments));
                *response.body_mut() = body.into_response().into_body();
            })?;
            set_via(&mut response, peers);
            Ok(response)
        }
        (_, Ok(media), _) => stream::respond_from_volume(req, &media),
        (found, Err(error), _) => Err(not_found(req, name, &found, error)),
    }
}

/// Where a playlist or segment comes from.
pub enum PackageSource {
    /// From a peer, whose response this is.
    Peer(Response),
    /// From this volume, because no peer has a better copy of the file.
    Volume(Arc<OpenMedia>),
}

/// Passes on the response of a peer to a request for a playlist or segment. `local` is as for [`send`].
///
/// # Errors
/// As [`send`], and `Unavailable` if the peer fails.
pub async fn send_package(
    req: &AuthorizedRequest,
    name: &MediaName,
    resource: &Resource,
    local: Result<Arc<OpenMedia>, VolumeError>,
) -> Result<PackageSource, AppError> {
    let found = match &req.app.peers {
        Some(peers) => peers.find_media(name).await,
        None => PeerLookup::NotFound,
    };
    match (found, local, &req.app.peers) {
        (PeerLookup::Found(holder), _, Some(peers)) => {
            let mut target = format!("{}/hls/{resource}", paths::peer_media(name));
            if !req.query.is_empty() {
                target.push('?');
                target.push_str(&req.query);
            }
            let opened = peers.open_resource(&holder, &req.method, &target, &req.headers).await;
            let from_peer = opened.map_err(|_| {
                peers.forget_media(name);
                NO_PEER
            })?;
            let mut response = pass_on(req, peers, from_peer).await;
            set_via(&mut response, peers);
            Ok(PackageSource::Peer(response))
        }
        (_, Ok(media), _) => Ok(PackageSource::Volume(media)),
        (found, Err(error), _) => Err(not_found(req, name, &found, error)),
    }
}

/// Makes the response of a peer one of this server.
async fn pass_on(req: &AuthorizedRequest, peers: &Peers, mut from_peer: PeerResponse) -> Response {
    let status = from_peer.status();
    let headers = std::mem::take(from_peer.headers_mut());
    if status.is_client_error() || status.is_server_error() {
        let mut response = forward::error_reply(from_peer, &req.context.id).await;
        for name in [RETRY_AFTER, CONTENT_RANGE] {
            copy_field(&headers, response.headers_mut(), &name);
        }
        return response;
    }
    let mut response = reply::empty(status);
    for name in PASSED_ON {
        copy_field(&headers, response.headers_mut(), &name);
    }
    if req.method != Method::HEAD && status != StatusCode::NOT_MODIFIED {
        let body = warp::reply::stream(peers.resource_body(from_peer));
        *response.body_mut() = body.into_response().into_body();
    }
    response
}

/// The header fields of a peer's response that describe the content.
const PASSED_ON: [HeaderName; 7] = [
    ACCEPT_RANGES,
    CACHE_CONTROL,
    CONTENT_LENGTH,
    CONTENT_RANGE,
    CONTENT_TYPE,
    ETAG,
    LAST_MODIFIED,
];

fn copy_field(from: &HeaderMap, to: &mut HeaderMap, name: &HeaderName) {
    if let Some(value) = from.get(name) {
        to.insert(name.clone(), value.clone());
    }
}

/// Names this streamer in a response that another one has made.
fn set_via(response: &mut Response, peers: &Peers) {
    if let Ok(via) = HeaderValue::from_str(&format!("1.1 {}", peers.keys().name())) {
        response.headers_mut().insert(VIA, via);
    }
}

/// The error while the streamers that may have a file do not respond.
const NO_PEER: AppError = AppError::Unavailable(
    "no streamer that has this media file responds; repeat the request in a moment",
);

/// Returns the error if no peer has a file that this volume lacks.
fn not_found<T>(
    req: &AuthorizedRequest,
    name: &MediaName,
    found: &PeerLookup<T>,
    local: VolumeError,
) -> AppError {
    let is_unknown = matches!(found, PeerLookup::Unknown);
    if is_unknown && matches!(local, VolumeError::NotFound(_)) && may_exist(req, name) {
        return NO_PEER;
    }
    local.into()
}

/// Returns whether the catalogue listed the file recently, or could not be read.
fn may_exist(req: &AuthorizedRequest, name: &MediaName) -> bool {
    let storage = req.app.storage().ok();
    let replication = storage.and_then(|storage| storage.replication.as_ref());
    replication.is_none_or(|replication| replication.may_exist(name))
}
