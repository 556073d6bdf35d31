use std::fs;

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

/// Reads and removes all events.
fn take_all(journal: &mut Journal) -> Vec<PlaybackEvent> {
    let mut all = Vec::new();
    while let Some(batch) = journal.read_batch(1).unwrap() {
        all.extend(batch.events);
        journal.remove_until(batch.end).unwrap();
    }
    all
}

#[test]
fn appended_events_are_read_in_order_and_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let mut journal = Journal::open(&path, LIMIT).unwrap();
    assert!(journal.is_empty() && journal.read_batch(1).unwrap().is_none());
    journal.append(&[event(1), event(2)]).unwrap();
    journal.append(&[event(3)]).unwrap();
    drop(journal);
    let mut journal = Journal::open(&path, LIMIT).unwrap();
    assert_eq!(take_all(&mut journal), [event(1), event(2), event(3)]);
    assert_eq!(fs::metadata(&path).unwrap().len(), FIRST_FRAME_OFFSET);
    journal.append(&[event(4)]).unwrap();
    assert_eq!(take_all(&mut journal), [event(4)]);
}

#[test]
fn removed_events_are_read_again_after_a_crash() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let mut journal = Journal::open(&path, LIMIT).unwrap();
    journal.append(&[event(1)]).unwrap();
    journal.append(&[event(2)]).unwrap();
    let first = journal.read_batch(1).unwrap().unwrap();
    journal.remove_until(first.end).unwrap();
    drop(journal);
    let mut journal = Journal::open(&path, LIMIT).unwrap();
    assert_eq!(take_all(&mut journal), [event(1), event(2)]);
}

#[test]
fn the_journal_does_not_grow_beyond_its_limit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let mut journal = Journal::open(&path, 1000).unwrap();
    let appended = (0..).take_while(|n| journal.append(&[event(*n)]).is_ok()).count();
    assert!((2..20).contains(&appended));
    assert!(matches!(journal.append(&[event(99)]), Err(JournalError::Full)));
    assert!(fs::metadata(&path).unwrap().len() <= 1000);
    assert_eq!(take_all(&mut journal).len(), appended);
    journal.append(&[event(99)]).unwrap();
}

#[test]
fn only_one_process_can_open_a_journal() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let _journal = Journal::open(&path, LIMIT).unwrap();
    assert!(Journal::open(&path, LIMIT).is_err());
    let other = folder.path().join("other");
    fs::write(&other, "something else").unwrap();
    assert!(Journal::open(&other, LIMIT).unwrap_err().to_string().contains("not a journal"));
}

proptest! {
    /// Wherever a crash cuts the file and whatever it leaves there, the intact frames before that
    /// are read, and new events follow them.
    #[test]
    fn only_an_incomplete_frame_at_the_end_is_lost(
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
        let cut = (FIRST_FRAME_OFFSET + cut).min(*ends.last().unwrap());
        file.set_len(cut).unwrap();
        file.write_all_at(&junk, cut).unwrap();
        // The junk may begin with the same bytes as the lost frame.
        let after = fs::read(&path).unwrap();
        let intact = before.iter().zip(&after).take_while(|(old, new)| old == new).count();
        let intact_frames = ends.iter().filter(|end| **end <= intact as u64).count();
        let mut journal = Journal::open(&path, LIMIT).unwrap();
        journal.append(&[event(77)]).unwrap();
        drop(journal);
        let mut journal = Journal::open(&path, LIMIT).unwrap();
        let mut expected: Vec<_> = (0..intact_frames as u128).map(event).collect();
        expected.push(event(77));
        prop_assert_eq!(take_all(&mut journal), expected);
    }
}
