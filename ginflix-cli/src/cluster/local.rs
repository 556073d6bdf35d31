//! The provider `local`: a cluster is one server process on this machine.

mod start;

use std::fs;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use ginflix_api::client::Client;
use rustix::process::Signal;

use super::kubernetes::manifests::ManifestPlan;
use super::log_file::LogFile;
use super::process::{ProcessId, ProcessStatus};
use super::secret;
use super::settings::KubernetesSettings;
use super::state::{ClusterRecord, LockedRecord, StoredState, io_failure};
use crate::cluster::progress::Progress;
use crate::cluster::provider::{
    ClusterCondition, ClusterStatus, DataSummary, DownOptions, Endpoint, EndpointTarget,
    LogOptions, LogSink, Provider, UpOptions, UpReport,
};
use crate::error::{ExitStatus, Failure, Result};
use crate::hint::suggested_command;

/// How long `up` waits until the server is ready, by default.
const UP_TIMEOUT: Duration = Duration::from_secs(30);
/// How long `down` waits for running responses, by default.
const DOWN_TIMEOUT: Duration = Duration::from_secs(40);
/// How long a killed process may take to end.
const KILL_TIMEOUT: Duration = Duration::from_secs(10);
/// Interval between two checks of a server that starts or stops.
const POLL_INTERVAL: Duration = Duration::from_millis(10);
/// Interval between two reads of a log that is followed.
const FOLLOW_INTERVAL: Duration = Duration::from_millis(200);

/// Runs clusters as processes of this machine.
pub struct LocalProvider;

#[async_trait]
impl Provider for LocalProvider {
    async fn up(
        &self,
        cluster: &mut LockedRecord,
        options: &UpOptions,
        progress: &dyn Progress,
    ) -> Result<UpReport> {
        refuse_kubernetes_options(options)?;
        let deadline = Instant::now() + options.timeout.unwrap_or(UP_TIMEOUT);
        let already_running = running_process(&cluster.state).is_some();
        if already_running {
            start::warn_about_ignored_options(cluster, options, progress);
            let step = progress.start("Waiting for the server, which runs already");
            start::wait_until_ready(cluster, None, deadline).await?;
            step.done("The server runs already");
        } else {
            start::start(cluster, options, deadline, progress).await?;
        }
        report(cluster, already_running).await
    }

    async fn plan(
        &self,
        _: &ClusterRecord,
        _: &UpOptions,
        _: &dyn Progress,
    ) -> Result<Option<ManifestPlan>> {
        Ok(None)
    }

    async fn down(
        &self,
        cluster: &mut LockedRecord,
        options: &DownOptions,
        progress: &dyn Progress,
    ) -> Result<bool> {
        let running = running_process(&cluster.state).cloned();
        if let Some(process) = &running {
            let step = progress.start("Stopping; running streams may finish");
            let timeout = options.timeout.unwrap_or(DOWN_TIMEOUT);
            terminate(process, timeout, options.force, cluster.name()).await?;
            step.done("Stopped");
        }
        (cluster.state.process, cluster.state.url) = (None, None);
        cluster.save()?;
        Ok(running.is_some())
    }

    async fn delete_data(&self, cluster: LockedRecord) -> Result<()> {
        if running_process(&cluster.state).is_some() {
            return Err(Failure::new(ExitStatus::Conflict, "the cluster is running")
                .hint(format!("stop it: {}", suggested_command(cluster.name(), "cluster down"))));
        }
        cluster.dir.delete()
    }

    async fn data_summary(&self, cluster: &ClusterRecord) -> Result<DataSummary> {
        let data = cluster.dir.data();
        let count = |path: &Path| count_files(path).map_err(|e| io_failure("read", path, &e));
        let (media, _) = count(&data.join("media"))?;
        let (_, bytes) = count(&data)?;
        Ok(DataSummary { media: Some(media), bytes: Some(bytes) })
    }

    fn has_libraries(&self) -> bool {
        true
    }

    async fn status(&self, cluster: &ClusterRecord) -> Result<ClusterStatus> {
        Ok(ClusterStatus::of_process(condition(&cluster.state)))
    }

    async fn endpoint(&self, cluster: &ClusterRecord, _: EndpointTarget) -> Result<Endpoint> {
        let not_running = |reason: &str| {
            Failure::failed(format!("the cluster `{}` is not running{reason}", cluster.name()))
                .hint(format!("start it: {}", suggested_command(cluster.name(), "cluster up")))
        };
        match condition(&cluster.state) {
            ClusterCondition::Running => {}
            ClusterCondition::Stopped(None) => return Err(not_running("")),
            ClusterCondition::Stopped(Some(reason)) | ClusterCondition::Broken(reason) => {
                return Err(not_running(&format!(": {reason}")));
            }
        }
        let url = cluster.state.url.clone().ok_or_else(|| {
            let name = cluster.name();
            Failure::failed(format!("the cluster `{name}` is still starting"))
                .hint(format!("wait until it is ready: {}", suggested_command(name, "cluster up")))
        })?;
        let token = read_secret(&cluster.dir.token())?.unwrap_or_default();
        Ok(Endpoint { url, token })
    }

    async fn logs(
        &self,
        cluster: &ClusterRecord,
        options: &LogOptions,
        sink: &mut dyn LogSink,
    ) -> Result<()> {
        let path = cluster.dir.log();
        let failed = |e: io::Error| io_failure("read", &path, &e);
        let mut log = match LogFile::open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                sink.no_log("There is no log yet.");
                return Ok(());
            }
            other => other.map_err(failed)?,
        };
        let last = log.last_lines(options.lines).map_err(failed)?;
        if !last.is_empty() {
            sink.write_lines(None, &last);
        }
        if !options.follow {
            return Ok(());
        }
        loop {
            let added = log.read_new_lines().map_err(failed)?;
            if added.is_empty() {
                tokio::time::sleep(FOLLOW_INTERVAL).await;
            } else {
                sink.write_lines(None, added.trim_end_matches('\n'));
            }
        }
    }
}

fn running_process(state: &StoredState) -> Option<&ProcessId> {
    state.process.as_ref().filter(|process| process.status() == ProcessStatus::Running)
}

fn condition(state: &StoredState) -> ClusterCondition {
    let Some(process) = &state.process else { return ClusterCondition::Stopped(None) };
    match process.status() {
        ProcessStatus::Running => ClusterCondition::Running,
        ProcessStatus::Rebooted => {
            ClusterCondition::Stopped(Some("the machine was restarted".to_owned()))
        }
        ProcessStatus::Ended => {
            ClusterCondition::Broken(format!("its process {} has ended", process.pid))
        }
    }
}

fn read_secret(path: &Path) -> Result<Option<String>> {
    secret::read(path).map_err(|e| io_failure("read", path, &e))
}

/// Returns the report of `up` for a server that is ready.
async fn report(cluster: &ClusterRecord, already_running: bool) -> Result<UpReport> {
    let state = &cluster.state;
    let url = state.url.clone().ok_or_else(|| Failure::failed("the server has no address"))?;
    let mut password = read_secret(&cluster.dir.admin_password())?;
    if let (Some(text), Some(_)) = (&password, &state.database_url) {
        // An external database may have had accounts before. Then the server did not create the
        // account `admin`, and this password is not the right one.
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

/// Refuses options that only Kubernetes has, instead of ignoring them.
fn refuse_kubernetes_options(options: &UpOptions) -> Result<()> {
    if options.kubernetes == KubernetesSettings::default()
        && options.workers.is_none()
        && options.node_image.is_none()
        && !options.rollback
    {
        return Ok(());
    }
    Err(Failure::new(
        ExitStatus::Usage,
        "images, replicas, storage, service, host, workers and rollback are for clusters on Kubernetes",
    )
    .hint("a local cluster is one process: use --provider kind or kubernetes for these"))
}

/// Asks a process to end, and waits for it; kills it after `timeout` if `force` is set.
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
            "the server is still sending responses after {} s (process {})",
            timeout.as_secs(),
            process.pid
        );
        return Err(Failure::new(ExitStatus::TimedOut, message).hint(format!(
            "cut them off: {}",
            suggested_command(cluster, "cluster down --force")
        )));
    }
    process.signal(Signal::KILL).map_err(refused)?;
    if wait_for_end(process, KILL_TIMEOUT).await {
        return Ok(());
    }
    Err(Failure::new(
        ExitStatus::TimedOut,
        format!("process {} was killed, but has not ended", process.pid),
    )
    .hint("it may wait for a disk that does not respond: check that, and repeat the command"))
}

async fn wait_for_end(process: &ProcessId, timeout: Duration) -> bool {
    let deadline = Instant::now() + timeout;
    while process.status() == ProcessStatus::Running {
        if Instant::now() >= deadline {
            return false;
        }
        tokio::time::sleep(POLL_INTERVAL).await;
    }
    true
}

/// Returns the number and the total bytes of all files below a folder, which need not exist.
fn count_files(path: &Path) -> io::Result<(u64, u64)> {
    let entries = match fs::read_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((0, 0)),
        other => other?,
    };
    let (mut files, mut bytes) = (0, 0);
    for entry in entries {
        let entry = entry?;
        let metadata = entry.metadata()?;
        if metadata.is_dir() {
            let (inner_files, inner_bytes) = count_files(&entry.path())?;
            (files, bytes) = (files + inner_files, bytes + inner_bytes);
        } else {
            (files, bytes) = (files + 1, bytes + metadata.len());
        }
    }
    Ok((files, bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_all_folders_are_counted() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("media")).unwrap();
        fs::write(root.path().join("media/a.mp4"), [0; 10]).unwrap();
        fs::write(root.path().join("b"), [0; 5]).unwrap();
        assert_eq!(count_files(root.path()).unwrap(), (2, 15));
        assert_eq!(count_files(&root.path().join("none")).unwrap(), (0, 0));
    }
}
