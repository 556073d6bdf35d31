//! Hashes and inspects files that an administrator copied into the volume or a library, and inspects those that an
//! earlier version took up. One background thread of the lowest priority reads each file once.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::MetadataExt;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use ginflix_api::media::MediaName;
use jiff::Timestamp;
use parking_lot::Mutex;
use sha2::{Digest, Sha256};
use tokio::sync::Notify;

use super::info::{FileVersion, MediaInfo};
use super::inspect;
use super::library_files::sample_sha256;
use super::media_dir::MediaDir;

/// The number of files that may be queued. Further files are queued when they are listed again.
const QUEUE_CAPACITY: usize = 1_000;

/// The lowest priority, so that viewers and uploads go first.
const NICENESS: i32 = 19;

/// The size of the read buffer in bytes.
const READ_BYTES: usize = 256 * 1024;

/// The queue of files to read, and the thread that reads them.
#[derive(Debug)]
pub struct Indexer {
    queue: SyncSender<MediaName>,
    shared: Arc<Shared>,
}

/// The state that the thread shares with the rest of the process.
#[derive(Debug, Default)]
struct Shared {
    queued: Mutex<HashSet<MediaName>>,
    /// Why files could not be indexed at the last attempt.
    failures: Mutex<HashMap<MediaName, String>>,
    indexed: Notify,
}

impl Indexer {
    /// Starts the thread. It ends when the `Indexer` is dropped.
    ///
    /// # Errors
    /// Fails if the thread cannot be started.
    pub fn start(media_dir: Arc<MediaDir>) -> io::Result<Self> {
        let (queue, names) = sync_channel(QUEUE_CAPACITY);
        let shared = Arc::<Shared>::default();
        let thread_shared = Arc::clone(&shared);
        std::thread::Builder::new()
            .name("hashing".to_owned())
            .spawn(move || run(&media_dir, &names, &thread_shared))?;
        Ok(Self { queue, shared })
    }

    /// Queues a file, unless it is queued already. A file that is being read is queued again,
    /// because it may have changed since the read began.
    pub fn enqueue(&self, name: &MediaName) {
        let mut queued = self.shared.queued.lock();
        if queued.insert(name.clone()) && self.queue.try_send(name.clone()).is_err() {
            queued.remove(name);
        }
    }

    /// Returns why a file could not be indexed at the last attempt, if that failed.
    pub fn failure(&self, name: &MediaName) -> Option<String> {
        self.shared.failures.lock().get(name).cloned()
    }

    /// Forgets the failures of files for which `is_there` is false.
    pub fn retain_failures(&self, is_there: impl Fn(&MediaName) -> bool) {
        self.shared.failures.lock().retain(|name, _| is_there(name));
    }

    /// Waits until a file is indexed, or cannot be indexed for a new reason. Returns at once if that
    /// happened since the last call.
    pub async fn wait_for_indexed(&self) {
        self.shared.indexed.notified().await;
    }
}

fn run(media_dir: &MediaDir, names: &Receiver<MediaName>, shared: &Shared) {
    // On Linux, a nice value belongs to the thread. An error only means a higher priority.
    let _ = rustix::process::nice(NICENESS);
    for name in names {
        // Before the read, so that a change during the read queues the file again.
        shared.queued.lock().remove(&name);
        let outcome = index(media_dir, &name);
        let failure = outcome.as_ref().err().filter(|error| error.kind() != ErrorKind::NotFound);
        let has_new_failure = shared.record_failure(&name, failure);
        match outcome {
            Ok(IndexOutcome::Indexed) => {
                tracing::info!(media = %name, "indexed a file that was put there by hand");
                shared.indexed.notify_one();
            }
            Ok(IndexOutcome::Inspected) => {
                tracing::debug!(media = %name, "inspected a file of an earlier version");
                shared.indexed.notify_one();
            }
            Ok(IndexOutcome::AlreadyKnown) => {}
            Ok(IndexOutcome::Changed) => {
                tracing::debug!(media = %name, "a file changed while it was indexed; will retry")
            }
            // The scan that this causes logs the reason.
            Err(_) if has_new_failure => shared.indexed.notify_one(),
            Err(error) => {
                tracing::debug!(media = %name, %error, "still cannot index a file; will retry")
            }
        }
    }
}

impl Shared {
    /// Stores why a file could not be indexed, or that it was. Returns whether the reason is new.
    fn record_failure(&self, name: &MediaName, failure: Option<&io::Error>) -> bool {
        let mut failures = self.failures.lock();
        match failure.map(io::Error::to_string) {
            None => {
                failures.remove(name);
                false
            }
            Some(why) => failures.insert(name.clone(), why.clone()) != Some(why),
        }
    }
}

/// The outcome of a queued file.
pub enum IndexOutcome {
    /// The metadata was computed and stored.
    Indexed,
    /// The SHA-256 was stored before, and what is in the file is stored now.
    Inspected,
    /// The metadata was stored before.
    AlreadyKnown,
    /// The file changed while it was read, so nothing was stored.
    Changed,
}

/// Reads a file and stores its metadata, unless the file changes meanwhile. Of a file of a library it reads samples only.
///
/// # Errors
/// Fails if the file cannot be read, or its metadata cannot be stored.
pub fn index(media_dir: &MediaDir, name: &MediaName) -> io::Result<IndexOutcome> {
    let mut file = media_dir.open(name)?;
    let before = file.metadata()?;
    let known = match media_dir.info_store.get(name, &before).info {
        Some(known) if known.inspection.is_some() => return Ok(IndexOutcome::AlreadyKnown),
        known => known,
    };
    let is_sampled = media_dir.library_files.get(name).is_some();
    let sha256 = match &known {
        Some(known) => known.sha256.clone(),
        None if is_sampled => {
            // A change need not be in a sample, so what was known of the file is not kept.
            media_dir.info_store.remove(name)?;
            sample_sha256(&mut file, before.len())?
        }
        None => sha256_of(&mut file)?,
    };
    let inspection = inspect::inspect(&file)?;
    let after = file.metadata()?;
    // The name may refer to another file by now, even to one of the same size and time.
    if FileVersion::of(&before) != FileVersion::of(&after)
        || before.ino() != media_dir.open(name)?.metadata()?.ino()
    {
        return Ok(IndexOutcome::Changed);
    }
    let modified = || after.modified().ok().and_then(|time| Timestamp::try_from(time).ok());
    let created_at = known.as_ref().map(|known| known.created_at).or_else(modified);
    let created_at = created_at.unwrap_or_else(Timestamp::now);
    let file_name = known.as_ref().and_then(|known| known.file_name.clone());
    let info = MediaInfo::new(FileVersion::of(&after), sha256, inspection, created_at)
        .with_file_name(file_name);
    let info = if is_sampled { info.sampled() } else { info };
    media_dir.info_store.insert(name, &info)?;
    Ok(if known.is_some() { IndexOutcome::Inspected } else { IndexOutcome::Indexed })
}

/// Reads a file to its end, and returns its SHA-256 as 64 hexadecimal digits.
///
/// # Errors
/// Fails if the file cannot be read.
pub fn sha256_of(file: &mut File) -> io::Result<String> {
    let (mut hash, mut buffer) = (Sha256::new(), vec![0; READ_BYTES]);
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hex::encode(hash.finalize())),
            n => hash.update(&buffer[..n]),
        }
    }
}
