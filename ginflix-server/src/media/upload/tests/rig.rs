//! A server's uploads in a temporary directory, with a catalogue in memory.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{Stream, stream};
use ginflix_api::media::{Media, MediaName};
use parking_lot::Mutex;
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use uuid::Uuid;

use super::super::failpoints::Failpoints;
use super::super::{
    Append, MediaRegistry, MediaRegistryError, UploadError, UploadLimits, UploadSpec, UploadStatus,
    Uploads,
};
use crate::media::Volume;

/// A chunk of a body, or a broken connection.
pub(super) type BodyChunk = Result<Bytes, &'static str>;

/// A catalogue in memory that can be made unavailable.
#[derive(Default)]
pub(super) struct FakeRegistry {
    pub(super) media: Mutex<HashMap<MediaName, Media>>,
    pub(super) is_unavailable: AtomicBool,
}

#[async_trait]
impl MediaRegistry for FakeRegistry {
    async fn put_media(&self, media: &Media) -> Result<(), MediaRegistryError> {
        if self.is_unavailable.load(Ordering::Relaxed) {
            return Err(MediaRegistryError::Unavailable("no response".to_owned()));
        }
        self.media.lock().insert(media.name.clone(), media.clone());
        Ok(())
    }

    async fn media(&self, name: &MediaName) -> Result<Option<Media>, MediaRegistryError> {
        Ok(self.media.lock().get(name).cloned())
    }
}

/// A server with uploads that can be restarted.
pub(super) struct Rig {
    pub(super) dir: TempDir,
    pub(super) volume: Volume,
    pub(super) uploads: Uploads,
    pub(super) registry: Arc<FakeRegistry>,
    pub(super) failpoints: Failpoints,
}

pub(super) const LIMITS: UploadLimits = UploadLimits {
    upload_bytes: 1 << 30,
    reserve_bytes: 0,
    expiry: Duration::from_secs(3600),
    unfinished: 100,
};

impl Rig {
    pub(super) fn new() -> Self {
        Self::start(tempfile::tempdir().unwrap(), Arc::default(), LIMITS)
    }

    pub(super) fn start(dir: TempDir, registry: Arc<FakeRegistry>, limits: UploadLimits) -> Self {
        let volume = Volume::mount(dir.path()).unwrap();
        let failpoints = Failpoints::default();
        let as_registry: Arc<dyn MediaRegistry> = registry.clone();
        let uploads =
            Uploads::open_with(volume.clone(), as_registry, limits, failpoints.clone()).unwrap();
        Self { dir, volume, uploads, registry, failpoints }
    }

    /// Starts another server process on the same directory and catalogue.
    pub(super) fn restart(self) -> Self {
        let Self { dir, volume, uploads, registry, .. } = self;
        drop((volume, uploads));
        Self::start(dir, registry, LIMITS)
    }

    pub(super) async fn send(
        &self,
        id: Uuid,
        at: usize,
        bytes: &[u8],
    ) -> Result<UploadStatus, UploadError> {
        self.uploads.append(id, append_at(at), body(bytes)).await
    }

    /// Returns the published content of a name, and its SHA-256 in the catalogue.
    pub(super) fn visible(&self, name: &str) -> Option<(Vec<u8>, Option<String>)> {
        let name: MediaName = name.parse().unwrap();
        let content = std::fs::read(self.volume.media_path(&name)).ok()?;
        let recorded = self.registry.media.lock().get(&name).and_then(|media| media.sha256.clone());
        Some((content, recorded))
    }

    /// Counts the files in a subdirectory.
    pub(super) fn files_in(&self, dir: &str) -> usize {
        std::fs::read_dir(self.dir.path().join(dir)).unwrap().count()
    }
}

/// Returns the parameters of an append at this offset.
pub(super) fn append_at(offset: usize) -> Append {
    Append { offset: offset as u64, ..Append::default() }
}

/// Returns the parameters of an append that carries the whole file.
pub(super) fn single_append(content: &[u8]) -> Append {
    Append { length: Some(content.len() as u64), ..Append::default() }
}

/// Returns a body of chunks of 1000 bytes.
pub(super) fn body(bytes: &[u8]) -> impl Stream<Item = BodyChunk> + Unpin + use<> {
    let chunks: Vec<BodyChunk> =
        bytes.chunks(1000).map(|chunk| Ok(Bytes::copy_from_slice(chunk))).collect();
    stream::iter(chunks)
}

/// Returns content of this length that is of no known format.
pub(super) fn sample_data(bytes: usize) -> Vec<u8> {
    (0..bytes).map(|i| (i * 31 % 251) as u8).collect()
}

pub(super) fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// Returns the parameters of an upload that may have any format.
pub(super) fn spec(content: &[u8]) -> UploadSpec {
    UploadSpec {
        original_name: None,
        name: "film.mp4".parse().unwrap(),
        length: content.len() as u64,
        sha256: None,
        replace: false,
        any_type: true,
        accept_damaged: false,
        metadata: String::new(),
    }
}
