//! `/stream/{name}/hls/…`: playlists and segments of a media file (RFC 8216). They are made from the file when they are
//! requested; nothing of them uses the database.

use std::sync::Arc;

use ginflix_api::media::MediaName;
use ginflix_api::paths;
use ginflix_hls::resource::Resource;
use warp::reply::Response;

use super::path_params::MediaNameParam;
use super::proxy::PackageSource;
use super::request::AuthorizedRequest;
use super::{proxy, reply, stream};
use crate::delivery::hls;
use crate::delivery::segments::{Segment, Segments};
use crate::error::AppError;
use crate::media::packages::record::IndexReads;
use crate::media::packages::{PackageError, PackagedContent, PlaylistOptions};
use crate::media::{OpenMedia, SharedFile, Volume};
use crate::net::{FileAccess, FileSegments};

/// `GET|HEAD /stream/{name}/hls/{file}`: sends a playlist.
pub async fn playlist(
    req: AuthorizedRequest,
    MediaNameParam(name): MediaNameParam,
    file: String,
) -> Result<Response, AppError> {
    send(req, name, file).await
}

/// `GET|HEAD /stream/{name}/hls/{rendition}/{revision}/{file}`: sends a segment or an initialization segment.
pub async fn segment(
    req: AuthorizedRequest,
    MediaNameParam(name): MediaNameParam,
    rendition: String,
    revision: String,
    file: String,
) -> Result<Response, AppError> {
    send(req, name, format!("{rendition}/{revision}/{file}")).await
}

/// `OPTIONS /stream/{name}/hls/{file}`: responds to the preflight request of a page of another origin (CORS).
pub async fn preflight_playlist(
    req: AuthorizedRequest,
    name: MediaNameParam,
    _: String,
) -> Result<Response, AppError> {
    stream::preflight(req, name).await
}

/// `OPTIONS /stream/{name}/hls/{rendition}/{revision}/{file}`: responds to the preflight request of a page of another
/// origin (CORS).
pub async fn preflight_segment(
    req: AuthorizedRequest,
    name: MediaNameParam,
    _: String,
    _: String,
    _: String,
) -> Result<Response, AppError> {
    stream::preflight(req, name).await
}

async fn send(req: AuthorizedRequest, name: MediaName, path: String) -> Result<Response, AppError> {
    let volume = &req.app.storage()?.volume;
    let response = match parse(&path) {
        Err(error) => Err(error),
        Ok(resource) => match volume.open(&name) {
            Ok(media) if !volume.is_outdated(&name) => {
                respond_from_volume(&req, &name, &media, resource).await
            }
            local => match proxy::send_package(&req, &name, &resource, local).await {
                Ok(PackageSource::Peer(response)) => Ok(response),
                Ok(PackageSource::Volume(media)) => {
                    respond_from_volume(&req, &name, &media, resource).await
                }
                Err(error) => Err(error),
            },
        },
    };
    // Pages of other origins can also read an error.
    let mut response = response.unwrap_or_else(|error| reply::error(&error, &req.context.id));
    stream::set_cors_headers(&req.app.config, response.headers_mut());
    Ok(response)
}

/// Parses the part of a path after `/stream/{name}/hls/`.
///
/// # Errors
/// It names nothing that any media file could have.
pub fn parse(path: &str) -> Result<Resource, AppError> {
    Resource::parse(path).ok_or_else(|| AppError::NotFound("such playlist or segment".to_owned()))
}

/// Responds with a playlist or segment of a file of this volume.
///
/// # Errors
/// The file has no such playlist or segment, or its index is not ready.
pub async fn respond_from_volume(
    req: &AuthorizedRequest,
    name: &MediaName,
    media: &Arc<OpenMedia>,
    resource: Resource,
) -> Result<Response, AppError> {
    let volume = &req.app.storage()?.volume;
    // A peer that forwards the request has another path.
    let suffix = req.app.uri_suffix(&paths::stream(name), &req.query);
    let options = PlaylistOptions::new(&req.query, &suffix);
    let loaded = volume.package(name, media).await?;
    let file = Arc::clone(&media.file);
    let find = move |reads| match &loaded {
        Ok(package) => package.content(&resource, &options, &file, reads),
        Err(unpackaged) => unpackaged.content(&resource, &options, reads),
    };
    let found = match find(IndexReads::FromMemory) {
        Err(PackageError::NotInMemory) => {
            let read = move || find(IndexReads::Blocking);
            tokio::task::spawn_blocking(read).await.map_err(AppError::internal)?
        }
        found => found,
    };
    let content = checked(volume, name, found)?;
    stream::respond_with(req, &content.representation(media.modified), |response, segments| {
        attach(response, &media.file, hls::resolve(segments, &content.segments));
    })
}

/// Has a damaged index made again.
fn checked(
    volume: &Volume,
    name: &MediaName,
    found: Result<Arc<PackagedContent>, PackageError>,
) -> Result<Arc<PackagedContent>, AppError> {
    if matches!(found, Err(PackageError::Damaged)) {
        volume.discard_package(name).map_err(AppError::internal)?;
        return Err(PackageError::NotReady.into());
    }
    Ok(found?)
}

/// Gives a response its body: one that is in memory counts against the limit for such bodies.
fn attach(response: &mut Response, file: &Arc<SharedFile>, segments: Segments) {
    if let [Segment::Bytes(bytes)] = segments.as_slice() {
        *response.body_mut() = Response::new(bytes.clone().into()).into_body();
    } else {
        let file = Arc::clone(file);
        response.extensions_mut().insert(FileSegments { file, segments });
    }
}
