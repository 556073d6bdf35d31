//! A server process with its own port and volume, which ends with its test.

use std::ffi::OsString;
use std::fs::{self, File};
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::cgroup::Cgroup;
use crate::{binaries, namespace, wait};

/// The administrators' API token of every test server.
pub const TOKEN: &str = "5f1d0c6b9e2a47388d0b6c1e3f5a79d24c8e0f6a1b3d5c7e9f0a2b4c6d8e0f1a";
/// The password of the account `admin` of every test server.
pub const PASSWORD: &str = "correct-horse-battery-staple";

/// How long a start or a stop may take on a busy machine.
const START_STOP_TIMEOUT: Duration = Duration::from_secs(30);
/// How long the server may take to write a line of its log.
const LOG_TIMEOUT: Duration = Duration::from_secs(10);
/// How long one request for `/readyz` may take, because a test may have suspended the server.
const PROBE_TIMEOUT: Duration = Duration::from_secs(5);

/// A running `ginflix-server`.
pub struct Server {
    launcher: Launcher,
    child: Child,
    address: SocketAddr,
}

/// Everything that is needed to start a server, also more than once.
struct Launcher {
    /// Holds the secrets, the log and, unless the test named another folder, the volume.
    folder: TempDir,
    volume: PathBuf,
    flags: Vec<String>,
    /// The size of a tmpfs for the volume, in MiB.
    tmpfs_mebibytes: Option<u32>,
    /// The control group in which the server runs, on one CPU.
    cgroup: Option<Cgroup>,
    /// More environment variables.
    environment: Vec<(String, String)>,
    /// Whether the server has no capabilities, so that permissions hold for it even if its user is
    /// root.
    is_unprivileged: bool,
}

impl Server {
    /// Starts a server with the default settings.
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// Starts a server with more flags, such as `["--drain-seconds", "1"]`.
    pub fn start_with(flags: &[&str]) -> Self {
        Self::launch(Launcher::new(None, flags))
    }

    /// Starts a server on an existing volume.
    pub fn start_on(volume: &Path, flags: &[&str]) -> Self {
        Self::launch(Launcher::new(Some(volume), flags))
    }

    /// Starts a server on an existing volume, without the capability to read each file on it.
    pub fn start_without_capabilities(volume: &Path, flags: &[&str]) -> Self {
        Self::launch(Launcher { is_unprivileged: true, ..Launcher::new(Some(volume), flags) })
    }

    /// Starts a server with these environment variables.
    pub fn start_with_environment(flags: &[&str], environment: &[(&str, &str)]) -> Self {
        let owned = |(name, value): &(&str, &str)| (name.to_string(), value.to_string());
        let environment = environment.iter().map(owned).collect();
        Self::launch(Launcher { environment, ..Launcher::new(None, flags) })
    }

    /// Starts a server whose volume is a tmpfs of this size, which is gone when the process ends.
    pub fn start_on_small_volume(mebibytes: u32, flags: &[&str]) -> Self {
        let tmpfs_mebibytes = Some(mebibytes);
        Self::launch(Launcher { tmpfs_mebibytes, ..Launcher::new(None, flags) })
    }

    /// Starts a server on one CPU that the kernel kills if it takes more than `bytes` of memory.
    pub fn start_with_memory_limit(bytes: u64, flags: &[&str]) -> Self {
        // Overlayfs, the root of a container, does not report which pages are resident, so that
        // viewers would wait for the disk. Servers with a memory limit have their volume beside the
        // program instead.
        let folder = TempDir::new_in(binaries::server().parent().unwrap()).unwrap();
        let cgroup = Some(Cgroup::with_memory_limit(bytes));
        Self::launch(Launcher { cgroup, ..Launcher::in_folder(folder, None, flags) })
    }

    fn launch(launcher: Launcher) -> Self {
        let (child, address) = launcher.launch();
        Self { launcher, child, address }
    }

    /// Returns the process id of the server.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Returns the path of the volume. One that only the server has mounted is reached through its
    /// process, so its path changes with each start.
    pub fn volume(&self) -> PathBuf {
        let volume = &self.launcher.volume;
        match self.launcher.tmpfs_mebibytes {
            None => volume.clone(),
            Some(_) => format!("/proc/{}/root{}", self.pid(), volume.display()).into(),
        }
    }

    /// Returns the address that the server listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the full URL of a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Returns the log so far, including that of earlier starts.
    pub fn log(&self) -> String {
        fs::read_to_string(self.log_path()).unwrap()
    }

    /// Returns the log once it contains `text`. The server writes its log a moment after the event, so
    /// that a client may have the response before the line is there.
    #[track_caller]
    pub fn log_with(&self, text: &str) -> String {
        wait::until(LOG_TIMEOUT, &format!("{text:?} in the log"), || {
            Some(self.log()).filter(|log| log.contains(text))
        })
    }

    fn log_path(&self) -> PathBuf {
        self.launcher.folder.path().join("log")
    }

    /// Kills the server with SIGKILL, so that it cannot clean up.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Stops the server with SIGTERM and returns its exit status.
    pub fn stop(&mut self) -> ExitStatus {
        self.signal(Signal::TERM);
        wait::until(START_STOP_TIMEOUT, "the server to stop", || self.child.try_wait().unwrap())
    }

    /// Sends a signal to the server.
    pub fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
    }

    /// Starts the server again on the same volume, most likely on another port.
    pub fn start_again(&mut self) {
        assert!(
            self.child.try_wait().unwrap().is_some(),
            "a server is started again while it runs"
        );
        (self.child, self.address) = self.launcher.launch();
    }
}

/// Secrets that no log may contain.
static SECRETS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Makes every server of this process fail the test when it is dropped, if its log contains this
/// secret or one that all test servers have.
pub fn forbid_in_logs(secret: &str) {
    SECRETS.lock().unwrap_or_else(PoisonError::into_inner).push(secret.to_owned());
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let secrets = SECRETS.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if !secrets.is_empty() && !std::thread::panicking() {
            let log = String::from_utf8_lossy(&fs::read(self.log_path()).unwrap()).into_owned();
            let secrets = secrets.iter().map(String::as_str);
            for secret in secrets.chain([TOKEN, PASSWORD, "$argon2id$"]) {
                assert!(!log.contains(secret), "the log has the secret {secret}:\n{log}");
            }
        }
    }
}

/// Builds a command of the binary with these flags, and no settings from the environment.
pub fn command(flags: &[&str]) -> Command {
    let mut command = Command::new(binaries::server());
    command.env_clear().args(flags).stdin(Stdio::null());
    command
}

impl Launcher {
    fn new(volume: Option<&Path>, flags: &[&str]) -> Self {
        Self::in_folder(TempDir::new().unwrap(), volume, flags)
    }

    fn in_folder(folder: TempDir, volume: Option<&Path>, flags: &[&str]) -> Self {
        write_secrets(folder.path());
        Self {
            volume: volume.map_or_else(|| folder.path().join("data"), Path::to_owned),
            folder,
            flags: flags.iter().map(ToString::to_string).collect(),
            tmpfs_mebibytes: None,
            cgroup: None,
            environment: Vec::new(),
            is_unprivileged: false,
        }
    }

    fn launch(&self) -> (Child, SocketAddr) {
        let file = |name: &str| self.folder.path().join(name);
        let log = File::options().create(true).append(true).open(file("log")).unwrap();
        let has_address = self.flags.iter().any(|flag| flag == "--listen");
        let any_port = if has_address { &[][..] } else { &["--listen", "127.0.0.1:0"] };
        let mut child = self
            .program()
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .args(any_port)
            .args(flags(self.folder.path(), &self.volume))
            .args(&self.flags)
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let log_so_far = || fs::read_to_string(file("log")).unwrap();
        let address = wait_for_address(&mut child, self.folder.path(), log_so_far);
        // A probe over TLS would need the certificate, so the log tells when the server is ready.
        let has_tls = self.flags.iter().any(|flag| flag == "--tls-cert");
        wait::until(START_STOP_TIMEOUT, "the server to be ready", || {
            let says_ready = || log_so_far().lines().any(|line| line.ends_with(" ready"));
            (if has_tls { says_ready() } else { is_ready(address) }).then_some(())
        });
        (child, address)
    }

    /// Builds the command of the server, or of a shell that joins the control group or mounts the
    /// volume and then executes the server.
    fn program(&self) -> Command {
        if let Some(cgroup) = &self.cgroup {
            let mut program = Command::new("sh");
            program.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
            program.args(["-c", "echo $$ >\"$0\" && exec taskset -c 0 \"$@\""]);
            program.arg(cgroup.procs_file()).arg(binaries::server()).stdin(Stdio::null());
            return program;
        }
        if self.is_unprivileged && rustix::process::geteuid().is_root() {
            let mut program = Command::new("setpriv");
            program.env_clear().args(["--bounding-set=-all", "--inh-caps=-all"]);
            program.arg(binaries::server()).stdin(Stdio::null());
            return program;
        }
        let Some(mebibytes) = self.tmpfs_mebibytes else { return command(&[]) };
        fs::create_dir_all(&self.volume).unwrap();
        let mount = format!("mount -t tmpfs -o size={mebibytes}m tmpfs \"$0\" && exec \"$@\"");
        let mut program = Command::new("unshare");
        program.args(namespace::private_mount_flags()).args(["sh", "-c", &mount]);
        program.arg(&self.volume).arg(binaries::server()).stdin(Stdio::null());
        program
    }
}

/// Writes the secrets of every test server to files in this folder.
pub fn write_secrets(folder: &Path) {
    for (name, secret) in [("token", TOKEN), ("password", PASSWORD)] {
        write_secret(&folder.join(name), secret);
    }
}

/// Returns the flags of every test server: its volume, the secrets that [`write_secrets`] wrote to
/// this folder, and a file in it for [`wait_for_address`], which is removed if it is there.
pub fn flags(folder: &Path, volume: &Path) -> [OsString; 8] {
    let _ = fs::remove_file(folder.join("address"));
    let file = |name: &str| folder.join(name).into_os_string();
    [
        "--data-dir".into(),
        volume.into(),
        "--address-file".into(),
        file("address"),
        "--admin-token-file".into(),
        file("token"),
        "--admin-password-file".into(),
        file("password"),
    ]
}

/// Waits until a server that was started with these [`flags`] listens, and returns its address.
///
/// # Panics
/// If the process ends; the message has the log.
pub fn wait_for_address(child: &mut Child, folder: &Path, log: impl Fn() -> String) -> SocketAddr {
    wait::until(START_STOP_TIMEOUT, "the server's address", || {
        if let Some(status) = child.try_wait().unwrap() {
            panic!("the server ended with {status}:\n{}", log());
        }
        fs::read_to_string(folder.join("address")).ok()?.trim().parse().ok()
    })
}

/// Writes a secret to a file that only its owner may read, as the server requires it.
pub fn write_secret(path: &Path, secret: &str) {
    fs::write(path, secret).unwrap();
    fs::set_permissions(path, PermissionsExt::from_mode(0o600)).unwrap();
}

/// Reports whether `/readyz` has the status 200; a connection that fails counts as not ready.
pub fn is_ready(address: SocketAddr) -> bool {
    use std::io::{Read, Write};
    let Ok(mut stream) = std::net::TcpStream::connect(address) else { return false };
    stream.set_read_timeout(Some(PROBE_TIMEOUT)).unwrap();
    let mut response = Vec::new();
    stream.write_all(ginflix_wire::get("/readyz").as_bytes()).is_ok()
        && stream.read_to_end(&mut response).is_ok()
        && ginflix_wire::Response::parse(&response).is_some_and(|response| response.status == 200)
}
