//! The stored state of uploads: with that of an unfinished one, the same command resumes it even after it was killed; with that
//! of a finished one, it does not read an unchanged file again.

use std::fs;
use std::path::{Path, PathBuf};

use ginflix_api::media::MediaName;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::cluster::state::Home;
use crate::error::Result;
use crate::global::Global;

/// The file with the state of one upload. There is at most one such file for
/// each media name on each server.
pub struct ResumeStore {
    home: Home,
    path: PathBuf,
}

/// The stored state of an upload.
#[derive(Serialize, Deserialize, PartialEq, Debug)]
struct StoredUpload {
    file: FileVersion,
    /// Whether the upload was created with `--replace`.
    #[serde(default)]
    replace: bool,
    /// The location of the upload on the server, until it is finished.
    #[serde(default)]
    location: Option<String>,
    /// The SHA-256 of the file, once it is finished.
    #[serde(default)]
    sha256: Option<String>,
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
        upload.location.filter(|_| is_same)
    }

    /// Returns the SHA-256 of this version of the file, if an upload of it was finished.
    pub fn sha256(&self, file: &FileVersion) -> Option<String> {
        let upload = self.read()?;
        upload.sha256.filter(|_| upload.file == *file)
    }

    /// Returns the location of any unfinished upload of this name.
    pub fn any_location(&self) -> Option<String> {
        self.read()?.location
    }

    /// Stores the location of an upload.
    pub fn save(&self, file: &FileVersion, replace: bool, location: &str) -> Result<()> {
        let (file, location) = (file.clone(), Some(location.to_owned()));
        let upload = StoredUpload { file, replace, location, sha256: None };
        self.home.write_private(&self.path, &upload)
    }

    /// Stores the SHA-256 of a file whose upload is finished.
    pub fn finish(&self, file: &FileVersion, sha256: &str) {
        let (file, sha256) = (file.clone(), Some(sha256.to_owned()));
        let upload = StoredUpload { file, replace: false, location: None, sha256 };
        if self.home.write_private(&self.path, &upload).is_err() {
            // Without it the next command reads the file again.
            self.clear();
        }
    }

    /// Deletes the stored location.
    pub fn clear(&self) {
        // An error does no harm: the next command finds a location that the server no
        // longer has, and starts the upload again.
        let _ = fs::remove_file(&self.path);
    }

    fn read(&self) -> Option<StoredUpload> {
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
        store.finish(&changed, "ab");
        assert_eq!(store.any_location(), None);
        assert_eq!(store.sha256(&changed).as_deref(), Some("ab"));
        fs::write(&file, "abcde").unwrap();
        assert_eq!(store.sha256(&FileVersion::read(&file).unwrap()), None);
        store.clear();
        assert_eq!(store.sha256(&changed), None);
    }
}
