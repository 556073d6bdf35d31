//! Playlists and segments on an event loop: what is in memory is answered at once; for the rest, the request waits
//! until another thread has loaded it.

use std::rc::Rc;
use std::sync::Arc;

use futures_util::FutureExt;
use ginflix_hls::resource::Resource;

use super::super::file_access::AccessRequest;
use super::super::server_context::ServerContext;
use super::media_handler::NotAnswered;
use super::target_cache::MediaTarget;
use crate::media::packages::record::IndexReads;
use crate::media::packages::{Package, PackageError, PackagedContent, PlaylistOptions};
use crate::media::{SharedFile, Volume};

/// The most times that a request waits: for its access, the index, and the part of the index that it needs.
const WAITS_LIMIT: u8 = 3;

/// A request for a playlist or segment.
pub struct PackageRequest<'a> {
    /// The path below that of the media file's HLS.
    pub resource: &'a str,
    /// The request, whose access was granted.
    pub access: AccessRequest<'a>,
    /// How many times the request has waited.
    pub waits: u8,
}

/// Returns the content that a request names.
///
/// # Errors
/// The index must be loaded first, or hyper has to answer, because there is no such content.
pub fn content(
    server: &ServerContext,
    volume: &Volume,
    target: &Rc<MediaTarget>,
    request: &PackageRequest<'_>,
) -> Result<Arc<PackagedContent>, NotAnswered> {
    let resource = Resource::parse(request.resource).ok_or(NotAnswered::Ineligible)?;
    let options = match resource {
        Resource::Master | Resource::TextList | Resource::Playlist(_) => {
            let AccessRequest { path, query, .. } = request.access;
            PlaylistOptions::new(query, &server.access.uri_suffix(path, query))
        }
        Resource::Init(..) | Resource::Segment(..) | Resource::Document(..) => {
            PlaylistOptions::default()
        }
    };
    let is_last_attempt = request.waits >= WAITS_LIMIT;
    let package = match target.media.package.get() {
        None if is_last_attempt => return Err(NotAnswered::Ineligible),
        None => return Err(open(volume, target)),
        Some(loaded) => loaded.as_ref().map_err(|_unsupported| NotAnswered::Ineligible)?,
    };
    // Some file systems cannot tell what is in memory, and the kernel may have evicted it since the last wait.
    let reads = if is_last_attempt { IndexReads::Blocking } else { IndexReads::FromMemory };
    match package.content(&resource, &options, &target.media.file, reads) {
        Ok(content) => Ok(content),
        Err(PackageError::NotInMemory) => {
            Err(load(Arc::clone(package), resource, options, Arc::clone(&target.media.file)))
        }
        Err(_) => Err(NotAnswered::Ineligible),
    }
}

/// Makes a request wait until the index of its file is open.
fn open(volume: &Volume, target: &Rc<MediaTarget>) -> NotAnswered {
    let (volume, name, media) = (volume.clone(), target.name.clone(), Arc::clone(&target.media));
    let opened = async move { volume.package(&name, &media).await.is_ok() };
    NotAnswered::Pending(opened.boxed())
}

/// Makes a request wait until the part of the index that it needs is in memory.
fn load(
    package: Arc<Package>,
    resource: Resource,
    options: PlaylistOptions,
    file: Arc<SharedFile>,
) -> NotAnswered {
    let read = move || package.content(&resource, &options, &file, IndexReads::Blocking).is_ok();
    let loaded = async move { tokio::task::spawn_blocking(read).await.unwrap_or(false) };
    NotAnswered::Pending(loaded.boxed())
}
