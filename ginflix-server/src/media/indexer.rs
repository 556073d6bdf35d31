//! Computes the metadata of files that an administrator copied into the volume. One background
//! thread of the lowest priority reads each file once.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use ginflix_api::media::MediaName;
use jiff::Timestamp;
use parking_lot::Mutex;
use sha2::{Digest, Sha256};
use tokio::sync::Notify;

use super::info::{FileVersion, MediaInfo};
use super::media_dir::MediaDir;
use super::probe;

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
    queued: Arc<Mutex<HashSet<MediaName>>>,
    indexed: Arc<Notify>,
}

impl Indexer {
    /// Starts the thread. It ends when the `Indexer` is dropped.
    ///
    /// # Errors
    /// Fails if the thread cannot be started.
    pub fn start(media_dir: Arc<MediaDir>) -> io::Result<Self> {
        let (queue, names) = sync_channel(QUEUE_CAPACITY);
        let (queued, indexed) = (Arc::default(), Arc::default());
        let (thread_queued, thread_indexed) = (Arc::clone(&queued), Arc::clone(&indexed));
        std::thread::Builder::new()
            .name("hashing".to_owned())
            .spawn(move || run(&media_dir, &names, &thread_queued, &thread_indexed))?;
        Ok(Self { queue, queued, indexed })
    }

    /// Queues a file, unless it is queued already. A file that is being read is queued again,
    /// because it may have changed since the read began.
    pub fn enqueue(&self, name: &MediaName) {
        let mut queued = self.queued.lock();
        if queued.insert(name.clone()) && self.queue.try_send(name.clone()).is_err() {
            queued.remove(name);
        }
    }

    /// Waits until a file is indexed. Returns at once if that happened since the last call.
    pub async fn wait_for_indexed(&self) {
        self.indexed.notified().await;
    }
}

fn run(
    media_dir: &MediaDir,
    names: &Receiver<MediaName>,
    queued: &Mutex<HashSet<MediaName>>,
    indexed: &Notify,
) {
    // On Linux, a nice value belongs to the thread. An error only means a higher priority.
    let _ = rustix::process::nice(NICENESS);
    for name in names {
        // Before the read, so that a change during the read queues the file again.
        queued.lock().remove(&name);
        match index(media_dir, &name) {
            Ok(IndexOutcome::Indexed) => {
                tracing::info!(media = %name, "indexed a file that was copied into the volume");
                indexed.notify_one();
            }
            Ok(IndexOutcome::AlreadyKnown) => {}
            Ok(IndexOutcome::Changed) => {
                tracing::debug!(media = %name, "a file changed while it was indexed; will retry")
            }
            Err(error) => tracing::warn!(media = %name, %error, "cannot index a file; will retry"),
        }
    }
}

/// The outcome of a queued file.
enum IndexOutcome {
    /// The metadata was computed and stored.
    Indexed,
    /// The metadata was stored before.
    AlreadyKnown,
    /// The file changed while it was read, so nothing was stored.
    Changed,
}

/// Reads a file and stores its metadata, unless the file changes meanwhile.
fn index(media_dir: &MediaDir, name: &MediaName) -> io::Result<IndexOutcome> {
    let mut file = media_dir.open(name)?;
    let before = file.metadata()?;
    if media_dir.info_store.get(name, &before).info.is_some() {
        return Ok(IndexOutcome::AlreadyKnown);
    }
    let sha256 = sha256_of(&mut file)?;
    let after = file.metadata()?;
    // The name may refer to another file by now, even to one of the same size and time.
    if FileVersion::of(&before) != FileVersion::of(&after)
        || before.ino() != media_dir.open(name)?.metadata()?.ino()
    {
        return Ok(IndexOutcome::Changed);
    }
    let created_at = after.modified().ok().and_then(|time| Timestamp::try_from(time).ok());
    let info = MediaInfo {
        version: FileVersion::of(&after),
        sha256,
        duration_seconds: probe::duration_seconds(&mut file),
        created_at: created_at.unwrap_or_else(Timestamp::now),
    };
    media_dir.info_store.insert(name, &info)?;
    Ok(IndexOutcome::Indexed)
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
