//! `ginflix cluster status`: whether the cluster runs, and what it holds.

use ginflix_api::client::Client;
use ginflix_api::status::{ServerStatus, StreamerStatus};
use serde::Serialize;

use crate::cluster;
use crate::cluster::kubernetes::nodes::NodeState;
use crate::cluster::kubernetes::parts::{Part, VolumeState};
use crate::cluster::options::ProviderName;
use crate::cluster::provider::{ClusterStatus, Condition};
use crate::connection;
use crate::error::{ExitStatus, Result};
use crate::format::{count, minute, size, uptime};
use crate::global::Global;
use crate::hint::suggested_command;
use crate::printer::Printer;
use crate::table::{Column, Table};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Running,
    Stopped,
    Broken,
}

/// What `-o json` has; what is not known is null.
#[derive(Serialize)]
struct Report {
    /// Absent for a server that is no cluster of this machine.
    name: Option<String>,
    provider: Option<ProviderName>,
    state: State,
    /// Why it does not run.
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
    /// Where there are several.
    streamers: Vec<StreamerStatus>,
    /// On Kubernetes.
    parts: Vec<Part>,
    /// Null where they may not be seen.
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
        None => ClusterStatus::of(Condition::Running),
    };
    let has_process = status.condition == Condition::Running;
    let mut report = match status.condition {
        Condition::Running => {
            let client = match &cluster {
                Some((provider, cluster)) => {
                    connection::connect_to(&**provider, cluster, global).await
                }
                None => connection::connect(global).await,
            };
            match client {
                Ok(client) => ask(&client).await,
                Err(failure) => Report::without(State::Broken, Some(failure.message)),
            }
        }
        Condition::Stopped(reason) => Report::without(State::Stopped, reason),
        Condition::Broken(reason) => Report::without(State::Broken, Some(reason)),
    };
    report.name = cluster.as_ref().map(|(_, cluster)| cluster.name().to_owned());
    report.provider = cluster.as_ref().map(|(_, cluster)| cluster.state.provider);
    (report.parts, report.nodes, report.volumes) = (status.parts, status.nodes, status.volumes);
    printer.result(&report, || text(&report, printer.width()));
    if report.state == State::Running {
        return Ok(ExitStatus::Done);
    }
    let name = &global.cluster;
    let logs = suggested_command(name, "cluster logs");
    let see_logs = (logs.as_str(), "see what happened");
    match (&global.server, has_process) {
        (Some(_), _) => {}
        (None, false) => {
            printer.next(&[(&suggested_command(name, "cluster up"), "start it"), see_logs])
        }
        (None, true) => {
            printer.next(&[
                see_logs,
                (&suggested_command(name, "cluster down --force"), "make it stop"),
            ]);
        }
    }
    Ok(ExitStatus::Failed)
}

async fn ask(client: &Client) -> Report {
    let url = Some(client.base().to_string());
    let broken = |reason: String| Report {
        url: url.clone(),
        ..Report::without(State::Broken, Some(reason))
    };
    match client.is_ready().await {
        Ok(true) => {}
        Ok(false) => return broken("it is not ready: it starts, stops, or lacks a part".into()),
        Err(error) => return broken(format!("it stops or hangs: {error}")),
    }
    match client.status().await {
        Ok(status) => Report::of(url, status),
        // Whoever may not see the figures still may know that it runs.
        Err(error) => {
            Report { url, ..Report::without(State::Running, Some(format!("no figures: {error}"))) }
        }
    }
}

impl Report {
    fn without(state: State, reason: Option<String>) -> Self {
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

    fn of(url: Option<String>, status: ServerStatus) -> Self {
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
            ..Self::without(State::Running, None)
        }
    }
}

/// All of it: the facts, then a table for each kind of thing.
fn text(report: &Report, width: Option<u16>) -> String {
    let mut text = facts(report).render(width);
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

fn parts(report: &Report) -> Option<Table> {
    let mut table = Table::new(&[
        ("PART", Column::Fixed),
        ("READY", Column::Number),
        ("IMAGE", Column::Fixed),
        ("", Column::Text),
    ]);
    for part in &report.parts {
        let why = part.problem.as_ref().map_or("", |problem| problem.text.as_str());
        let ready = format!("{}/{}", part.ready, part.wanted);
        table.row([part.name.as_str(), &ready, &part.image, why]);
    }
    (!report.parts.is_empty()).then_some(table)
}

fn streamers(report: &Report) -> Option<Table> {
    let mut table = Table::new(&[
        ("STREAMER", Column::Fixed),
        ("FILES", Column::Number),
        ("USED", Column::Number),
        ("FREE", Column::Number),
        ("REPLICATION", Column::Text),
    ]);
    for streamer in &report.streamers {
        let lag = match (streamer.is_live, streamer.lagging_media) {
            (false, _) => format!("silent since {}", minute(streamer.seen_at)),
            (true, 0) => "up to date".to_owned(),
            (true, files) => {
                format!(
                    "lacks {} ({})",
                    count(files, "file", "files"),
                    size(streamer.lagging_bytes)
                )
            }
        };
        let (used, free) = (size(streamer.used_bytes), size(streamer.free_bytes));
        let files = streamer.media.to_string();
        table.row([streamer.name.as_str(), &files, &used, &free, &lag]);
    }
    (!report.streamers.is_empty()).then_some(table)
}

/// Nodes that are well are not worth a line.
fn troubled_nodes(report: &Report) -> Option<Table> {
    let mut table = Table::new(&[("NODE", Column::Fixed), ("NOT READY", Column::Text)]);
    let mut any = false;
    for node in report.nodes.iter().flatten().filter(|node| !node.is_ready) {
        any = true;
        table.row([node.name.as_str(), node.reason.as_deref().unwrap_or("it does not answer")]);
    }
    any.then_some(table)
}

fn volumes(report: &Report) -> Option<Table> {
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
            (Some(why), false) if why.contains("first consumer") => "made when it is first used",
            (Some(why), false) => why,
            (None, false) => "not bound yet",
        };
        table.row([volume.claim.as_str(), &volume.size, class, why]);
    }
    (!report.volumes.is_empty()).then_some(table)
}

fn facts(report: &Report) -> Table {
    let mut table = Table::facts();
    if let Some(name) = &report.name {
        table.row(["Cluster", name]);
    }
    let state = match report.state {
        State::Running => "running",
        State::Stopped => "stopped",
        State::Broken => "broken",
    };
    table.row(["State", state]);
    let mut fact = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            table.row([name.to_owned(), value]);
        }
    };
    fact("Reason", report.reason.clone());
    fact("Web site", report.url.clone());
    let provider = report.provider.map(|provider| match provider {
        ProviderName::Local => "local (this machine)",
        ProviderName::Kind => "kind (Docker on this machine)",
        ProviderName::Kubernetes => "kubernetes",
    });
    fact("Provider", provider.map(str::to_owned));
    fact("Version", report.version.clone());
    fact("Process", report.pid.map(|pid| pid.to_string()));
    fact("Up for", report.uptime_seconds.map(uptime));
    fact("Movies", report.movies.map(|n| n.to_string()));
    let with_bytes =
        |n: Option<u64>, bytes: Option<u64>| Some(format!("{} ({})", n?, size(bytes?)));
    fact("Files", with_bytes(report.media, report.media_bytes));
    if report.uploads != Some(0) {
        fact("Unfinished uploads", with_bytes(report.uploads, report.upload_bytes));
    }
    fact("Free", report.free_bytes.filter(|free| *free > 0).map(size));
    table
}
