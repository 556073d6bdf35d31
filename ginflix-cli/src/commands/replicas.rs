//! Waits for the replicas of a media file, and formats their state.

use std::time::{Duration, Instant};

use ginflix_api::client::Client;
use ginflix_api::media::MediaName;
use ginflix_api::replica::{ListedMedia, Replica, ReplicaState, Replication};

use crate::error::{ExitStatus, Failure, Result};
use crate::format::count;
use crate::printer::Printer;
use crate::progress::Spinner;

/// The time between two requests for the state of the file.
const POLL_INTERVAL: Duration = Duration::from_millis(500);

/// Waits until `wanted` streamers have a media file.
///
/// # Errors
/// Fails with `TimedOut` after `timeout`, with `NotFound` if the file is removed, or if a
/// request fails.
pub async fn wait(
    client: &Client,
    name: &MediaName,
    wanted: u64,
    timeout: Duration,
    printer: &Printer,
) -> Result<()> {
    let end = Instant::now() + timeout;
    let streamers = count(wanted, "streamer", "streamers");
    let spinner = Spinner::start(printer, &format!("{name}: waiting for copies on {streamers}"));
    loop {
        let listed = client.media(name).await?.ok_or_else(|| {
            Failure::new(ExitStatus::NotFound, format!("{name} was removed in the meantime"))
        })?;
        let replication = listed.replication.unwrap_or_default();
        let state = format!("{name}: {} of {streamers} have it", replication.whole);
        if replication.whole >= wanted {
            spinner.done(&state);
            return Ok(());
        }
        spinner.update(&state);
        if Instant::now() >= end {
            let problems = format_problems(&replication);
            let message = format!("{state} after {} s{problems}", timeout.as_secs());
            return Err(Failure::new(ExitStatus::TimedOut, message).hint(
                "the file is uploaded, and the streamers continue to copy it: \
                 see `ginflix media list`",
            ));
        }
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}

/// Checks that at least `wanted` streamers are live.
///
/// # Errors
/// Fails with `Usage` if there are fewer, or if the request for the status fails.
pub async fn require_streamers(client: &Client, wanted: u64) -> Result<()> {
    let streamers = client.status().await?.streamers;
    let live = streamers.iter().filter(|streamer| streamer.is_live).count() as u64;
    if wanted <= live {
        return Ok(());
    }
    let available = match live {
        0 => "this cluster is a single server without replicas".to_owned(),
        1 => "only 1 streamer is available".to_owned(),
        n => format!("only {n} streamers are available"),
    };
    Err(Failure::new(ExitStatus::Usage, format!("--replicas {wanted}: {available}")))
}

/// Formats the number of replicas as `2/3`, or as a dash if the file is not replicated.
pub fn replica_count(listed: &ListedMedia) -> String {
    match &listed.replication {
        Some(Replication { wanted, whole, .. }) => format!("{whole}/{wanted}"),
        None => "–".to_owned(),
    }
}

/// Formats the problems of the replicas, with the names of the streamers.
pub fn health(listed: &ListedMedia) -> String {
    let Some(replication) = &listed.replication else { return "ok".to_owned() };
    if replication.whole == 0 {
        return "lost: no streamer has the whole file".to_owned();
    }
    let problems: Vec<String> = replication.replicas.iter().filter_map(format_problem).collect();
    match (replication.whole < replication.wanted, problems.is_empty()) {
        (false, _) => "ok".to_owned(),
        (true, true) => "lagging".to_owned(),
        (true, false) => problems.join(", "),
    }
}

fn format_problem(replica: &Replica) -> Option<String> {
    let state = match replica.state {
        ReplicaState::Whole => return None,
        ReplicaState::Pulling => "lagging",
        ReplicaState::Damaged => "damaged",
        ReplicaState::Unknown => "unknown",
    };
    let why = replica.problem.as_ref().map(|why| format!(" ({why})")).unwrap_or_default();
    Some(format!("{}: {state}{why}", replica.streamer))
}

fn format_problems(replication: &Replication) -> String {
    let problems: Vec<String> = replication.replicas.iter().filter_map(format_problem).collect();
    if problems.is_empty() { String::new() } else { format!("; {}", problems.join(", ")) }
}

#[cfg(test)]
mod tests {
    use ginflix_api::media::Media;
    use jiff::Timestamp;

    use super::*;

    fn listed(wanted: u64, states: &[ReplicaState]) -> ListedMedia {
        let name: MediaName = "film.mp4".parse().unwrap();
        let media = Media {
            library: None,
            missing_since: None,
            stream_path: ginflix_api::paths::stream(&name),
            name,
            file_name: None,
            size_bytes: 1,
            sha256: Some(String::new()),
            content_type: String::new(),
            duration_seconds: None,
            inspection: None,
            created_at: Timestamp::UNIX_EPOCH,
        };
        let replica = |(n, state): (usize, &ReplicaState)| Replica {
            streamer: format!("s{n}"),
            state: *state,
            problem: (*state == ReplicaState::Damaged).then(|| "why".to_owned()),
            is_verified: false,
            verified_at: None,
        };
        let replicas: Vec<Replica> = states.iter().enumerate().map(replica).collect();
        let whole = states.iter().filter(|state| **state == ReplicaState::Whole).count() as u64;
        ListedMedia {
            media,
            playability: Default::default(),
            replication: Some(Replication { wanted, whole, replicas }),
        }
    }

    #[test]
    fn health_names_problems_and_streamers() {
        use ReplicaState::{Damaged, Pulling, Whole};
        let cases: [(u64, &[ReplicaState], &str, &str); 5] = [
            (2, &[Whole, Whole], "2/2", "ok"),
            (3, &[Whole, Pulling, Damaged], "1/3", "s1: lagging, s2: damaged (why)"),
            (2, &[Whole], "1/2", "lagging"),
            (2, &[Pulling, Damaged], "0/2", "lost: no streamer has the whole file"),
            (1, &[], "0/1", "lost: no streamer has the whole file"),
        ];
        for (wanted, states, expected_count, expected_health) in cases {
            let listed = listed(wanted, states);
            assert_eq!(
                (replica_count(&listed).as_str(), health(&listed).as_str()),
                (expected_count, expected_health)
            );
        }
        let single = ListedMedia { replication: None, ..listed(0, &[]) };
        assert_eq!((replica_count(&single).as_str(), health(&single).as_str()), ("–", "ok"));
    }
}
