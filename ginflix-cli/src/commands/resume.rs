//! The stored state of unfinished uploads, with which the same command resumes them
//! even after it was killed.

use std::fs;
use std::path::{Path, PathBuf};

use ginflix_api::media::MediaName;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::cluster::state::Home;
use crate::error::Result;
use crate::global::Global;

/// The file with the state of one unfinished upload. There is at most one such file for
/// each media name on each server.
pub struct ResumeStore {
    home: Home,
    path: PathBuf,
}

/// The stored state of an unfinished upload.
#[derive(Serialize, Deserialize, PartialEq, Debug)]
struct UnfinishedUpload {
    file: FileVersion,
    /// Whether the upload was created with `--replace`.
    replace: bool,
    /// The location of the upload on the server.
    location: String,
}

/// The path, size and modification time of a file, by which a change is detected.
#[derive(Serialize, Deserialize, PartialEq, Debug, Clone)]
pub struct FileVersion {
    path: PathBuf,
    size_bytes: u64,
    modified: Timestamp,
}

impl FileVersion {
    /// Reads the current version of a file.
    pub fn read(path: &Path) -> std::io::Result<Self> {
        let metadata = fs::metadata(path)?;
        Ok(Self {
            path: fs::canonicalize(path)?,
            size_bytes: metadata.len(),
            modified: Timestamp::try_from(metadata.modified()?).map_err(std::io::Error::other)?,
        })
    }

    /// Returns the size in bytes.
    pub fn size_bytes(&self) -> u64 {
        self.size_bytes
    }
}

impl ResumeStore {
    /// Opens the store of an upload of that name to the server of the global flags.
    pub fn open(global: &Global, name: &MediaName) -> Result<Self> {
        let home = Home::find(global)?;
        // The address of a cluster may change with every start, so its name is used.
        let server = match &global.server {
            None => global.cluster.clone(),
            Some(url) => url
                .origin()
                .ascii_serialization()
                .replace(|c: char| !c.is_ascii_alphanumeric() && c != '.', "_"),
        };
        let path = home.uploads().join(server).join(format!("{name}.json"));
        Ok(Self { home, path })
    }

    /// Returns the location of an unfinished upload of this version of the file, if it was
    /// created with the same `replace`.
    pub fn location(&self, file: &FileVersion, replace: bool) -> Option<String> {
        let upload = self.read()?;
        let is_same = upload.file == *file && upload.replace == replace;
        is_same.then_some(upload.location)
    }

    /// Returns the location of any unfinished upload of this name.
    pub fn any_location(&self) -> Option<String> {
        self.read().map(|upload| upload.location)
    }

    /// Stores the location of an upload.
    pub fn save(&self, file: &FileVersion, replace: bool, location: &str) -> Result<()> {
        let upload =
            UnfinishedUpload { file: file.clone(), replace, location: location.to_owned() };
        self.home.write_private(&self.path, &upload)
    }

    /// Deletes the stored location.
    pub fn clear(&self) {
        // An error does no harm: the next command finds a location that the server no
        // longer has, and starts the upload again.
        let _ = fs::remove_file(&self.path);
    }

    fn read(&self) -> Option<UnfinishedUpload> {
        serde_json::from_slice(&fs::read(&self.path).ok()?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_version_of_a_file_is_resumed() {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("film.mp4");
        fs::write(&file, "abc").unwrap();
        let version = FileVersion::read(&file).unwrap();
        let store = ResumeStore { home: Home::at(root.path()), path: root.path().join("a/b.json") };
        assert_eq!(store.location(&version, false), None);
        store.save(&version, false, "/api/v1/uploads/1").unwrap();
        assert_eq!(store.location(&version, false).as_deref(), Some("/api/v1/uploads/1"));
        assert_eq!(store.location(&version, true), None);

        fs::write(&file, "abcd").unwrap();
        let changed = FileVersion::read(&file).unwrap();
        assert_eq!(store.location(&changed, false), None);
        assert!(store.any_location().is_some());
        store.clear();
        assert_eq!(store.any_location(), None);
    }
}
