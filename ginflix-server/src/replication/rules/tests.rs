use std::time::SystemTime;

use ginflix_api::inspection::Inspection;
use ginflix_api::media::Media;
use ginflix_api::paths;
use jiff::Timestamp;

use super::*;
use crate::media::info::MediaInfo;

const DESIRED: &str = "aa";
const OTHER: &str = "bb";

fn name() -> MediaName {
    "film.mp4".parse().unwrap()
}

fn desired(check_round: u64) -> Option<DesiredMedia> {
    let media = Media {
        name: name(),
        file_name: None,
        size_bytes: 7,
        sha256: Some(DESIRED.to_owned()),
        content_type: "video/mp4".to_owned(),
        duration_seconds: None,
        inspection: None,
        created_at: Timestamp::UNIX_EPOCH,
        library: None,
        missing_since: None,
        stream_path: paths::stream(&name()),
    };
    let sha256 = DESIRED.to_owned();
    Some(DesiredMedia { media, sha256, check_round, is_inspected: true })
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
    let info = |sha256: &str| {
        MediaInfo::new(version, sha256.to_owned(), Inspection::default(), Timestamp::UNIX_EPOCH)
    };
    let info = sha256.map(info);
    Some(MediaFile { name: name(), size, version, modified: SystemTime::UNIX_EPOCH, info })
}

fn action(
    desired: Option<DesiredMedia>,
    replica: Option<ReplicaRecord>,
    file: Option<MediaFile>,
) -> Option<ReplicaAction> {
    let claimed = HashSet::new();
    let mut actions = plan(
        &desired.into_iter().map(|entry| (name(), entry)).collect(),
        &replica.into_iter().map(|r| (name(), r)).collect(),
        &VolumeFiles {
            files: file.into_iter().map(|f| (name(), f)).collect(),
            unreadable: HashSet::new(),
        },
        &claimed,
    );
    assert!(actions.len() <= 1, "{actions:?}");
    actions.pop().map(|(_, action)| action)
}

fn pull(size: u64, damage: bool) -> Option<ReplicaAction> {
    match action(desired(0), replica(DESIRED, ReplicaState::Whole), file(size, Some(OTHER))) {
        Some(ReplicaAction::Pull { replaces, damage: found }) if found.is_some() == damage => {
            Some(ReplicaAction::Pull { replaces, damage: None })
        }
        other => panic!("{other:?}"),
    }
}

use ReplicaState::{Damaged, Pulling, Whole};

#[test]
fn a_missing_file_is_fetched() {
    let fresh = Some(ReplicaAction::Pull { replaces: None, damage: None });
    assert_eq!(action(desired(0), None, None), fresh);
    assert_eq!(action(desired(0), replica(DESIRED, Pulling), None), fresh);
    // A copy that disappeared counts as damaged, too.
    for state in [Whole, Damaged] {
        let lost = action(desired(0), replica(DESIRED, state), None);
        let why = Some("it is gone from the volume");
        assert_eq!(lost, Some(ReplicaAction::Pull { replaces: None, damage: why }));
    }
    // The replica was of another content.
    assert_eq!(action(desired(0), replica(OTHER, Whole), None), fresh);
}

#[test]
fn a_wrong_file_is_replaced() {
    for size in [6, 7] {
        let version = FileVersion { size, mtime_ns: 1 };
        let replaced = Some(ReplicaAction::Pull { replaces: Some(version), damage: None });
        assert_eq!(pull(size, true), replaced);
        // Replaced in the catalogue, or copied there under a taken name: no damage.
        for replica in [replica(OTHER, Whole), None] {
            assert_eq!(action(desired(0), replica, file(size, Some(OTHER))), replaced);
        }
    }
    // A wrong size is seen at once, wrong content only after hashing.
    assert!(action(desired(0), replica(DESIRED, Whole), file(6, None)).is_some());
    assert_eq!(action(desired(0), replica(DESIRED, Whole), file(7, None)), None);
    // A damaged replica stays damaged as long as the file is the same.
    assert!(matches!(
        action(desired(0), replica(DESIRED, Damaged), file(7, Some(OTHER))),
        Some(ReplicaAction::Pull { damage: Some(_), .. })
    ));
}

#[test]
fn a_correct_file_is_confirmed_once_and_verified_on_request() {
    let right = || file(7, Some(DESIRED));
    assert_eq!(action(desired(0), None, right()), Some(ReplicaAction::Confirm));
    assert_eq!(
        action(desired(0), replica(DESIRED, Pulling), right()),
        Some(ReplicaAction::Confirm)
    );
    assert_eq!(action(desired(0), replica(OTHER, Damaged), right()), Some(ReplicaAction::Confirm));
    // Somebody restored the file by hand.
    assert_eq!(
        action(desired(0), replica(DESIRED, Damaged), right()),
        Some(ReplicaAction::Confirm)
    );
    assert_eq!(action(desired(3), replica(DESIRED, Whole), right()), None);
    assert_eq!(action(desired(4), replica(DESIRED, Whole), right()), Some(ReplicaAction::Verify));
}

#[test]
fn a_file_is_described_once() {
    let right = || file(7, Some(DESIRED));
    let unknown = |round| desired(round).map(|d| DesiredMedia { is_inspected: false, ..d });
    let confirmed = || replica(DESIRED, Whole);
    assert_eq!(action(unknown(0), confirmed(), right()), Some(ReplicaAction::Describe));
    // A verification is more urgent, and a replica is recorded first.
    assert_eq!(action(unknown(4), confirmed(), right()), Some(ReplicaAction::Verify));
    assert_eq!(action(unknown(0), None, right()), Some(ReplicaAction::Confirm));
    let mut not_inspected = right().unwrap();
    not_inspected.info.as_mut().unwrap().inspection = None;
    assert_eq!(action(unknown(0), confirmed(), Some(not_inspected)), None);
}

#[test]
fn only_a_file_with_a_replica_is_removed() {
    assert_eq!(action(None, None, file(7, Some(DESIRED))), Some(ReplicaAction::Register));
    assert_eq!(action(None, None, file(7, None)), None);
    for state in [Whole, Pulling, Damaged] {
        let here = action(None, replica(DESIRED, state), file(7, Some(DESIRED)));
        assert_eq!(here, Some(ReplicaAction::Remove));
        assert_eq!(action(None, replica(DESIRED, state), None), Some(ReplicaAction::Forget));
        assert_eq!(action(None, replica(DESIRED, state), file(7, None)), None);
    }
    // A damaged copy is removed too.
    let damaged = action(None, replica(DESIRED, Damaged), file(7, Some(OTHER)));
    assert_eq!(damaged, Some(ReplicaAction::Remove));
    // Somebody copied another file there under the same name.
    let by_hand = action(None, replica(DESIRED, Whole), file(7, Some(OTHER)));
    assert_eq!(by_hand, Some(ReplicaAction::Register));
}

#[test]
fn names_that_an_upload_has_claimed_are_left_alone() {
    let claimed = HashSet::from([name()]);
    let desired = desired(0).into_iter().map(|entry| (name(), entry)).collect();
    let files = file(7, Some(OTHER)).into_iter().map(|f| (name(), f)).collect();
    let files = VolumeFiles { files, unreadable: HashSet::new() };
    assert_eq!(plan(&desired, &HashMap::new(), &files, &claimed), []);
    assert_eq!(plan(&BTreeMap::new(), &HashMap::new(), &files, &claimed), []);
}

#[test]
fn a_file_that_cannot_be_read_is_fetched_again_but_not_forgotten() {
    let volume = VolumeFiles { unreadable: HashSet::from([name()]), ..VolumeFiles::default() };
    let desired = desired(0).into_iter().map(|entry| (name(), entry)).collect();
    let replicas: HashMap<_, _> =
        replica(DESIRED, ReplicaState::Whole).into_iter().map(|r| (name(), r)).collect();
    let claimed = HashSet::new();
    let damage = Some("it cannot be read");
    assert_eq!(
        plan(&desired, &replicas, &volume, &claimed),
        [(name(), ReplicaAction::Pull { replaces: None, damage })]
    );
    // When it can be read again, its replica shows that it was removed from the catalogue.
    assert_eq!(plan(&BTreeMap::new(), &replicas, &volume, &claimed), []);
}
