//! Clusters of one server process on this machine.

mod start;

use std::fs;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use ginflix_api::client::Client;
use rustix::process::Signal;

use super::kubernetes::manifests::Plan;
use super::log_file::LogFile;
use super::process::{Fate, ProcessId};
use super::secret;
use super::settings::Settings;
use super::state::{ClusterRecord, LockedRecord, State, io_failure};
use crate::cluster::progress::Progress;
use crate::cluster::provider::{
    ClusterStatus, Condition, DataSummary, DownOptions, Endpoint, LogOptions, LogReader, Provider,
    Target, UpOptions, UpReport,
};
use crate::error::{ExitStatus, Failure, Result};
use crate::hint::suggested_command;

/// How long `up` waits if nothing else is said.
const UP_TIMEOUT: Duration = Duration::from_secs(30);
/// How long running responses may take if nothing else is said.
const DOWN_TIMEOUT: Duration = Duration::from_secs(40);
/// How often something that should happen soon is looked for.
const POLL: Duration = Duration::from_millis(10);
/// How often a log that is followed is looked at.
const FOLLOW_INTERVAL: Duration = Duration::from_millis(200);

/// Clusters of this machine.
pub struct Local;

#[async_trait]
impl Provider for Local {
    async fn up(
        &self,
        cluster: &mut LockedRecord,
        wanted: &UpOptions,
        progress: &dyn Progress,
    ) -> Result<UpReport> {
        refuse_kubernetes(wanted)?;
        let deadline = Instant::now() + wanted.timeout.unwrap_or(UP_TIMEOUT);
        let already_running = running(&cluster.state).is_some();
        if already_running {
            start::say_what_differs(cluster, wanted, progress);
            let step = progress.start("Waiting for the server that runs already");
            start::wait_until_ready(cluster, None, deadline).await?;
            step.done("The server runs already");
        } else {
            start::start(cluster, wanted, deadline, progress).await?;
        }
        report(cluster, already_running).await
    }

    async fn plan(
        &self,
        _: &ClusterRecord,
        _: &UpOptions,
        _: &dyn Progress,
    ) -> Result<Option<Plan>> {
        Ok(None)
    }

    async fn down(
        &self,
        cluster: &mut LockedRecord,
        stop: &DownOptions,
        progress: &dyn Progress,
    ) -> Result<bool> {
        let running = running(&cluster.state).cloned();
        if let Some(process) = &running {
            let step = progress.start("Stopping; running streams may finish");
            let timeout = stop.timeout.unwrap_or(DOWN_TIMEOUT);
            terminate(process, timeout, stop.force, cluster.name()).await?;
            step.done("Stopped");
        }
        (cluster.state.process, cluster.state.url) = (None, None);
        cluster.save()?;
        Ok(running.is_some())
    }

    async fn delete_data(&self, cluster: LockedRecord) -> Result<()> {
        if running(&cluster.state).is_some() {
            return Err(Failure::new(ExitStatus::Conflict, "the cluster runs"));
        }
        cluster.dir.delete()
    }

    async fn data_summary(&self, cluster: &ClusterRecord) -> Result<DataSummary> {
        let data = cluster.dir.data();
        let count = |path: &Path| add_up(path).map_err(|e| io_failure("read", path, &e));
        let (media, _) = count(&data.join("media"))?;
        let (_, bytes) = count(&data)?;
        Ok(DataSummary { media: Some(media), bytes: Some(bytes) })
    }

    async fn status(&self, cluster: &ClusterRecord) -> Result<ClusterStatus> {
        Ok(ClusterStatus::of(condition(&cluster.state)))
    }

    async fn endpoint(&self, cluster: &ClusterRecord, _of: Target) -> Result<Endpoint> {
        let not_running = |why: &str| {
            Failure::failed(format!("the cluster `{}` is not running{why}", cluster.name()))
                .hint(format!("start it: {}", suggested_command(cluster.name(), "cluster up")))
        };
        match condition(&cluster.state) {
            Condition::Running => {}
            Condition::Stopped(None) => return Err(not_running("")),
            Condition::Stopped(Some(why)) | Condition::Broken(why) => {
                return Err(not_running(&format!(": {why}")));
            }
        }
        let url = cluster.state.url.clone();
        let url = url.ok_or_else(|| not_running(": it is being started"))?;
        let token = read_secret(&cluster.dir.token())?.unwrap_or_default();
        Ok(Endpoint { url, token })
    }

    async fn logs(
        &self,
        cluster: &ClusterRecord,
        wanted: &LogOptions,
        reader: &mut dyn LogReader,
    ) -> Result<()> {
        let path = cluster.dir.log();
        let failed = |e: io::Error| io_failure("read", &path, &e);
        let mut log = match LogFile::open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                reader.nothing("There is no log yet.");
                return Ok(());
            }
            other => other.map_err(failed)?,
        };
        let last = log.last_lines(wanted.lines).map_err(failed)?;
        if !last.is_empty() {
            reader.lines(None, &last);
        }
        if !wanted.follow {
            return Ok(());
        }
        loop {
            let added = log.added().map_err(failed)?;
            if added.is_empty() {
                tokio::time::sleep(FOLLOW_INTERVAL).await;
            } else {
                reader.lines(None, added.trim_end_matches('\n'));
            }
        }
    }
}

fn running(state: &State) -> Option<&ProcessId> {
    state.process.as_ref().filter(|process| process.fate() == Fate::Running)
}

fn condition(state: &State) -> Condition {
    let Some(process) = &state.process else { return Condition::Stopped(None) };
    match process.fate() {
        Fate::Running => Condition::Running,
        Fate::Rebooted => Condition::Stopped(Some("the machine was restarted".to_owned())),
        Fate::Ended => Condition::Broken(format!("its process {} has ended", process.pid)),
    }
}

fn read_secret(path: &Path) -> Result<Option<String>> {
    secret::read(path).map_err(|e| io_failure("read", path, &e))
}

/// What `up` reports once the server is ready.
async fn report(cluster: &ClusterRecord, already_running: bool) -> Result<UpReport> {
    let state = &cluster.state;
    let url = state.url.clone().ok_or_else(|| Failure::failed("the server has no address"))?;
    let mut password = read_secret(&cluster.dir.admin_password())?;
    if let (Some(text), Some(_)) = (&password, &state.database_url) {
        // A database of elsewhere may have had accounts: then ours was not made.
        let login = ginflix_api::account::Login { name: "admin".into(), password: text.clone() };
        if Client::new(url.clone(), None)?.log_in(&login).await.is_err() {
            cluster.dir.forget_password()?;
            password = None;
        }
    }
    Ok(UpReport {
        already_running,
        url: Some(url),
        context: None,
        kubeconfig: None,
        pid: state.process.as_ref().map(|process| process.pid),
        data_dir: Some(cluster.dir.data()),
        admin_password: password,
    })
}

/// What only Kubernetes has is not silently left out.
fn refuse_kubernetes(wanted: &UpOptions) -> Result<()> {
    if wanted.kubernetes == Settings::default()
        && wanted.workers.is_none()
        && wanted.node_image.is_none()
        && !wanted.rollback
    {
        return Ok(());
    }
    Err(Failure::new(
        ExitStatus::Usage,
        "images, replicas, storage, service, host, workers and rollback are for clusters on Kubernetes",
    )
    .hint("a local cluster is one process: take --provider kind or kubernetes for these"))
}

/// Asks a process to end, and waits for it.
async fn terminate(
    process: &ProcessId,
    timeout: Duration,
    force: bool,
    cluster: &str,
) -> Result<()> {
    let refused =
        |e: io::Error| Failure::failed(format!("cannot stop process {}: {e}", process.pid));
    process.signal(Signal::TERM).map_err(refused)?;
    if wait_for_end(process, timeout).await {
        return Ok(());
    }
    if !force {
        let message = format!(
            "the server still has responses to finish after {} s (process {})",
            timeout.as_secs(),
            process.pid
        );
        return Err(Failure::new(ExitStatus::TimedOut, message).hint(format!(
            "cut them off: {}",
            suggested_command(cluster, "cluster down --force")
        )));
    }
    process.signal(Signal::KILL).map_err(refused)?;
    if wait_for_end(process, Duration::from_secs(10)).await {
        return Ok(());
    }
    Err(Failure::new(ExitStatus::TimedOut, format!("process {} does not end", process.pid)))
}

async fn wait_for_end(process: &ProcessId, timeout: Duration) -> bool {
    let deadline = Instant::now() + timeout;
    while process.fate() == Fate::Running {
        if Instant::now() >= deadline {
            return false;
        }
        tokio::time::sleep(POLL).await;
    }
    true
}

/// Number and bytes of all files below a folder; none if it does not exist.
fn add_up(path: &Path) -> io::Result<(u64, u64)> {
    let entries = match fs::read_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((0, 0)),
        other => other?,
    };
    let (mut files, mut bytes) = (0, 0);
    for entry in entries {
        let entry = entry?;
        let facts = entry.metadata()?;
        if facts.is_dir() {
            let (f, b) = add_up(&entry.path())?;
            (files, bytes) = (files + f, bytes + b);
        } else {
            (files, bytes) = (files + 1, bytes + facts.len());
        }
    }
    Ok((files, bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_added_up() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("media")).unwrap();
        fs::write(root.path().join("media/a.mp4"), [0; 10]).unwrap();
        fs::write(root.path().join("b"), [0; 5]).unwrap();
        assert_eq!(add_up(root.path()).unwrap(), (2, 15));
        assert_eq!(add_up(&root.path().join("none")).unwrap(), (0, 0));
    }
}
