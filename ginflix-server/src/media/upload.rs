//! Uploads that cannot half-fail: each is whole, verified and visible, or can go on.
//!
//! # Layout
//! - this file: create, look up, discard; one writer an upload
//! - `record`: an upload as kept on the disk; `hash`: its running SHA-256
//! - `append` and `writer`: bytes to the disk, durable before they are acknowledged
//! - `publish`: verify, take the name, record in the catalogue
//! - `whole`: a small file in one request, which needs no record
//! - `recover`: what a crash left; `tend`: expiry and files that came by hand
//! - `fault`: the seam at which tests break the disk

mod append;
mod fault;
pub(in crate::media) mod hash;
mod publish;
mod record;
mod recover;
mod register;
mod tend;
mod whole;
mod writer;

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ginflix_api::media::MediaName;
use jiff::Timestamp;
use tokio::sync::{Notify, OwnedMutexGuard, OwnedSemaphorePermit, Semaphore};
use uuid::Uuid;

pub use self::append::{Append, Expected};
use self::fault::{Faults, Step};
use self::hash::ContentHash;
pub use self::publish::as_media;
pub use self::record::NewUpload;
use self::record::{Checkpoint, Phase, Record, part_path, record_name};
pub use self::register::MediaRegister;
pub use self::writer::AppendChecksum;
use super::Volume;
use super::volume::disk_error;
use crate::config::Config;
use crate::durable::{self, FolderSync};
use crate::error::AppError;

/// Appends that run at once; each has three threads and a few MiB of pieces.
const MOST_WRITERS: usize = 32;

/// Unfinished uploads at once.
const MOST_OPEN: usize = 1_000;

/// A writer that heard nothing for so long makes way for the next: its client
/// has gone without a word.
const SILENCE: Duration = Duration::from_secs(5);

/// How long a request waits for a writer that is about to end.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long a file that was removed elsewhere may take to go here, too.
const LEAVING: Duration = Duration::from_secs(5);

/// What uploads may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Largest upload, bytes.
    pub upload_bytes: u64,
    /// Bytes of the volume that stay free.
    pub reserve_bytes: u64,
    /// Age without progress at which an unfinished upload is cleared away.
    pub expiry: Duration,
}

impl From<&Config> for Limits {
    fn from(config: &Config) -> Self {
        Self {
            upload_bytes: config.max_upload_bytes,
            reserve_bytes: config.reserve_bytes,
            expiry: config.upload_expiry,
        }
    }
}

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

struct Upload {
    state: Arc<tokio::sync::Mutex<State>>,
    /// What may be told without waiting for the writer.
    shown: Mutex<Status>,
    /// When the writer last heard from its client.
    heard: Mutex<Instant>,
    /// Tells a silent writer to end.
    make_way: Notify,
}

/// What only the holder of an upload's lock may change.
struct State {
    record: Record,
    /// Durable bytes.
    offset: u64,
    /// Hash of some or all of them: behind after a restart.
    hash: ContentHash,
}

type Held = OwnedMutexGuard<State>;

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

    /// Starts an upload.
    ///
    /// # Errors
    /// `Invalid` for an empty file, `TooLarge`, `Conflict` for a taken name,
    /// `NoSpace`, `TooManyRequests`, and what the disk says.
    pub async fn create(&self, about: NewUpload) -> Result<Status, AppError> {
        self.check_length(about.length)?;
        if self.unfinished() >= MOST_OPEN {
            return Err(AppError::TooManyRequests { retry_after: Duration::from_secs(60) });
        }
        if !about.replace {
            self.check_shared_name(&about.name).await?;
        }
        let uploads = self.clone();
        blocking(move || {
            if !about.replace && uploads.0.volume.stat(&about.name).is_ok() {
                return Err(taken(&about.name));
            }
            uploads.check_room(about.length)?;
            let state = uploads.start(about).map_err(disk_error)?;
            let upload = Arc::new(Upload::new(state));
            let status = upload.status();
            uploads.all().insert(status.id, upload);
            Ok(status)
        })
        .await
    }

    /// How far an upload is. One that is whole but not visible yet, because
    /// the last step failed, is made visible before that is answered.
    ///
    /// # Errors
    /// `NotFound`, `Gone`, or why it cannot be made visible.
    pub async fn status(&self, id: Uuid) -> Result<Status, AppError> {
        let upload = self.find(id)?;
        match self.hold(&upload).await {
            Ok(state) if state.offset == state.record.about.length => {
                self.finish(upload, state).await
            }
            Ok(state) => Ok(state.status()),
            Err(AppError::Locked(_)) => Ok(upload.status()),
            Err(error) => Err(error),
        }
    }

    /// Discards an upload. What is visible already stays.
    ///
    /// # Errors
    /// `NotFound`, `Gone`, `Locked`, and what the disk says.
    pub async fn discard(&self, id: Uuid) -> Result<(), AppError> {
        let upload = self.find(id)?;
        let state = self.hold(&upload).await?;
        let uploads = self.clone();
        blocking(move || uploads.forget(&state).map_err(disk_error)).await
    }

    /// Whether an upload is here, in whatever state.
    pub fn has(&self, id: Uuid) -> bool {
        self.all().contains_key(&id)
    }

    /// `Conflict` where the catalogue has the name. A file of that name which
    /// it does not have may be one that was removed elsewhere: it goes in a moment.
    async fn check_shared_name(&self, name: &MediaName) -> Result<(), AppError> {
        if !self.0.register.is_shared() {
            return Ok(());
        }
        if self.0.register.media(name).await?.is_some() {
            return Err(taken(name));
        }
        let end = Instant::now() + LEAVING;
        while self.0.volume.stat(name).is_ok() && Instant::now() < end {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Ok(())
    }

    fn check_length(&self, length: u64) -> Result<(), AppError> {
        let limit_bytes = self.0.limits.upload_bytes;
        if length == 0 {
            Err(AppError::invalid("Upload-Length", "an empty file is no film"))
        } else if length > limit_bytes {
            Err(AppError::TooLarge { what: "an upload", limit_bytes })
        } else {
            Ok(())
        }
    }

    /// Unfinished uploads.
    fn unfinished(&self) -> usize {
        let all = self.all();
        all.values().map(|upload| upload.status()).filter(|s| s.offset < s.length).count()
    }

    fn find(&self, id: Uuid) -> Result<Arc<Upload>, AppError> {
        let found = self.all().get(&id).cloned();
        let upload = found.ok_or_else(|| AppError::NotFound(format!("upload {id}")))?;
        if upload.status().expires_at < Timestamp::now() {
            return Err(AppError::Gone(format!("upload {id} has expired; start it anew")));
        }
        Ok(upload)
    }

    /// Takes an upload's lock; a silent writer has to make way.
    async fn hold(&self, upload: &Upload) -> Result<Held, AppError> {
        if let Ok(state) = Arc::clone(&upload.state).try_lock_owned() {
            return Ok(state);
        }
        if lock(&upload.heard).elapsed() > SILENCE {
            upload.make_way.notify_waiters();
        }
        let held = Arc::clone(&upload.state).lock_owned();
        tokio::time::timeout(PATIENCE, held).await.map_err(|_| {
            AppError::Locked(
                "another request is writing to this upload; go on when it ends".to_owned(),
            )
        })
    }

    /// `NoSpace` where so many more bytes would touch the reserve.
    fn check_room(&self, more: u64) -> Result<(), AppError> {
        let free = self.0.volume.free_bytes().map_err(disk_error)?;
        let fits = free.saturating_sub(self.0.limits.reserve_bytes) >= more;
        if fits { Ok(()) } else { Err(self.no_room(more)) }
    }

    fn no_room(&self, more: u64) -> AppError {
        let free = self.0.volume.free_bytes().unwrap_or(0);
        let reserve = self.0.limits.reserve_bytes;
        AppError::NoSpace(format!(
            "{more} more bytes do not fit: the volume has {free} free and keeps {reserve} in \
             reserve; remove media or enlarge the volume, then go on"
        ))
    }

    fn start(&self, about: NewUpload) -> io::Result<State> {
        let (id, hash) = (Uuid::now_v7(), ContentHash::default());
        let phase = Phase::Receiving(Checkpoint::trusting(&hash));
        let record = Record { id, about, expires_at: self.expiry(), phase };
        let part = part_path(&self.0.volume.uploads_folder(), id);
        std::fs::File::create_new(&part)?;
        if let Err(error) = self.save(&record) {
            let _ = durable::remove(&part); // the start-up clears away what stays
            return Err(error);
        }
        Ok(State { record, offset: 0, hash })
    }

    fn save(&self, record: &Record) -> io::Result<()> {
        self.0.faults.before(Step::SaveRecord)?;
        let text = serde_json::to_vec(record)?;
        match record.phase {
            // Lost in a power cut, it is as if the client had never asked again.
            Phase::Done { .. } => {
                let folder = self.0.volume.uploads_folder();
                durable::write_loosely(&folder, &record_name(record.id), &text)
            }
            _ => self.0.uploads_folder.write(&record_name(record.id), &text),
        }
    }

    /// A permit to write, for as long as it is held.
    fn permit(&self) -> Result<OwnedSemaphorePermit, AppError> {
        let permit = Arc::clone(&self.0.writers).try_acquire_owned();
        permit.map_err(|_| AppError::TooManyRequests { retry_after: SILENCE })
    }

    /// The record goes last: content without one is cleared away at start-up.
    fn forget(&self, state: &State) -> io::Result<()> {
        let (id, folder) = (state.record.id, self.0.volume.uploads_folder());
        durable::remove(&part_path(&folder, id))?;
        durable::remove(&folder.join(record_name(id)))?;
        if matches!(state.record.phase, Phase::Publishing(_)) {
            self.0.volume.names().release(&state.record.about.name);
        }
        self.all().remove(&id);
        Ok(())
    }

    fn expiry(&self) -> Timestamp {
        Timestamp::now() + self.0.limits.expiry
    }

    fn all(&self) -> MutexGuard<'_, HashMap<Uuid, Arc<Upload>>> {
        lock(&self.0.all)
    }
}

impl Upload {
    fn new(state: State) -> Self {
        Self {
            shown: Mutex::new(state.status()),
            state: Arc::new(tokio::sync::Mutex::new(state)),
            heard: Mutex::new(Instant::now()),
            make_way: Notify::new(),
        }
    }

    fn status(&self) -> Status {
        lock(&self.shown).clone()
    }

    fn show(&self, status: Status) {
        *lock(&self.shown) = status;
    }
}

impl State {
    fn status(&self) -> Status {
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

fn taken(name: &MediaName) -> AppError {
    AppError::Conflict(format!(
        "there is a media {name} already; choose another name, replace it, or remove it"
    ))
}

fn unknown_type(name: &MediaName) -> AppError {
    AppError::UnsupportedType(format!(
        "the first bytes of {name} are of no video, audio, subtitle or image format that is known \
         here; the upload was discarded: to keep such a file all the same, use the command \
         `ginflix upload --any-type` (key `anytype` of Upload-Metadata)"
    ))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs what waits for the disk where it holds no other request up.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, AppError> + Send + 'static,
) -> Result<T, AppError> {
    tokio::task::spawn_blocking(work).await.map_err(AppError::internal)?
}

#[cfg(test)]
mod tests;
