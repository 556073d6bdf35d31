//! `ginflix cluster status`: shows whether the cluster runs, and its contents.

use ginflix_api::client::Client;
use ginflix_api::status::{ServerStatus, StreamerStatus};
use serde::Serialize;

use crate::cluster;
use crate::cluster::kubernetes::components::{Component, VolumeState};
use crate::cluster::kubernetes::nodes::NodeState;
use crate::cluster::options::ProviderName;
use crate::cluster::provider::{ClusterCondition, ClusterStatus};
use crate::connection;
use crate::error::{ExitStatus, Result};
use crate::format::{count, size, uptime, utc_minute};
use crate::global::Global;
use crate::hint::suggested_command;
use crate::printer::Printer;
use crate::table::{Column, Table};

/// The state of a cluster, or of the server of `--server`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum ClusterState {
    Running,
    Stopped,
    Broken,
}

/// The output of `-o json`. Unknown values are null.
#[derive(Serialize)]
struct StatusReport {
    /// Null for a server that is not a cluster of this machine.
    name: Option<String>,
    provider: Option<ProviderName>,
    state: ClusterState,
    /// The reason why the cluster does not run, or why its figures are unknown.
    reason: Option<String>,
    url: Option<String>,
    pid: Option<u32>,
    version: Option<String>,
    uptime_seconds: Option<u64>,
    movies: Option<u64>,
    media: Option<u64>,
    media_bytes: Option<u64>,
    uploads: Option<u64>,
    upload_bytes: Option<u64>,
    free_bytes: Option<u64>,
    /// Empty if the cluster is a single server.
    streamers: Vec<StreamerStatus>,
    /// The components of a cluster on Kubernetes.
    parts: Vec<Component>,
    /// Null if the user may not list nodes.
    nodes: Option<Vec<NodeState>>,
    volumes: Vec<VolumeState>,
}

pub async fn run(global: &Global, printer: &Printer) -> Result<ExitStatus> {
    let cluster = match &global.server {
        Some(_) => None,
        None => Some(cluster::load(global)?),
    };
    let status = match &cluster {
        Some((provider, cluster)) => provider.status(cluster).await?,
        None => ClusterStatus::of_process(ClusterCondition::Running),
    };
    let has_process = status.condition == ClusterCondition::Running;
    let mut report = match status.condition {
        ClusterCondition::Running => {
            let client = match &cluster {
                Some((provider, cluster)) => {
                    connection::connect_to(&**provider, cluster, global).await
                }
                None => connection::connect(global).await,
            };
            match client {
                Ok(client) => server_report(&client).await,
                Err(failure) => {
                    StatusReport::without_figures(ClusterState::Broken, Some(failure.message))
                }
            }
        }
        ClusterCondition::Stopped(reason) => {
            StatusReport::without_figures(ClusterState::Stopped, reason)
        }
        ClusterCondition::Broken(reason) => {
            StatusReport::without_figures(ClusterState::Broken, Some(reason))
        }
    };
    report.name = cluster.as_ref().map(|(_, cluster)| cluster.name().to_owned());
    report.provider = cluster.as_ref().map(|(_, cluster)| cluster.state.provider);
    (report.parts, report.nodes, report.volumes) =
        (status.components, status.nodes, status.volumes);
    printer.result(&report, || render(&report, printer.width()));
    if report.state == ClusterState::Running {
        return Ok(ExitStatus::Done);
    }
    if global.server.is_none() {
        suggest_next_steps(&global.cluster, has_process, printer);
    }
    Ok(ExitStatus::Failed)
}

fn suggest_next_steps(cluster: &str, has_process: bool, printer: &Printer) {
    let logs = suggested_command(cluster, "cluster logs");
    let logs = (logs.as_str(), "see what happened");
    match has_process {
        false => {
            printer.next_steps(&[(&suggested_command(cluster, "cluster up"), "start it"), logs]);
        }
        true => {
            let down = suggested_command(cluster, "cluster down --force");
            printer.next_steps(&[logs, (&down, "stop it")]);
        }
    }
}

/// Asks the server for its status.
async fn server_report(client: &Client) -> StatusReport {
    let url = Some(client.base().to_string());
    let report = |state: ClusterState, reason: String| StatusReport {
        url: url.clone(),
        ..StatusReport::without_figures(state, Some(reason))
    };
    match client.is_ready().await {
        Ok(true) => match client.status().await {
            Ok(status) => StatusReport::with_figures(url, status),
            // Only administrators may read the figures, so the state is reported without them.
            Err(error) => {
                report(ClusterState::Running, format!("its figures cannot be read: {error}"))
            }
        },
        Ok(false) => report(
            ClusterState::Broken,
            "the server is not ready: it is starting or stopping, or a component is missing".into(),
        ),
        Err(error) => report(ClusterState::Broken, format!("the server does not respond: {error}")),
    }
}

impl StatusReport {
    fn without_figures(state: ClusterState, reason: Option<String>) -> Self {
        Self {
            name: None,
            provider: None,
            state,
            reason,
            url: None,
            pid: None,
            version: None,
            uptime_seconds: None,
            movies: None,
            media: None,
            media_bytes: None,
            uploads: None,
            upload_bytes: None,
            free_bytes: None,
            streamers: Vec::new(),
            parts: Vec::new(),
            nodes: None,
            volumes: Vec::new(),
        }
    }

    fn with_figures(url: Option<String>, status: ServerStatus) -> Self {
        Self {
            url,
            pid: Some(status.pid),
            version: Some(status.version),
            uptime_seconds: Some(status.uptime_seconds),
            movies: Some(status.movies),
            media: Some(status.media),
            media_bytes: Some(status.media_bytes),
            uploads: Some(status.uploads),
            upload_bytes: Some(status.upload_bytes),
            free_bytes: Some(status.free_bytes),
            streamers: status.streamers,
            ..Self::without_figures(ClusterState::Running, None)
        }
    }
}

/// Formats a summary, and a table each for components, streamers, nodes and volumes.
fn render(report: &StatusReport, width: Option<u16>) -> String {
    let mut text = summary(report).render(width);
    let mut add = |table: Option<Table>| {
        if let Some(table) = table {
            text = format!("{}\n\n{}", text.trim_end(), table.render(width));
        }
    };
    add(parts(report));
    add(streamers(report));
    add(troubled_nodes(report));
    add(volumes(report));
    text
}

fn parts(report: &StatusReport) -> Option<Table> {
    let mut table = Table::new(&[
        ("PART", Column::Fixed),
        ("READY", Column::Number),
        ("IMAGE", Column::Fixed),
        ("", Column::Text),
    ]);
    for part in &report.parts {
        let why = part.problem.as_ref().map_or("", |problem| problem.text.as_str());
        let ready = format!("{}/{}", part.ready, part.desired);
        table.row([part.name.as_str(), &ready, &part.image, why]);
    }
    (!report.parts.is_empty()).then_some(table)
}

fn streamers(report: &StatusReport) -> Option<Table> {
    let mut table = Table::new(&[
        ("STREAMER", Column::Fixed),
        ("FILES", Column::Number),
        ("USED", Column::Number),
        ("FREE", Column::Number),
        ("REPLICATION", Column::Text),
    ]);
    for streamer in &report.streamers {
        let lag = match (streamer.is_live, streamer.lagging_media) {
            (false, _) => format!("not seen since {}", utc_minute(streamer.seen_at)),
            (true, 0) => "up to date".to_owned(),
            (true, files) => {
                let bytes = size(streamer.lagging_bytes);
                format!("{} to copy ({bytes})", count(files, "file", "files"))
            }
        };
        let (used, free) = (size(streamer.used_bytes), size(streamer.free_bytes));
        let files = streamer.media.to_string();
        table.row([streamer.name.as_str(), &files, &used, &free, &lag]);
    }
    (!report.streamers.is_empty()).then_some(table)
}

/// Lists the nodes that are not ready, if there are any.
fn troubled_nodes(report: &StatusReport) -> Option<Table> {
    let mut table = Table::new(&[("NODE", Column::Fixed), ("NOT READY", Column::Text)]);
    let mut any = false;
    for node in report.nodes.iter().flatten().filter(|node| !node.is_ready) {
        any = true;
        table.row([node.name.as_str(), node.reason.as_deref().unwrap_or("it does not respond")]);
    }
    any.then_some(table)
}

fn volumes(report: &StatusReport) -> Option<Table> {
    let mut table = Table::new(&[
        ("VOLUME", Column::Fixed),
        ("SIZE", Column::Number),
        ("CLASS", Column::Fixed),
        ("", Column::Text),
    ]);
    for volume in &report.volumes {
        let class = volume.class.as_deref().unwrap_or_default();
        let why = match (&volume.reason, volume.is_bound) {
            (_, true) => "",
            // The storage class has `volumeBindingMode: WaitForFirstConsumer`.
            (Some(why), false) if why.contains("first consumer") => "created on first use",
            (Some(why), false) => why,
            (None, false) => "not bound yet",
        };
        table.row([volume.claim.as_str(), &volume.size, class, why]);
    }
    (!report.volumes.is_empty()).then_some(table)
}

fn summary(report: &StatusReport) -> Table {
    let mut table = Table::key_value();
    if let Some(name) = &report.name {
        table.row(["Cluster", name]);
    }
    let state = match report.state {
        ClusterState::Running => "running",
        ClusterState::Stopped => "stopped",
        ClusterState::Broken => "broken",
    };
    table.row(["State", state]);
    let mut row = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            table.row([name.to_owned(), value]);
        }
    };
    row("Reason", report.reason.clone());
    row("Web site", report.url.clone());
    let provider = report.provider.map(|provider| match provider {
        ProviderName::Local => "local (this machine)",
        ProviderName::Kind => "kind (Docker on this machine)",
        ProviderName::Kubernetes => "kubernetes",
    });
    row("Provider", provider.map(str::to_owned));
    row("Version", report.version.clone());
    row("Process", report.pid.map(|pid| pid.to_string()));
    row("Up for", report.uptime_seconds.map(uptime));
    row("Movies", report.movies.map(|n| n.to_string()));
    let with_bytes =
        |n: Option<u64>, bytes: Option<u64>| Some(format!("{} ({})", n?, size(bytes?)));
    row("Media files", with_bytes(report.media, report.media_bytes));
    if report.uploads != Some(0) {
        row("Unfinished uploads", with_bytes(report.uploads, report.upload_bytes));
    }
    row("Free", report.free_bytes.filter(|free| *free > 0).map(size));
    table
}
