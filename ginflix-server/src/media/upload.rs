//! Resumable uploads by the tus protocol. At any time, an upload is either complete, verified and
//! published, or it can be resumed.
//!
//! # Layout
//! - this file: all uploads of a volume, by id
//! - `error`: the errors; `limits`: limits on number and size
//! - `state`: an upload in memory, with a lock for its writer
//! - `record`: the stored state of an upload; `files`: its files; `hash`: its incremental SHA-256
//! - `create`: creation; `append` and `writer`: content, which is durable before it is acknowledged
//! - `publish`: verifies the content, renames it, and records it in the catalogue by `registry`
//! - `single_request`: a small file in one request, which needs no record
//! - `recover`: recovery after a crash; `maintenance`: expiry, and files copied in by hand
//! - `failpoints`: disk errors that tests inject

mod append;
mod create;
mod error;
mod failpoints;
mod files;
pub(in crate::media) mod hash;
mod limits;
mod maintenance;
mod publish;
mod record;
mod recover;
mod registry;
mod single_request;
mod state;
mod writer;

use std::collections::HashMap;
use std::io;
use std::sync::Arc;

use jiff::Timestamp;
use parking_lot::{Mutex, MutexGuard};
use tokio::sync::Semaphore;
use uuid::Uuid;

pub use self::append::{Append, ExpectedChecksum};
pub use self::error::UploadError;
use self::failpoints::Failpoints;
use self::limits::CONCURRENT_APPENDS_LIMIT;
pub use self::limits::UploadLimits;
pub use self::publish::to_media;
use self::record::UploadPhase;
pub use self::record::UploadSpec;
pub use self::registry::{MediaRegistry, MediaRegistryError};
use self::state::Upload;
pub use self::state::UploadStatus;
pub use self::writer::AppendChecksum;
use super::Volume;
use crate::durable::DirSync;

/// All uploads of a volume. Clones refer to the same uploads.
#[derive(Clone)]
pub struct Uploads(Arc<UploadsInner>);

struct UploadsInner {
    volume: Volume,
    /// Group commit for the records of many uploads.
    uploads_dir: DirSync,
    /// Group commit for the renames of many uploads.
    media_dir: DirSync,
    registry: Arc<dyn MediaRegistry>,
    limits: UploadLimits,
    by_id: Mutex<HashMap<Uuid, Arc<Upload>>>,
    append_permits: Arc<Semaphore>,
    failpoints: Failpoints,
}

impl Uploads {
    /// Recovers the uploads that the last process left in a volume.
    ///
    /// # Errors
    /// Fails if the directory of the uploads cannot be read or written.
    pub fn open(
        volume: Volume,
        registry: Arc<dyn MediaRegistry>,
        limits: UploadLimits,
    ) -> io::Result<Self> {
        Self::open_with(volume, registry, limits, Failpoints::default())
    }

    fn open_with(
        volume: Volume,
        registry: Arc<dyn MediaRegistry>,
        limits: UploadLimits,
        failpoints: Failpoints,
    ) -> io::Result<Self> {
        let recovered = recover::recover_uploads(&volume.uploads_dir())?;
        for state in &recovered {
            if matches!(state.record.phase, UploadPhase::Publishing(_)) {
                volume.name_locks().claim(&state.record.spec.name);
            }
        }
        let by_id =
            recovered.into_iter().map(|state| (state.record.id, Arc::new(Upload::new(state))));
        Ok(Self(Arc::new(UploadsInner {
            by_id: Mutex::new(by_id.collect()),
            append_permits: Arc::new(Semaphore::new(CONCURRENT_APPENDS_LIMIT)),
            uploads_dir: DirSync::new(volume.uploads_dir()),
            media_dir: DirSync::new(volume.media_dir().to_owned()),
            volume,
            registry,
            limits,
            failpoints,
        })))
    }

    /// Returns the progress of an upload. A complete upload whose publication was interrupted is
    /// published first.
    ///
    /// # Errors
    /// Fails if the upload is not found or expired, or cannot be published.
    pub async fn status(&self, id: Uuid) -> Result<UploadStatus, UploadError> {
        let upload = self.find(id)?;
        match upload.lock().await {
            Ok(state) if state.offset == state.record.spec.length => {
                match self.publish(Arc::clone(&upload), state).await {
                    // The client may still accept the damage.
                    Err(UploadError::Damaged { .. }) => Ok(upload.status()),
                    other => other,
                }
            }
            Ok(state) => Ok(state.status()),
            // The writer publishes its progress at each checkpoint.
            Err(UploadError::Locked) => Ok(upload.status()),
            Err(error) => Err(error),
        }
    }

    /// Deletes an upload. A media file that it has published is kept.
    ///
    /// # Errors
    /// Fails if the upload is not found, expired or locked, or if a file cannot be removed.
    pub async fn discard(&self, id: Uuid) -> Result<(), UploadError> {
        let state = self.find(id)?.lock().await?;
        let uploads = self.clone();
        blocking(move || Ok(uploads.delete_upload(&state)?)).await
    }

    /// Returns whether there is an upload of this id, in any phase.
    pub fn has(&self, id: Uuid) -> bool {
        self.by_id().contains_key(&id)
    }

    /// Returns an upload. Fails with `NotFound` or `Expired`.
    fn find(&self, id: Uuid) -> Result<Arc<Upload>, UploadError> {
        let upload = self.by_id().get(&id).cloned().ok_or(UploadError::NotFound(id))?;
        match upload.status().expires_at < Timestamp::now() {
            true => Err(UploadError::Expired(id)),
            false => Ok(upload),
        }
    }

    fn by_id(&self) -> MutexGuard<'_, HashMap<Uuid, Arc<Upload>>> {
        self.0.by_id.lock()
    }
}

/// Runs a closure that blocks on the disk on a thread for blocking work.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, UploadError> + Send + 'static,
) -> Result<T, UploadError> {
    tokio::task::spawn_blocking(work).await?
}

#[cfg(test)]
mod tests;
