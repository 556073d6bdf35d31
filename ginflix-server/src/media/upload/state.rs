//! One upload in memory: its state, and the lock that one writer at a time holds.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::{Notify, OwnedMutexGuard};
use uuid::Uuid;

use super::error::UploadError;
use super::hash::ContentHash;
use super::lock;
use super::record::Record;

/// A writer that received nothing for so long ends when another request asks for
/// the lock: its client has gone without closing the connection.
pub(super) const SILENCE: Duration = Duration::from_secs(5);

/// How long a request waits for a writer that is about to end.
const LOCK_WAIT: Duration = Duration::from_secs(2);

/// How far an upload is, as clients are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// Its id.
    pub id: Uuid,
    /// Bytes there will be.
    pub length: u64,
    /// Bytes that are durable. All of them: then it is visible as well.
    pub offset: u64,
    /// When it is cleared away if nothing more arrives.
    pub expires_at: Timestamp,
    /// As the client sent it.
    pub metadata: String,
}

/// An upload, as all requests share it.
pub(super) struct Upload {
    /// Held by the one request that writes.
    pub(super) state: Arc<tokio::sync::Mutex<State>>,
    /// What may be told without waiting for the writer.
    shown: Mutex<Status>,
    /// When the writer last received something from its client.
    pub(super) heard: Mutex<Instant>,
    /// Tells a silent writer to end.
    pub(super) make_way: Notify,
}

/// What only the holder of an upload's lock may change.
pub(super) struct State {
    pub(super) record: Record,
    /// Durable bytes.
    pub(super) offset: u64,
    /// Hash of some or all of them: behind after a restart.
    pub(super) hash: ContentHash,
}

/// An upload's lock.
pub(super) type Held = OwnedMutexGuard<State>;

impl Upload {
    pub(super) fn new(state: State) -> Self {
        Self {
            shown: Mutex::new(state.status()),
            state: Arc::new(tokio::sync::Mutex::new(state)),
            heard: Mutex::new(Instant::now()),
            make_way: Notify::new(),
        }
    }

    /// How far it is, as far as that may be told now.
    pub(super) fn status(&self) -> Status {
        lock(&self.shown).clone()
    }

    /// Sets what [`Self::status`] tells.
    pub(super) fn show(&self, status: Status) {
        *lock(&self.shown) = status;
    }

    /// Takes the lock; `Locked` where a writer keeps it. A silent writer is told to end.
    pub(super) async fn hold(&self) -> Result<Held, UploadError> {
        if let Ok(state) = Arc::clone(&self.state).try_lock_owned() {
            return Ok(state);
        }
        if lock(&self.heard).elapsed() > SILENCE {
            self.make_way.notify_waiters();
        }
        let held = Arc::clone(&self.state).lock_owned();
        tokio::time::timeout(LOCK_WAIT, held).await.map_err(|_| UploadError::Locked)
    }
}

impl State {
    /// How far the upload is.
    pub(super) fn status(&self) -> Status {
        let Record { id, about, expires_at, .. } = &self.record;
        Status {
            id: *id,
            length: about.length,
            offset: self.offset,
            expires_at: *expires_at,
            metadata: about.metadata.clone(),
        }
    }
}
