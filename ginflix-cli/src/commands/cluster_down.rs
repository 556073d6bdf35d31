//! `ginflix cluster down`: stops the cluster, and deletes its data on request.

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

/// The time to wait for another command that changes the cluster, unless `--timeout`
/// is given.
const LOCK_TIMEOUT: Duration = Duration::from_secs(180);

/// The output of `-o json`.
#[derive(Serialize)]
struct DownReport<'a> {
    name: &'a str,
    state: &'static str,
    was_running: bool,
    deleted: Option<DataSummary>,
}

pub async fn run(args: DownArgs, global: &Global, printer: &Printer) -> Result<ExitStatus> {
    let name = &global.cluster;
    let mut report = DownReport { name, state: "absent", was_running: false, deleted: None };
    let timeout = args.timeout.unwrap_or(LOCK_TIMEOUT);
    let Some((provider, mut cluster)) = cluster::lock(global, timeout, printer).await? else {
        printer.result(&report, || format!("There is no cluster `{name}`."));
        return Ok(ExitStatus::Done);
    };
    let data = if args.delete_data { Some(provider.data_summary(&cluster).await?) } else { None };
    if let Some(data) = data.filter(|_| !global.yes) {
        confirm(data, &*provider, &cluster, global, printer).await?;
    }
    let options = DownOptions { timeout: args.timeout, force: args.force };
    report.was_running = provider.down(&mut cluster, &options, printer).await?;
    report.state = "stopped";
    if data.is_some() {
        provider.delete_data(cluster).await?;
        (report.state, report.deleted) = ("absent", data);
    }
    printer.result(&report, || match (report.was_running, data) {
        (_, Some(_)) => format!("Cluster `{name}` and its data were deleted."),
        (true, None) => format!("Cluster `{name}` was stopped. Its data is kept."),
        (false, None) => format!("Cluster `{name}` was not running."),
    });
    if data.is_none() {
        printer.next_steps(&[
            (&suggested_command(name, "cluster up"), "start it again"),
            (&suggested_command(name, "cluster down --delete-data"), "delete its data as well"),
        ]);
    }
    Ok(ExitStatus::Done)
}

/// Shows the data that will be deleted, and asks for confirmation.
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
            format!("{} ({} in total)", count(media, "media file", "media files"), size(bytes))
        }
        _ => "all media files".to_owned(),
    };
    printer.note(&format!(
        "This deletes all data of cluster `{}`: {movies}, {files}, all accounts and views.",
        global.cluster
    ));
    if prompt::confirm("Delete all of it permanently?", "--yes")? {
        return Ok(());
    }
    Err(Failure::failed("nothing was stopped or deleted"))
}
