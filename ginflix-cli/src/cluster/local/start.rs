//! Starts the server process and waits until it is ready.

use std::fs;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use ginflix_api::client::Client;
use url::Url;

use super::{POLL, ProcessId, UpOptions, io_failure, secret};
use crate::cluster::log_file::{self, LogFile};
use crate::cluster::options::ClusterAccess;
use crate::cluster::progress::{Event, Progress};
use crate::cluster::state::{ClusterRecord, LockedRecord, State, StateDir, free_bytes, room_hint};
use crate::cluster::{port, process, server_binary};
use crate::error::{ExitStatus, Failure, Result};
use crate::hint::suggested_command;

/// What names the catalogue's own file instead of a database elsewhere.
const OWN_DATABASE: [&str; 2] = ["own", "file"];
/// Lines of the log that are shown when a start fails.
const LOG_LINES: usize = 5;
/// With fewer free bytes a failure to start is most likely for lack of room.
const LEAST_ROOM: u64 = 1 << 20;

/// Starts the server as wanted, else as before, and waits until it is ready.
pub(super) async fn start(
    cluster: &mut LockedRecord,
    wanted: &UpOptions,
    deadline: Instant,
    progress: &dyn Progress,
) -> Result<()> {
    let before = State { process: None, url: None, ..cluster.state.clone() };
    cluster.state = as_wanted(before.clone(), wanted);

    let server = server_binary::find()?;
    progress.report(Event::Detail(&format!("server: {}", server.display())));
    port::check(cluster.state.listen, cluster.state.port, cluster.name())?;
    let mut log = prepare_log(&cluster.dir)?;
    make_secrets(cluster)?;
    cluster.save()?;

    let step = progress.start("Starting ginflix-server");
    let started = Instant::now();
    let mut child = spawn(cluster, &server)?;
    if let Err(failure) = follow_start(cluster, &mut child, deadline).await {
        let cleaned_up = clean_up(cluster, before, &mut child).await;
        let failure = with_reasons(failure, &cluster.dir, &mut log);
        return Err(match cleaned_up {
            Ok(()) => failure,
            Err(also) => and(failure, &also),
        });
    }
    step.done(&format!("Started ginflix-server in {} ms", started.elapsed().as_millis()));
    Ok(())
}

fn as_wanted(before: State, wanted: &UpOptions) -> State {
    State {
        listen: wanted.listen.unwrap_or(before.listen),
        port: wanted.port.unwrap_or(before.port),
        access: wanted.access.unwrap_or(before.access),
        database_url: match wanted.database_url.as_deref() {
            None => before.database_url,
            Some(own) if OWN_DATABASE.contains(&own) => None,
            Some(url) => Some(url.to_owned()),
        },
        ..before
    }
}

/// Remembers a server that was started, and waits until it is ready.
async fn follow_start(
    cluster: &mut LockedRecord,
    child: &mut Child,
    deadline: Instant,
) -> Result<()> {
    cluster.state.process = Some(
        ProcessId::of(child.id())
            .map_err(|e| Failure::failed(format!("cannot look at process {}: {e}", child.id())))?,
    );
    // Known from now on, even if this command is killed while it waits.
    cluster.save()?;
    let address = wait_for_address(&cluster.dir, child, deadline).await?;
    cluster.state.url = Some(url_of(address)?);
    wait_until_ready(cluster, Some(child), deadline).await?;
    cluster.save()
}

/// Waits until the server may take traffic.
pub(super) async fn wait_until_ready(
    cluster: &ClusterRecord,
    mut child: Option<&mut Child>,
    deadline: Instant,
) -> Result<()> {
    let url = cluster.state.url.clone().ok_or_else(|| {
        Failure::failed("the server runs, but where it listens is not known").hint(format!(
            "start it anew: {}, then cluster up",
            suggested_command(cluster.name(), "cluster down --force")
        ))
    })?;
    let client = Client::new(url.clone(), None)?;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if let Ok(Ok(true)) = tokio::time::timeout(left, client.is_ready()).await {
            return Ok(());
        }
        check_child(child.as_deref_mut())?;
        if left.is_zero() {
            return Err(Failure::new(
                ExitStatus::TimedOut,
                format!("the server at {url} was not ready in time"),
            )
            .hint(format!("see {}, or wait longer with --timeout", logs(&cluster.dir))));
        }
        tokio::time::sleep(POLL).await;
    }
}

/// Flags that a running cluster does not take on are named.
pub(super) fn say_what_differs(
    cluster: &ClusterRecord,
    wanted: &UpOptions,
    progress: &dyn Progress,
) {
    let state = &cluster.state;
    let differs = wanted.listen.is_some_and(|listen| listen != state.listen)
        || wanted.port.is_some_and(|port| port != 0 && port != state.port)
        || wanted.access.is_some_and(|access| access != state.access)
        || (wanted.database_url.is_some() && wanted.database_url != state.database_url);
    if differs {
        progress.report(Event::Warning(&format!(
            "it runs with other settings; to change them: {} first",
            suggested_command(cluster.name(), "cluster down")
        )));
    }
}

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
            let message = "the server did not say in time where it listens";
            return Err(Failure::new(ExitStatus::TimedOut, message)
                .hint(format!("see {}, or wait longer with --timeout", logs(dir))));
        }
        tokio::time::sleep(POLL).await;
    }
}

fn check_child(child: Option<&mut Child>) -> Result<()> {
    let Some(child) = child else { return Ok(()) };
    match child.try_wait() {
        Ok(None) => Ok(()),
        Ok(Some(status)) => Err(Failure::failed(format!("the server ended at once ({status})"))),
        Err(error) => Err(Failure::failed(format!("cannot wait for the server: {error}"))),
    }
}

fn spawn(cluster: &ClusterRecord, server: &std::path::Path) -> Result<Child> {
    let ClusterRecord { dir, state } = cluster;
    let address = dir.address();
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
        .arg(match state.access {
            ClusterAccess::Public => "public",
            ClusterAccess::Private => "private",
        })
        .arg("--address-file")
        .arg(&address)
        .arg("--admin-token-file")
        .arg(dir.token())
        .arg("--log-file")
        .arg(&log_path);
    if dir.admin_password().exists() {
        command.arg("--admin-password-file").arg(dir.admin_password());
    }
    // The URL may hold a password, and everybody sees arguments.
    match &state.database_url {
        Some(url) => command.env("GINFLIX_DATABASE_URL", url),
        None => command.env_remove("GINFLIX_DATABASE_URL"),
    };
    command.env_remove("GINFLIX_TOKEN");
    process::spawn_detached(&mut command, log)
        .map_err(|e| Failure::failed(format!("cannot start {}: {e}", server.display())))
}

/// Ends a server that did not get ready, so that nothing half-started stays,
/// and forgets the settings with which it did not.
async fn clean_up(cluster: &mut LockedRecord, before: State, child: &mut Child) -> Result<()> {
    match &cluster.state.process {
        Some(process) => {
            super::terminate(process, Duration::from_secs(2), true, cluster.name()).await?;
        }
        None => child
            .kill()
            .map_err(|e| Failure::failed(format!("cannot stop process {}: {e}", child.id())))?,
    }
    cluster.state = before;
    cluster.save()
}

fn and(mut failure: Failure, also: &Failure) -> Failure {
    failure.message.push_str("\nthen: ");
    failure.message.push_str(&also.message);
    failure
}

/// Adds what the server said, and what to do where there is next to no room for what it writes:
/// then it may have been unable to say anything.
fn with_reasons(mut failure: Failure, dir: &StateDir, log: &mut LogFile) -> Failure {
    let mut said = String::new();
    while let Ok(more) = log.added()
        && !more.is_empty()
    {
        said.push_str(&more);
    }
    let lines: Vec<&str> = said.lines().collect();
    if !lines.is_empty() {
        failure.message.push_str("; the end of its log:");
    }
    for line in &lines[lines.len().saturating_sub(LOG_LINES)..] {
        failure.message.push_str("\n  ");
        failure.message.push_str(line);
    }
    let data = dir.data();
    if free_bytes(&data).is_some_and(|free| free < LEAST_ROOM) {
        failure.hint = Some(room_hint(&data));
    }
    failure.hint.get_or_insert_with(|| format!("see the whole log: {}", logs(dir)));
    failure
}

fn logs(dir: &StateDir) -> String {
    suggested_command(dir.name(), "cluster logs")
}

/// The log, of limited size, to read what is added to it.
fn prepare_log(dir: &StateDir) -> Result<LogFile> {
    let path = dir.log();
    let open = || {
        log_file::limit_size(&path)?;
        log_file::open_to_append(&path)?;
        let mut log = LogFile::open(&path)?;
        log.skip()?;
        Ok(log)
    };
    open().map_err(|e| io_failure("open", &path, &e))
}

/// The token, and the first password if accounts are still to be made.
fn make_secrets(cluster: &LockedRecord) -> Result<()> {
    let dir = &cluster.dir;
    let make = |path: PathBuf, make| {
        secret::read_or_make(&path, make).map_err(|e| io_failure("write", &path, &e))
    };
    make(dir.token(), secret::token)?;
    let own_database = cluster.state.database_url.is_none();
    if cluster.is_new() || (own_database && !dir.data().join("catalog.db").exists()) {
        make(dir.admin_password(), secret::password)?;
    }
    Ok(())
}

/// Where this machine reaches a server that listens there.
fn url_of(mut address: SocketAddr) -> Result<Url> {
    if address.ip().is_unspecified() {
        address.set_ip(match address.ip() {
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    Url::parse(&format!("http://{address}"))
        .map_err(|e| Failure::failed(format!("the server named no usable address: {e}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_is_reached_somehow() {
        let url = |address: &str| url_of(address.parse().unwrap()).unwrap().to_string();
        assert_eq!(url("0.0.0.0:80"), "http://127.0.0.1/");
        assert_eq!(url("[::]:4463"), "http://[::1]:4463/");
        assert_eq!(url("10.0.0.1:4463"), "http://10.0.0.1:4463/");
    }
}
