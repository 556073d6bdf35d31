//! What is known of the visible files, one or all of them.

use std::fs::DirEntry;
use std::io;
use std::path::PathBuf;
use std::time::SystemTime;

use ginflix_api::media::MediaName;

use super::{Volume, VolumeError};
use crate::media::facts::{Facts, Stamp};

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

impl Volume {
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
}

/// The name by which a file can be asked for.
pub(super) fn legal_name(entry: &DirEntry) -> Option<MediaName> {
    entry.file_name().to_str()?.parse().ok()
}
