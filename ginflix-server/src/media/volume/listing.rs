//! The metadata of media files.

use std::fs::DirEntry;
use std::io;
use std::path::PathBuf;
use std::time::SystemTime;

use ginflix_api::media::MediaName;

use super::{Volume, VolumeError};
use crate::media::info::{FileVersion, MediaInfo};

/// A media file and its metadata.
#[derive(Debug, Clone, PartialEq)]
pub struct MediaFile {
    /// The media name, which is the file name.
    pub name: MediaName,
    /// The size in bytes.
    pub size: u64,
    /// The state of the file that `info` describes.
    pub version: FileVersion,
    /// The modification time.
    pub modified: SystemTime,
    /// SHA-256 and duration; `None` until a file that was copied into the volume is indexed.
    pub info: Option<MediaInfo>,
}

impl Volume {
    /// Returns the metadata of a media file.
    ///
    /// # Errors
    /// Fails if there is no such file, or if it cannot be opened.
    pub fn stat(&self, name: &MediaName) -> Result<MediaFile, VolumeError> {
        let metadata = self.open_file(name)?.metadata()?;
        let info = self.0.media_dir.info_store.get(name, &metadata).info;
        if info.is_none() {
            self.0.indexer.enqueue(name);
        }
        Ok(MediaFile {
            name: name.clone(),
            size: metadata.len(),
            version: FileVersion::of(&metadata),
            modified: metadata.modified()?,
            info,
        })
    }

    /// Lists all media files, sorted by name. Blocks while it reads the directory.
    ///
    /// Files whose names are not valid media names are left out, because no URL can refer to them.
    ///
    /// # Errors
    /// Fails if the directory or a file in it cannot be read.
    pub fn list(&self) -> Result<Vec<MediaFile>, VolumeError> {
        let mut all = Vec::new();
        for entry in std::fs::read_dir(&self.0.media_dir.path)? {
            let Some(name) = media_name(&entry?) else { continue };
            match self.stat(&name) {
                Ok(file) => all.push(file),
                Err(VolumeError::NotFound(_)) => {} // removed meanwhile, or not a regular file
                Err(error) => return Err(error),
            }
        }
        all.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(all)
    }

    /// Lists the files whose names are not valid media names. Blocks while it reads the directory.
    ///
    /// # Errors
    /// Fails if the directory cannot be read.
    pub fn unservable_files(&self) -> Result<Vec<PathBuf>, VolumeError> {
        let entries = std::fs::read_dir(&self.0.media_dir.path)?.collect::<io::Result<Vec<_>>>()?;
        let unservable = entries.iter().filter(|entry| media_name(entry).is_none());
        Ok(unservable.map(DirEntry::path).collect())
    }
}

/// Returns the media name of a directory entry, if its file name is a valid one.
pub(super) fn media_name(entry: &DirEntry) -> Option<MediaName> {
    entry.file_name().to_str()?.parse().ok()
}
