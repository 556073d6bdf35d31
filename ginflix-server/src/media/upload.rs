//! Uploads that cannot half-fail: each is whole, verified and visible, or can go on.
//!
//! # Layout
//! - this file: all uploads of a volume; looked up, discarded
//! - `error`: why one failed; `limits`: how many there may be and how large
//! - `state`: one upload in memory, with one writer at a time
//! - `record`: an upload as kept on the disk; `files`: where; `hash`: its running SHA-256
//! - `create`: its start; `append` and `writer`: bytes to the disk, durable before they are
//!   acknowledged
//! - `publish`: verify, take the name, record in the catalogue, which is behind `register`
//! - `whole`: a small file in one request, which needs no record
//! - `recover`: what a crash left; `tend`: expiry and files that came by hand
//! - `fault`: the seam at which tests break the disk

mod append;
mod create;
mod error;
mod fault;
mod files;
pub(in crate::media) mod hash;
mod limits;
mod publish;
mod record;
mod recover;
mod register;
mod state;
mod tend;
mod whole;
mod writer;

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use tokio::sync::Semaphore;
use uuid::Uuid;

pub use self::append::{Append, Expected};
pub use self::error::UploadError;
use self::fault::Faults;
pub use self::limits::Limits;
use self::limits::MOST_WRITERS;
pub use self::publish::as_media;
pub use self::record::NewUpload;
use self::record::Phase;
pub use self::register::{MediaRegister, RegisterError};
pub use self::state::Status;
use self::state::Upload;
pub use self::writer::AppendChecksum;
use super::Volume;
use crate::durable::FolderSync;

/// All uploads of a volume; cheap to clone.
#[derive(Clone)]
pub struct Uploads(Arc<Engine>);

struct Engine {
    volume: Volume,
    /// What many uploads at once change in the volume's folders.
    uploads_folder: FolderSync,
    media_folder: FolderSync,
    register: Arc<dyn MediaRegister>,
    limits: Limits,
    all: Mutex<HashMap<Uuid, Arc<Upload>>>,
    writers: Arc<Semaphore>,
    faults: Faults,
}

impl Uploads {
    /// The uploads of a volume, as the last process left them.
    ///
    /// # Errors
    /// Where the disk refuses.
    pub fn open(
        volume: Volume,
        register: Arc<dyn MediaRegister>,
        limits: Limits,
    ) -> io::Result<Self> {
        Self::open_with(volume, register, limits, Faults::default())
    }

    fn open_with(
        volume: Volume,
        register: Arc<dyn MediaRegister>,
        limits: Limits,
        faults: Faults,
    ) -> io::Result<Self> {
        let found = recover::recover(&volume.uploads_folder())?;
        for state in &found {
            if matches!(state.record.phase, Phase::Publishing(_)) {
                volume.names().claim(&state.record.about.name);
            }
        }
        let all = found.into_iter().map(|state| (state.record.id, Arc::new(Upload::new(state))));
        Ok(Self(Arc::new(Engine {
            all: Mutex::new(all.collect()),
            writers: Arc::new(Semaphore::new(MOST_WRITERS)),
            uploads_folder: FolderSync::new(volume.uploads_folder()),
            media_folder: FolderSync::new(volume.media_folder().to_owned()),
            volume,
            register,
            limits,
            faults,
        })))
    }

    /// How far an upload is. One that is whole but not visible yet, because
    /// the last step failed, is made visible before that is answered.
    ///
    /// # Errors
    /// `NotFound`, `Expired`, or why it cannot be made visible.
    pub async fn status(&self, id: Uuid) -> Result<Status, UploadError> {
        let upload = self.find(id)?;
        match upload.hold().await {
            Ok(state) if state.offset == state.record.about.length => {
                self.finish(upload, state).await
            }
            Ok(state) => Ok(state.status()),
            Err(UploadError::Locked) => Ok(upload.status()),
            Err(error) => Err(error),
        }
    }

    /// Discards an upload. What is visible already stays.
    ///
    /// # Errors
    /// `NotFound`, `Expired`, `Locked`, and failures of the disk.
    pub async fn discard(&self, id: Uuid) -> Result<(), UploadError> {
        let state = self.find(id)?.hold().await?;
        let uploads = self.clone();
        blocking(move || Ok(uploads.forget(&state)?)).await
    }

    /// Whether an upload is here, in whatever state.
    pub fn has(&self, id: Uuid) -> bool {
        self.all().contains_key(&id)
    }

    /// `NotFound` or `Expired` where there is no upload to go on with.
    fn find(&self, id: Uuid) -> Result<Arc<Upload>, UploadError> {
        let upload = self.all().get(&id).cloned().ok_or(UploadError::NotFound(id))?;
        match upload.status().expires_at < Timestamp::now() {
            true => Err(UploadError::Expired(id)),
            false => Ok(upload),
        }
    }

    fn all(&self) -> MutexGuard<'_, HashMap<Uuid, Arc<Upload>>> {
        lock(&self.0.all)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs what waits for the disk on a thread that no other request needs.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, UploadError> + Send + 'static,
) -> Result<T, UploadError> {
    tokio::task::spawn_blocking(work).await?
}

#[cfg(test)]
mod tests;
