//! The data directory of a streamer.
//!
//! # Layout
//! - this file: mounts the directory; opens and removes media files
//! - `package`: the sample index of a media file; `subtitles`: the subtitles that were added to it
//! - `listing`: metadata of one media file or of all; `usage`: how much space is used
//! - `problems`: the entries of the directory that cannot be taken up
//! - `verify`: reads a file again, to find damage
//! - `library`: the files of libraries, which are served beside those of the directory
//! - `error`: the errors of this module

mod error;
mod library;
mod listing;
mod package;
mod problems;
mod subtitles;
mod usage;
mod verify;

use std::collections::{HashMap, HashSet};
use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ginflix_api::media::MediaName;
use ginflix_api::replica::MediaProblem;
use parking_lot::{Mutex, RwLock};

pub use self::error::{MountError, VolumeError};
pub use self::listing::{MediaFile, MediaListing};
use self::problems::MediaProblems;
pub use self::usage::{PART_EXTENSION, VolumeUsage};
use super::content_type;
use super::indexer::Indexer;
use super::info::{CachedInfo, MediaInfo, MediaInfoStore};
use super::library_files::LibraryFiles;
use super::media_dir::{MediaDir, is_regular};
use super::name_locks::NameLocks;
use super::open_files::{FileIdentity, OpenFileCache, OpenMedia};
use super::packages::PackageCell;
use super::packages::packager::{PackageUrgency, Packager};
use super::packages::record;
use super::packages::segment_cache::SegmentCache;
use super::shared_file::SharedFile;
use super::volume_lock::{VolumeLock, VolumeLockError};
use crate::{durable, file_modes};

#[derive(Debug)]
struct VolumeInner {
    root: PathBuf,
    media_dir: Arc<MediaDir>,
    open_files: OpenFileCache,
    indexer: Indexer,
    packager: Packager,
    segments: SegmentCache,
    name_locks: NameLocks,
    outdated: RwLock<HashSet<MediaName>>,
    /// The media files with stored subtitles, with the SHA-256 of all of each.
    subtitles: Mutex<HashMap<MediaName, String>>,
    problems: MediaProblems,
    _lock: VolumeLock,
}

/// A data directory that this process has locked. Clones refer to the same directory.
#[derive(Debug, Clone)]
pub struct Volume(Arc<VolumeInner>);

impl Volume {
    /// Locks a data directory and creates the subdirectories that it lacks.
    ///
    /// # Errors
    /// Fails if the directory cannot be written, or if another server uses it.
    pub fn mount(root: &Path) -> Result<Self, MountError> {
        Self::lock_and_create(root).map_err(|cause| MountError { data_dir: root.to_owned(), cause })
    }

    fn lock_and_create(root: &Path) -> Result<Self, VolumeLockError> {
        file_modes::create_private_dir(root)?;
        let lock = VolumeLock::acquire(root)?;
        let private_dirs = ["uploads", "meta", "pulls"].map(|dir| root.join(dir));
        for dir in &private_dirs {
            file_modes::create_private_dir(dir)?;
        }
        file_modes::make_private(private_dirs);
        durable::remove_temporary(&root.join("meta"))?;
        let path = root.join("media");
        file_modes::create_media_dir(&path)?;
        durable::sync_dir(root)?;
        let fd: OwnedFd = File::open(&path)?.into();
        let info_store = MediaInfoStore::new(root.join("meta"));
        let library_files = LibraryFiles::default();
        let media_dir = Arc::new(MediaDir { path, fd, info_store, library_files });
        let open_files = OpenFileCache::new(Arc::clone(&media_dir));
        let subtitles = record::list_subtitles(&root.join("meta"))?.into_iter().collect();
        let packager = Packager::start(Arc::clone(&media_dir))?;
        let indexer = Indexer::start(Arc::clone(&media_dir))?;
        Ok(Self(Arc::new(VolumeInner {
            root: root.to_owned(),
            media_dir,
            open_files,
            indexer,
            packager,
            segments: SegmentCache::default(),
            name_locks: NameLocks::default(),
            outdated: RwLock::default(),
            subtitles: Mutex::new(subtitles),
            problems: MediaProblems::default(),
            _lock: lock,
        })))
    }

    /// Opens a media file, or returns it from the cache of open files.
    ///
    /// It is fast enough for async code: usually it costs one `fstatat`; otherwise an `openat`, two
    /// `fstat` and, the first time, a read of one small file.
    ///
    /// # Errors
    /// Fails if there is no such file, or if it cannot be read.
    pub fn open(&self, name: &MediaName) -> Result<Arc<OpenMedia>, VolumeError> {
        if let Some(media) = self.0.open_files.get(name) {
            return Ok(media);
        }
        let file = self.open_file(name)?;
        let (identity, metadata) = (FileIdentity::of(&file)?, file.metadata()?);
        let cached = self.0.media_dir.info_store.get(name, &metadata);
        self.complete_info(name, &cached);
        let (size, modified) = (metadata.len(), metadata.modified()?);
        let media = Arc::new(OpenMedia {
            file: Arc::new(SharedFile::new(name.as_str(), file, size, modified)),
            size,
            modified,
            etag: cached.etag,
            content_type: content_type::of_extension(name.extension()),
            package: PackageCell::default(),
        });
        self.0.open_files.insert(name, identity, Arc::clone(&media));
        Ok(media)
    }

    /// Returns a number that increases when this process changes what a name refers to. A caller
    /// that caches a result of [`Volume::open`] then has to open the file again.
    pub fn generation(&self) -> u64 {
        self.0.open_files.generation()
    }

    /// Closes cached files that have not been requested for a minute.
    pub fn close_idle(&self) {
        self.0.open_files.close_idle();
    }

    /// Removes a media file and its metadata. Responses that send it end before their next chunk.
    ///
    /// # Errors
    /// Fails if there is no such file, or if it cannot be removed.
    pub fn remove(&self, name: &MediaName) -> Result<(), VolumeError> {
        // Anything but a regular file is not a media file. The file need not be readable.
        let is_file = self.0.media_dir.stat(name.as_str()).is_ok_and(|stat| is_regular(&stat));
        if !is_file {
            return Err(VolumeError::NotFound(name.clone()));
        }
        durable::remove_if_exists(&self.media_path(name))?;
        self.0.open_files.invalidate(name);
        durable::sync_dir(&self.0.media_dir.path)?;
        Ok(self.0.media_dir.info_store.remove(name)?)
    }

    /// Returns whether there is anything of this name, whether it can be taken up or not.
    pub fn has_entry(&self, name: &MediaName) -> bool {
        self.0.media_dir.stat_media(name).is_ok()
    }

    /// Returns the files that cannot be taken up, as the last call of [`Volume::list`] found them.
    pub fn problems(&self) -> Vec<MediaProblem> {
        self.0.problems.get()
    }

    /// Waits until a file that was copied into the volume by hand is indexed. Returns at once if
    /// that happened since the last call.
    pub async fn wait_for_indexed(&self) {
        self.0.indexer.wait_for_indexed().await;
    }

    /// Returns the data directory.
    pub fn root(&self) -> &Path {
        &self.0.root
    }

    /// Returns the directory of the unfinished uploads.
    pub fn uploads_dir(&self) -> PathBuf {
        self.0.root.join("uploads")
    }

    /// Returns the directory of files that are being fetched from peers.
    pub fn pulls_dir(&self) -> PathBuf {
        self.0.root.join("pulls")
    }

    /// Returns the locks of media names.
    pub fn name_locks(&self) -> &NameLocks {
        &self.0.name_locks
    }

    /// Replaces the set of files that differ from what the catalogue records. Requests for them are
    /// forwarded to a peer that may have the recorded content.
    pub fn set_outdated(&self, names: HashSet<MediaName>) {
        *self.0.outdated.write() = names;
        self.0.open_files.advance_generation();
    }

    /// Returns whether a file differs from what the catalogue records.
    pub fn is_outdated(&self, name: &MediaName) -> bool {
        let outdated = self.0.outdated.read();
        !outdated.is_empty() && outdated.contains(name)
    }

    /// Returns the directory of the media files.
    pub fn media_dir(&self) -> &Path {
        &self.0.media_dir.path
    }

    /// Returns the path of a media file, whether it exists or not.
    pub fn media_path(&self, name: &MediaName) -> PathBuf {
        self.0.media_dir.path.join(name.as_str())
    }

    /// Stores the metadata of a file that just became visible, and closes the file that had its
    /// name before.
    ///
    /// # Errors
    /// Fails if the metadata cannot be written.
    pub fn publish_info(&self, name: &MediaName, info: &MediaInfo) -> io::Result<()> {
        self.0.media_dir.info_store.publish(name, info)?;
        // This comes last, because a request that opened the file meanwhile has cached its old
        // entity tag.
        self.0.open_files.invalidate(name);
        self.0.packager.enqueue(name, PackageUrgency::Background);
        Ok(())
    }

    /// Queues what is not known of a file yet: what is in it, and how to package it.
    fn complete_info(&self, name: &MediaName, cached: &CachedInfo) {
        if !cached.is_complete() {
            self.0.indexer.enqueue(name);
        } else if !cached.is_packaged {
            self.0.packager.enqueue(name, PackageUrgency::Background);
        }
    }

    fn open_file(&self, name: &MediaName) -> Result<File, VolumeError> {
        self.0.media_dir.open(name).map_err(|error| {
            if error.kind() == io::ErrorKind::NotFound {
                return VolumeError::NotFound(name.clone());
            }
            let file_name = OsStr::new(name.as_str());
            let stat = self.0.media_dir.stat_media(name).ok();
            match stat.and_then(|stat| problems::of_open_error(file_name, &stat, &error)) {
                Some(problem) => VolumeError::Unreadable(Box::new(problem)),
                None => VolumeError::Io(error),
            }
        })
    }
}

#[cfg(test)]
mod tests;
