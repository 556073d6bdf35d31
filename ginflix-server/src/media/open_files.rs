//! The cache of open media files: all responses that send the same file share one descriptor, and a
//! request costs one `fstatat` instead of an `openat` and a `close`.

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use ginflix_api::media::MediaName;
use parking_lot::Mutex;
use rustix::fs::{Stat, fstat};

use super::media_dir::MediaDir;
use super::packages::PackageCell;
use super::shared_file::SharedFile;
use crate::coarse_clock;
use crate::delivery::response::{CachePolicy, Representation};

/// The number of files that are kept open.
const OPEN_FILES_CAPACITY: usize = 256;

/// The time without requests after which a file is closed, so that the space of a file that was
/// removed by hand is freed.
const IDLE_TIMEOUT: Duration = Duration::from_secs(60);

/// An open media file, with the metadata for the header section of responses.
#[derive(Debug)]
pub struct OpenMedia {
    /// The file, which stays readable when its name is removed or replaced.
    pub file: Arc<SharedFile>,
    /// The size in bytes.
    pub size: u64,
    /// The modification time.
    pub modified: SystemTime,
    /// The strong entity tag, with its quotes (RFC 9110, section 8.8.3).
    pub etag: String,
    /// The media type, by the file name extension.
    pub content_type: &'static str,
    /// Its sample index, after it was requested.
    pub package: PackageCell,
}

impl OpenMedia {
    /// Returns the metadata of the representation that responses carry.
    pub fn representation(&self) -> Representation<'_> {
        let &Self { size, modified, ref etag, content_type, .. } = self;
        Representation { size, modified, etag, content_type, cache: CachePolicy::Revalidate }
    }
}

/// The identity and state of a file. A write or a replacement of the file changes one of the
/// fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileIdentity {
    device_and_inode: (u64, u64),
    size: i64,
    modified: (i64, u64),
    changed: (i64, u64),
}

impl FileIdentity {
    /// Returns the identity of an open file.
    ///
    /// # Errors
    /// Fails if fstat(2) fails.
    pub fn of(file: &File) -> io::Result<Self> {
        Ok(Self::from(fstat(file)?))
    }
}

#[allow(clippy::unnecessary_cast, clippy::useless_conversion)] // types differ by architecture
impl From<Stat> for FileIdentity {
    fn from(stat: Stat) -> Self {
        Self {
            device_and_inode: (stat.st_dev as u64, stat.st_ino as u64),
            size: stat.st_size as i64,
            modified: (stat.st_mtime as i64, stat.st_mtime_nsec as u64),
            changed: (stat.st_ctime as i64, stat.st_ctime_nsec as u64),
        }
    }
}

#[derive(Debug)]
struct CachedFile {
    identity: FileIdentity,
    media: Arc<OpenMedia>,
    /// The time of the last request, by the coarse clock.
    last_used: Duration,
}

/// The open media files by name, of which the least recently used is evicted.
#[derive(Debug)]
pub struct OpenFileCache {
    media_dir: Arc<MediaDir>,
    files: Mutex<HashMap<MediaName, CachedFile>>,
    generation: AtomicU64,
}

impl OpenFileCache {
    /// Creates an empty cache of the media files of this directory and of libraries.
    pub fn new(media_dir: Arc<MediaDir>) -> Self {
        Self { media_dir, files: Mutex::default(), generation: AtomicU64::new(0) }
    }

    /// Returns a file if it is cached and its name still refers to it, unchanged. One `fstatat`
    /// checks this, unless it was checked in the present tick of the coarse clock.
    pub fn get(&self, name: &MediaName) -> Option<Arc<OpenMedia>> {
        let (identity, media) = {
            let mut files = self.files.lock();
            let cached = files.get_mut(name)?;
            cached.last_used = coarse_clock::now();
            (cached.identity, Arc::clone(&cached.media))
        };
        let is_unchanged = || {
            let stat = self.media_dir.stat_media(name);
            stat.is_ok_and(|stat| FileIdentity::from(stat) == identity)
        };
        if media.file.is_fresh() || media.file.revalidate(is_unchanged) {
            return Some(media);
        }
        self.invalidate(name);
        None
    }

    /// Caches an open file. Evicts the least recently used one if the cache is full.
    pub fn insert(&self, name: &MediaName, identity: FileIdentity, media: Arc<OpenMedia>) {
        let mut files = self.files.lock();
        if files.len() >= OPEN_FILES_CAPACITY && !files.contains_key(name) {
            let oldest = files.iter().min_by_key(|(_, file)| file.last_used);
            if let Some(oldest) = oldest.map(|(name, _)| name.clone()) {
                files.remove(&oldest);
            }
        }
        let last_used = coarse_clock::now();
        files.insert(name.clone(), CachedFile { identity, media, last_used });
    }

    /// Removes a file from the cache. It is closed when the last response that sends it ends.
    pub fn invalidate(&self, name: &MediaName) {
        self.files.lock().remove(name);
        self.advance_generation();
    }

    /// Records that some name now refers to other content, or to none.
    pub fn advance_generation(&self) {
        self.generation.fetch_add(1, Ordering::Release);
    }

    /// Returns the current generation. Results of an earlier generation have to be looked up again.
    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Closes the files that have not been requested for `IDLE_TIMEOUT`.
    pub fn close_idle(&self) {
        self.close_older_than(IDLE_TIMEOUT);
    }

    fn close_older_than(&self, age: Duration) {
        let now = coarse_clock::now();
        self.files.lock().retain(|_, file| now.saturating_sub(file.last_used) < age);
    }
}

#[cfg(test)]
mod tests;
