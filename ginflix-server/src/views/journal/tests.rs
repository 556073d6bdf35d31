use ginflix_api::playback::PlayedRange;
use jiff::Timestamp;
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::catalog::store::PlaybackUpdate;

const LIMIT: u64 = 1 << 20;

fn event(id: u128) -> PlaybackEvent {
    let played = vec![PlayedRange { start: 0.3, end: 4.286 }];
    PlaybackEvent::Played(PlaybackUpdate {
        id: Uuid::from_u128(id),
        played,
        at: Timestamp::UNIX_EPOCH,
    })
}

/// Everything that waits, and takes it out.
fn take_all(journal: &mut Journal) -> Vec<PlaybackEvent> {
    let mut all = Vec::new();
    while let Some(frame) = journal.next(1).unwrap() {
        all.extend(frame.events);
        journal.done(frame.end).unwrap();
    }
    all
}

#[test]
fn what_was_appended_comes_back_in_order_and_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let mut journal = Journal::open(&path, LIMIT).unwrap();
    assert!(journal.is_empty() && journal.next(1).unwrap().is_none());
    journal.append(&[event(1), event(2)]).unwrap();
    journal.append(&[event(3)]).unwrap();
    drop(journal);
    let mut journal = Journal::open(&path, LIMIT).unwrap();
    assert_eq!(take_all(&mut journal), [event(1), event(2), event(3)]);
    assert_eq!(fs::metadata(&path).unwrap().len(), START);
    journal.append(&[event(4)]).unwrap();
    assert_eq!(take_all(&mut journal), [event(4)]);
}

#[test]
fn what_was_taken_out_before_a_crash_comes_again_before_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let mut journal = Journal::open(&path, LIMIT).unwrap();
    journal.append(&[event(1)]).unwrap();
    journal.append(&[event(2)]).unwrap();
    let first = journal.next(1).unwrap().unwrap();
    journal.done(first.end).unwrap();
    drop(journal);
    let mut journal = Journal::open(&path, LIMIT).unwrap();
    assert_eq!(take_all(&mut journal), [event(1), event(2)]);
}

#[test]
fn it_does_not_grow_beyond_its_limit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let mut journal = Journal::open(&path, 1000).unwrap();
    let held = (0..).take_while(|n| journal.append(&[event(*n)]).is_ok()).count();
    assert!((2..20).contains(&held));
    assert!(matches!(journal.append(&[event(99)]), Err(JournalError::Full)));
    assert!(fs::metadata(&path).unwrap().len() <= 1000);
    assert_eq!(take_all(&mut journal).len(), held);
    journal.append(&[event(99)]).unwrap();
}

#[test]
fn one_process_has_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let _journal = Journal::open(&path, LIMIT).unwrap();
    assert!(Journal::open(&path, LIMIT).is_err());
    let other = folder.path().join("other");
    fs::write(&other, "something else").unwrap();
    assert!(Journal::open(&other, LIMIT).unwrap_err().to_string().contains("no journal"));
}

proptest! {
    /// Wherever a crash cuts the file, and whatever stands there instead: what
    /// was whole before comes back, and new events follow it.
    #[test]
    fn a_torn_tail_costs_only_itself(
        frames in 1_usize..6,
        cut in 0_u64..700,
        junk in proptest::collection::vec(any::<u8>(), 0..40),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let mut journal = Journal::open(&path, LIMIT).unwrap();
        let mut ends = Vec::new();
        for n in 0..frames {
            journal.append(&[event(n as u128)]).unwrap();
            ends.push(journal.end);
        }
        drop(journal);
        let before = fs::read(&path).unwrap();
        let file = File::options().write(true).open(&path).unwrap();
        let cut = (START + cut).min(*ends.last().unwrap());
        file.set_len(cut).unwrap();
        file.write_all_at(&junk, cut).unwrap();
        // What stands there may begin as what was lost.
        let after = fs::read(&path).unwrap();
        let intact = before.iter().zip(&after).take_while(|(old, new)| old == new).count();
        let whole = ends.iter().filter(|end| **end <= intact as u64).count();
        let mut journal = Journal::open(&path, LIMIT).unwrap();
        journal.append(&[event(77)]).unwrap();
        drop(journal);
        let mut journal = Journal::open(&path, LIMIT).unwrap();
        let mut expected: Vec<_> = (0..whole as u128).map(event).collect();
        expected.push(event(77));
        prop_assert_eq!(take_all(&mut journal), expected);
    }
}
