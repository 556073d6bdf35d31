//! The metadata of media files.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs::DirEntry;
use std::time::SystemTime;

use ginflix_api::media::MediaName;
use ginflix_api::replica::MediaProblem;

use super::{Volume, VolumeError, problems};
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
    /// The SHA-256 and what is in the file; `None` until a file that was copied into the volume is indexed.
    pub info: Option<MediaInfo>,
}

/// What is in the directory of media files.
#[derive(Debug, Clone, PartialEq)]
pub struct MediaListing {
    /// The media files, sorted by name.
    pub files: Vec<MediaFile>,
    /// The names whose entries are no readable files.
    pub unreadable: HashSet<MediaName>,
}

impl Volume {
    /// Returns the metadata of a media file.
    ///
    /// # Errors
    /// Fails if there is no such file, or if it cannot be opened.
    pub fn stat(&self, name: &MediaName) -> Result<MediaFile, VolumeError> {
        let metadata = self.open_file(name)?.metadata()?;
        let cached = self.0.media_dir.info_store.get(name, &metadata);
        self.complete_info(name, &cached);
        Ok(MediaFile {
            name: name.clone(),
            size: metadata.len(),
            version: FileVersion::of(&metadata),
            modified: metadata.modified()?,
            info: cached.info,
        })
    }

    /// Returns the name that a file had where it came from, or that it has in its library; `None` if it is not known.
    ///
    /// Like [`Volume::open`], it is fast enough for async code.
    pub fn original_name(&self, name: &MediaName) -> Option<String> {
        if let Some(file) = self.0.media_dir.library_files.get(name) {
            return Some(file.path.file_name()?.to_string_lossy().into_owned());
        }
        self.stat(name).ok()?.info?.file_name
    }

    /// Lists all media files, sorted by name. Blocks while it reads the directory.
    ///
    /// An entry that cannot be taken up, because it cannot be read or its name is not a valid media
    /// name, is left out. [`Volume::problems`] names it, and so does the log, once.
    ///
    /// # Errors
    /// Fails if the directory cannot be read, or if the process or the system lacks a resource.
    pub fn list(&self) -> Result<MediaListing, VolumeError> {
        let (mut files, mut problems) = (Vec::new(), Vec::new());
        for entry in std::fs::read_dir(&self.0.media_dir.path)? {
            let entry = entry?;
            let file_name = entry.file_name();
            let stat = self.0.media_dir.stat(&file_name).ok(); // `None` if it was removed meanwhile
            let problem = stat.and_then(|stat| problems::of_type(&file_name, &stat));
            let name = media_name(&entry);
            if let Some(problem) = problem.or_else(|| problems::of_name(&file_name)) {
                problems.push(problem);
            } else if name.as_ref().is_some_and(|name| self.is_in_library(name)) {
                problems.push(problems::in_library(&file_name));
            } else if let Some(name) = name {
                match self.stat(&name) {
                    Ok(file) => files.push(file),
                    Err(VolumeError::NotFound(_)) => {} // removed meanwhile
                    Err(VolumeError::Unreadable(problem)) => problems.push(*problem),
                    Err(error) => return Err(error),
                }
            }
        }
        files.sort_by(|a, b| a.name.cmp(&b.name));
        let unreadable: HashSet<MediaName> =
            problems.iter().filter_map(|problem| problem.name.parse().ok()).collect();
        let not_indexed = files.iter().filter(|file| file.info.is_none());
        problems.extend(not_indexed.filter_map(|file| {
            let why = self.0.indexer.failure(&file.name)?;
            Some(problems::unreadable(file.name.as_str().as_ref(), why))
        }));
        self.0.problems.update(problems);
        self.0
            .indexer
            .retain_failures(|name| files.binary_search_by(|file| file.name.cmp(name)).is_ok());
        Ok(MediaListing { files, unreadable })
    }

    /// Returns why there is an entry of this name now that cannot be taken up, if so.
    pub fn problem_of(&self, name: &MediaName) -> Option<MediaProblem> {
        let file_name = OsStr::new(name.as_str());
        let stat = self.0.media_dir.stat(file_name).ok()?;
        problems::of_type(file_name, &stat).or_else(|| match self.stat(name) {
            Err(VolumeError::Unreadable(problem)) => Some(*problem),
            Ok(file) if file.info.is_none() => {
                Some(problems::unreadable(file_name, self.0.indexer.failure(name)?))
            }
            _ => None,
        })
    }
}

/// Returns the media name of a directory entry, if its file name is a valid one.
pub(super) fn media_name(entry: &DirEntry) -> Option<MediaName> {
    entry.file_name().to_str()?.parse().ok()
}
