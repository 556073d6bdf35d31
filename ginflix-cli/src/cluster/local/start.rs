//! Starts the process of a local server and waits until it is ready.

use std::fs;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use ginflix_api::client::Client;
use url::Url;

use super::{POLL_INTERVAL, ProcessId, UpOptions, io_failure, secret};
use crate::cluster::log_file::{self, LogFile};
use crate::cluster::progress::{Progress, ProgressEvent};
use crate::cluster::state::{
    ClusterRecord, LockedRecord, StateDir, StoredState, disk_full_hint, free_bytes,
};
use crate::cluster::{port, process, server_binary};
use crate::error::{ExitStatus, Failure, Result};
use crate::hint::suggested_command;

/// Values of `--database-url` that stand for the catalogue's own file.
const OWN_DATABASE: [&str; 2] = ["own", "file"];
/// Number of lines of the log that are shown when a start fails.
const LOG_TAIL_LINES: usize = 5;
/// If a start fails with fewer free bytes than this, the full disk is the likely cause.
const MIN_FREE_BYTES: u64 = 1 << 20;
/// How long a server that did not become ready may take to end before it is killed.
const CLEAN_UP_TIMEOUT: Duration = Duration::from_secs(2);

/// Starts the server with its former settings, overridden by `options`, and waits until it is
/// ready. After a failure, no process runs and the former settings are stored again.
pub(super) async fn start(
    cluster: &mut LockedRecord,
    options: &UpOptions,
    deadline: Instant,
    progress: &dyn Progress,
) -> Result<()> {
    let before = StoredState { process: None, url: None, ..cluster.state.clone() };
    cluster.state = with_options(before.clone(), options);

    let server = server_binary::find()?;
    progress.report(ProgressEvent::Detail(&format!("server: {}", server.display())));
    port::ensure_free(cluster.state.listen, cluster.state.port, cluster.name())?;
    let mut log = prepare_log(&cluster.dir)?;
    create_secrets(cluster)?;
    cluster.save()?;

    let step = progress.start("Starting ginflix-server");
    let started = Instant::now();
    let mut child = spawn(cluster, &server)?;
    if let Err(failure) = wait_for_start(cluster, &mut child, deadline).await {
        let cleaned_up = clean_up(cluster, before, &mut child).await;
        let failure = with_log_tail(failure, &cluster.dir, &mut log);
        return Err(match cleaned_up {
            Ok(()) => failure,
            Err(second) => with_second_failure(failure, &second),
        });
    }
    step.done(&format!("Started ginflix-server in {} ms", started.elapsed().as_millis()));
    Ok(())
}

fn with_options(before: StoredState, options: &UpOptions) -> StoredState {
    StoredState {
        listen: options.listen.unwrap_or(before.listen),
        port: options.port.unwrap_or(before.port),
        access: options.access.unwrap_or(before.access),
        database_url: match options.database_url.as_deref() {
            None => before.database_url,
            Some(own) if OWN_DATABASE.contains(&own) => None,
            Some(url) => Some(url.to_owned()),
        },
        ..before
    }
}

/// Stores the identity of a server that was started, and waits until it is ready.
async fn wait_for_start(
    cluster: &mut LockedRecord,
    child: &mut Child,
    deadline: Instant,
) -> Result<()> {
    cluster.state.process = Some(ProcessId::of(child.id()).map_err(|e| {
        Failure::failed(format!("cannot read the state of process {}: {e}", child.id()))
    })?);
    // Saved before the wait: if this command is killed, later commands still find the server.
    cluster.save()?;
    let address = wait_for_address(&cluster.dir, child, deadline).await?;
    cluster.state.url = Some(url_of(address)?);
    wait_until_ready(cluster, Some(child), deadline).await?;
    cluster.save()
}

/// Waits until the server is ready to serve requests.
pub(super) async fn wait_until_ready(
    cluster: &ClusterRecord,
    mut child: Option<&mut Child>,
    deadline: Instant,
) -> Result<()> {
    let url = cluster.state.url.clone().ok_or_else(|| {
        Failure::failed("the server is running, but its address is not known")
            .hint("restart it: ginflix cluster down --force, then ginflix cluster up")
    })?;
    let client = Client::new(url.clone(), None)?;
    loop {
        let remaining = deadline.saturating_duration_since(Instant::now());
        if let Ok(Ok(true)) = tokio::time::timeout(remaining, client.is_ready()).await {
            return Ok(());
        }
        check_child(child.as_deref_mut())?;
        if remaining.is_zero() {
            return Err(Failure::new(
                ExitStatus::TimedOut,
                format!("the server at {url} was not ready in time"),
            )
            .hint(format!("see {}, or wait longer with --timeout", logs_command(&cluster.dir))));
        }
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}

/// Warns if the options differ from the settings with which the cluster runs.
pub(super) fn warn_about_ignored_options(
    cluster: &ClusterRecord,
    options: &UpOptions,
    progress: &dyn Progress,
) {
    let state = &cluster.state;
    let differs = options.listen.is_some_and(|listen| listen != state.listen)
        || options.port.is_some_and(|port| port != 0 && port != state.port)
        || options.access.is_some_and(|access| access != state.access)
        || (options.database_url.is_some() && options.database_url != state.database_url);
    if differs {
        progress.report(ProgressEvent::Warning(&format!(
            "the cluster runs with other settings; to change them, stop it first: {}",
            suggested_command(cluster.name(), "cluster down")
        )));
    }
}

/// Waits for the address file, which the server writes once it listens.
async fn wait_for_address(
    dir: &StateDir,
    child: &mut Child,
    deadline: Instant,
) -> Result<SocketAddr> {
    let path = dir.address();
    loop {
        if let Ok(text) = fs::read_to_string(&path)
            && let Ok(address) = text.trim().parse()
        {
            return Ok(address);
        }
        check_child(Some(child))?;
        if Instant::now() >= deadline {
            let message = "the server did not start to listen in time";
            return Err(Failure::new(ExitStatus::TimedOut, message)
                .hint(format!("see {}, or wait longer with --timeout", logs_command(dir))));
        }
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}

/// Fails if the server has ended.
fn check_child(child: Option<&mut Child>) -> Result<()> {
    let Some(child) = child else { return Ok(()) };
    match child.try_wait() {
        Ok(None) => Ok(()),
        Ok(Some(status)) => {
            Err(Failure::failed(format!("the server ended while it was starting ({status})")))
        }
        Err(error) => Err(Failure::failed(format!("cannot wait for the server: {error}"))),
    }
}

fn spawn(cluster: &ClusterRecord, server: &Path) -> Result<Child> {
    let ClusterRecord { dir, state } = cluster;
    let address = dir.address();
    // A file of an earlier start would be taken for the address of this one.
    match fs::remove_file(&address) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(io_failure("delete", &address, &error));
        }
        _ => {}
    }
    let log_path = dir.log();
    let log = log_file::open_to_append(&log_path).map_err(|e| io_failure("open", &log_path, &e))?;
    let mut command = Command::new(server);
    command
        .arg("--listen")
        .arg(SocketAddr::new(state.listen, state.port).to_string())
        .arg("--data-dir")
        .arg(dir.data())
        .arg("--access")
        .arg(state.access.as_str())
        .arg("--address-file")
        .arg(&address)
        .arg("--admin-token-file")
        .arg(dir.token())
        .arg("--library-roots-file")
        .arg(dir.library_roots())
        .arg("--log-file")
        .arg(&log_path);
    if dir.admin_password().exists() {
        command.arg("--admin-password-file").arg(dir.admin_password());
    }
    // In the environment, because the URL may hold a password and every user can see arguments.
    match &state.database_url {
        Some(url) => command.env("GINFLIX_DATABASE_URL", url),
        None => command.env_remove("GINFLIX_DATABASE_URL"),
    };
    // A token for this command, which may be of another server.
    command.env_remove("GINFLIX_TOKEN");
    process::spawn_detached(&mut command, log)
        .map_err(|e| Failure::failed(format!("cannot start {}: {e}", server.display())))
}

/// Ends a server that did not become ready, and restores the state from before the start.
async fn clean_up(
    cluster: &mut LockedRecord,
    before: StoredState,
    child: &mut Child,
) -> Result<()> {
    match &cluster.state.process {
        Some(process) => super::terminate(process, CLEAN_UP_TIMEOUT, true, cluster.name()).await?,
        None => child
            .kill()
            .map_err(|e| Failure::failed(format!("cannot stop process {}: {e}", child.id())))?,
    }
    cluster.state = before;
    cluster.save()
}

fn with_second_failure(mut failure: Failure, second: &Failure) -> Failure {
    failure.message.push_str("\nand the clean-up failed: ");
    failure.message.push_str(&second.message);
    failure
}

/// Adds the end of the log to a failure. Replaces its hint if the disk is nearly full: then the
/// server may have been unable to log the cause.
fn with_log_tail(mut failure: Failure, dir: &StateDir, log: &mut LogFile) -> Failure {
    let mut text = String::new();
    while let Ok(more) = log.read_new_lines()
        && !more.is_empty()
    {
        text.push_str(&more);
    }
    let lines: Vec<&str> = text.lines().collect();
    if !lines.is_empty() {
        failure.message.push_str("; the end of its log:");
    }
    for line in &lines[lines.len().saturating_sub(LOG_TAIL_LINES)..] {
        failure.message.push_str("\n  ");
        failure.message.push_str(line);
    }
    let data = dir.data();
    if free_bytes(&data).is_some_and(|free| free < MIN_FREE_BYTES) {
        failure.hint = Some(disk_full_hint(&data));
    }
    failure.hint.get_or_insert_with(|| format!("see the whole log: {}", logs_command(dir)));
    failure
}

fn logs_command(dir: &StateDir) -> String {
    suggested_command(dir.name(), "cluster logs")
}

/// Limits the size of the log, and opens it to read what is added from now on.
fn prepare_log(dir: &StateDir) -> Result<LogFile> {
    let path = dir.log();
    let open = || {
        log_file::limit_size(&path)?;
        // Creates the file if there is none.
        log_file::open_to_append(&path)?;
        let mut log = LogFile::open(&path)?;
        log.seek_to_end()?;
        Ok(log)
    };
    open().map_err(|e| io_failure("open", &path, &e))
}

/// Creates the token, and the first password of `admin` if the server may create that account: it
/// does so in a database without accounts.
fn create_secrets(cluster: &LockedRecord) -> Result<()> {
    let dir = &cluster.dir;
    let create = |path: PathBuf, generate| {
        secret::read_or_create(&path, generate).map_err(|e| io_failure("write", &path, &e))
    };
    create(dir.token(), secret::generate_token)?;
    let has_own_database = cluster.state.database_url.is_none();
    if cluster.is_new() || (has_own_database && !dir.data().join("catalog.db").exists()) {
        create(dir.admin_password(), secret::generate_password)?;
    }
    Ok(())
}

/// Returns the URL under which this machine reaches a server that listens on `address`.
fn url_of(mut address: SocketAddr) -> Result<Url> {
    if address.ip().is_unspecified() {
        address.set_ip(match address.ip() {
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    Url::parse(&format!("http://{address}"))
        .map_err(|e| Failure::failed(format!("the server listens on an unusable address: {e}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unspecified_address_is_reached_through_the_loopback() {
        let url = |address: &str| url_of(address.parse().unwrap()).unwrap().to_string();
        assert_eq!(url("0.0.0.0:80"), "http://127.0.0.1/");
        assert_eq!(url("[::]:4463"), "http://[::1]:4463/");
        assert_eq!(url("10.0.0.1:4463"), "http://10.0.0.1:4463/");
    }
}
