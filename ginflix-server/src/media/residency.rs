//! A short-lived map of the blocks of a file that are in the page cache, which saves most probes.

use std::ops::Range;
use std::sync::atomic::{AtomicU16, Ordering};

use crate::coarse_clock;

/// The granularity of the map, in bytes. Each block needs two bytes of memory.
const BLOCK_BYTES: u64 = 1024 * 1024;

/// A range of at least this length is probed at its start even if the map has its block: reading it
/// from the disk would block the event loop for long.
const LARGE_RANGE_BYTES: u64 = BLOCK_BYTES / 4;

/// The seconds for which no map is trusted after an entry of any file proved wrong: as long as an
/// entry may live, so that all entries of that time have expired.
const DISTRUST_SECONDS: u16 = 2;

/// The second in which an entry of any file proved wrong; 0 for never.
static LAST_WRONG: AtomicU16 = AtomicU16::new(0);

/// The blocks of a file that were found in the page cache within the last one to two seconds. The
/// kernel evicts pages that were used so recently last.
#[derive(Debug)]
pub struct PageResidency {
    last_wrong: &'static AtomicU16,
    /// The second in which each block was found in the page cache; 0 if it was not.
    blocks: Box<[AtomicU16]>,
    file_size: u64,
}

impl PageResidency {
    /// Creates an empty map for a file of this size.
    pub fn new(file_size: u64) -> Self {
        Self::with_last_wrong(file_size, &LAST_WRONG)
    }

    fn with_last_wrong(file_size: u64, last_wrong: &'static AtomicU16) -> Self {
        let blocks = (0..file_size.div_ceil(BLOCK_BYTES)).map(|_| AtomicU16::new(0)).collect();
        Self { last_wrong, blocks, file_size }
    }

    /// Returns whether a range is in the page cache. A block with a recent entry in the map counts
    /// as resident, but a large part of it is probed at its start. For other blocks, `probe` is
    /// called with the whole block; and if that is not resident, or while the map is not trusted,
    /// with the part of the range that is in the block.
    pub fn is_resident(&self, range: &Range<u64>, probe: impl Fn(&Range<u64>) -> bool) -> bool {
        self.is_resident_at(current_second(), range, probe)
    }

    fn is_resident_at(
        &self,
        now: u16,
        range: &Range<u64>,
        probe: impl Fn(&Range<u64>) -> bool,
    ) -> bool {
        let last_wrong = self.last_wrong.load(Ordering::Relaxed);
        let is_trusted = last_wrong == 0 || now.wrapping_sub(last_wrong) >= DISTRUST_SECONDS;
        let block_numbers = range.start / BLOCK_BYTES..range.end.div_ceil(BLOCK_BYTES);
        block_numbers.into_iter().all(|number| {
            // The map has no block after the end of the file.
            let Some(entry) = self.blocks.get(number as usize) else { return probe(range) };
            let found_at = entry.load(Ordering::Relaxed);
            let block = number * BLOCK_BYTES..self.file_size.min((number + 1) * BLOCK_BYTES);
            let overlap = range.start.max(block.start)..range.end.min(block.end);
            let is_recent = found_at == now || found_at == second_before(now);
            if is_trusted && found_at != 0 && is_recent {
                let is_large = overlap.end - overlap.start >= LARGE_RANGE_BYTES;
                if is_large && !probe(&(overlap.start..overlap.start + 1)) {
                    self.last_wrong.store(now, Ordering::Relaxed);
                    entry.store(0, Ordering::Relaxed);
                    return false;
                }
                return true;
            }
            let is_block_resident = is_trusted && probe(&block);
            entry.store(if is_block_resident { now } else { 0 }, Ordering::Relaxed);
            is_block_resident || probe(&overlap)
        })
    }
}

/// Returns the second of the coarse clock, from 1 to 65535. It wraps around after 18 hours; an
/// entry of exactly that age then seems to be new, which costs at most one blocking read.
fn current_second() -> u16 {
    (coarse_clock::now().as_secs() % u64::from(u16::MAX)) as u16 + 1
}

fn second_before(second: u16) -> u16 {
    if second > 1 { second - 1 } else { u16::MAX }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    static NEVER_WRONG: AtomicU16 = AtomicU16::new(0);

    #[test]
    fn a_wrong_entry_of_one_file_makes_all_files_be_probed() {
        static LAST_WRONG: AtomicU16 = AtomicU16::new(0);
        let [one, other] =
            [(); 2].map(|()| PageResidency::with_last_wrong(BLOCK_BYTES, &LAST_WRONG));
        let check = |residency: &PageResidency, now, probed: bool| {
            let probes = RefCell::new(0);
            let resident = residency.is_resident_at(now, &(0..BLOCK_BYTES), |_| {
                *probes.borrow_mut() += 1;
                probed
            });
            (resident, probes.take())
        };
        assert_eq!([&one, &other].map(|residency| check(residency, 5, true)), [(true, 1); 2]);
        // A large range is probed once even if its entry is trusted.
        assert_eq!([&one, &other].map(|residency| check(residency, 5, true)), [(true, 1); 2]);
        assert_eq!(check(&one, 5, false), (false, 1));
        let small = |now, probed| other.is_resident_at(now, &(1..2), |_| probed);
        assert!(!small(5 + DISTRUST_SECONDS - 1, false));
        assert!(small(5 + DISTRUST_SECONDS, true));
        assert!(small(5 + DISTRUST_SECONDS, false));
    }

    #[test]
    #[allow(clippy::single_range_in_vec_init)] // the ranges that were probed, not their elements
    fn whole_blocks_are_probed_once_in_two_seconds() {
        let residency = PageResidency::with_last_wrong(2 * BLOCK_BYTES + 10, &NEVER_WRONG);
        let probes = RefCell::new(Vec::new());
        let check = |now, range: Range<u64>, probed: bool| {
            let resident = residency.is_resident_at(now, &range, |probe| {
                probes.borrow_mut().push(probe.clone());
                probed
            });
            (resident, probes.take())
        };
        assert_eq!(check(7, 5..6, true), (true, vec![0..BLOCK_BYTES]));
        assert_eq!(check(7, 0..LARGE_RANGE_BYTES - 1, false), (true, vec![]));
        assert_eq!(check(7, 5..5 + LARGE_RANGE_BYTES, true), (true, vec![5..6]));
        assert_eq!(check(8, 9..10, false), (true, vec![]));
        // The entries of second 7 have expired.
        let end = BLOCK_BYTES + 1..2 * BLOCK_BYTES + 10;
        let last = 2 * BLOCK_BYTES..2 * BLOCK_BYTES + 10;
        let blocks = vec![BLOCK_BYTES..2 * BLOCK_BYTES, last.clone()];
        assert_eq!(check(9, end, true), (true, blocks));
        // A block that is not resident is probed each time until it is; other blocks keep their
        // entries.
        assert_eq!(check(9, 9..10, false), (false, vec![0..BLOCK_BYTES, 9..10]));
        assert_eq!(check(9, 9..10, false), (false, vec![0..BLOCK_BYTES, 9..10]));
        assert_eq!(check(9, 9..10, true), (true, vec![0..BLOCK_BYTES]));
        assert_eq!(check(9, 9..10, false), (true, vec![]));
        assert_eq!(check(9, last.clone(), false), (true, vec![]));
        // The seconds wrap around.
        assert_eq!(check(u16::MAX, 0..1, true).1.len(), 1);
        assert_eq!(check(1, 0..1, false), (true, vec![]));
    }

    #[test]
    fn a_range_may_be_resident_in_a_block_that_is_not() {
        let residency = PageResidency::with_last_wrong(BLOCK_BYTES, &NEVER_WRONG);
        let range = 10..20;
        assert!(residency.is_resident_at(1, &range, |probe| *probe == range));
        assert!(!residency.is_resident_at(1, &(30..40), |probe| *probe == range));
        let empty = PageResidency::with_last_wrong(0, &NEVER_WRONG);
        assert!(empty.is_resident_at(1, &(0..0), |_| false));
    }
}
