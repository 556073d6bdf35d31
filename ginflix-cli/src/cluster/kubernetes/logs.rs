//! Reads the logs of all pods: merged by time, and then in the order in which new lines arrive.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::{AsyncBufReadExt, TryStreamExt};
use k8s_openapi::api::core::v1::Pod;
use kube::Client;
use kube::api::{Api, ListParams, LogParams};
use tokio::sync::mpsc;

use super::access::failure;
use super::manifests::APP_LABEL;
use crate::cluster::provider::{LogOptions, LogSink};
use crate::cluster::settings::ComponentName;
use crate::error::Result;

/// Interval at which the pods are listed again while their logs are followed.
const POD_LIST_INTERVAL: Duration = Duration::from_secs(2);
/// Number of lines that are shown with the failure of a pod.
const FAILURE_LINES: i64 = 5;
/// Capacity of the channel of new lines, which slows down the streams if the terminal is slow.
const LINES_CAPACITY: usize = 1024;
/// Capacity of the channel of pods whose stream has ended.
const ENDED_PODS_CAPACITY: usize = 64;

/// Writes the last lines of all pods to `sink`, and new lines if asked to follow.
///
/// # Errors
/// The API does not respond, or refuses.
pub async fn read(
    client: &Client,
    cluster: &str,
    options: &LogOptions,
    sink: &mut dyn LogSink,
) -> Result<()> {
    let api: Api<Pod> = Api::namespaced(client.clone(), cluster);
    let pods = pod_names(&api, options.component).await?;
    if pods.is_empty() && !options.follow {
        sink.no_log("There is no pod that could have a log.");
        return Ok(());
    }
    let mut lines = Vec::new();
    for pod in &pods {
        let params = LogParams {
            timestamps: true,
            tail_lines: Some(i64::try_from(options.lines).unwrap_or(i64::MAX)),
            ..LogParams::default()
        };
        match api.logs(pod, &params).await {
            Ok(text) => lines.extend(text.lines().map(|line| (pod.clone(), line.to_owned()))),
            // The API responds with 400 or 404 if the pod has not started yet, or is gone.
            Err(kube::Error::Api(status)) if matches!(status.code, 400 | 404) => {}
            Err(error) => return Err(failure(&format!("read the log of {pod}"), &error)),
        }
    }
    for (pod, line) in merge(lines, options.lines) {
        sink.write_lines(Some(&pod), &line);
    }
    if !options.follow {
        return Ok(());
    }
    follow(&api, options.component, sink).await
}

/// Returns the last lines of a pod's log: of the run before its last restart if there was one, else
/// of the current run. Empty if there is no log.
pub async fn last_lines(client: &Client, cluster: &str, pod: &str) -> Vec<String> {
    let api: Api<Pod> = Api::namespaced(client.clone(), cluster);
    for previous in [true, false] {
        let params =
            LogParams { previous, tail_lines: Some(FAILURE_LINES), ..LogParams::default() };
        if let Ok(text) = api.logs(pod, &params).await
            && !text.trim().is_empty()
        {
            return text.lines().map(str::to_owned).collect();
        }
    }
    Vec::new()
}

async fn pod_names(api: &Api<Pod>, component: Option<ComponentName>) -> Result<Vec<String>> {
    let params = match component {
        Some(component) => ListParams::default().labels(&format!("{APP_LABEL}={component}")),
        None => ListParams::default().labels(APP_LABEL),
    };
    let pods = api.list(&params).await.map_err(|e| failure("list pods", &e))?;
    Ok(pods.items.into_iter().filter_map(|pod| pod.metadata.name).collect())
}

/// Returns the last `limit` lines of all pods, sorted by the time stamps that the API puts before
/// them, and without the time stamps.
fn merge(mut lines: Vec<(String, String)>, limit: usize) -> Vec<(String, String)> {
    let time = |line: &str| {
        line.split_once(' ').and_then(|(time, _)| time.parse::<jiff::Timestamp>().ok())
    };
    lines.sort_by_key(|(_, line)| time(line));
    let from = lines.len().saturating_sub(limit);
    lines
        .split_off(from)
        .into_iter()
        .map(|(pod, line)| {
            let text = line.split_once(' ').map_or("", |(_, text)| text).to_owned();
            (pod, text)
        })
        .collect()
}

/// Writes new lines of all pods to `sink`, also of pods that are created meanwhile. Never returns.
async fn follow(
    api: &Api<Pod>,
    component: Option<ComponentName>,
    sink: &mut dyn LogSink,
) -> Result<()> {
    let (line_sender, mut lines) = mpsc::channel::<(String, String)>(LINES_CAPACITY);
    let (ended_sender, mut ended) = mpsc::channel::<String>(ENDED_PODS_CAPACITY);
    let mut followed = BTreeSet::new();
    let mut is_first = true;
    let mut interval = tokio::time::interval(POD_LIST_INTERVAL);
    loop {
        tokio::select! {
            Some((pod, line)) = lines.recv() => sink.write_lines(Some(&pod), &line),
            Some(pod) = ended.recv() => { followed.remove(&pod); }
            _ = interval.tick() => {
                for pod in pod_names(api, component).await.unwrap_or_default() {
                    if followed.insert(pod.clone()) {
                        // The lines so far of the first pods were written by `read`; of a pod that
                        // was created later, all lines are new.
                        let tail_lines = is_first.then_some(0);
                        let senders = (line_sender.clone(), ended_sender.clone());
                        tokio::spawn(follow_pod(api.clone(), pod, tail_lines, senders));
                    }
                }
                is_first = false;
            }
        }
    }
}

/// Sends the lines of a pod until its stream ends, and then its name.
async fn follow_pod(
    api: Api<Pod>,
    pod: String,
    tail_lines: Option<i64>,
    (lines, ended): (mpsc::Sender<(String, String)>, mpsc::Sender<String>),
) {
    let params = LogParams { follow: true, tail_lines, ..LogParams::default() };
    if let Ok(stream) = api.log_stream(&pod, &params).await {
        let mut stream = stream.lines();
        while let Ok(Some(line)) = stream.try_next().await {
            if lines.send((pod.clone(), line)).await.is_err() {
                return;
            }
        }
    }
    let _ = ended.send(pod).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_sorted_by_their_time_stamps() {
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
