//! The files that are visible: opened without leaving the volume, listed,
//! removed, counted.

use std::collections::HashSet;
use std::fs::{DirEntry, File};
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::SystemTime;

use ginflix_api::media::MediaName;
use rustix::fs::{Mode, OFlags, openat};

use super::content_type;
use super::facts::{Facts, FactsStore, Stamp};
use super::hashing::{Hashing, sha256_of};
use super::lock::{Lock, LockError};
use super::names::Names;
use super::open_files::{Identity, OpenFiles, OpenMedia};
use super::source::Source;
use crate::durable;
use crate::error::AppError;

/// Why the volume could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum VolumeError {
    /// There is no such media.
    #[error("there is no media {0}")]
    NotFound(MediaName),
    /// The disk refused.
    #[error("the volume: {0}")]
    Io(#[from] io::Error),
}

impl From<VolumeError> for AppError {
    fn from(error: VolumeError) -> Self {
        match error {
            VolumeError::NotFound(name) => Self::NotFound(format!("media {name}")),
            VolumeError::Io(error) => disk_error(error),
        }
    }
}

/// What the disk says, in the words of the domain; what is not said here is a
/// fault of ours.
pub fn disk_error(error: io::Error) -> AppError {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => AppError::NoSpace(
            "the volume is full; remove media or enlarge the volume, then go on".to_owned(),
        ),
        io::ErrorKind::ReadOnlyFilesystem => AppError::Unavailable("writing to the volume"),
        _ => AppError::internal(error),
    }
}

/// Why the server cannot use a data directory.
#[derive(Debug, thiserror::Error)]
#[error("cannot use the data directory {}: {why}", .folder.display())]
pub struct MountError {
    folder: PathBuf,
    why: LockError,
}

/// A media file as listed.
#[derive(Debug, Clone, PartialEq)]
pub struct MediaFile {
    /// Its name.
    pub name: MediaName,
    /// Bytes.
    pub size: u64,
    /// Its state.
    pub stamp: Stamp,
    /// Last change.
    pub modified: SystemTime,
    /// Hash and duration; `None` until a file that came by hand was read.
    pub facts: Option<Facts>,
}

/// What the volume holds and has room for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Media files.
    pub media: u64,
    /// Their bytes.
    pub media_bytes: u64,
    /// Unfinished uploads.
    pub uploads: u64,
    /// Bytes that they hold so far.
    pub upload_bytes: u64,
    /// Bytes that may still be written.
    pub free_bytes: u64,
}

/// Extension of an unfinished upload's content.
pub const PART: &str = "part";

/// The visible files and their facts, without lock or threads.
#[derive(Debug)]
pub struct Files {
    folder: PathBuf,
    handle: OwnedFd,
    /// What is known of them.
    pub facts: FactsStore,
}

impl Files {
    /// Opens a regular file for reading. The name is one path segment and no
    /// link is followed, so nothing outside of the folder can be meant;
    /// `NONBLOCK` keeps a named pipe from holding the caller.
    ///
    /// # Errors
    /// `NotFound` also where the name is a link, a folder or a device.
    pub fn open(&self, name: &MediaName) -> io::Result<File> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = match openat(&self.handle, name.as_str(), flags, Mode::empty()) {
            Ok(fd) => File::from(fd),
            Err(rustix::io::Errno::LOOP) => return Err(io::ErrorKind::NotFound.into()),
            Err(error) => return Err(error.into()),
        };
        if file.metadata()?.is_file() { Ok(file) } else { Err(io::ErrorKind::NotFound.into()) }
    }
}

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
            fields: OnceLock::new(),
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

    /// What is known of a media file.
    ///
    /// # Errors
    /// Where there is no such file or the disk refuses.
    pub fn stat(&self, name: &MediaName) -> Result<MediaFile, VolumeError> {
        let metadata = self.file(name)?.metadata()?;
        let facts = self.0.files.facts.of(name, &metadata).facts;
        if facts.is_none() {
            self.0.hashing.ask(name);
        }
        Ok(MediaFile {
            name: name.clone(),
            size: metadata.len(),
            stamp: Stamp::of(&metadata),
            modified: metadata.modified()?,
            facts,
        })
    }

    /// All media files, by name. Reads the folder: for blocking threads.
    ///
    /// Files without a legal name are passed over: nobody could ask for them.
    ///
    /// # Errors
    /// Where the disk refuses.
    pub fn list(&self) -> Result<Vec<MediaFile>, VolumeError> {
        let mut all = Vec::new();
        for entry in std::fs::read_dir(&self.0.files.folder)? {
            let Some(name) = legal_name(&entry?) else { continue };
            match self.stat(&name) {
                Ok(file) => all.push(file),
                Err(VolumeError::NotFound(_)) => {} // removed meanwhile, or no file
                Err(error) => return Err(error),
            }
        }
        all.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(all)
    }

    /// Files that nobody can ask for, because their names are not legal.
    /// Reads the folder: for blocking threads.
    ///
    /// # Errors
    /// Where the disk refuses.
    pub fn nameless(&self) -> Result<Vec<PathBuf>, VolumeError> {
        let entries = std::fs::read_dir(&self.0.files.folder)?.collect::<io::Result<Vec<_>>>()?;
        let nameless = entries.iter().filter(|entry| legal_name(entry).is_none());
        Ok(nameless.map(DirEntry::path).collect())
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

    /// Counts what is there. Reads the folders: for blocking threads.
    ///
    /// # Errors
    /// Where the disk refuses.
    pub fn usage(&self) -> Result<Usage, VolumeError> {
        let mut usage = Usage { free_bytes: self.free_bytes()?, ..Usage::default() };
        for entry in std::fs::read_dir(&self.0.files.folder)? {
            let entry = entry?;
            let Ok(metadata) = entry.metadata() else { continue };
            if metadata.is_file() && legal_name(&entry).is_some() {
                usage.media += 1;
                usage.media_bytes += metadata.len();
            }
        }
        for entry in std::fs::read_dir(self.uploads_folder())? {
            let entry = entry?;
            let Ok(metadata) = entry.metadata() else { continue };
            if entry.path().extension().is_some_and(|extension| extension == PART) {
                usage.uploads += 1;
                usage.upload_bytes += metadata.len();
            }
        }
        Ok(usage)
    }

    /// Bytes that this process may still write.
    ///
    /// # Errors
    /// Where the disk refuses.
    pub fn free_bytes(&self) -> io::Result<u64> {
        let stat = rustix::fs::statvfs(&self.0.root)?;
        Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
    }

    /// Bytes of the file system that are used, and that this process may still write.
    ///
    /// # Errors
    /// Where the disk refuses.
    pub fn space(&self) -> io::Result<(u64, u64)> {
        let stat = rustix::fs::statvfs(&self.0.root)?;
        let used = stat.f_blocks.saturating_sub(stat.f_bfree).saturating_mul(stat.f_frsize);
        Ok((used, stat.f_bavail.saturating_mul(stat.f_frsize)))
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

    /// Reads a file, tells what its SHA-256 really is, whatever was known of it,
    /// and keeps that. `None` where it became another file meanwhile. For
    /// blocking threads.
    ///
    /// # Errors
    /// Where there is no such file or the disk refuses.
    pub fn read_anew(&self, name: &MediaName) -> Result<Option<String>, VolumeError> {
        let before = self.stat(name)?;
        let sha256 = sha256_of(&mut self.file(name)?)?;
        if self.stat(name)?.stamp != before.stamp {
            return Ok(None);
        }
        if let Some(facts) = before.facts.filter(|facts| facts.sha256 != sha256) {
            let facts = Facts { sha256: sha256.clone(), ..facts };
            self.0.files.facts.correct(name, &facts)?;
            self.0.open.forget(name);
        }
        Ok(Some(sha256))
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

fn legal_name(entry: &DirEntry) -> Option<MediaName> {
    entry.file_name().to_str()?.parse().ok()
}

#[cfg(test)]
mod tests;
