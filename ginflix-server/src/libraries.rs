//! Libraries: folders of media files that are served from where they lie.
//!
//! A library is scanned at the start, when something in it changes, and every few minutes, because not every file system reports
//! changes. A scan makes a movie of each media file, and never writes to the folder. A file that vanished is marked as missing, and is
//! found again by samples of its content when it returns or was moved.
//!
//! # Layout
//! - this file: adds, lists and removes libraries; `runner` scans them when that is due
//! - `scan`: one scan; `compare`: what it has to do, as pure functions; `take_up`: how one file becomes a movie
//! - `roots`: the folders that may be served; `watch`: reports of changes
//! - `status`: what is known of each library since the start

mod compare;
mod roots;
mod runner;
mod scan;
mod status;
mod take_up;
mod watch;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ginflix_api::library::{Library, MAX_LIBRARIES, NewLibrary, RemovedLibrary};
use parking_lot::Mutex;
use uuid::Uuid;

use self::status::Status;
use crate::catalog::Catalog;
use crate::catalog::store::{CatalogStore, LibraryFile, LibraryRecord, StoreError};
use crate::clock::now;
use crate::error::AppError;
use crate::media::Volume;
use crate::posters::Posters;
use crate::subtitle_sync::SubtitleSync;

/// The libraries of one server. Clones refer to the same ones.
#[derive(Clone)]
pub struct Libraries(Arc<Inner>);

struct Inner {
    volume: Volume,
    catalog: Catalog,
    posters: Posters,
    store: Arc<dyn CatalogStore>,
    subtitles: SubtitleSync,
    /// The file with the folders that may be served.
    roots_file: PathBuf,
    statuses: Mutex<HashMap<Uuid, Status>>,
    /// The libraries that somebody wants to be scanned now, or in which something changed.
    requests: Arc<watch::Requests>,
}

impl Libraries {
    /// Creates the libraries of a server that has a volume and a catalogue of its own. `roots_file` has the folders that may be served.
    pub fn new(
        volume: Volume,
        catalog: Catalog,
        posters: Posters,
        subtitles: SubtitleSync,
        roots_file: PathBuf,
    ) -> Self {
        let store = catalog.store();
        let (statuses, requests) = (Mutex::default(), Arc::default());
        Self(Arc::new(Inner {
            volume,
            catalog,
            posters,
            store,
            subtitles,
            roots_file,
            statuses,
            requests,
        }))
    }

    /// Returns all libraries, sorted by path.
    ///
    /// # Errors
    /// The database fails.
    pub async fn list(&self) -> Result<Vec<Library>, AppError> {
        let records = self.0.store.libraries().await?;
        let files = self.0.store.library_files().await?;
        Ok(records.into_iter().map(|record| self.describe(record, &files)).collect())
    }

    /// Adds a library, and begins to scan it.
    ///
    /// # Errors
    /// `Invalid` if the folder cannot be read or may not be served; `Conflict` if it overlaps another library or the data directory, or
    /// if there are too many.
    pub async fn add(&self, new: NewLibrary) -> Result<Library, AppError> {
        let inner = Arc::clone(&self.0);
        let check = move || inner.check_path(&new.path);
        let path = tokio::task::spawn_blocking(check).await.map_err(AppError::internal)??;
        let others = self.0.store.libraries().await?;
        check_others(&path, &others)?;
        let record = LibraryRecord { id: Uuid::now_v7(), path, created_at: now() };
        match self.0.store.insert_library(&record).await {
            Err(StoreError::Conflict(_)) => return Err(overlap(&record.path, &record.path)),
            other => other?,
        }
        tracing::info!(library = record.path, "added a library");
        self.0.requests.add(record.id);
        Ok(self.describe(record, &[]))
    }

    /// Begins a scan of a library.
    ///
    /// # Errors
    /// `NotFound` for an unknown library.
    pub async fn request_scan(&self, id: Uuid) -> Result<Library, AppError> {
        let records = self.0.store.libraries().await?;
        let record = records.into_iter().find(|record| record.id == id);
        let record = record.ok_or_else(|| unknown(id))?;
        let files = self.0.store.library_files().await?;
        // Whoever waits for the end of the scan must not take that of an earlier one for it.
        self.0.statuses.lock().entry(id).or_default().scanned_at = None;
        self.0.requests.add(id);
        Ok(self.describe(record, &files))
    }

    /// Removes a library, its media files and their movies from the catalogue. The files stay where they are.
    ///
    /// # Errors
    /// `NotFound` for an unknown library.
    pub async fn remove(&self, id: Uuid) -> Result<RemovedLibrary, AppError> {
        let files = self.0.store.library_files().await?;
        let removed = self.0.store.delete_library(id).await;
        let movies = removed.map_err(|error| match error {
            StoreError::NotFound => unknown(id),
            other => other.into(),
        })?;
        self.0.volume.set_library_files(id, HashMap::new());
        self.0.statuses.lock().remove(&id);
        self.0.requests.wake();
        let inner = Arc::clone(&self.0);
        let forget = move || {
            for file in files.iter().filter(|file| file.library == id) {
                if let Err(error) = inner.volume.forget_library_file(&file.name) {
                    tracing::debug!(media = %file.name, %error, "cannot delete the metadata of a file");
                }
            }
        };
        tokio::task::spawn_blocking(forget).await.map_err(AppError::internal)?;
        Ok(RemovedLibrary { movies })
    }

    /// Has the libraries read again, because the catalogue was replaced.
    pub fn reload(&self) {
        self.0.requests.wake();
    }

    fn describe(&self, record: LibraryRecord, files: &[LibraryFile]) -> Library {
        let statuses = self.0.statuses.lock();
        let unknown = Status::default();
        statuses.get(&record.id).unwrap_or(&unknown).describe(record, files)
    }
}

impl Inner {
    /// Checks the path of a new library, and returns it without symbolic links.
    fn check_path(&self, path: &str) -> Result<String, AppError> {
        let invalid = |message: String| AppError::invalid("path", message);
        if !Path::new(path).is_absolute() {
            return Err(invalid(format!("must be absolute, not {path:?}")));
        }
        let real = std::fs::canonicalize(path)
            .and_then(|real| std::fs::read_dir(&real).map(|_| real))
            .map_err(|error| invalid(format!("{path:?} cannot be read: {error}")))?;
        let data = std::fs::canonicalize(self.volume.root()).map_err(AppError::internal)?;
        if real.starts_with(&data) || data.starts_with(&real) {
            return Err(AppError::Conflict(format!(
                "{path:?} and the data directory of the server overlap; choose another folder"
            )));
        }
        if !roots::is_allowed(&self.roots_file, &real).map_err(|e| invalid(e.to_string()))? {
            return Err(invalid(roots::refusal(&self.roots_file, &real)));
        }
        let text = real.to_str().map(str::to_owned);
        text.ok_or_else(|| invalid("must be valid UTF-8; rename the folder".to_owned()))
    }
}

/// Checks that a new library overlaps no other one, and that there are not too many.
fn check_others(path: &str, others: &[LibraryRecord]) -> Result<(), AppError> {
    let overlaps = |other: &&LibraryRecord| {
        Path::new(path).starts_with(&other.path) || Path::new(&other.path).starts_with(path)
    };
    if let Some(other) = others.iter().find(overlaps) {
        return Err(overlap(path, &other.path));
    }
    if others.len() >= MAX_LIBRARIES {
        let message = format!("a server has at most {MAX_LIBRARIES} libraries; remove one first");
        return Err(AppError::Conflict(message));
    }
    Ok(())
}

fn overlap(path: &str, other: &str) -> AppError {
    AppError::Conflict(match path == other {
        true => format!("{path:?} is a library already"),
        false => format!("{path:?} overlaps the library {other:?}; remove that first"),
    })
}

fn unknown(id: Uuid) -> AppError {
    AppError::NotFound(format!("library {id}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn library(path: &str) -> LibraryRecord {
        LibraryRecord { id: Uuid::now_v7(), path: path.to_owned(), created_at: now() }
    }

    #[test]
    fn libraries_do_not_overlap() {
        let others = [library("/srv/movies")];
        for path in ["/srv/movies", "/srv/movies/old", "/srv", "/"] {
            assert!(matches!(check_others(path, &others), Err(AppError::Conflict(_))), "{path}");
        }
        for path in ["/srv/movies2", "/home"] {
            assert!(check_others(path, &others).is_ok(), "{path}");
        }
        let many: Vec<_> = (0..MAX_LIBRARIES).map(|n| library(&format!("/m/{n}"))).collect();
        assert!(check_others("/home", &many).is_err());
    }
}
