//! Private PostgreSQL servers, each in a temporary directory and stopped with the test process.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock};

/// The shell script that runs a server. It prints `ready` after the start and after each order from
/// its standard input, and stops the server at the end of that input, which comes when the test
/// process ends for whatever reason. With `TLS_PORT` the server also listens on that port, with a
/// certificate for `localhost`.
const SUPERVISOR: &str = r#"
set -eu
NETWORK="-c listen_addresses="
fail() { cat "$DIR/log" >&2; exit 1; }
"$BIN/initdb" -D "$DIR/data" -U ginflix -A trust -E UTF8 --locale=C --no-sync >"$DIR/log" 2>&1 || fail
if [ -n "$TLS_PORT" ]; then
    printf '[req]\ndistinguished_name=dn\nx509_extensions=ext\n[dn]\n[ext]\nsubjectAltName=DNS:localhost\n' >"$DIR/req"
    openssl req -x509 -config "$DIR/req" -subj /CN=localhost -days 2 -nodes -newkey ec \
        -pkeyopt ec_paramgen_curve:prime256v1 -keyout "$DIR/key.pem" -out "$DIR/cert.pem" >>"$DIR/log" 2>&1 || fail
    NETWORK="-c listen_addresses=localhost -c port=$TLS_PORT -c ssl=on -c ssl_key_file=$DIR/key.pem -c ssl_cert_file=$DIR/cert.pem"
fi
start() {
    "$BIN/pg_ctl" -D "$DIR/data" -l "$DIR/log" -w -o "$NETWORK -c unix_socket_directories=$DIR \
        -c max_connections=300 $SETTINGS" start >>"$DIR/log" 2>&1
}
# The postmaster and its child processes.
processes() { echo "$1" $(cat "/proc/$1/task/$1/children"); }
start || fail
echo ready
while read -r order; do
    case $order in
    kill) kill -9 "$(head -n 1 "$DIR/data/postmaster.pid")" ;;
    stop) kill -STOP $(processes "$(head -n 1 "$DIR/data/postmaster.pid")") ;;
    continue) kill -CONT $(processes "$(head -n 1 "$DIR/data/postmaster.pid")") ;;
    # Processes of a killed server may need a moment to end.
    start) tries=50; until start; do tries=$((tries - 1)); [ $tries -gt 0 ] || fail; sleep 0.1; done ;;
    esac
    echo ready
done
"$BIN/pg_ctl" -D "$DIR/data" -m immediate -w stop >>"$DIR/log" 2>&1 || true
rm -rf "$DIR"
"#;

/// Settings of a server that is never killed: nothing need survive a crash.
const FAST_SETTINGS: &str = "-c fsync=off -c full_page_writes=off -c synchronous_commit=off";
/// Settings with which commits survive SIGKILL, though not a crash of the machine.
const DURABLE_SETTINGS: &str = "-c fsync=off -c synchronous_commit=on";

/// The user and group `nobody`: PostgreSQL refuses to run as root.
const UNPRIVILEGED_ID: u32 = 65534;

/// The port in the file name of the Unix socket, even if the server does not listen on TCP.
pub const DEFAULT_PORT: u16 = 5432;

/// A running PostgreSQL server.
pub struct Postgres {
    dir: PathBuf,
    port: u16,
    database_count: AtomicU32,
    // The server runs as long as the standard input of its supervisor is open. Both are locked
    // together, so that the line after an order is the reply to it.
    supervisor: Mutex<(Child, BufReader<ChildStdout>)>,
}

/// Returns the server that all tests of this process share, and starts it at the first call.
///
/// # Panics
/// If PostgreSQL is not installed or does not start: such tests fail instead of being skipped.
pub fn shared() -> &'static Postgres {
    static SHARED: OnceLock<Postgres> = OnceLock::new();
    SHARED.get_or_init(|| Postgres::start(None))
}

impl Postgres {
    /// Starts a server; with a port, also for TLS at `localhost` on that port.
    ///
    /// # Panics
    /// If PostgreSQL is not installed or does not start.
    pub fn start(tls_port: Option<u16>) -> Self {
        Self::start_with(tls_port, FAST_SETTINGS)
    }

    /// Starts a server whose commits survive SIGKILL.
    ///
    /// # Panics
    /// If PostgreSQL is not installed or does not start.
    pub fn start_durable() -> Self {
        Self::start_with(None, DURABLE_SETTINGS)
    }

    /// Starts a server that accepts few connections.
    ///
    /// # Panics
    /// If PostgreSQL is not installed or does not start.
    pub fn start_with_connections(limit: u32) -> Self {
        Self::start_with(None, &format!("{FAST_SETTINGS} -c max_connections={limit}"))
    }

    fn start_with(tls_port: Option<u16>, settings: &str) -> Self {
        let dir = tempfile::Builder::new().prefix("ginflix-pg-").tempdir().unwrap().keep();
        let mut supervisor = Command::new("sh");
        supervisor
            .args(["-c", SUPERVISOR])
            .env("DIR", &dir)
            .env("BIN", programs())
            .current_dir(&dir);
        supervisor.env("TLS_PORT", tls_port.map(|port| port.to_string()).unwrap_or_default());
        supervisor.env("SETTINGS", settings);
        if rustix::process::geteuid().is_root() {
            std::os::unix::fs::chown(&dir, Some(UNPRIVILEGED_ID), Some(UNPRIVILEGED_ID)).unwrap();
            supervisor.uid(UNPRIVILEGED_ID).gid(UNPRIVILEGED_ID);
        }
        // Ctrl-C must not reach the supervisor: it stops the server when the tests have ended.
        supervisor.process_group(0);
        supervisor.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut supervisor = supervisor.spawn().unwrap();
        let stdout = BufReader::new(supervisor.stdout.take().unwrap());
        let mut supervisor = (supervisor, stdout);
        wait_until_done(&mut supervisor);
        Self {
            dir,
            port: tls_port.unwrap_or(DEFAULT_PORT),
            database_count: AtomicU32::new(0),
            supervisor: Mutex::new(supervisor),
        }
    }

    /// Kills the server with SIGKILL, so that it cannot clean up.
    pub fn kill(&self) {
        self.order("kill");
    }

    /// Starts the server again after [`Postgres::kill`].
    pub fn start_again(&self) {
        self.order("start");
    }

    /// Suspends all processes of the server with SIGSTOP: clients can connect, but get no response.
    pub fn suspend(&self) {
        self.order("stop");
    }

    /// Resumes the processes with SIGCONT.
    pub fn resume(&self) {
        self.order("continue");
    }

    /// Sends an order to the supervisor, and waits until it has executed that.
    fn order(&self, order: &str) {
        let mut supervisor = self.supervisor.lock().unwrap();
        writeln!(supervisor.0.stdin.as_ref().unwrap(), "{order}").unwrap();
        wait_until_done(&mut supervisor);
    }

    /// Returns the URL of a database of this server.
    pub fn url(&self, database: &str) -> String {
        url(&self.dir, self.port, database)
    }

    /// Returns the directory with the socket of the server and, with TLS, its certificate
    /// `cert.pem`.
    pub fn socket_folder(&self) -> &Path {
        &self.dir
    }

    /// Creates a database, empty or as a copy of `template`, and returns its URL.
    pub async fn create_database(&self, template: Option<&str>) -> String {
        let name = format!("test_{}", self.database_count.fetch_add(1, Ordering::Relaxed));
        self.create_database_named(&name, template).await;
        self.url(&name)
    }

    /// Creates a database of this name, empty or as a copy of `template`.
    pub async fn create_database_named(&self, name: &str, template: Option<&str>) {
        let (client, connection) =
            tokio_postgres::connect(&self.url("postgres"), tokio_postgres::NoTls).await.unwrap();
        let connection = tokio::spawn(connection);
        let template = template.map(|name| format!("TEMPLATE {name}")).unwrap_or_default();
        client.batch_execute(&format!("CREATE DATABASE {name} {template}")).await.unwrap();
        drop(client);
        connection.await.unwrap().unwrap();
    }
}

/// Waits until the supervisor has executed its order.
fn wait_until_done((supervisor, stdout): &mut (Child, BufReader<ChildStdout>)) {
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    if line != "ready\n" {
        let mut stderr = String::new();
        supervisor.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        panic!("PostgreSQL did not start, or its supervisor has ended: {stderr}");
    }
}

/// Returns the URL of a database of the server whose socket is in this directory.
pub fn url(socket_folder: &Path, port: u16, database: &str) -> String {
    let folder = socket_folder.to_str().unwrap().replace('/', "%2F");
    format!("postgres://ginflix@{folder}:{port}/{database}")
}

/// Finds the folder of `initdb` and `pg_ctl`, on `PATH` or where Debian installs them.
fn programs() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    if let Ok(versions) = std::fs::read_dir("/usr/lib/postgresql") {
        folders.extend(versions.flatten().map(|version| version.path().join("bin")));
    }
    let has_both = |folder: &PathBuf| ["initdb", "pg_ctl"].iter().all(|p| folder.join(p).is_file());
    folders.into_iter().find(has_both).expect(
        "these tests need PostgreSQL (initdb, pg_ctl); install the package `postgresql`, or run `make setup`",
    )
}
