use ginflix_api::replica::{Replica, Replication};
use ginflix_api::status::StreamerStatus;

use super::super::Outcome;
use super::*;
use crate::cluster::kubernetes::problem::Problem;

fn part(ready: u32, problem: Option<(ProblemKind, &str)>) -> Part {
    Part {
        name: PartName::Streamer,
        wanted: 2,
        ready,
        updated: 2,
        is_complete: problem.is_none(),
        image: "ginflix/server:1".into(),
        pods: Vec::new(),
        problem: problem.map(|(kind, text)| Problem {
            kind,
            pod: Some("streamer-1".into()),
            text: text.into(),
            log: vec!["boom".into()],
        }),
    }
}

#[test]
fn a_part_that_is_stuck_is_named_with_its_pod_and_last_words() {
    let check = of_part(&part(1, Some((ProblemKind::Crash, "it ended"))), "ginflix");
    assert_eq!(check.outcome, Outcome::Failed);
    assert_eq!(check.detail, "1 of 2 ready; streamer-1: it ended; it last said: boom");
    assert!(check.hint.unwrap().contains("--part streamer"));
    assert_eq!(of_part(&part(2, None), "ginflix").outcome, Outcome::Passed);
    let replaced = of_part(&part(2, Some((ProblemKind::Crash, "it ended"))), "ginflix");
    assert_eq!(replaced.outcome, Outcome::Failed, "the older ones serve, the newer never will");
    let none = of_part(&Part { wanted: 0, ..part(0, None) }, "ginflix");
    assert_eq!(none.outcome, Outcome::Failed);
    let coming = of_part(&part(1, Some((ProblemKind::Starting, "soon"))), "ginflix");
    assert_eq!(coming.outcome, Outcome::Warning);
}

#[test]
fn a_node_that_is_away_is_named() {
    let node = |name: &str, is_ready| NodeState {
        name: name.into(),
        is_ready,
        reason: (!is_ready).then(|| "Kubelet stopped posting node status.".into()),
        version: String::new(),
        address: None,
    };
    let checks = of_nodes(Some(&[node("a", true), node("b", false)]), false);
    assert_eq!(checks.len(), 1);
    assert_eq!((checks[0].what.as_str(), checks[0].outcome), ("b", Outcome::Failed));
    assert_eq!(of_nodes(Some(&[node("a", true)]), false)[0].outcome, Outcome::Passed);
    assert_eq!(of_nodes(None, false)[0].outcome, Outcome::Skipped);
    assert!(of_nodes(None, true).is_empty());
}

#[test]
fn a_volume_that_waits_for_its_first_pod_is_well() {
    let volume = |is_bound, reason: Option<&str>| {
        of_volume(&VolumeState {
            claim: "media-streamer-0".into(),
            is_bound,
            size: "5Gi".into(),
            class: None,
            reason: reason.map(str::to_owned),
        })
        .outcome
    };
    assert_eq!(volume(true, None), Outcome::Passed);
    assert_eq!(volume(false, Some("waiting for first consumer to be created")), Outcome::Passed);
    assert_eq!(volume(false, Some("storageclass \"x\" not found")), Outcome::Failed);
    assert_eq!(volume(false, None), Outcome::Failed);
}

fn status(streamers: &[(&str, bool)]) -> ServerStatus {
    let now = jiff::Timestamp::UNIX_EPOCH;
    ServerStatus {
        version: String::new(),
        pid: 1,
        started_at: now,
        uptime_seconds: 0,
        movies: 0,
        media: 0,
        media_bytes: 0,
        uploads: 0,
        upload_bytes: 0,
        free_bytes: 1,
        streamers: streamers
            .iter()
            .map(|(name, is_live)| StreamerStatus {
                name: (*name).into(),
                version: String::new(),
                address: None,
                is_live: *is_live,
                seen_at: now,
                used_bytes: 0,
                free_bytes: 100 << 30,
                media: 0,
                lagging_media: 0,
                lagging_bytes: 0,
            })
            .collect(),
    }
}

fn listed(replicas: &[(&str, ReplicaState)]) -> ListedMedia {
    let whole = replicas.iter().filter(|(_, state)| *state == ReplicaState::Whole).count();
    let replicas = replicas
        .iter()
        .map(|(streamer, state)| Replica {
            streamer: (*streamer).into(),
            state: *state,
            problem: None,
            is_verified: true,
            verified_at: None,
        })
        .collect();
    let media = ginflix_api::media::Media {
        name: "film.mp4".parse().unwrap(),
        size_bytes: 1,
        sha256: String::new(),
        content_type: String::new(),
        duration_seconds: None,
        created_at: jiff::Timestamp::UNIX_EPOCH,
        stream_path: String::new(),
    };
    ListedMedia {
        media,
        replication: Some(Replication { wanted: 2, whole: whole as u64, replicas }),
    }
}

#[test]
fn who_lacks_a_file_is_named() {
    let two = status(&[("streamer-0", true), ("streamer-1", true)]);
    let of = |replicas: &[(&str, ReplicaState)]| of_replicas(&two, &[listed(replicas)]);
    let whole = ("streamer-0", ReplicaState::Whole);

    let all = of(&[whole, ("streamer-1", ReplicaState::Whole)]);
    assert_eq!((all.len(), all[0].outcome), (1, Outcome::Passed));
    let missing = &of(&[whole])[0];
    assert_eq!(missing.outcome, Outcome::Failed);
    assert_eq!(missing.detail, "streamer-1 lacks it");
    let damaged = &of(&[whole, ("streamer-1", ReplicaState::Damaged)])[0];
    assert_eq!(damaged.detail, "the copy of streamer-1 is damaged");
    let coming = &of(&[whole, ("streamer-1", ReplicaState::Pulling)])[0];
    assert_eq!(coming.outcome, Outcome::Warning);
}

#[test]
fn many_files_do_not_flood_the_report() {
    let two = status(&[("streamer-0", true), ("streamer-1", true)]);
    let media: Vec<ListedMedia> = (0..50).map(|_| listed(&[])).collect();
    let checks = of_replicas(&two, &media);
    assert_eq!(checks.len(), NAMED + 1);
    assert_eq!(checks[NAMED].what, "40 more files");
}

#[test]
fn a_streamer_that_is_silent_and_a_full_volume_are_told() {
    let quiet = of_replicas(&status(&[("streamer-0", true), ("streamer-1", false)]), &[]);
    assert_eq!((quiet[0].what.as_str(), quiet[0].outcome), ("streamer-1", Outcome::Warning));
    assert_eq!(of_space(&status(&[]))[0].outcome, Outcome::Warning);
    assert_eq!(of_space(&status(&[("streamer-0", true)]))[0].outcome, Outcome::Passed);
}
