use std::time::SystemTime;

use ginflix_api::media::Media;
use ginflix_api::paths;
use jiff::Timestamp;

use super::*;
use crate::media::info::MediaInfo;

const RIGHT: &str = "aa";
const OTHER: &str = "bb";

fn name() -> MediaName {
    "film.mp4".parse().unwrap()
}

fn wanted(check_round: u64) -> Option<DesiredMedia> {
    let media = Media {
        name: name(),
        size_bytes: 7,
        sha256: RIGHT.to_owned(),
        content_type: "video/mp4".to_owned(),
        duration_seconds: None,
        created_at: Timestamp::UNIX_EPOCH,
        stream_path: paths::stream(&name()),
    };
    Some(DesiredMedia { media, check_round })
}

fn replica(sha256: &str, state: ReplicaState) -> Option<ReplicaRecord> {
    Some(ReplicaRecord {
        media: name(),
        streamer: "me".to_owned(),
        sha256: sha256.to_owned(),
        state,
        problem: None,
        check_round: 3,
        verified_at: None,
    })
}

fn file(size: u64, sha256: Option<&str>) -> Option<MediaFile> {
    let version = FileVersion { size, mtime_ns: 1 };
    let info = sha256.map(|sha256| MediaInfo {
        version,
        sha256: sha256.to_owned(),
        duration_seconds: None,
        created_at: Timestamp::UNIX_EPOCH,
    });
    Some(MediaFile { name: name(), size, version, modified: SystemTime::UNIX_EPOCH, info })
}

fn step(
    wanted: Option<DesiredMedia>,
    replica: Option<ReplicaRecord>,
    file: Option<MediaFile>,
) -> Option<Step> {
    let claimed = HashSet::new();
    let mut steps = plan(
        &wanted.into_iter().map(|w| (name(), w)).collect(),
        &replica.into_iter().map(|r| (name(), r)).collect(),
        &file.into_iter().map(|f| (name(), f)).collect(),
        &claimed,
    );
    assert!(steps.len() <= 1, "{steps:?}");
    steps.pop().map(|(_, step)| step)
}

fn pull(size: u64, damage: bool) -> Option<Step> {
    match step(wanted(0), replica(RIGHT, ReplicaState::Whole), file(size, Some(OTHER))) {
        Some(Step::Pull { replaces, damage: found }) if found.is_some() == damage => {
            Some(Step::Pull { replaces, damage: None })
        }
        other => panic!("{other:?}"),
    }
}

use ReplicaState::{Damaged, Pulling, Whole};

#[test]
fn what_lacks_is_fetched() {
    let fresh = Some(Step::Pull { replaces: None, damage: None });
    assert_eq!(step(wanted(0), None, None), fresh);
    assert_eq!(step(wanted(0), replica(RIGHT, Pulling), None), fresh);
    // It was here: that is damage, too.
    for state in [Whole, Damaged] {
        let lost = step(wanted(0), replica(RIGHT, state), None);
        let why = Some("it is gone from the volume");
        assert_eq!(lost, Some(Step::Pull { replaces: None, damage: why }));
    }
    // What had the name before was another film.
    assert_eq!(step(wanted(0), replica(OTHER, Whole), None), fresh);
}

#[test]
fn what_is_other_than_it_should_be_is_replaced() {
    for size in [6, 7] {
        let version = FileVersion { size, mtime_ns: 1 };
        let replaced = Some(Step::Pull { replaces: Some(version), damage: None });
        assert_eq!(pull(size, true), replaced);
        // Replaced elsewhere, or dropped in under a name that is taken: no damage.
        for replica in [replica(OTHER, Whole), None] {
            assert_eq!(step(wanted(0), replica, file(size, Some(OTHER))), replaced);
        }
    }
    // A size tells at once; content only when it was read.
    assert!(step(wanted(0), replica(RIGHT, Whole), file(6, None)).is_some());
    assert_eq!(step(wanted(0), replica(RIGHT, Whole), file(7, None)), None);
    // What was found damaged stays so as long as the file is what it was.
    assert!(matches!(
        step(wanted(0), replica(RIGHT, Damaged), file(7, Some(OTHER))),
        Some(Step::Pull { damage: Some(_), .. })
    ));
}

#[test]
fn what_is_right_is_confirmed_once_and_verified_when_asked_for() {
    let right = || file(7, Some(RIGHT));
    assert_eq!(step(wanted(0), None, right()), Some(Step::Confirm));
    assert_eq!(step(wanted(0), replica(RIGHT, Pulling), right()), Some(Step::Confirm));
    assert_eq!(step(wanted(0), replica(OTHER, Damaged), right()), Some(Step::Confirm));
    // Somebody brought it back by hand.
    assert_eq!(step(wanted(0), replica(RIGHT, Damaged), right()), Some(Step::Confirm));
    assert_eq!(step(wanted(3), replica(RIGHT, Whole), right()), None);
    assert_eq!(step(wanted(4), replica(RIGHT, Whole), right()), Some(Step::Verify));
}

#[test]
fn only_what_was_written_down_here_is_removed() {
    assert_eq!(step(None, None, file(7, Some(RIGHT))), Some(Step::Register));
    assert_eq!(step(None, None, file(7, None)), None);
    for state in [Whole, Pulling, Damaged] {
        let here = step(None, replica(RIGHT, state), file(7, Some(RIGHT)));
        assert_eq!(here, Some(Step::Remove));
        assert_eq!(step(None, replica(RIGHT, state), None), Some(Step::Forget));
        assert_eq!(step(None, replica(RIGHT, state), file(7, None)), None);
    }
    // A damaged copy goes with what it is a copy of.
    let damaged = step(None, replica(RIGHT, Damaged), file(7, Some(OTHER)));
    assert_eq!(damaged, Some(Step::Remove));
    // Something else came by hand under the name of what was removed.
    let by_hand = step(None, replica(RIGHT, Whole), file(7, Some(OTHER)));
    assert_eq!(by_hand, Some(Step::Register));
}

#[test]
fn an_upload_that_is_about_to_stand_there_is_left_alone() {
    let claimed = HashSet::from([name()]);
    let wanted = wanted(0).into_iter().map(|w| (name(), w)).collect();
    let files = file(7, Some(OTHER)).into_iter().map(|f| (name(), f)).collect();
    assert_eq!(plan(&wanted, &HashMap::new(), &files, &claimed), []);
    assert_eq!(plan(&BTreeMap::new(), &HashMap::new(), &files, &claimed), []);
}
