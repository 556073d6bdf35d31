//! What this machine remembers of each cluster, in one folder a cluster.
//!
//! # Layout
//! - `file`: the format of `cluster.json`
//! - `record`: a cluster's folder and state as a command holds them, and the lock on them
//! - `failure`: what failed operations on these files mean

mod failure;
mod file;
mod record;

use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;
use serde::Serialize;

use super::secret;
use crate::error::{ExitStatus, Failure, Result};
use crate::global::Global;
use crate::hint::suggested_command;

pub use failure::{free_bytes, io_failure, room_hint};
pub use file::{Context, KindCluster, KubernetesState, State};
pub use record::{ClusterRecord, LockedRecord};

/// The port where a cluster listens if none is named: G-I-N-F on a telephone's keys.
pub const DEFAULT_PORT: u16 = 4463;

/// The folder of all that this user's GinFlix remembers.
pub struct Home(PathBuf);

impl Home {
    /// `GINFLIX_HOME`, or `ginflix` in the user's data folder.
    ///
    /// # Errors
    /// Where the user has no home.
    pub fn find(global: &Global) -> Result<Self> {
        let path = match &global.home {
            Some(path) => path.clone(),
            None => etcetera::choose_base_strategy()
                .map_err(|e| Failure::failed(e.to_string()).hint("name a folder: GINFLIX_HOME"))?
                .data_dir()
                .join("ginflix"),
        };
        let path = std::path::absolute(&path).map_err(|e| io_failure("find", &path, &e))?;
        Ok(Self(path))
    }

    /// That folder.
    #[cfg(test)]
    pub fn at(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// Writes a file that only this user can read, and the folder if need be.
    ///
    /// # Errors
    /// Where that cannot be written.
    pub fn write_private(&self, path: &Path, content: &impl Serialize) -> Result<()> {
        let failed = |e: io::Error| io_failure("write", path, &e);
        make_dir(path.parent().unwrap_or(&self.0)).map_err(failed)?;
        let text = serde_json::to_string_pretty(content).map_err(|e| failed(e.into()))?;
        secret::write(path, &text).map_err(failed)
    }

    /// What is remembered of a cluster.
    pub fn cluster(&self, name: &str) -> StateDir {
        StateDir { name: name.to_owned(), path: self.0.join(name) }
    }

    /// Where the log-ins to servers are kept. No cluster's name has a dot.
    pub fn logins(&self) -> PathBuf {
        self.0.join("logins.json")
    }

    /// Where unfinished uploads are remembered; again with a dot.
    pub fn uploads(&self) -> PathBuf {
        self.0.join("uploads.d")
    }
}

/// The folder of one cluster.
#[derive(Debug, Clone)]
pub struct StateDir {
    name: String,
    path: PathBuf,
}

#[allow(missing_docs)] // names of files; each is said once, in the folder's own words
impl StateDir {
    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn token(&self) -> PathBuf {
        self.path.join("token")
    }

    pub fn admin_password(&self) -> PathBuf {
        self.path.join("admin-password")
    }

    pub fn log(&self) -> PathBuf {
        self.path.join("server.log")
    }

    pub fn data(&self) -> PathBuf {
        self.path.join("data")
    }

    pub fn kubeconfig(&self) -> PathBuf {
        self.path.join("kubeconfig")
    }

    pub fn address(&self) -> PathBuf {
        self.path.join("address")
    }

    fn file(&self) -> PathBuf {
        self.path.join("cluster.json")
    }

    /// Whether there is such a folder, be it empty.
    pub fn exists(&self) -> Result<bool> {
        self.path.try_exists().map_err(|e| io_failure("read", &self.path, &e))
    }

    /// Makes the folder, for this user's eyes only.
    pub fn create(&self) -> Result<()> {
        make_dir(&self.path).map_err(|e| io_failure("create", &self.path, &e))
    }

    /// What is remembered; `None` if there is no such cluster.
    pub fn load(&self) -> Result<Option<State>> {
        let path = self.file();
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(io_failure("read", &path, &error)),
        };
        serde_json::from_str(&text).map(Some).map_err(|error| {
            Failure::failed(format!("{} is damaged: {error}", path.display())).hint(
                "if no ginflix-server runs, delete that file and repeat `ginflix cluster up`: \
                 films and catalogue stay",
            )
        })
    }

    fn save(&self, state: &State) -> Result<()> {
        let path = self.file();
        let text = serde_json::to_string_pretty(state)
            .map_err(|e| io_failure("write", &path, &e.into()))?;
        secret::write(&path, &text).map_err(|e| io_failure("write", &path, &e))
    }

    /// The password that `up` gave away was shown: it is kept no longer.
    pub fn forget_password(&self) -> Result<()> {
        let path = self.admin_password();
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(io_failure("delete", &path, &error))
            }
            _ => Ok(()),
        }
    }

    /// Deletes all of it.
    pub fn delete(&self) -> Result<()> {
        fs::remove_dir_all(&self.path).map_err(|e| io_failure("delete", &self.path, &e))
    }
}

/// The failure of a command for which there is no cluster of this name.
pub fn not_found(cluster: &str) -> Failure {
    Failure::new(ExitStatus::NotFound, format!("there is no cluster `{cluster}`"))
        .hint(format!("start one: {}", suggested_command(cluster, "cluster up")))
}

fn make_dir(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::options::ProviderName;
    use crate::cluster::process::ProcessId;

    fn dir() -> (tempfile::TempDir, StateDir) {
        let root = tempfile::tempdir().unwrap();
        let dir = Home(root.path().to_owned()).cluster("test");
        dir.create().unwrap();
        (root, dir)
    }

    #[test]
    fn what_is_saved_is_loaded() {
        let (_root, dir) = dir();
        assert!(dir.load().unwrap().is_none());
        let mut state = State::new(ProviderName::Local);
        state.process = Some(ProcessId::of(std::process::id()).unwrap());
        dir.save(&state).unwrap();
        let loaded = dir.load().unwrap().unwrap();
        assert_eq!((loaded.port, loaded.process), (DEFAULT_PORT, state.process));
    }

    #[test]
    fn a_damaged_state_says_what_to_do() {
        let (_root, dir) = dir();
        fs::write(dir.file(), "{").unwrap();
        let failure = dir.load().err().unwrap();
        assert!(failure.message.contains("cluster.json") && failure.hint.is_some());
    }
}
