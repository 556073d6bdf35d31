//! `ginflix cluster status`: whether the cluster runs, and what it holds.

use ginflix_api::client::Client;
use ginflix_api::status::ServerStatus;
use serde::Serialize;

use crate::args::{Global, ProviderName};
use crate::cluster::{self, Condition, command};
use crate::connection;
use crate::error::{ExitStatus, Result};
use crate::format::{size, uptime};
use crate::printer::Printer;
use crate::table::Table;

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
}

pub async fn run(global: &Global, printer: &Printer) -> Result<ExitStatus> {
    let (name, provider, condition) = match &global.server {
        Some(_) => (None, None, Condition::Running),
        None => {
            let (provider, cluster) = cluster::existing(global)?;
            (Some(global.cluster.clone()), Some(provider), cluster.condition().await?)
        }
    };
    let has_process = condition == Condition::Running;
    let mut report = match condition {
        Condition::Running => match connection::connect(global).await {
            Ok(client) => ask(&client).await,
            Err(failure) => Report::without(State::Broken, Some(failure.message)),
        },
        Condition::Stopped(reason) => Report::without(State::Stopped, reason),
        Condition::Broken(reason) => Report::without(State::Broken, Some(reason)),
    };
    (report.name, report.provider) = (name, provider);
    printer.result(&report, || table(&report).render(printer.width()));
    if report.state == State::Running {
        return Ok(ExitStatus::Done);
    }
    let name = &global.cluster;
    let logs = command(name, "cluster logs");
    let look = (logs.as_str(), "see what happened");
    match (&global.server, has_process) {
        (Some(_), _) => {}
        (None, false) => printer.next(&[(&command(name, "cluster up"), "start it"), look]),
        (None, true) => {
            printer.next(&[look, (&command(name, "cluster down --force"), "make it stop")]);
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
            ..Self::without(State::Running, None)
        }
    }
}

fn table(report: &Report) -> Table {
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
    fact("Provider", report.provider.map(|ProviderName::Local| "local (this machine)".to_owned()));
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
    fact("Free", report.free_bytes.map(size));
    table
}
