//! A server whose standard error the test chooses, and simple requests to it.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use ginflix_tests::{binaries, namespace, server, wait};
use ginflix_wire::Response;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// How long a single step may take on a busy machine.
pub const STEP_TIMEOUT: Duration = Duration::from_secs(60);
/// The number of threads that send requests in parallel.
const CLIENTS: usize = 4;

/// A running server, which is killed when it is dropped.
pub struct RunningServer {
    /// The process; if its standard error is a pipe, this has the other end.
    pub child: Child,
    address: SocketAddr,
    metrics: SocketAddr,
    folder: TempDir,
}

/// Builds the command line of a server.
pub struct ServerBuilder {
    folder: TempDir,
    flags: Vec<String>,
    /// A shell script that ends with `exec "$@"`; `$0` is an empty folder.
    script: Option<&'static str>,
}

impl ServerBuilder {
    /// Creates a builder with these flags.
    pub fn with(flags: &[&str]) -> Self {
        let folder = TempDir::new().unwrap();
        fs::create_dir(folder.path().join("small")).unwrap();
        Self { folder, flags: flags.iter().map(ToString::to_string).collect(), script: None }
    }

    /// Returns an empty folder, where [`ServerBuilder::small`] mounts a small file system.
    pub fn folder(&self) -> PathBuf {
        self.folder.path().join("small")
    }

    /// Adds a flag.
    pub fn flag(mut self, flag: &str, value: &Path) -> Self {
        self.flags.extend([flag.to_owned(), value.display().to_string()]);
        self
    }

    /// Runs the server through a script that mounts a small file system at `$0`.
    pub fn small(mut self, script: &'static str) -> Self {
        self.script = Some(script);
        self
    }

    /// Starts the server, and waits until it is ready.
    pub fn run(self, stderr: impl Into<Stdio>) -> RunningServer {
        // An address that no other test or connection uses: all of 127.0.0.0/8 is this machine.
        static COUNT: AtomicU8 = AtomicU8::new(1);
        let [.., high, low] = std::process::id().to_be_bytes();
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let metrics = SocketAddr::from(([127, high | 0x80, low, count], 9463));
        let folder = self.folder.path();
        server::write_secrets(folder);
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
            .args(server::flags(folder, &folder.join("data")))
            .args(&self.flags)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(stderr)
            .spawn()
            .unwrap();
        let address = server::wait_for_address(&mut child, folder, String::new);
        let running = RunningServer { child, address, metrics, folder: self.folder };
        wait::until(STEP_TIMEOUT, "the server to be ready", || {
            (running.get("/readyz").status == 200).then_some(())
        });
        running
    }
}

impl RunningServer {
    /// Returns the path by which the test reaches a file in the mount namespace of the server.
    pub fn inside(&self, path: &Path) -> PathBuf {
        format!("/proc/{}/root{}", self.child.id(), path.display()).into()
    }

    /// Returns the path by which the test reaches the small file system.
    pub fn small(&self) -> PathBuf {
        self.inside(&self.folder.path().join("small"))
    }

    /// Returns the full URL of a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Sends a request without content.
    pub fn request(&self, method: &str, path: &str) -> Response {
        exchange(self.address, method, path)
    }

    /// Sends a GET request.
    pub fn get(&self, path: &str) -> Response {
        self.request("GET", path)
    }

    /// Sends `count` requests in parallel, each with the path that `path` makes of its number.
    pub fn requests(&self, method: &str, count: usize, path: impl Fn(usize) -> String + Sync) {
        std::thread::scope(|scope| {
            for client in 0..CLIENTS {
                let path = &path;
                scope.spawn(move || {
                    for number in (client..count).step_by(CLIENTS) {
                        self.request(method, &path(number));
                    }
                });
            }
        });
    }

    /// Returns how many lines the server could not write to its log.
    pub fn lost_lines(&self) -> u64 {
        let metrics = exchange(self.metrics, "GET", "/metrics").text();
        let name = "ginflix_log_lines_lost_total ";
        let line = metrics.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap_or_else(|| panic!("no {name}in {metrics}")).parse().unwrap()
    }

    /// Sends SIGTERM, and waits for the end of the process.
    pub fn stop(&mut self) -> ExitStatus {
        let pid = Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap();
        kill_process(pid, Signal::TERM).unwrap();
        wait::until(STEP_TIMEOUT, "the server to stop", || self.child.try_wait().unwrap())
    }
}

impl Drop for RunningServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends a request on a new connection.
fn exchange(address: SocketAddr, method: &str, path: &str) -> Response {
    let request = ginflix_wire::request(method, path, "Connection: close\r\n");
    ginflix_wire::exchange(address, &request)
}
