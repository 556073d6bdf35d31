//! A server that starts before its database: probes are answered, and it can be stopped.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use ginflix_tests::certificate::Certificate;
use ginflix_tests::postgres::{self, Postgres};
use ginflix_tests::server::{self, TOKEN, write_secret};
use ginflix_tests::wait;
use ginflix_wire::Response;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// How long a start, a stop or a response may take on a busy machine.
const STEP_TIMEOUT: Duration = Duration::from_secs(30);

/// A server that is not waited for.
struct Starting {
    child: Child,
    folder: TempDir,
}

impl Starting {
    fn spawn(database_url: &str, more: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name);
        write_secret(&file("token"), TOKEN);
        let child = server::command(&["--listen", "127.0.0.1:0", "--database-url", database_url])
            .args(more)
            .arg("--data-dir")
            .arg(file("data"))
            .arg("--address-file")
            .arg(file("address"))
            .arg("--admin-token-file")
            .arg(file("token"))
            .stdout(Stdio::null())
            .stderr(File::create(file("log")).unwrap())
            .spawn()
            .unwrap();
        Self { child, folder }
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap()
    }

    fn wait_for_line(&self, text: &str) {
        wait::until(STEP_TIMEOUT, text, || self.log().contains(text).then_some(()));
    }

    fn address(&self) -> SocketAddr {
        let path = self.folder.path().join("address");
        wait::until(STEP_TIMEOUT, "the server's address", || {
            fs::read_to_string(&path).ok()?.trim().parse().ok()
        })
    }

    fn get(&self, path: &str) -> Response {
        ginflix_wire::exchange(self.address(), &ginflix_wire::get(path))
    }

    fn stop(&mut self, signal: Signal) -> ExitStatus {
        let pid = Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
        self.end()
    }

    fn end(&mut self) -> ExitStatus {
        wait::until(STEP_TIMEOUT, "the server to end", || self.child.try_wait().unwrap())
    }
}

impl Drop for Starting {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A database that does not exist until [`LateDatabase::begin`].
struct LateDatabase {
    folder: TempDir,
    url: String,
    cluster: &'static Postgres,
}

impl LateDatabase {
    async fn new() -> Self {
        let cluster = postgres::shared();
        let existing = cluster.create_database(None).await;
        let name = existing.rsplit_once('/').unwrap().1;
        let folder = tempfile::tempdir().unwrap();
        let url = postgres::url(&Self::socket_folder(&folder), postgres::DEFAULT_PORT, name);
        Self { folder, url, cluster }
    }

    fn socket_folder(folder: &TempDir) -> PathBuf {
        folder.path().join("sockets")
    }

    fn begin(&self) {
        let link = Self::socket_folder(&self.folder);
        std::os::unix::fs::symlink(self.cluster.socket_folder(), link).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn probes_are_answered_until_the_database_comes() {
    let database = LateDatabase::new().await;
    let server = Starting::spawn(&database.url, &["--private-listen", "127.0.0.1:0"]);
    server.wait_for_line("the database is unavailable");
    assert_eq!(server.get("/healthz").status, 200);
    let ready = server.get("/readyz");
    assert_eq!(ready.status, 503);
    assert!(ready.text().contains("it waits for its database"), "{ready:?}");
    for path in ["/api/v1/movies", "/", "/stream/film.mp4", "/api/v1/session", "/readyz"] {
        let refused = server.get(path);
        assert_eq!(refused.status, 503, "{path}");
        assert_eq!(refused.header("retry-after"), Some("2"), "{path}");
        let is_page = refused.text().contains("<html");
        assert_eq!(is_page, path == "/", "{path}: {refused:?}");
    }
    let fields = "Connection: close\r\nContent-Length: 2\r\n";
    let log_in = ginflix_wire::request("POST", "/api/v1/session", fields) + "{}";
    assert_eq!(ginflix_wire::exchange(server.address(), &log_in).status, 503);
    let log = server.log();
    let metrics = log.lines().find(|line| line.contains("serving metrics")).unwrap();
    let metrics = metrics.split("address=").nth(1).unwrap().trim().parse().unwrap();
    let metrics = ginflix_wire::exchange(metrics, &ginflix_wire::get("/metrics"));
    assert_eq!(metrics.status, 200);

    database.begin();
    wait::until(STEP_TIMEOUT, "the server to be ready", || {
        (server.get("/readyz").status == 200).then_some(())
    });
    assert_eq!(server.get("/api/v1/movies").status, 200);
    let log = server.log();
    for line in ["the database is unavailable", "the database is available again"] {
        assert_eq!(log.matches(line).count(), 1, "{line}: {log}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn probes_are_answered_over_tls_too() {
    let database = LateDatabase::new().await;
    let folder = tempfile::tempdir().unwrap();
    let certificate = Certificate::generate(folder.path(), "a");
    let server = Starting::spawn(&database.url, &certificate.flags());
    let address = server.address();
    let status = |path: &str| {
        let url = format!("https://localhost:{}{path}", address.port());
        let mut curl = Command::new("curl");
        curl.args(["-sS", "--noproxy", "*", "--max-time", "30", "-o", "/dev/null"]);
        curl.args(["-w", "%{http_code}", "--resolve"]);
        curl.arg(format!("localhost:{}:127.0.0.1", address.port()));
        let output = curl.arg("--cacert").arg(&certificate.cert).arg(url).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(status("/healthz"), "200");
    assert_eq!(status("/readyz"), "503");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_waits_for_its_database_can_be_stopped() {
    let database = LateDatabase::new().await;
    for signal in [Signal::TERM, Signal::INT] {
        let mut server = Starting::spawn(&database.url, &[]);
        server.wait_for_line("the database is unavailable");
        assert_eq!(server.stop(signal).code(), Some(0), "{}", server.log());
        let log = server.log();
        assert!(log.contains("stopping") && log.contains("stopped"), "{log}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_does_not_exist_ends_the_start() {
    let url = postgres::shared().url("no_such_database");
    let mut server = Starting::spawn(&url, &[]);
    assert_eq!(server.end().code(), Some(1));
    let log = server.log();
    assert!(log.contains("no_such_database"), "{log}");
}

#[test]
fn a_server_that_waits_for_another_process_can_be_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let directory = File::open(folder.path()).unwrap();
    directory.lock().unwrap();
    let url = |path: &Path| format!("sqlite:{}", path.join("catalog.db").display());
    let mut server = Starting::spawn(&url(folder.path()), &[]);
    server.wait_for_line("waiting for another process");
    assert_eq!(server.stop(Signal::TERM).code(), Some(0), "{}", server.log());
    drop(directory);
    let server = Starting::spawn(&url(folder.path()), &[]);
    server.wait_for_line(" ready");
}
