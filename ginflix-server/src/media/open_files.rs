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
mod tests {
    use super::*;
    use crate::media::info::MediaInfoStore;
    use crate::media::library_files::LibraryFiles;

    struct Rig {
        dir: tempfile::TempDir,
        cache: OpenFileCache,
    }

    impl Rig {
        fn new() -> Self {
            let dir = tempfile::tempdir().unwrap();
            let media_dir = MediaDir {
                path: dir.path().to_owned(),
                fd: File::open(dir.path()).unwrap().into(),
                info_store: MediaInfoStore::new(dir.path().to_owned()),
                library_files: LibraryFiles::default(),
            };
            let cache = OpenFileCache::new(Arc::new(media_dir));
            Self { dir, cache }
        }

        fn insert(&self, name: &MediaName) -> Arc<OpenMedia> {
            let path = self.dir.path().join(name.as_str());
            std::fs::write(&path, "film").unwrap();
            let file = File::open(path).unwrap();
            let identity = FileIdentity::of(&file).unwrap();
            let modified = file.metadata().unwrap().modified().unwrap();
            let media = Arc::new(OpenMedia {
                file: Arc::new(SharedFile::new(name.as_str(), file, 4, modified)),
                size: 4,
                modified,
                etag: String::new(),
                content_type: "video/mp4",
                package: PackageCell::default(),
            });
            self.cache.insert(name, identity, Arc::clone(&media));
            media
        }
    }

    fn name(text: &str) -> MediaName {
        text.parse().unwrap()
    }

    fn wait_for_next_tick() {
        let now = coarse_clock::now();
        while coarse_clock::now() == now {
            std::hint::spin_loop();
        }
    }

    #[test]
    fn a_file_that_changed_is_not_returned() {
        let (rig, media) = (Rig::new(), name("film.mp4"));
        let path = rig.dir.path().join(media.as_str());
        let changes: [(&str, &dyn Fn()); 4] = [
            ("removed", &|| std::fs::remove_file(&path).unwrap()),
            ("extended", &|| std::fs::write(&path, "a longer film").unwrap()),
            ("replaced", &|| {
                let other = rig.dir.path().join("other");
                std::fs::write(&other, "mlif").unwrap();
                std::fs::rename(other, &path).unwrap();
            }),
            ("a link", &|| {
                std::fs::rename(&path, rig.dir.path().join("elsewhere")).unwrap();
                std::os::unix::fs::symlink("elsewhere", &path).unwrap();
            }),
        ];
        for (change_name, change) in changes {
            let _ = std::fs::remove_file(&path);
            let open = rig.insert(&media);
            assert!(Arc::ptr_eq(&rig.cache.get(&media).unwrap(), &open), "{change_name}");
            change();
            open.file.mark_stale();
            assert!(rig.cache.get(&media).is_none(), "{change_name}");
        }
    }

    #[test]
    fn the_least_recently_used_file_is_evicted() {
        let rig = Rig::new();
        let names: Vec<_> =
            (0..=OPEN_FILES_CAPACITY).map(|i| name(&format!("film{i}.mp4"))).collect();
        rig.insert(&names[1]);
        wait_for_next_tick();
        rig.insert(&names[0]);
        for name in &names[2..OPEN_FILES_CAPACITY] {
            rig.insert(name);
        }
        assert!(rig.cache.get(&names[0]).is_some());
        rig.insert(&names[OPEN_FILES_CAPACITY]);
        assert!(rig.cache.get(&names[1]).is_none());
        assert!(rig.cache.get(&names[0]).is_some());
        assert_eq!(rig.cache.files.lock().len(), OPEN_FILES_CAPACITY);
    }

    #[test]
    fn idle_files_are_closed() {
        let rig = Rig::new();
        let media = rig.insert(&name("film.mp4"));
        rig.cache.close_idle();
        assert_eq!(Arc::strong_count(&media), 2);
        rig.cache.close_older_than(Duration::ZERO);
        assert_eq!(Arc::strong_count(&media), 1);
    }
}
