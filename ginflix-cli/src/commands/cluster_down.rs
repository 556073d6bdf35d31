//! `ginflix cluster down`: stops the cluster, and deletes its data if asked to.

use std::time::Duration;

use serde::Serialize;

use crate::args::DownArgs;
use crate::cluster;
use crate::cluster::provider::{DataSummary, DownOptions, Provider};
use crate::cluster::state::ClusterRecord;
use crate::error::{ExitStatus, Failure, Result};
use crate::format::{count, size};
use crate::global::Global;
use crate::hint::suggested_command;
use crate::printer::Printer;
use crate::{connection, prompt};

/// How long another command may go on to change the cluster, if nothing else is said.
const LOCK_TIMEOUT: Duration = Duration::from_secs(180);

#[derive(Serialize)]
struct Report<'a> {
    name: &'a str,
    state: &'static str,
    was_running: bool,
    deleted: Option<DataSummary>,
}

pub async fn run(args: DownArgs, global: &Global, printer: &Printer) -> Result<ExitStatus> {
    let name = &global.cluster;
    let mut report = Report { name, state: "absent", was_running: false, deleted: None };
    let timeout = args.timeout.unwrap_or(LOCK_TIMEOUT);
    let Some((provider, mut cluster)) = cluster::lock(global, timeout, printer).await? else {
        printer.result(&report, || format!("There is no cluster `{name}`."));
        return Ok(ExitStatus::Done);
    };
    let data = if args.delete_data { Some(provider.data_summary(&cluster).await?) } else { None };
    if let Some(data) = data.filter(|_| !global.yes) {
        confirm(data, &*provider, &cluster, global, printer).await?;
    }
    let stop = DownOptions { timeout: args.timeout, force: args.force };
    report.was_running = provider.down(&mut cluster, &stop, printer).await?;
    report.state = "stopped";
    if data.is_some() {
        provider.delete_data(cluster).await?;
        (report.state, report.deleted) = ("absent", data);
    }
    printer.result(&report, || match (report.was_running, data) {
        (_, Some(_)) => format!("Cluster `{name}` and its data are deleted."),
        (true, None) => format!("Cluster `{name}` is stopped; its data stays."),
        (false, None) => format!("Cluster `{name}` was not running."),
    });
    if data.is_none() {
        printer.next(&[
            (&suggested_command(name, "cluster up"), "start it again"),
            (&suggested_command(name, "cluster down --delete-data"), "delete it"),
        ]);
    }
    Ok(ExitStatus::Done)
}

/// Names what will be lost, and asks.
async fn confirm(
    data: DataSummary,
    provider: &dyn Provider,
    cluster: &ClusterRecord,
    global: &Global,
    printer: &Printer,
) -> Result<()> {
    let movies = match connection::connect_to(provider, cluster, global).await {
        Ok(client) => client.status().await.ok().map(|status| status.movies),
        Err(_) => None,
    };
    let movies = movies.map_or("all movies".to_owned(), |n| count(n, "movie", "movies"));
    let files = match (data.media, data.bytes) {
        (Some(media), Some(bytes)) => {
            format!("{} ({} in all)", count(media, "file", "files"), size(bytes))
        }
        _ => "all files".to_owned(),
    };
    printer.note(&format!(
        "Cluster `{}` holds {movies} and {files}, accounts and views.",
        global.cluster,
    ));
    if prompt::confirm("Delete all of it for good?", "--yes")? {
        return Ok(());
    }
    Err(Failure::failed("nothing was deleted, and the cluster was left as it is"))
}
