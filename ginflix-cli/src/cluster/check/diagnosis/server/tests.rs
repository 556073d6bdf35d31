use ginflix_api::replica::{MediaProblem, Replica, Replication};
use ginflix_api::status::StreamerStatus;

use super::*;
use crate::cluster::check::CheckOutcome;

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
        name: "media.mp4".parse().unwrap(),
        file_name: None,
        size_bytes: 1,
        sha256: Some(String::new()),
        content_type: String::new(),
        duration_seconds: None,
        inspection: None,
        created_at: jiff::Timestamp::UNIX_EPOCH,
        library: None,
        missing_since: None,
        stream_path: String::new(),
    };
    ListedMedia {
        media,
        playability: Default::default(),
        replication: Some(Replication { wanted: 2, whole: whole as u64, replicas }),
    }
}

#[test]
fn streamers_that_lack_a_file_are_named() {
    let two = status(&[("streamer-0", true), ("streamer-1", true)]);
    let check = |replicas: &[(&str, ReplicaState)]| check_replicas(&two, &[listed(replicas)]);
    let whole = ("streamer-0", ReplicaState::Whole);

    let all = check(&[whole, ("streamer-1", ReplicaState::Whole)]);
    assert_eq!((all.len(), all[0].outcome), (1, CheckOutcome::Passed));
    let missing = &check(&[whole])[0];
    assert_eq!(missing.outcome, CheckOutcome::Failed);
    assert_eq!(missing.detail, "streamer-1 lacks it");
    let damaged = &check(&[whole, ("streamer-1", ReplicaState::Damaged)])[0];
    assert_eq!(damaged.detail, "the copy of streamer-1 is damaged");
    let pulling = &check(&[whole, ("streamer-1", ReplicaState::Pulling)])[0];
    assert_eq!(pulling.outcome, CheckOutcome::Warning);
}

#[test]
fn only_some_of_many_files_are_listed() {
    let two = status(&[("streamer-0", true), ("streamer-1", true)]);
    let media: Vec<ListedMedia> = (0..50).map(|_| listed(&[])).collect();
    let checks = check_replicas(&two, &media);
    assert_eq!(checks.len(), LISTED_FILES_LIMIT + 1);
    assert_eq!(checks[LISTED_FILES_LIMIT].subject, "40 more files");
}

#[test]
fn a_silent_streamer_and_a_full_volume_get_warnings() {
    let checks = check_replicas(&status(&[("streamer-0", true), ("streamer-1", false)]), &[]);
    assert_eq!(
        (checks[0].subject.as_str(), checks[0].outcome),
        ("streamer-1", CheckOutcome::Warning)
    );
    assert_eq!(check_free_space(&status(&[]))[0].outcome, CheckOutcome::Warning);
    assert_eq!(check_free_space(&status(&[("streamer-0", true)]))[0].outcome, CheckOutcome::Passed);
}

#[test]
fn files_that_cannot_be_taken_up_are_named_with_a_remedy() {
    let problem = |name: &str, streamer: Option<&str>| MediaProblem {
        name: name.to_owned(),
        streamer: streamer.map(str::to_owned),
        problem: "it is a named pipe".to_owned(),
        remedy: "remove it".to_owned(),
    };
    let checks = check_problems(&[problem("other.mp4", None), problem("a.mp4", Some("s-1"))], &[]);
    let shown: Vec<_> =
        checks.iter().map(|check| (check.subject.as_str(), check.outcome)).collect();
    assert_eq!(
        shown,
        [("other.mp4", CheckOutcome::Warning), ("a.mp4 on s-1", CheckOutcome::Warning)]
    );
    assert_eq!(checks[0].detail, "cannot be taken up: it is a named pipe");
    assert_eq!(checks[0].hint.as_deref(), Some("remove it"));
    // A file of the catalogue that only this server has cannot be watched.
    let lost = check_problems(&[problem("media.mp4", None)], &[listed(&[])]);
    assert_eq!(lost[0].outcome, CheckOutcome::Failed);
    let many: Vec<_> = (0..50).map(|n| problem(&format!("{n}.mp4"), None)).collect();
    assert_eq!(check_problems(&many, &[]).len(), LISTED_FILES_LIMIT + 1);
}
