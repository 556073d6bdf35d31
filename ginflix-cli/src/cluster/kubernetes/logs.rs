//! The logs of all pods, merged: by time where they are read once, as they
//! come where they are followed.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::{AsyncBufReadExt, TryStreamExt};
use k8s_openapi::api::core::v1::Pod;
use kube::Client;
use kube::api::{Api, ListParams, LogParams};
use tokio::sync::mpsc;

use super::access::failure;
use super::manifests::APP;
use crate::cluster::provider::{LogOptions, LogReader};
use crate::cluster::settings::PartName;
use crate::error::Result;

/// How often pods that came meanwhile are looked for.
const LOOK: Duration = Duration::from_secs(2);
/// Lines that are shown with a failure.
const LAST: i64 = 5;

/// Passes the last lines of all pods on, and what is added if asked to follow.
///
/// # Errors
/// Where the API does not answer, or says no.
pub async fn read(
    client: &Client,
    cluster: &str,
    wanted: &LogOptions,
    reader: &mut dyn LogReader,
) -> Result<()> {
    let api: Api<Pod> = Api::namespaced(client.clone(), cluster);
    let first = pods(&api, wanted.part).await?;
    if first.is_empty() && !wanted.follow {
        reader.nothing("There is no pod that could have a log.");
        return Ok(());
    }
    let mut lines = Vec::new();
    for pod in &first {
        let params = LogParams {
            timestamps: true,
            tail_lines: Some(i64::try_from(wanted.lines).unwrap_or(i64::MAX)),
            ..LogParams::default()
        };
        match api.logs(pod, &params).await {
            Ok(text) => lines.extend(text.lines().map(|line| (pod.clone(), line.to_owned()))),
            // A pod that has not started has none.
            Err(kube::Error::Api(status)) if matches!(status.code, 400 | 404) => {}
            Err(error) => return Err(failure(&format!("read the log of {pod}"), &error)),
        }
    }
    for (pod, line) in merge(lines, wanted.lines) {
        reader.lines(Some(&pod), &line);
    }
    if !wanted.follow {
        return Ok(());
    }
    follow(&api, wanted.part, reader).await
}

/// The end of a pod's log: of the run that ended, else of the one that goes on.
pub async fn last_lines(client: &Client, cluster: &str, pod: &str) -> Vec<String> {
    let api: Api<Pod> = Api::namespaced(client.clone(), cluster);
    for previous in [true, false] {
        let params = LogParams { previous, tail_lines: Some(LAST), ..LogParams::default() };
        if let Ok(text) = api.logs(pod, &params).await
            && !text.trim().is_empty()
        {
            return text.lines().map(str::to_owned).collect();
        }
    }
    Vec::new()
}

async fn pods(api: &Api<Pod>, part: Option<PartName>) -> Result<Vec<String>> {
    let params = match part {
        Some(part) => ListParams::default().labels(&format!("{APP}={part}")),
        None => ListParams::default().labels(APP),
    };
    let pods = api.list(&params).await.map_err(|e| failure("list pods", &e))?;
    Ok(pods.items.into_iter().filter_map(|pod| pod.metadata.name).collect())
}

/// The last lines of all, by the time that Kubernetes put before each.
fn merge(mut lines: Vec<(String, String)>, most: usize) -> Vec<(String, String)> {
    let time = |line: &str| {
        line.split_once(' ').and_then(|(time, _)| time.parse::<jiff::Timestamp>().ok())
    };
    lines.sort_by_key(|(_, line)| time(line));
    let from = lines.len().saturating_sub(most);
    lines
        .split_off(from)
        .into_iter()
        .map(|(pod, line)| {
            let text = line.split_once(' ').map_or("", |(_, text)| text).to_owned();
            (pod, text)
        })
        .collect()
}

async fn follow(api: &Api<Pod>, part: Option<PartName>, reader: &mut dyn LogReader) -> Result<()> {
    let (send, mut receive) = mpsc::channel::<(String, String)>(1024);
    let (ended, mut over) = mpsc::channel::<String>(64);
    let mut followed = BTreeSet::new();
    let mut is_first = true;
    let mut look = tokio::time::interval(LOOK);
    loop {
        tokio::select! {
            Some((pod, line)) = receive.recv() => reader.lines(Some(&pod), &line),
            Some(pod) = over.recv() => { followed.remove(&pod); }
            _ = look.tick() => {
                for pod in pods(api, part).await.unwrap_or_default() {
                    if !followed.insert(pod.clone()) {
                        continue;
                    }
                    // What was there before has been printed; what came later is whole.
                    let tail_lines = is_first.then_some(0);
                    let params = LogParams { follow: true, tail_lines, ..LogParams::default() };
                    let (api, send, ended) = (api.clone(), send.clone(), ended.clone());
                    tokio::spawn(async move {
                        if let Ok(stream) = api.log_stream(&pod, &params).await {
                            let mut lines = stream.lines();
                            while let Ok(Some(line)) = lines.try_next().await {
                                if send.send((pod.clone(), line)).await.is_err() {
                                    return;
                                }
                            }
                        }
                        let _ = ended.send(pod).await;
                    });
                }
                is_first = false;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_in_the_order_of_their_times() {
        let line = |pod: &str, text: &str| (pod.to_owned(), text.to_owned());
        let lines = vec![
            line("a", "2026-01-01T00:00:01.5Z one"),
            line("a", "2026-01-01T00:00:03Z three  with spaces"),
            line("b", "2026-01-01T00:00:02.000000001Z two"),
        ];
        let all = [line("a", "one"), line("b", "two"), line("a", "three  with spaces")];
        assert_eq!(merge(lines.clone(), 100), all);
        assert_eq!(merge(lines, 2), all[1..]);
    }
}
