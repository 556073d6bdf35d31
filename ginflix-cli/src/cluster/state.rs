//! What this machine remembers of each cluster, in one folder a cluster.

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use etcetera::BaseStrategy;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

use super::process::ProcessId;
use super::secret;
use crate::cluster::options::{ClusterAccess, ProviderName};
use crate::error::{ExitStatus, Failure, Result};
use crate::format::size;
use crate::global::Global;
use crate::hint::command;

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

/// `cluster.json`.
#[derive(Clone, Serialize, Deserialize)]
pub struct State {
    /// Where it runs.
    pub provider: ProviderName,
    /// When it was first brought up.
    pub created_at: Timestamp,
    /// The address that was asked for.
    pub listen: IpAddr,
    /// The port that was asked for; 0 for any.
    pub port: u16,
    /// The database that was asked for; may hold a password.
    pub database_url: Option<String>,
    /// Who may watch.
    #[serde(default)]
    pub access: ClusterAccess,
    /// Where it is reached, while it runs.
    pub url: Option<Url>,
    /// What runs; absent when it was stopped.
    pub process: Option<ProcessId>,
    /// Which Kubernetes cluster, where it is on one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kubernetes: Option<OnKubernetes>,
}

impl State {
    /// Of a cluster that never ran.
    pub fn new(provider: ProviderName) -> Self {
        Self {
            provider,
            created_at: Timestamp::now(),
            listen: Ipv4Addr::LOCALHOST.into(),
            port: DEFAULT_PORT,
            database_url: None,
            access: ClusterAccess::default(),
            url: None,
            process: None,
            kubernetes: None,
        }
    }
}

/// What is remembered of a cluster on Kubernetes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnKubernetes {
    /// The context that the user agreed to change.
    pub context: Context,
    /// The kind cluster, where it was made for this one.
    #[serde(default)]
    pub kind: Option<Made>,
}

/// A context, as it is remembered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Context {
    /// Its name.
    pub name: String,
    /// The file it is in; absent for where `kubectl` looks.
    pub kubeconfig: Option<PathBuf>,
    /// Where its API is: a context of that name may be another cluster tomorrow.
    pub server: String,
}

/// The kind cluster that was made for a cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    /// Its making has begun, and has not ended.
    pub is_half_made: bool,
    /// Where this machine reaches the gateway.
    pub listen: IpAddr,
    /// At which port.
    pub port: u16,
    /// Docker's ids of the images that its nodes got.
    #[serde(default)]
    pub loaded: BTreeMap<String, String>,
}

impl Made {
    /// Where this machine reaches the gateway.
    pub fn url(&self) -> String {
        let ip = match self.listen {
            ip if !ip.is_unspecified() => ip,
            _ => Ipv4Addr::LOCALHOST.into(),
        };
        format!("http://{}/", SocketAddr::new(ip, self.port))
    }
}

/// Keeps others from starting or stopping the same cluster, until dropped.
pub struct Lock {
    _file: File,
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

    /// Remembers.
    pub fn save(&self, state: &State) -> Result<()> {
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

    /// That there is no such cluster.
    pub fn not_found(&self) -> Failure {
        Failure::new(ExitStatus::NotFound, format!("there is no cluster `{}`", self.name))
            .hint(format!("start one: {}", command(&self.name, "cluster up")))
    }

    /// Waits for whoever starts or stops this cluster at the same time.
    pub async fn lock(&self, timeout: Duration) -> Result<Lock> {
        let path = self.path.join("lock");
        let deadline = Instant::now() + timeout;
        loop {
            let file = File::options()
                .create(true)
                .truncate(false)
                .write(true)
                .open(&path)
                .map_err(|e| io_failure("open", &path, &e))?;
            match file.try_lock() {
                // Who deleted the data deleted this file with it.
                Ok(()) if is_same_file(&file, &path) => return Ok(Lock { _file: file }),
                Ok(()) => self.create()?,
                Err(TryLockError::WouldBlock) if Instant::now() < deadline => {}
                Err(TryLockError::WouldBlock) => {
                    return Err(Failure::new(
                        ExitStatus::TimedOut,
                        format!("another command starts or stops `{}` right now", self.name),
                    )
                    .hint("wait for it and repeat the command"));
                }
                Err(TryLockError::Error(error)) => return Err(io_failure("lock", &path, &error)),
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Deletes all of it.
    pub fn delete(&self) -> Result<()> {
        fs::remove_dir_all(&self.path).map_err(|e| io_failure("delete", &self.path, &e))
    }
}

fn make_dir(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

fn is_same_file(file: &File, path: &Path) -> bool {
    match (file.metadata(), fs::metadata(path)) {
        (Ok(a), Ok(b)) => (a.dev(), a.ino()) == (b.dev(), b.ino()),
        _ => false,
    }
}

/// What a failed file operation means, and what to do about it.
pub fn io_failure(doing: &str, path: &Path, error: &io::Error) -> Failure {
    let message = format!("cannot {doing} {}: {error}", path.display());
    let (status, hint) = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            return Failure::failed(message).hint(room_hint(path));
        }
        io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::NotADirectory => {
            (ExitStatus::Failed, "choose a folder that can be written: GINFLIX_HOME=DIR")
        }
        io::ErrorKind::PermissionDenied => {
            (ExitStatus::NotAllowed, "choose a folder of your own: GINFLIX_HOME=DIR")
        }
        _ => return Failure::failed(message),
    };
    Failure::new(status, message).hint(hint)
}

/// What to do where a file system is full.
pub fn room_hint(path: &Path) -> String {
    let free = free_bytes(path).map_or_else(|| "little".to_owned(), size);
    format!(
        "there is hardly any room where {} is ({free} free): make room and repeat the command, \
         or choose another folder: GINFLIX_HOME=DIR",
        path.display()
    )
}

/// Bytes that may still be written where a path is or would be; `None` where that cannot be told.
pub fn free_bytes(path: &Path) -> Option<u64> {
    let there = path.ancestors().find(|path| path.exists())?;
    let facts = rustix::fs::statvfs(there).ok()?;
    Some(facts.f_bavail.saturating_mul(facts.f_frsize))
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[tokio::test]
    async fn only_one_holds_the_lock() {
        let (_root, dir) = dir();
        let held = dir.lock(Duration::ZERO).await.unwrap();
        let second = dir.lock(Duration::ZERO).await.err().unwrap();
        assert_eq!(second.status, ExitStatus::TimedOut);
        drop(held);
        dir.lock(Duration::ZERO).await.unwrap();
    }

    #[test]
    fn a_full_disk_names_the_way_out() {
        let failure = io_failure("write", Path::new("/x/y"), &io::ErrorKind::StorageFull.into());
        let hint = failure.hint.unwrap();
        assert!(hint.contains("GINFLIX_HOME") && hint.contains("B free)"), "{hint}");
    }
}
