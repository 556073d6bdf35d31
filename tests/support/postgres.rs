//! A PostgreSQL of the tests' own: started when first asked for, in a
//! directory of its own, gone with the process that asked.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock};

/// With `TLS_PORT` also listens there, with a certificate for `localhost`.
/// Starts, says so, does to the server what it is told line by line, and stops
/// it as soon as its standard input ends: that is when the tests end, however
/// they end.
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
# All processes of the server.
family() { echo "$1" $(cat "/proc/$1/task/$1/children"); }
start || fail
echo ready
while read -r order; do
    case $order in
    kill) kill -9 "$(head -n 1 "$DIR/data/postmaster.pid")" ;;
    stop) kill -STOP $(family "$(head -n 1 "$DIR/data/postmaster.pid")") ;;
    continue) kill -CONT $(family "$(head -n 1 "$DIR/data/postmaster.pid")") ;;
    # What is left of a killed one may need a moment to go.
    start) tries=50; until start; do tries=$((tries - 1)); [ $tries -gt 0 ] || fail; sleep 0.1; done ;;
    esac
    echo ready
done
"$BIN/pg_ctl" -D "$DIR/data" -m immediate -w stop >>"$DIR/log" 2>&1 || true
rm -rf "$DIR"
"#;

/// As fast as can be: nothing here outlives a crash.
const FAST: &str = "-c fsync=off -c full_page_writes=off -c synchronous_commit=off";
/// What is committed outlives the server, if not the machine.
const SURVIVES_KILLS: &str = "-c fsync=off -c synchronous_commit=on";

/// PostgreSQL refuses to run as root, so then it runs as this user: nobody.
const UNPRIVILEGED: u32 = 65534;

/// The name of the socket has a port in it, also where nobody listens there.
pub const DEFAULT_PORT: u16 = 5432;

/// One running PostgreSQL.
pub struct Postgres {
    dir: PathBuf,
    port: u16,
    databases: AtomicU32,
    // Its standard input is what keeps the server up.
    supervisor: Mutex<(Child, BufReader<ChildStdout>)>,
}

/// The PostgreSQL of this test binary.
///
/// # Panics
/// Where it is not installed or does not start: such tests fail, they do not skip.
pub fn shared() -> &'static Postgres {
    static SHARED: OnceLock<Postgres> = OnceLock::new();
    SHARED.get_or_init(|| Postgres::start(None))
}

impl Postgres {
    /// Starts one; with a port, for TLS at `localhost` on that port.
    ///
    /// # Panics
    /// Where it is not installed or does not start.
    pub fn start(tls_port: Option<u16>) -> Self {
        Self::start_with(tls_port, FAST)
    }

    /// Starts one that keeps what it has committed when it is killed.
    ///
    /// # Panics
    /// Where it is not installed or does not start.
    pub fn start_durable() -> Self {
        Self::start_with(None, SURVIVES_KILLS)
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
            std::os::unix::fs::chown(&dir, Some(UNPRIVILEGED), Some(UNPRIVILEGED)).unwrap();
            supervisor.uid(UNPRIVILEGED).gid(UNPRIVILEGED);
        }
        // A group of its own: Ctrl-C is for the tests, and then for it.
        supervisor.process_group(0);
        supervisor.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut supervisor = supervisor.spawn().unwrap();
        let stdout = BufReader::new(supervisor.stdout.take().unwrap());
        let mut supervisor = (supervisor, stdout);
        ready(&mut supervisor);
        Self {
            dir,
            port: tls_port.unwrap_or(DEFAULT_PORT),
            databases: AtomicU32::new(0),
            supervisor: Mutex::new(supervisor),
        }
    }

    /// SIGKILL: it cannot tidy anything up.
    pub fn kill(&self) {
        self.tell("kill");
    }

    /// Starts a killed one again.
    pub fn start_again(&self) {
        self.tell("start");
    }

    /// Stops it where it is: it takes connections and answers nothing.
    pub fn suspend(&self) {
        self.tell("stop");
    }

    /// Lets it go on.
    pub fn resume(&self) {
        self.tell("continue");
    }

    fn tell(&self, order: &str) {
        let mut supervisor = self.supervisor.lock().unwrap();
        writeln!(supervisor.0.stdin.as_ref().unwrap(), "{order}").unwrap();
        ready(&mut supervisor);
    }

    /// The URL of a database there.
    pub fn url(&self, database: &str) -> String {
        url(&self.dir, self.port, database)
    }

    /// The directory with its socket and, if it has one, its certificate
    /// `cert.pem`.
    pub fn socket_folder(&self) -> &Path {
        &self.dir
    }

    /// Makes a database, empty or like `template`, and gives its URL.
    pub async fn create_database(&self, template: Option<&str>) -> String {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.create_database_named(&name, template).await;
        self.url(&name)
    }

    /// Makes a database of that name, empty or like `template`.
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

/// Waits until the supervisor has done what it was to do.
fn ready((supervisor, stdout): &mut (Child, BufReader<ChildStdout>)) {
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    if line != "ready\n" {
        let mut why = String::new();
        supervisor.stderr.take().unwrap().read_to_string(&mut why).unwrap();
        panic!("PostgreSQL did not start: {why}");
    }
}

/// The URL of a database of the PostgreSQL whose socket is in this directory.
pub fn url(socket_folder: &Path, port: u16, database: &str) -> String {
    let folder = socket_folder.to_str().unwrap().replace('/', "%2F");
    format!("postgres://ginflix@{folder}:{port}/{database}")
}

/// Where `initdb` and the others are: on PATH, or where Debian keeps them.
fn programs() -> PathBuf {
    let on_path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&on_path).collect();
    if let Ok(versions) = std::fs::read_dir("/usr/lib/postgresql") {
        folders.extend(versions.flatten().map(|version| version.path().join("bin")));
    }
    let has = |folder: &PathBuf| ["initdb", "pg_ctl"].iter().all(|p| is_file(&folder.join(p)));
    folders.into_iter().find(has).expect(
        "these tests need PostgreSQL (initdb, pg_ctl); install the package `postgresql`, or run `make setup`",
    )
}

fn is_file(path: &Path) -> bool {
    path.is_file()
}
