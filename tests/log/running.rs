//! A server whose standard error is what the test wants, and plain requests to it.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use ginflix_tests::server::{PASSWORD, TOKEN};
use ginflix_tests::{binaries, namespace, wait};
use ginflix_wire::Response;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// How long any single step may take on a busy machine.
pub const DEADLINE: Duration = Duration::from_secs(60);
/// Threads that send requests.
const CLIENTS: usize = 4;

/// A server that runs.
pub struct Running {
    /// The process; its standard error may still be in it.
    pub child: Child,
    address: SocketAddr,
    metrics: SocketAddr,
    folder: TempDir,
}

/// How to start one.
pub struct Start {
    folder: TempDir,
    flags: Vec<String>,
    /// A script that becomes `"$@"`; `$0` is an empty folder.
    script: Option<&'static str>,
}

impl Start {
    /// With these flags.
    pub fn with(flags: &[&str]) -> Self {
        let folder = TempDir::new().unwrap();
        fs::create_dir(folder.path().join("small")).unwrap();
        Self { folder, flags: flags.iter().map(ToString::to_string).collect(), script: None }
    }

    /// A folder of its own, which [`Start::small`] makes a small file system.
    pub fn folder(&self) -> PathBuf {
        self.folder.path().join("small")
    }

    /// One more flag.
    pub fn flag(mut self, flag: &str, value: &Path) -> Self {
        self.flags.extend([flag.to_owned(), value.display().to_string()]);
        self
    }

    /// By a script that mounts a small file system at `$0` and then becomes `"$@"`.
    pub fn small(mut self, script: &'static str) -> Self {
        self.script = Some(script);
        self
    }

    /// Starts it, and waits until it is ready.
    pub fn run(self, stderr: impl Into<Stdio>) -> Running {
        // Addresses that no other test and no connection has: all of 127.0.0.0/8 is this machine.
        static COUNT: AtomicU8 = AtomicU8::new(1);
        let [.., high, low] = std::process::id().to_be_bytes();
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let metrics = SocketAddr::from(([127, high | 0x80, low, count], 9463));
        let file = |name: &str| self.folder.path().join(name);
        for (name, secret) in [("token", TOKEN), ("password", PASSWORD)] {
            fs::write(file(name), secret).unwrap();
            fs::set_permissions(file(name), PermissionsExt::from_mode(0o600)).unwrap();
        }
        let mut command = match self.script {
            None => Command::new(binaries::server()),
            Some(script) => {
                let mut command = Command::new("unshare");
                command.args(namespace::private_mount_flags()).args(["sh", "-ec", script]);
                command.arg(self.folder()).arg(binaries::server());
                command
            }
        };
        let path = std::env::var_os("PATH").unwrap_or_default();
        let mut child = command
            .env_clear()
            .env("PATH", path)
            .args(["--listen", "127.0.0.1:0", "--drain-seconds", "2"])
            .args(["--private-listen", &metrics.to_string()])
            .arg("--data-dir")
            .arg(file("data"))
            .arg("--address-file")
            .arg(file("address"))
            .arg("--admin-token-file")
            .arg(file("token"))
            .arg("--admin-password-file")
            .arg(file("password"))
            .args(&self.flags)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(stderr)
            .spawn()
            .unwrap();
        let address = wait::until(DEADLINE, "the server's address", || {
            let ended = child.try_wait().unwrap();
            assert!(ended.is_none(), "the server ended: {ended:?}");
            fs::read_to_string(file("address")).ok()?.trim().parse().ok()
        });
        let running = Running { child, address, metrics, folder: self.folder };
        wait::until(DEADLINE, "the server to be ready", || {
            (running.get("/readyz").status == 200).then_some(())
        });
        running
    }
}

impl Running {
    /// A path as the server sees it, also on a file system that only it has.
    pub fn inside(&self, path: &Path) -> PathBuf {
        format!("/proc/{}/root{}", self.child.id(), path.display()).into()
    }

    /// The small file system's folder, as it is named inside.
    pub fn small(&self) -> PathBuf {
        self.inside(&self.folder.path().join("small"))
    }

    /// The full URL of a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// What comes for a request with no body.
    pub fn answer(&self, method: &str, path: &str) -> Response {
        ask(self.address, method, path)
    }

    /// What comes for a GET.
    pub fn get(&self, path: &str) -> Response {
        self.answer("GET", path)
    }

    /// Sends `count` requests for paths that are made of their number, several at once, and
    /// checks that each is answered.
    pub fn requests(&self, method: &str, count: usize, path: impl Fn(usize) -> String + Sync) {
        std::thread::scope(|scope| {
            for client in 0..CLIENTS {
                let path = &path;
                scope.spawn(move || {
                    for number in (client..count).step_by(CLIENTS) {
                        self.answer(method, &path(number));
                    }
                });
            }
        });
    }

    /// Lines that the server could not write to its log.
    pub fn lost_lines(&self) -> u64 {
        let metrics = ask(self.metrics, "GET", "/metrics").text();
        let name = "ginflix_log_lines_lost_total ";
        let line = metrics.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap_or_else(|| panic!("no {name}in {metrics}")).parse().unwrap()
    }

    /// Asks it to end, and tells how it did.
    pub fn stop(&mut self) -> ExitStatus {
        let pid = Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap();
        kill_process(pid, Signal::TERM).unwrap();
        wait::until(DEADLINE, "the server to stop", || self.child.try_wait().unwrap())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The response to a request on a connection of its own.
fn ask(address: SocketAddr, method: &str, path: &str) -> Response {
    let request = ginflix_wire::request(method, path, "Connection: close\r\n");
    ginflix_wire::exchange(address, &request)
}
