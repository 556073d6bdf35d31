//! Makes the sample indexes of media files on two threads: one for files that somebody plays now, and one that also makes
//! those of all other files, so that a file of many gigabytes keeps nobody waiting.

use std::collections::{HashSet, VecDeque};
use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::thread;

use ginflix_api::media::MediaName;
use ginflix_hls::Error;
use ginflix_hls::index::Limits;
use ginflix_hls::texts::{self, Texts, read_with_index};
use parking_lot::{Condvar, Mutex};
use tokio::sync::Notify;
use tokio::sync::futures::Notified;

use super::record;
use crate::media::info::FileVersion;
use crate::media::media_dir::MediaDir;
use crate::memory;

/// The number of files that may be queued. Further files are queued when they are listed or requested again.
const QUEUE_CAPACITY: usize = 1_000;
/// The priority of the threads: lower than that of requests and uploads.
const NICENESS: i32 = 10;

/// The most bytes of memory that a sample takes while an index is made.
const SAMPLE_BYTES: u64 = 7;
/// The samples that an index may always have: those of ten hours with one audio track.
const MIN_SAMPLES: u64 = 2_500_000;

/// How soon an index is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PackageUrgency {
    /// Somebody waits for it.
    Requested,
    /// Nobody waits for it yet.
    Background,
}

/// The queue of files, and the threads that make their indexes. They end when it is dropped.
#[derive(Debug)]
pub struct Packager(Arc<PackagerShared>);

#[derive(Debug)]
struct PackagerShared {
    media_dir: Arc<MediaDir>,
    queue: Mutex<PackageQueue>,
    /// Wakes the threads for a file.
    is_queued: Condvar,
    /// Wakes the requests that wait for an index.
    finished: Notify,
}

#[derive(Debug, Default)]
struct PackageQueue {
    requested: VecDeque<MediaName>,
    background: VecDeque<MediaName>,
    /// The files whose indexes are being made.
    running: HashSet<MediaName>,
    is_closed: bool,
}

impl PackageQueue {
    /// Adds a file, unless it is queued as urgently or the queue is full. A file whose index is being made is queued again,
    /// because it may have changed.
    fn push(&mut self, name: &MediaName, urgency: PackageUrgency) {
        let is_requested = self.requested.contains(name);
        let (queue, is_queued) = match urgency {
            PackageUrgency::Requested => (&mut self.requested, is_requested),
            PackageUrgency::Background => {
                let is_queued = is_requested || self.background.contains(name);
                (&mut self.background, is_queued)
            }
        };
        if !is_queued && queue.len() < QUEUE_CAPACITY {
            queue.push_back(name.clone());
        }
    }

    /// Removes the next file that no other thread works on.
    fn pop(&mut self, takes_background: bool) -> Option<MediaName> {
        let Self { requested, background, running, .. } = self;
        let mut queues = [Some(requested), takes_background.then_some(background)];
        let name = queues.iter_mut().flatten().find_map(|queue| {
            let position = queue.iter().position(|name| !running.contains(name))?;
            queue.remove(position)
        })?;
        running.insert(name.clone());
        Some(name)
    }
}

impl Packager {
    /// Starts the threads.
    ///
    /// # Errors
    /// A thread cannot be started.
    pub fn start(media_dir: Arc<MediaDir>) -> io::Result<Self> {
        let shared = Arc::new(PackagerShared {
            media_dir,
            queue: Mutex::default(),
            is_queued: Condvar::new(),
            finished: Notify::new(),
        });
        for (name, takes_background) in [("packaging-0", false), ("packaging-1", true)] {
            let shared = Arc::clone(&shared);
            let thread = thread::Builder::new().name(name.to_owned());
            thread.spawn(move || shared.run(takes_background))?;
        }
        Ok(Self(shared))
    }

    /// Queues a file whose index is not stored.
    pub fn enqueue(&self, name: &MediaName, urgency: PackageUrgency) {
        self.0.queue.lock().push(name, urgency);
        self.0.is_queued.notify_all();
    }

    /// Returns a future that ends when the next file is done, whichever it is.
    pub fn finished(&self) -> Notified<'_> {
        self.0.finished.notified()
    }
}

impl Drop for Packager {
    fn drop(&mut self) {
        self.0.queue.lock().is_closed = true;
        self.0.is_queued.notify_all();
    }
}

impl PackagerShared {
    fn run(&self, takes_background: bool) {
        // On Linux, a nice value belongs to the thread. An error only means a higher priority.
        let _ = rustix::process::nice(NICENESS);
        while let Some(name) = self.next(takes_background) {
            match package(&self.media_dir, &name) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::NotFound => {} // it was removed
                Err(error) => tracing::warn!(
                    media = %name, %error,
                    "cannot make the index that HLS needs; will retry when the file is requested"
                ),
            }
            self.queue.lock().running.remove(&name);
            self.is_queued.notify_all();
            self.finished.notify_waiters();
        }
    }

    /// Waits for a file. Returns `None` at the end of the process.
    fn next(&self, takes_background: bool) -> Option<MediaName> {
        let mut queue = self.queue.lock();
        loop {
            if queue.is_closed {
                return None;
            }
            if let Some(name) = queue.pop(takes_background) {
                return Some(name);
            }
            self.is_queued.wait(&mut queue);
        }
    }
}

/// Makes and stores the index of a file, or the reason why it has none, unless that is stored or the file is not
/// inspected yet.
fn package(media_dir: &MediaDir, name: &MediaName) -> io::Result<()> {
    let file = media_dir.open(name)?;
    let metadata = file.metadata()?;
    let (store, version) = (&media_dir.info_store, FileVersion::of(&metadata));
    let Some(info) = store.get(name, &metadata).info else { return Ok(()) };
    let Some(inspection) = &info.inspection else { return Ok(()) };
    let (dir, sha256) = (store.dir(), info.sha256.as_str());
    if !record::is_current(dir, name, sha256) {
        let made = read_with_index(&file, inspection, &limits(), &texts::Limits::default());
        if FileVersion::of(&file.metadata()?) != version {
            return Ok(()); // it is queued again when its next version is inspected
        }
        match made {
            Ok((built, texts)) => {
                record::write_index(dir, name, sha256, &built, &encode_texts(name, texts)?)?;
            }
            Err(Error::Io(error)) => return Err(error),
            Err(reason) => record::write_reason(dir, name, sha256, &reason.to_string())?,
        }
    }
    store.set_packaged(name, version, true);
    Ok(())
}

/// Returns the record of the text tracks that could be read. What could not is in the log, and the media file plays without it.
fn encode_texts(name: &MediaName, texts: ginflix_hls::Result<Texts>) -> io::Result<Vec<u8>> {
    let texts = match texts {
        Err(Error::Io(error)) => return Err(error),
        Err(error) => {
            tracing::warn!(media = %name, %error, "the subtitles in a media file are left out");
            Texts::default()
        }
        Ok(texts) => texts,
    };
    for left_out in &texts.left_out {
        let (track, error) = (left_out.track, &left_out.reason);
        tracing::warn!(media = %name, track, %error, "a subtitle track in a media file is left out");
    }
    Ok(texts::encode(&texts.tracks))
}

/// Returns the limits of one index, which may take an eighth of the memory of this process: one of three hours with four
/// audio tracks takes some 15 MB.
fn limits() -> Limits {
    let samples = memory::available_bytes() / 8 / SAMPLE_BYTES;
    let Limits { samples: most, budget } = Limits::default();
    Limits { samples: samples.clamp(MIN_SAMPLES, most), budget }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> MediaName {
        text.parse().unwrap()
    }

    #[test]
    fn requested_files_come_first_and_each_once() {
        let mut queue = PackageQueue::default();
        for (file, urgency) in [
            ("a.mp4", PackageUrgency::Background),
            ("b.mp4", PackageUrgency::Background),
            ("b.mp4", PackageUrgency::Requested),
            ("b.mp4", PackageUrgency::Requested),
            ("a.mp4", PackageUrgency::Background),
        ] {
            queue.push(&name(file), urgency);
        }
        assert_eq!(queue.pop(true), Some(name("b.mp4")));
        assert_eq!(queue.pop(false), None);
        assert_eq!(queue.pop(true), Some(name("a.mp4")));
        // The other entry waits until the thread that works on the file is done.
        assert_eq!(queue.pop(true), None);
        queue.running.clear();
        assert_eq!(queue.pop(true), Some(name("b.mp4")));
    }

    #[test]
    fn the_queue_is_bounded() {
        let mut queue = PackageQueue::default();
        for number in 0..2 * QUEUE_CAPACITY {
            queue.push(&name(&format!("{number}.mp4")), PackageUrgency::Background);
        }
        queue.push(&name("a.mp4"), PackageUrgency::Requested);
        assert_eq!(queue.background.len(), QUEUE_CAPACITY);
        assert_eq!(queue.pop(false), Some(name("a.mp4")));
    }
}
