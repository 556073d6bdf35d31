//! The state that this machine keeps of each cluster, in one folder per cluster.
//!
//! # Layout
//! - `file`: the format of `cluster.json`
//! - `record`: the state and the lock of a cluster while a command uses it
//! - `failure`: failures of operations on these files

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

pub use failure::{disk_full_hint, free_bytes, io_failure};
pub use file::{KindCluster, KubeContext, KubernetesState, StoredState};
pub use record::{ClusterRecord, LockedRecord};

/// The default port of a cluster: G-I-N-F on the keys of a telephone.
pub const DEFAULT_PORT: u16 = 4463;

/// The folder of everything that GinFlix stores for this user.
pub struct Home(PathBuf);

impl Home {
    /// Returns `GINFLIX_HOME`, else `ginflix` in the user's data folder.
    ///
    /// # Errors
    /// The user has no home directory.
    pub fn find(global: &Global) -> Result<Self> {
        let path = match &global.home {
            Some(path) => path.clone(),
            None => etcetera::choose_base_strategy()
                .map_err(|e| {
                    Failure::failed(e.to_string()).hint("set the variable GINFLIX_HOME to a folder")
                })?
                .data_dir()
                .join("ginflix"),
        };
        let path = std::path::absolute(&path).map_err(|e| io_failure("find", &path, &e))?;
        Ok(Self(path))
    }

    /// Returns the home at this path.
    #[cfg(test)]
    pub fn at(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// Writes a JSON file that only this user can read, and creates its folder if necessary.
    ///
    /// # Errors
    /// The file or the folder cannot be written.
    pub fn write_private(&self, path: &Path, content: &impl Serialize) -> Result<()> {
        let failed = |e: io::Error| io_failure("write", path, &e);
        create_dir(path.parent().unwrap_or(&self.0)).map_err(failed)?;
        let text = serde_json::to_string_pretty(content).map_err(|e| failed(e.into()))?;
        secret::write(path, &text).map_err(failed)
    }

    /// Returns the folder of a cluster.
    pub fn cluster(&self, name: &str) -> StateDir {
        StateDir { name: name.to_owned(), path: self.0.join(name) }
    }

    /// Returns the file of the log-ins to servers. It cannot collide with a cluster's folder,
    /// because a cluster's name has no dot.
    pub fn logins(&self) -> PathBuf {
        self.0.join("logins.json")
    }

    /// Returns the folder of the unfinished uploads; it has a dot for the same reason.
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

#[allow(missing_docs)] // paths of files: the names say what is in them
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

    pub fn library_roots(&self) -> PathBuf {
        self.path.join("library-roots")
    }

    pub fn address(&self) -> PathBuf {
        self.path.join("address")
    }

    fn file(&self) -> PathBuf {
        self.path.join("cluster.json")
    }

    /// Returns whether the folder exists, even if it is empty.
    pub fn exists(&self) -> Result<bool> {
        self.path.try_exists().map_err(|e| io_failure("read", &self.path, &e))
    }

    /// Creates the folder with mode 0700.
    pub fn create(&self) -> Result<()> {
        create_dir(&self.path).map_err(|e| io_failure("create", &self.path, &e))
    }

    /// Reads the state; `None` if there is no such cluster.
    pub fn load(&self) -> Result<Option<StoredState>> {
        let path = self.file();
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(io_failure("read", &path, &error)),
        };
        serde_json::from_str(&text).map(Some).map_err(|error| {
            Failure::failed(format!("{} is damaged: {error}", path.display())).hint(
                "if no ginflix-server is running, delete that file and repeat `ginflix cluster up`: \
                 films and catalogue are kept",
            )
        })
    }

    fn save(&self, state: &StoredState) -> Result<()> {
        let path = self.file();
        let text = serde_json::to_string_pretty(state)
            .map_err(|e| io_failure("write", &path, &e.into()))?;
        secret::write(&path, &text).map_err(|e| io_failure("write", &path, &e))
    }

    /// Deletes the first password of the account `admin`, which is stored only until it was shown.
    pub fn forget_password(&self) -> Result<()> {
        let path = self.admin_password();
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(io_failure("delete", &path, &error))
            }
            _ => Ok(()),
        }
    }

    /// Deletes the folder with everything in it.
    pub fn delete(&self) -> Result<()> {
        fs::remove_dir_all(&self.path).map_err(|e| io_failure("delete", &self.path, &e))
    }
}

/// Returns the failure of a command that needs a cluster which does not exist.
pub fn not_found(cluster: &str) -> Failure {
    Failure::new(ExitStatus::NotFound, format!("there is no cluster `{cluster}`"))
        .hint(format!("start one: {}", suggested_command(cluster, "cluster up")))
}

fn create_dir(path: &Path) -> io::Result<()> {
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
    fn a_saved_state_is_loaded_again() {
        let (_root, dir) = dir();
        assert!(dir.load().unwrap().is_none());
        let mut state = StoredState::new(ProviderName::Local);
        state.process = Some(ProcessId::of(std::process::id()).unwrap());
        dir.save(&state).unwrap();
        let loaded = dir.load().unwrap().unwrap();
        assert_eq!((loaded.port, loaded.process), (DEFAULT_PORT, state.process));
    }

    #[test]
    fn a_damaged_state_is_reported_with_a_hint() {
        let (_root, dir) = dir();
        fs::write(dir.file(), "{").unwrap();
        let failure = dir.load().err().unwrap();
        assert!(failure.message.contains("cluster.json") && failure.hint.is_some());
    }
}
