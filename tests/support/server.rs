//! A server of one test: own port, own volume, gone with the test.

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
/// How long one look at `/readyz` may take: the server may be stopped.
const PROBE_TIMEOUT: Duration = Duration::from_secs(5);

/// A running `ginflix-server`.
pub struct Server {
    plan: Plan,
    child: Child,
    address: SocketAddr,
}

/// How to start it, once and again.
struct Plan {
    /// Holds the secrets, the log and, if nothing else was asked for, the volume.
    folder: TempDir,
    volume: PathBuf,
    flags: Vec<String>,
    /// Size of a file system of its own for the volume.
    mebibytes: Option<u32>,
    /// The group in which it runs, on one processor.
    cgroup: Option<Cgroup>,
}

impl Server {
    /// Starts one with the default settings.
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// Starts one with more flags, such as `["--drain-seconds", "1"]`.
    pub fn start_with(flags: &[&str]) -> Self {
        Self::start_plan(None, flags, None, None)
    }

    /// Starts one whose volume is a folder of the test's choice.
    pub fn start_on(volume: &Path, flags: &[&str]) -> Self {
        Self::start_plan(Some(volume), flags, None, None)
    }

    /// Starts one whose volume is a file system of so many MiB, which goes
    /// when this server goes.
    pub fn start_on_small_volume(mebibytes: u32, flags: &[&str]) -> Self {
        Self::start_plan(None, flags, Some(mebibytes), None)
    }

    /// Starts one that has so many bytes of memory and one processor, and is killed if it
    /// takes more.
    pub fn start_with_memory_limit(memory: u64, flags: &[&str]) -> Self {
        Self::start_plan(None, flags, None, Some(Cgroup::with_memory(memory)))
    }

    fn start_plan(
        volume: Option<&Path>,
        flags: &[&str],
        mebibytes: Option<u32>,
        cgroup: Option<Cgroup>,
    ) -> Self {
        // A container's own file system, overlayfs, does not tell what is in memory, so that viewers
        // wait for the disk: where that is what a test looks at, the volume is beside the program.
        let folder = match &cgroup {
            Some(_) => TempDir::new_in(binaries::server().parent().unwrap()).unwrap(),
            None => TempDir::new().unwrap(),
        };
        for (name, secret) in [("token", TOKEN), ("password", PASSWORD)] {
            write_secret(&folder.path().join(name), secret);
        }
        let volume = volume.map_or_else(|| folder.path().join("data"), Path::to_owned);
        let flags = flags.iter().map(ToString::to_string).collect();
        let plan = Plan { folder, volume, flags, mebibytes, cgroup };
        let (child, address) = plan.launch();
        Self { plan, child, address }
    }

    /// The process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The volume, also where it is mounted for the server alone.
    pub fn volume(&self) -> PathBuf {
        match self.plan.mebibytes {
            None => self.plan.volume.clone(),
            Some(_) => format!("/proc/{}/root{}", self.pid(), self.plan.volume.display()).into(),
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The full URL of a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.log_path()).unwrap()
    }

    fn log_path(&self) -> PathBuf {
        self.plan.folder.path().join("log")
    }

    /// SIGKILL: it cannot tidy anything up.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM, and how it ended.
    pub fn stop(&mut self) -> ExitStatus {
        self.signal(Signal::TERM);
        wait::until(START_STOP_TIMEOUT, "the server to stop", || self.child.try_wait().unwrap())
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
    }

    /// Starts it anew on the same volume, most likely on another port.
    pub fn start_again(&mut self) {
        assert!(self.child.try_wait().unwrap().is_some(), "stop it before you start it again");
        (self.child, self.address) = self.plan.launch();
    }
}

/// Secrets that tests made, which no log may have.
static SECRETS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// From now on the log of every server of this process that goes is looked
/// through for this, and for the secrets that all servers have.
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

/// The binary with nothing but these flags: no setting comes from outside.
pub fn command(flags: &[&str]) -> Command {
    let mut command = Command::new(binaries::server());
    command.env_clear().args(flags).stdin(Stdio::null());
    command
}

impl Plan {
    fn launch(&self) -> (Child, SocketAddr) {
        let file = |name: &str| self.folder.path().join(name);
        let _ = fs::remove_file(file("address"));
        let log = File::options().create(true).append(true).open(file("log")).unwrap();
        let listens = self.flags.iter().any(|flag| flag == "--listen");
        let any_port = if listens { &[][..] } else { &["--listen", "127.0.0.1:0"] };
        let mut child = self
            .program()
            .args(any_port)
            .arg("--data-dir")
            .arg(&self.volume)
            .arg("--address-file")
            .arg(file("address"))
            .arg("--admin-token-file")
            .arg(file("token"))
            .arg("--admin-password-file")
            .arg(file("password"))
            .args(&self.flags)
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let address = wait::until(START_STOP_TIMEOUT, "the server's address", || {
            if let Some(status) = child.try_wait().unwrap() {
                let log = fs::read_to_string(file("log")).unwrap();
                panic!("the server ended with {status}:\n{log}");
            }
            fs::read_to_string(file("address")).ok()?.trim().parse().ok()
        });
        // Who is to speak TLS to it needs the right certificate first.
        let tls = self.flags.iter().any(|flag| flag == "--tls-cert");
        wait::until(START_STOP_TIMEOUT, "the server to be ready", || {
            let listens = || fs::read_to_string(file("log")).unwrap().contains("listening");
            (if tls { listens() } else { is_ready(address) }).then_some(())
        });
        (child, address)
    }

    /// The server itself, or what mounts its volume or joins its group and then becomes the
    /// server.
    fn program(&self) -> Command {
        if let Some(cgroup) = &self.cgroup {
            let mut program = Command::new("sh");
            program.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
            program.args(["-c", "echo $$ >\"$0\" && exec taskset -c 0 \"$@\""]);
            program.arg(cgroup.members()).arg(binaries::server()).stdin(Stdio::null());
            return program;
        }
        let Some(mebibytes) = self.mebibytes else { return command(&[]) };
        fs::create_dir_all(&self.volume).unwrap();
        let mount = format!("mount -t tmpfs -o size={mebibytes}m tmpfs \"$0\" && exec \"$@\"");
        let mut program = Command::new("unshare");
        program.args(namespace::private_mount_flags()).args(["sh", "-c", &mount]);
        program.arg(&self.volume).arg(binaries::server()).stdin(Stdio::null());
        program
    }
}

/// Writes a secret as the server wants it: readable by its user alone.
pub fn write_secret(path: &Path, secret: &str) {
    fs::write(path, secret).unwrap();
    fs::set_permissions(path, PermissionsExt::from_mode(0o600)).unwrap();
}

/// Asks `/readyz` with the plainest of clients.
pub fn is_ready(address: SocketAddr) -> bool {
    use std::io::{Read, Write};
    let Ok(mut stream) = std::net::TcpStream::connect(address) else { return false };
    stream.set_read_timeout(Some(PROBE_TIMEOUT)).unwrap();
    let mut all = Vec::new();
    stream.write_all(ginflix_wire::get("/readyz").as_bytes()).is_ok()
        && stream.read_to_end(&mut all).is_ok()
        && ginflix_wire::Response::parse(&all).is_some_and(|response| response.status == 200)
}
