//! `ginflix media repair`: has every streamer read its files, and fetch anew
//! what is not what it should be.

use std::time::{Duration, Instant};

use ginflix_api::client::Client;
use ginflix_api::media::MediaName;
use ginflix_api::replica::{ListedMedia, NewRepair, Replication};

use super::media_list;
use crate::connection;
use crate::error::{ExitStatus, Failure, Result};
use crate::global::Global;
use crate::hint::suggested_command_for;
use crate::printer::Printer;
use crate::progress::Step;

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(500);

pub async fn run(
    name: Option<MediaName>,
    wait: bool,
    timeout: Duration,
    global: &Global,
    printer: &Printer,
) -> Result<ExitStatus> {
    let client = connection::connect(global).await?;
    let asked = client.repair(&NewRepair { media: name.clone() }).await?;
    if !wait {
        printer.result(&asked, || {
            format!("The streamers are reading {}.", files(asked.media as usize))
        });
        printer.next(&[(&suggested_command_for(global, "media list"), "see what they found")]);
        return Ok(ExitStatus::Done);
    }
    let all = until_verified(&client, name.as_ref(), timeout, printer).await?;
    printer.result(&all, || media_list::render(&all, printer.width()));
    Ok(ExitStatus::Done)
}

async fn until_verified(
    client: &Client,
    name: Option<&MediaName>,
    timeout: Duration,
    printer: &Printer,
) -> Result<Vec<ListedMedia>> {
    let end = Instant::now() + timeout;
    let step = Step::start(printer, "waiting for the streamers to read their files");
    let mut last = String::new();
    loop {
        let all = match name {
            None => client.all_media().await?,
            Some(name) => client.media(name).await?.into_iter().collect(),
        };
        let left = all.iter().filter(|listed| !is_verified(listed)).count();
        if left == 0 {
            step.done(&format!("{} verified on every streamer", files(all.len())));
            return Ok(all);
        }
        let now = format!("{} of {} still to be verified", left, files(all.len()));
        if now != last {
            step.saying(&now);
            last = now;
        }
        if Instant::now() >= end {
            let message = format!("{last} after {} s", timeout.as_secs());
            return Err(Failure::new(ExitStatus::TimedOut, message)
                .hint("the streamers go on by themselves: see `ginflix media list`"));
        }
        tokio::time::sleep(PAUSE).await;
    }
}

fn is_verified(listed: &ListedMedia) -> bool {
    listed.replication.as_ref().is_some_and(|Replication { wanted, replicas, .. }| {
        replicas.iter().filter(|replica| replica.is_verified).count() as u64 >= *wanted
    })
}

fn files(count: usize) -> String {
    if count == 1 { "1 file".to_owned() } else { format!("{count} files") }
}
