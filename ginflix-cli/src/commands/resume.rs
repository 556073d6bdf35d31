//! Unfinished uploads: remembered until they are done, so that the same command
//! goes on where it was, also after it was killed.

use std::fs;
use std::path::{Path, PathBuf};

use ginflix_api::media::MediaName;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::cluster::state::Home;
use crate::error::Result;
use crate::global::Global;

/// The place where one upload is remembered: one for each name on each server.
pub struct Memory {
    home: Home,
    path: PathBuf,
}

/// What is remembered.
#[derive(Serialize, Deserialize, PartialEq, Debug)]
struct Unfinished {
    file: FileFacts,
    /// The server was told to take the name over.
    replace: bool,
    /// Where the server keeps what it has.
    location: String,
}

/// Tells a file from a changed one.
#[derive(Serialize, Deserialize, PartialEq, Debug, Clone)]
pub struct FileFacts {
    path: PathBuf,
    size_bytes: u64,
    modified: Timestamp,
}

impl FileFacts {
    /// Of a file as it is now.
    pub fn of(path: &Path) -> std::io::Result<Self> {
        let facts = fs::metadata(path)?;
        Ok(Self {
            path: fs::canonicalize(path)?,
            size_bytes: facts.len(),
            modified: Timestamp::try_from(facts.modified()?).map_err(std::io::Error::other)?,
        })
    }

    /// Its size.
    pub fn size_bytes(&self) -> u64 {
        self.size_bytes
    }
}

impl Memory {
    /// Of the upload under that name to the server that the user means.
    pub fn of(global: &Global, name: &MediaName) -> Result<Self> {
        let home = Home::find(global)?;
        // A cluster's address may change from start to start, its name does not.
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

    /// Where an upload of this very file goes on.
    pub fn location(&self, file: &FileFacts, replace: bool) -> Option<String> {
        let unfinished = self.read()?;
        let same = unfinished.file == *file && unfinished.replace == replace;
        same.then_some(unfinished.location)
    }

    /// Where any upload under this name stands.
    pub fn any_location(&self) -> Option<String> {
        self.read().map(|unfinished| unfinished.location)
    }

    /// Remembers. Failing to do so only costs a later start from zero.
    pub fn remember(&self, file: &FileFacts, replace: bool, location: &str) -> Result<()> {
        let unfinished = Unfinished { file: file.clone(), replace, location: location.to_owned() };
        self.home.write_private(&self.path, &unfinished)
    }

    /// Forgets.
    pub fn forget(&self) {
        // What cannot be deleted names an upload that the server no longer has.
        let _ = fs::remove_file(&self.path);
    }

    fn read(&self) -> Option<Unfinished> {
        serde_json::from_slice(&fs::read(&self.path).ok()?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_file_goes_on() {
        let root = tempfile::tempdir().unwrap();
        let film = root.path().join("film.mp4");
        fs::write(&film, "abc").unwrap();
        let facts = FileFacts::of(&film).unwrap();
        let memory = Memory { home: Home::at(root.path()), path: root.path().join("a/b.json") };
        assert_eq!(memory.location(&facts, false), None);
        memory.remember(&facts, false, "/api/v1/uploads/1").unwrap();
        assert_eq!(memory.location(&facts, false).as_deref(), Some("/api/v1/uploads/1"));
        assert_eq!(memory.location(&facts, true), None);

        fs::write(&film, "abcd").unwrap();
        let changed = FileFacts::of(&film).unwrap();
        assert_eq!(memory.location(&changed, false), None);
        assert!(memory.any_location().is_some());
        memory.forget();
        assert_eq!(memory.any_location(), None);
    }
}
