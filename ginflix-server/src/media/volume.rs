//! A data directory: the visible files, who holds their names, and where everything else is.
//!
//! # Layout
//! - this file: mounted; a file opened, removed, made visible
//! - `listing`: what is known of one file and of all; `usage`: how much there is
//! - `verify`: a file read again, to find damage
//! - `error`: why any of it failed

mod error;
mod listing;
mod usage;
mod verify;

use std::collections::HashSet;
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use ginflix_api::media::MediaName;

pub use self::error::{MountError, VolumeError};
pub use self::listing::MediaFile;
pub use self::usage::{PART, Usage};
use super::content_type;
use super::facts::{Facts, FactsStore};
use super::files::Files;
use super::hashing::Hashing;
use super::lock::{Lock, LockError};
use super::names::Names;
use super::open_files::{Identity, OpenFiles, OpenMedia};
use super::source::Source;
use crate::durable;

#[derive(Debug)]
struct Shared {
    root: PathBuf,
    files: Arc<Files>,
    open: OpenFiles,
    hashing: Hashing,
    names: Names,
    outdated: RwLock<HashSet<MediaName>>,
    _lock: Lock,
}

/// A data directory that this process owns; cheap to clone.
#[derive(Debug, Clone)]
pub struct Volume(Arc<Shared>);

impl Volume {
    /// Takes a data directory over and creates what it lacks.
    ///
    /// # Errors
    /// Where it cannot be written or another server is using it.
    pub fn mount(root: &Path) -> Result<Self, MountError> {
        Self::prepare(root).map_err(|why| MountError { folder: root.to_owned(), why })
    }

    fn prepare(root: &Path) -> Result<Self, LockError> {
        std::fs::create_dir_all(root)?;
        let lock = Lock::take(root)?;
        for folder in ["media", "uploads", "meta", "pulls"] {
            std::fs::create_dir_all(root.join(folder))?;
        }
        durable::sync_folder(root)?;
        let folder = root.join("media");
        let handle: OwnedFd = File::open(&folder)?.into();
        let open = OpenFiles::new(handle.try_clone()?);
        let facts = FactsStore::new(root.join("meta"));
        let files = Arc::new(Files { folder, handle, facts });
        let hashing = Hashing::start(Arc::clone(&files))?;
        Ok(Self(Arc::new(Shared {
            root: root.to_owned(),
            files,
            open,
            hashing,
            names: Names::default(),
            outdated: RwLock::default(),
            _lock: lock,
        })))
    }

    /// Opens a media file, or finds it open. Fast enough for an async thread:
    /// mostly one look at the name; else an open, two more looks and, the first
    /// time, reading one small file.
    ///
    /// # Errors
    /// Where there is no such file or the disk refuses.
    pub fn open(&self, name: &MediaName) -> Result<Arc<OpenMedia>, VolumeError> {
        if let Some(media) = self.0.open.get(name) {
            return Ok(media);
        }
        let file = self.file(name)?;
        let (identity, metadata) = (Identity::of(&file)?, file.metadata()?);
        let known = self.0.files.facts.of(name, &metadata);
        if known.facts.is_none() {
            self.0.hashing.ask(name);
        }
        let (size, modified) = (metadata.len(), metadata.modified()?);
        let media = Arc::new(OpenMedia {
            source: Arc::new(Source::new(file, size, modified)),
            size,
            modified,
            etag: known.etag,
            content_type: content_type::of_extension(name.extension()),
        });
        self.0.open.put(name, identity, Arc::clone(&media));
        Ok(media)
    }

    /// Rises when this process has given a name another film, or none: who keeps
    /// what [`Volume::open`] gave opens it again then.
    pub fn changes(&self) -> u64 {
        self.0.open.changes()
    }

    /// Closes the files that nobody asked for lately.
    pub fn close_idle(&self) {
        self.0.open.close_idle();
    }

    /// Removes a media file and what is known of it. Whoever is being sent it
    /// is cut before the next part of it.
    ///
    /// # Errors
    /// Where there is no such file or the disk refuses.
    pub fn remove(&self, name: &MediaName) -> Result<(), VolumeError> {
        self.file(name)?;
        durable::remove(&self.media_path(name))?;
        self.0.open.forget(name);
        durable::sync_folder(&self.0.files.folder)?;
        Ok(self.0.files.facts.remove(name)?)
    }

    /// Resolves when a file that came by hand was read since the last call.
    pub async fn learned(&self) {
        self.0.hashing.done().await;
    }

    /// Where the unfinished uploads are.
    pub fn uploads_folder(&self) -> PathBuf {
        self.0.root.join("uploads")
    }

    /// Where files are that are fetched from peers.
    pub fn pulls_folder(&self) -> PathBuf {
        self.0.root.join("pulls")
    }

    /// Who may give, take or keep a name.
    pub fn names(&self) -> &Names {
        &self.0.names
    }

    /// Files that are not what the catalogue says: peers may have better.
    pub fn set_outdated(&self, names: HashSet<MediaName>) {
        *self.0.outdated.write().unwrap_or_else(PoisonError::into_inner) = names;
        self.0.open.changed();
    }

    /// Whether a file is not what the catalogue says.
    pub fn is_outdated(&self, name: &MediaName) -> bool {
        let outdated = self.0.outdated.read().unwrap_or_else(PoisonError::into_inner);
        !outdated.is_empty() && outdated.contains(name)
    }

    /// Where the visible files are.
    pub fn media_folder(&self) -> &Path {
        &self.0.files.folder
    }

    /// Where a media file is or would be.
    pub fn media_path(&self, name: &MediaName) -> PathBuf {
        self.0.files.folder.join(name.as_str())
    }

    /// Keeps the facts of a file that was just made visible, and closes the one
    /// that had its name.
    ///
    /// # Errors
    /// Where the disk refuses.
    pub fn put_facts(&self, name: &MediaName, facts: &Facts) -> io::Result<()> {
        self.0.files.facts.publish(name, facts)?;
        // Last: whoever opened it meanwhile has an older tag.
        self.0.open.forget(name);
        Ok(())
    }

    fn file(&self, name: &MediaName) -> Result<File, VolumeError> {
        self.0.files.open(name).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => VolumeError::NotFound(name.clone()),
            _ => VolumeError::Io(error),
        })
    }
}

#[cfg(test)]
mod tests;
