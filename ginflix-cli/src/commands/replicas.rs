//! How many streamers have a file, and waiting until they do.

use std::time::{Duration, Instant};

use ginflix_api::client::Client;
use ginflix_api::media::MediaName;
use ginflix_api::replica::{ListedMedia, Replica, ReplicaState, Replication};

use crate::error::{ExitStatus, Failure, Result};
use crate::printer::Printer;
use crate::progress::Step;

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(500);

/// Waits until so many streamers have a file.
///
/// # Errors
/// `TimedOut`, saying what is missing and why.
pub async fn wait(
    client: &Client,
    name: &MediaName,
    wanted: u64,
    timeout: Duration,
    printer: &Printer,
) -> Result<()> {
    let end = Instant::now() + timeout;
    let step = Step::start(printer, &format!("{name}: waiting for {wanted} streamers to have it"));
    let mut last = String::new();
    loop {
        let listed = client.media(name).await?.ok_or_else(|| {
            Failure::new(ExitStatus::NotFound, format!("{name} was removed meanwhile"))
        })?;
        let replication = listed.replication.unwrap_or_default();
        let now = format!("{name}: {} of {wanted} streamers have it", replication.whole);
        if replication.whole >= wanted {
            step.done(&now);
            return Ok(());
        }
        if now != last {
            step.saying(&now);
            last = now;
        }
        if Instant::now() >= end {
            let why = problems(&replication);
            let message = format!("{last} after {} s{why}", timeout.as_secs());
            return Err(Failure::new(ExitStatus::TimedOut, message).hint(
                "the file is safe on those; streamers go on by themselves: see `ginflix media list`",
            ));
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Refuses to wait for more streamers than there are.
///
/// # Errors
/// `Usage`.
pub async fn check_count(client: &Client, wanted: u64) -> Result<()> {
    let streamers = client.status().await?.streamers;
    let live = streamers.iter().filter(|streamer| streamer.is_live).count() as u64;
    if wanted <= live {
        return Ok(());
    }
    let there = match live {
        0 => "this server keeps its files by itself".to_owned(),
        1 => "there is 1 streamer now".to_owned(),
        n => format!("there are {n} streamers now"),
    };
    Err(Failure::new(ExitStatus::Usage, format!("--replicas {wanted}: {there}")))
}

/// `2/3`, or a dash where a server keeps its files by itself.
pub fn count(listed: &ListedMedia) -> String {
    match &listed.replication {
        Some(Replication { wanted, whole, .. }) => format!("{whole}/{wanted}"),
        None => "–".to_owned(),
    }
}

/// What is not as it should be, and on which streamers.
pub fn health(listed: &ListedMedia) -> String {
    let Some(replication) = &listed.replication else { return "ok".to_owned() };
    if replication.whole == 0 {
        return "lost: no streamer has it whole".to_owned();
    }
    let lacking: Vec<String> = replication.replicas.iter().filter_map(in_words).collect();
    match (replication.whole < replication.wanted, lacking.is_empty()) {
        (false, _) => "ok".to_owned(),
        (true, true) => "lagging".to_owned(),
        (true, false) => lacking.join(", "),
    }
}

fn in_words(replica: &Replica) -> Option<String> {
    let what = match replica.state {
        ReplicaState::Whole => return None,
        ReplicaState::Pulling => "lagging",
        ReplicaState::Damaged => "damaged",
        ReplicaState::Unknown => "unknown",
    };
    let why = replica.problem.as_ref().map(|why| format!(" ({why})")).unwrap_or_default();
    Some(format!("{}: {what}{why}", replica.streamer))
}

fn problems(replication: &Replication) -> String {
    let all: Vec<String> = replication.replicas.iter().filter_map(in_words).collect();
    if all.is_empty() { String::new() } else { format!("; {}", all.join(", ")) }
}

#[cfg(test)]
mod tests {
    use ginflix_api::media::Media;
    use jiff::Timestamp;

    use super::*;

    fn listed(wanted: u64, states: &[ReplicaState]) -> ListedMedia {
        let name: MediaName = "film.mp4".parse().unwrap();
        let media = Media {
            stream_path: ginflix_api::paths::stream(&name),
            name,
            size_bytes: 1,
            sha256: String::new(),
            content_type: String::new(),
            duration_seconds: None,
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
        ListedMedia { media, replication: Some(Replication { wanted, whole, replicas }) }
    }

    #[test]
    fn health_says_what_lacks_and_where() {
        use ReplicaState::{Damaged, Pulling, Whole};
        let cases: [(u64, &[ReplicaState], &str, &str); 5] = [
            (2, &[Whole, Whole], "2/2", "ok"),
            (3, &[Whole, Pulling, Damaged], "1/3", "s1: lagging, s2: damaged (why)"),
            (2, &[Whole], "1/2", "lagging"),
            (2, &[Pulling, Damaged], "0/2", "lost: no streamer has it whole"),
            (1, &[], "0/1", "lost: no streamer has it whole"),
        ];
        for (wanted, states, how_many, words) in cases {
            let listed = listed(wanted, states);
            assert_eq!((count(&listed).as_str(), health(&listed).as_str()), (how_many, words));
        }
        let alone = ListedMedia { replication: None, ..listed(0, &[]) };
        assert_eq!((count(&alone).as_str(), health(&alone).as_str()), ("–", "ok"));
    }
}
