//! Reports of changes in the folders of libraries, by inotify(7).

use std::collections::HashSet;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;

use notify::event::{AccessKind, AccessMode};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use parking_lot::Mutex;
use tokio::sync::Notify;
use uuid::Uuid;

/// The libraries that have to be scanned soon.
#[derive(Debug, Default)]
pub struct Requests {
    requested: Mutex<HashSet<Uuid>>,
    changed: Mutex<HashSet<Uuid>>,
    notify: Notify,
}

impl Requests {
    /// Requests a scan now.
    pub fn add(&self, library: Uuid) {
        self.requested.lock().insert(library);
        self.notify.notify_one();
    }

    /// Notes that something in a library changed.
    fn add_change(&self, library: Uuid) {
        self.changed.lock().insert(library);
        self.notify.notify_one();
    }

    /// Has the task look at the libraries.
    pub fn wake(&self) {
        self.notify.notify_one();
    }

    /// Waits for the next request or change. Returns at once if there was one since the last call.
    pub async fn wait(&self) {
        self.notify.notified().await;
    }

    /// Takes the libraries of which a scan is requested, and those that changed.
    pub fn take(&self) -> (HashSet<Uuid>, HashSet<Uuid>) {
        (std::mem::take(&mut *self.requested.lock()), std::mem::take(&mut *self.changed.lock()))
    }
}

/// A watched folder. It is watched until this is dropped.
pub struct Watch {
    /// The device and the inode of the folder.
    identity: (u64, u64),
    _watcher: RecommendedWatcher,
}

impl Watch {
    /// Watches a folder and all in it.
    ///
    /// # Errors
    /// The folder cannot be read, or the system watches too many already.
    pub fn start(library: Uuid, path: &Path, requests: &Arc<Requests>) -> notify::Result<Self> {
        let identity = identity(path).ok_or_else(notify::Error::path_not_found)?;
        let requests = Arc::clone(requests);
        let on_event = move |event: notify::Result<Event>| {
            // An error may stand for changes that were not reported.
            if event.map_or(true, |event| is_change(&event.kind)) {
                requests.add_change(library);
            }
        };
        let mut watcher = notify::recommended_watcher(on_event)?;
        watcher.watch(path, RecursiveMode::Recursive)?;
        Ok(Self { identity, _watcher: watcher })
    }

    /// Returns whether the path still leads to the folder that is watched.
    pub fn is_current(&self, path: &Path) -> bool {
        identity(path) == Some(self.identity)
    }
}

/// Returns whether an event may change what a scan finds. Reading a file does not.
fn is_change(kind: &EventKind) -> bool {
    match kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => true,
        EventKind::Access(_) => false,
        _ => true,
    }
}

fn identity(path: &Path) -> Option<(u64, u64)> {
    std::fs::metadata(path).ok().map(|metadata| (metadata.dev(), metadata.ino()))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const TIMEOUT: Duration = Duration::from_secs(10);

    #[tokio::test]
    async fn a_new_file_in_a_new_folder_is_reported() {
        let dir = tempfile::tempdir().unwrap();
        let (library, requests) = (Uuid::now_v7(), Arc::<Requests>::default());
        let watch = Watch::start(library, dir.path(), &requests).unwrap();
        std::fs::create_dir(dir.path().join("new")).unwrap();
        std::fs::write(dir.path().join("new/movie.mp4"), "x").unwrap();
        tokio::time::timeout(TIMEOUT, requests.wait()).await.unwrap();
        assert_eq!(requests.take().1, HashSet::from([library]));
        assert!(watch.is_current(dir.path()));
        assert!(!watch.is_current(Path::new("/")));
    }

    #[test]
    fn reading_is_no_change() {
        assert!(!is_change(&EventKind::Access(AccessKind::Open(AccessMode::Any))));
        assert!(!is_change(&EventKind::Access(AccessKind::Read)));
        assert!(is_change(&EventKind::Access(AccessKind::Close(AccessMode::Write))));
        assert!(is_change(&EventKind::Any));
    }
}
