//! Facts for files that somebody dropped in by hand: read once, in the
//! background, one at a time, behind everything else.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

use ginflix_api::media::MediaName;
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use tokio::sync::Notify;

use super::facts::{Facts, Stamp};
use super::files::Files;
use super::probe;

/// Files that may wait; later ones are asked for again at the next look.
const MOST_WAITING: usize = 1_000;

/// The lowest priority: viewers and uploads go first.
const NICENESS: i32 = 19;

/// The queue of files to read.
#[derive(Debug)]
pub struct Hashing {
    queue: SyncSender<MediaName>,
    waiting: Arc<Mutex<HashSet<MediaName>>>,
    done: Arc<Notify>,
}

impl Hashing {
    /// Starts the thread that reads; it ends when this is dropped.
    ///
    /// # Errors
    /// Where the system gives no thread.
    pub fn start(files: Arc<Files>) -> io::Result<Self> {
        let (queue, names) = sync_channel(MOST_WAITING);
        let (waiting, done) = (Arc::default(), Arc::default());
        let (still_waiting, notify) = (Arc::clone(&waiting), Arc::clone(&done));
        std::thread::Builder::new()
            .name("hashing".to_owned())
            .spawn(move || work(&files, &names, &still_waiting, &notify))?;
        Ok(Self { queue, waiting, done })
    }

    /// Asks for a file to be read, unless it waits already. One that is being
    /// read waits again: it may have changed since.
    pub fn ask(&self, name: &MediaName) {
        let mut waiting = lock(&self.waiting);
        if waiting.insert(name.clone()) && self.queue.try_send(name.clone()).is_err() {
            waiting.remove(name);
        }
    }

    /// Resolves when a file was read after the last call.
    pub async fn done(&self) {
        self.done.notified().await;
    }
}

fn work(
    files: &Files,
    names: &Receiver<MediaName>,
    waiting: &Mutex<HashSet<MediaName>>,
    done: &Notify,
) {
    // On Linux this is the calling thread's own; without it all works the same.
    let _ = rustix::process::nice(NICENESS);
    for name in names {
        // First of all: who asks from now on may mean a newer file.
        lock(waiting).remove(&name);
        match learn(files, &name) {
            Ok(Learned::Now) => {
                tracing::info!(media = %name, "read a file that came by hand");
                done.notify_one();
            }
            Ok(Learned::Before) => {}
            Ok(Learned::Nothing) => {
                tracing::debug!(media = %name, "file changed while it was read")
            }
            Err(error) => tracing::warn!(media = %name, %error, "cannot read a file"),
        }
    }
}

/// What came of a file that was asked for.
enum Learned {
    /// Its facts are kept.
    Now,
    /// They were kept already.
    Before,
    /// It changed while it was read.
    Nothing,
}

/// Reads a file and keeps its facts, unless it changed meanwhile.
fn learn(files: &Files, name: &MediaName) -> io::Result<Learned> {
    let mut file = files.open(name)?;
    let before = file.metadata()?;
    if files.facts.of(name, &before).facts.is_some() {
        return Ok(Learned::Before);
    }
    let sha256 = sha256_of(&mut file)?;
    let after = file.metadata()?;
    if Stamp::of(&before) != Stamp::of(&after)
        || before.ino() != files.open(name)?.metadata()?.ino()
    {
        return Ok(Learned::Nothing);
    }
    let created_at = after.modified().ok().and_then(|time| Timestamp::try_from(time).ok());
    let facts = Facts {
        stamp: Stamp::of(&after),
        sha256,
        duration_seconds: probe::duration_seconds(&mut file),
        created_at: created_at.unwrap_or_else(Timestamp::now),
    };
    files.facts.put(name, &facts)?;
    Ok(Learned::Now)
}

/// Reads to the end.
pub fn sha256_of(file: &mut File) -> io::Result<String> {
    let (mut hash, mut buffer) = (Sha256::new(), vec![0; 256 * 1024]);
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hex::encode(hash.finalize())),
            n => hash.update(&buffer[..n]),
        }
    }
}

fn lock(names: &Mutex<HashSet<MediaName>>) -> std::sync::MutexGuard<'_, HashSet<MediaName>> {
    names.lock().unwrap_or_else(PoisonError::into_inner)
}
