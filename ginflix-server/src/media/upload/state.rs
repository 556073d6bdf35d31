//! An upload in memory, with the lock that one writer at a time holds.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use parking_lot::Mutex;
use tokio::sync::{Notify, OwnedMutexGuard};
use uuid::Uuid;

use super::error::UploadError;
use super::hash::ContentHash;
use super::record::{UploadPhase, UploadRecord};

/// The time without content after which a writer is preempted when another request needs the lock:
/// its client is probably gone, although the connection was not closed.
pub(super) const SILENT_WRITER_TIMEOUT: Duration = Duration::from_secs(5);

/// The time for which a request waits for the lock.
const LOCK_TIMEOUT: Duration = Duration::from_secs(2);

/// The progress of an upload, as reported to clients.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadStatus {
    /// The id of the upload.
    pub id: Uuid,
    /// The length of the whole file in bytes.
    pub length: u64,
    /// The number of durable bytes.
    pub offset: u64,
    /// Whether the file is published. A complete upload is not while its file is damaged.
    pub is_published: bool,
    /// The time when the upload expires, unless more content arrives.
    pub expires_at: Timestamp,
    /// The `Upload-Metadata` that the client sent.
    pub metadata: String,
}

/// An upload, shared by all requests for it.
pub(super) struct Upload {
    /// Locked by the one request that writes.
    pub(super) state: Arc<tokio::sync::Mutex<UploadState>>,
    /// A copy of the progress, which can be read without waiting for the writer.
    status: Mutex<UploadStatus>,
    /// The time when the writer last received content.
    pub(super) last_received: Mutex<Instant>,
    /// Tells a silent writer to end.
    pub(super) preempt: Notify,
}

/// The state of an upload that only the holder of its lock may use.
pub(super) struct UploadState {
    pub(super) record: UploadRecord,
    /// The number of durable bytes.
    pub(super) offset: u64,
    /// The hash of the durable bytes. After a restart, it may lack the last of them, which
    /// [`ContentHash::catch_up`] adds.
    pub(super) hash: ContentHash,
}

/// The guard of an upload's lock.
pub(super) type LockedUpload = OwnedMutexGuard<UploadState>;

impl Upload {
    pub(super) fn new(state: UploadState) -> Self {
        Self {
            status: Mutex::new(state.status()),
            state: Arc::new(tokio::sync::Mutex::new(state)),
            last_received: Mutex::new(Instant::now()),
            preempt: Notify::new(),
        }
    }

    /// Returns the progress that was last published by [`Self::set_status`].
    pub(super) fn status(&self) -> UploadStatus {
        self.status.lock().clone()
    }

    /// Publishes progress.
    pub(super) fn set_status(&self, status: UploadStatus) {
        *self.status.lock() = status;
    }

    /// Acquires the lock, and preempts a silent writer. Fails with `Locked` after [`LOCK_TIMEOUT`].
    pub(super) async fn lock(&self) -> Result<LockedUpload, UploadError> {
        if let Ok(state) = Arc::clone(&self.state).try_lock_owned() {
            return Ok(state);
        }
        if self.last_received.lock().elapsed() > SILENT_WRITER_TIMEOUT {
            self.preempt.notify_waiters();
        }
        let locked = Arc::clone(&self.state).lock_owned();
        tokio::time::timeout(LOCK_TIMEOUT, locked).await.map_err(|_| UploadError::Locked)
    }
}

impl UploadState {
    /// Returns the progress of the upload.
    pub(super) fn status(&self) -> UploadStatus {
        let UploadRecord { id, spec, expires_at, phase } = &self.record;
        UploadStatus {
            id: *id,
            length: spec.length,
            offset: self.offset,
            is_published: matches!(phase, UploadPhase::Done { .. }),
            expires_at: *expires_at,
            metadata: spec.metadata.clone(),
        }
    }
}
