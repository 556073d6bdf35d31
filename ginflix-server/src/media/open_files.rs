//! Films that are open already: everyone who watches one shares one descriptor,
//! and a request costs one look at the name instead of an open and a close.

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use ginflix_api::media::MediaName;
use rustix::fs::{AtFlags, Stat, fstat, statat};

use super::source::Source;
use crate::coarse_clock;
use crate::delivery::response::Representation;

/// The most films that are kept open.
pub const MOST_OPEN: usize = 256;

/// A film that nobody asks for is kept open for this long, so that one removed
/// by hand gives its room back.
const IDLE: Duration = Duration::from_secs(60);

/// An open media file, with the facts that a response states.
#[derive(Debug)]
pub struct OpenMedia {
    /// The file; stays readable when the name is removed or replaced.
    pub source: Arc<Source>,
    /// Bytes.
    pub size: u64,
    /// Last change.
    pub modified: SystemTime,
    /// Strong entity tag, with its quotes.
    pub etag: String,
    /// By its extension.
    pub content_type: &'static str,
}

impl OpenMedia {
    /// The facts of the file that a response states.
    pub fn representation(&self) -> Representation<'_> {
        let &Self { size, modified, ref etag, content_type, .. } = self;
        Representation { size, modified, etag, content_type }
    }
}

/// Which file in which state: changes with each write, replacement and removal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    place: (u64, u64),
    size: i64,
    modified: (i64, u64),
    changed: (i64, u64),
}

impl Identity {
    /// Of an open file.
    ///
    /// # Errors
    /// Where the disk refuses.
    pub fn of(file: &File) -> io::Result<Self> {
        Ok(Self::from(fstat(file)?))
    }
}

#[allow(clippy::unnecessary_cast, clippy::useless_conversion)] // differ by architecture
impl From<Stat> for Identity {
    fn from(stat: Stat) -> Self {
        Self {
            place: (stat.st_dev as u64, stat.st_ino as u64),
            size: stat.st_size as i64,
            modified: (stat.st_mtime as i64, stat.st_mtime_nsec as u64),
            changed: (stat.st_ctime as i64, stat.st_ctime_nsec as u64),
        }
    }
}

#[derive(Debug)]
struct Entry {
    identity: Identity,
    media: Arc<OpenMedia>,
    /// By the coarse clock.
    used: Duration,
}

/// The films that are open, by name.
#[derive(Debug)]
pub struct OpenFiles {
    folder: OwnedFd,
    entries: Mutex<HashMap<MediaName, Entry>>,
    changes: AtomicU64,
}

impl OpenFiles {
    /// Of the files in this folder.
    pub fn new(folder: OwnedFd) -> Self {
        Self { folder, entries: Mutex::default(), changes: AtomicU64::new(0) }
    }

    /// The film, if it is open and its name still means that file in that
    /// state: one system call tells, if none just did.
    pub fn get(&self, name: &MediaName) -> Option<Arc<OpenMedia>> {
        let (identity, media) = {
            let mut entries = self.entries();
            let entry = entries.get_mut(name)?;
            entry.used = coarse_clock::now();
            (entry.identity, Arc::clone(&entry.media))
        };
        let is_same = || {
            let now = statat(self.folder.as_fd(), name.as_str(), AtFlags::SYMLINK_NOFOLLOW);
            now.is_ok_and(|now| Identity::from(now) == identity)
        };
        if media.source.is_fresh() || media.source.look(is_same) {
            return Some(media);
        }
        self.forget(name);
        None
    }

    /// Keeps it open, instead of the one that nobody asked for the longest if
    /// there are too many.
    pub fn put(&self, name: &MediaName, identity: Identity, media: Arc<OpenMedia>) {
        let mut entries = self.entries();
        if entries.len() >= MOST_OPEN && !entries.contains_key(name) {
            let oldest = entries.iter().min_by_key(|(_, entry)| entry.used);
            if let Some(oldest) = oldest.map(|(name, _)| name.clone()) {
                entries.remove(&oldest);
            }
        }
        entries.insert(name.clone(), Entry { identity, media, used: coarse_clock::now() });
    }

    /// Closes it as soon as nobody is sent it any more.
    pub fn forget(&self, name: &MediaName) {
        self.entries().remove(name);
        self.changed();
    }

    /// Some name means another film now, or none.
    pub fn changed(&self) {
        self.changes.fetch_add(1, Ordering::Release);
    }

    /// How often that was so: what was found before the last time is to be looked
    /// for anew.
    pub fn changes(&self) -> u64 {
        self.changes.load(Ordering::Acquire)
    }

    /// Closes what nobody asked for lately.
    pub fn close_idle(&self) {
        self.close_older_than(IDLE);
    }

    fn close_older_than(&self, age: Duration) {
        let now = coarse_clock::now();
        self.entries().retain(|_, entry| now.saturating_sub(entry.used) < age);
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<MediaName, Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Rig {
        folder: tempfile::TempDir,
        open: OpenFiles,
    }

    impl Rig {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let open = OpenFiles::new(File::open(folder.path()).unwrap().into());
            Self { folder, open }
        }

        fn put(&self, name: &MediaName) -> Arc<OpenMedia> {
            let path = self.folder.path().join(name.as_str());
            std::fs::write(&path, "film").unwrap();
            let file = File::open(path).unwrap();
            let identity = Identity::of(&file).unwrap();
            let modified = file.metadata().unwrap().modified().unwrap();
            let media = Arc::new(OpenMedia {
                source: Arc::new(Source::new(file, 4, modified)),
                size: 4,
                modified,
                etag: String::new(),
                content_type: "video/mp4",
            });
            self.open.put(name, identity, Arc::clone(&media));
            media
        }
    }

    fn name(text: &str) -> MediaName {
        text.parse().unwrap()
    }

    fn next_tick() {
        let now = coarse_clock::now();
        while coarse_clock::now() == now {
            std::hint::spin_loop();
        }
    }

    #[test]
    fn what_changed_is_not_found_any_more() {
        let (rig, film) = (Rig::new(), name("film.mp4"));
        let path = rig.folder.path().join(film.as_str());
        let changes: [(&str, &dyn Fn()); 4] = [
            ("removed", &|| std::fs::remove_file(&path).unwrap()),
            ("longer", &|| std::fs::write(&path, "a longer film").unwrap()),
            ("replaced", &|| {
                let other = rig.folder.path().join("other");
                std::fs::write(&other, "mlif").unwrap();
                std::fs::rename(other, &path).unwrap();
            }),
            ("a link", &|| {
                std::fs::rename(&path, rig.folder.path().join("elsewhere")).unwrap();
                std::os::unix::fs::symlink("elsewhere", &path).unwrap();
            }),
        ];
        for (what, change) in changes {
            let _ = std::fs::remove_file(&path);
            let media = rig.put(&film);
            assert!(Arc::ptr_eq(&rig.open.get(&film).unwrap(), &media), "{what}");
            change();
            media.source.grow_old();
            assert!(rig.open.get(&film).is_none(), "{what}");
        }
    }

    #[test]
    fn only_so_many_are_open_and_the_oldest_goes_first() {
        let rig = Rig::new();
        let names: Vec<_> = (0..=MOST_OPEN).map(|i| name(&format!("film{i}.mp4"))).collect();
        rig.put(&names[1]);
        next_tick();
        rig.put(&names[0]);
        for film in &names[2..MOST_OPEN] {
            rig.put(film);
        }
        assert!(rig.open.get(&names[0]).is_some());
        rig.put(&names[MOST_OPEN]);
        assert!(rig.open.get(&names[1]).is_none());
        assert!(rig.open.get(&names[0]).is_some());
        assert_eq!(rig.open.entries().len(), MOST_OPEN);
    }

    #[test]
    fn what_nobody_asks_for_is_closed() {
        let (rig, film) = (Rig::new(), name("film.mp4"));
        let media = rig.put(&film);
        rig.open.close_idle();
        assert_eq!(Arc::strong_count(&media), 2);
        rig.open.close_older_than(Duration::ZERO);
        assert_eq!(Arc::strong_count(&media), 1);
    }
}
