//! `ginflix media repair`: makes every streamer verify its media files and replace
//! damaged ones.

use std::time::{Duration, Instant};

use ginflix_api::client::Client;
use ginflix_api::media::MediaName;
use ginflix_api::replica::{ListedMedia, NewRepair, Replication};

use super::media_list;
use crate::connection;
use crate::error::{ExitStatus, Failure, Result};
use crate::format::count;
use crate::global::Global;
use crate::hint::suggested_command_for;
use crate::printer::Printer;
use crate::progress::Spinner;

/// The time between two requests for the state of the files.
const POLL_INTERVAL: Duration = Duration::from_millis(500);

pub async fn run(
    name: Option<MediaName>,
    wait: bool,
    timeout: Duration,
    global: &Global,
    printer: &Printer,
) -> Result<ExitStatus> {
    let client = connection::connect(global).await?;
    let repair = client.repair(&NewRepair { media: name.clone() }).await?;
    if !wait {
        printer.result(&repair, || {
            format!("The streamers are verifying {}.", count(repair.media, "file", "files"))
        });
        let list = suggested_command_for(global, "media list");
        printer.next_steps(&[(&list, "see the state of the files")]);
        return Ok(ExitStatus::Done);
    }
    let all = wait_until_verified(&client, name.as_ref(), timeout, printer).await?;
    printer.result(&all, || media_list::render(&all, printer.width()));
    Ok(ExitStatus::Done)
}

/// Waits until all wanted replicas of the files are verified, and returns the files.
///
/// # Errors
/// Fails with `TimedOut` after `timeout`, or if a request fails.
async fn wait_until_verified(
    client: &Client,
    name: Option<&MediaName>,
    timeout: Duration,
    printer: &Printer,
) -> Result<Vec<ListedMedia>> {
    let end = Instant::now() + timeout;
    let spinner = Spinner::start(printer, "waiting for the streamers to verify their files");
    loop {
        let all = match name {
            None => client.all_media().await?,
            Some(name) => client.media(name).await?.into_iter().collect(),
        };
        let files = count(all.len() as u64, "file", "files");
        let remaining = all.iter().filter(|listed| !is_verified(listed)).count();
        if remaining == 0 {
            spinner.done(&format!("{files} verified on every streamer"));
            return Ok(all);
        }
        let state = format!("{remaining} of {files} not yet verified");
        spinner.update(&state);
        if Instant::now() >= end {
            let message = format!("{state} after {} s", timeout.as_secs());
            return Err(Failure::new(ExitStatus::TimedOut, message)
                .hint("the streamers continue in the background: see `ginflix media list`"));
        }
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}

fn is_verified(listed: &ListedMedia) -> bool {
    listed.replication.as_ref().is_some_and(|Replication { wanted, replicas, .. }| {
        replicas.iter().filter(|replica| replica.is_verified).count() as u64 >= *wanted
    })
}
