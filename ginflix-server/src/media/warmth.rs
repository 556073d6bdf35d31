//! Which parts of a file were in memory when last looked at, a moment ago.

use std::ops::Range;
use std::sync::atomic::{AtomicU16, Ordering};

use crate::coarse_clock;

/// What is remembered is so large: two bytes for each.
const BLOCK: u64 = 1024 * 1024;

/// A part as large as this is looked at in one place all the same: who is sent as
/// much from the disk, keeps others waiting for long.
const LARGE: u64 = BLOCK / 4;

/// For so many seconds after what was remembered of one file proved wrong, it is
/// not believed of any: as long as it lasts.
const DISBELIEF: u16 = 2;

/// The second in which that was so; 0 for never.
static WRONG: AtomicU16 = AtomicU16::new(0);

/// Remembers for one to two seconds: what was just used is the last to go.
#[derive(Debug)]
pub struct Warmth {
    wrong: &'static AtomicU16,
    /// The second in which a block was found in memory; 0 where it was not, or never.
    blocks: Box<[AtomicU16]>,
    size: u64,
}

impl Warmth {
    /// Of a file of `size` bytes.
    pub fn of(size: u64) -> Self {
        Self::with(size, &WRONG)
    }

    fn with(size: u64, wrong: &'static AtomicU16) -> Self {
        let blocks = (0..size.div_ceil(BLOCK)).map(|_| AtomicU16::new(0)).collect();
        Self { wrong, blocks, size }
    }

    /// Whether a part is in memory, as far as is remembered, else as `look`
    /// says: it is asked for whole blocks, and for less only where one is not, or
    /// where nothing is believed.
    pub fn is_warm(&self, part: &Range<u64>, look: impl Fn(&Range<u64>) -> bool) -> bool {
        self.is_warm_at(second(), part, look)
    }

    fn is_warm_at(&self, now: u16, part: &Range<u64>, look: impl Fn(&Range<u64>) -> bool) -> bool {
        let wrong = self.wrong.load(Ordering::Relaxed);
        let is_believed = wrong == 0 || now.wrapping_sub(wrong) >= DISBELIEF;
        let numbers = part.start / BLOCK..part.end.div_ceil(BLOCK);
        numbers.into_iter().all(|number| {
            let Some(known) = self.blocks.get(number as usize) else { return look(part) };
            let then = known.load(Ordering::Relaxed);
            let block = number * BLOCK..self.size.min((number + 1) * BLOCK);
            let asked = part.start.max(block.start)..part.end.min(block.end);
            if is_believed && then != 0 && (then == now || then == before(now)) {
                let is_large = asked.end - asked.start >= LARGE;
                if is_large && !look(&(asked.start..asked.start + 1)) {
                    self.wrong.store(now, Ordering::Relaxed);
                    known.store(0, Ordering::Relaxed);
                    return false;
                }
                return true;
            }
            let is_warm = is_believed && look(&block);
            known.store(if is_warm { now } else { 0 }, Ordering::Relaxed);
            is_warm || look(&asked)
        })
    }
}

/// Seconds by the coarse clock, never 0. They come again after 18 hours, and all
/// that this can do is to take for warm what is not.
fn second() -> u16 {
    (coarse_clock::now().as_secs() % u64::from(u16::MAX)) as u16 + 1
}

fn before(second: u16) -> u16 {
    if second > 1 { second - 1 } else { u16::MAX }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    static NEVER: AtomicU16 = AtomicU16::new(0);

    #[test]
    fn what_proves_wrong_of_one_file_is_not_believed_of_others() {
        static WRONG: AtomicU16 = AtomicU16::new(0);
        let [one, other] = [(); 2].map(|()| Warmth::with(BLOCK, &WRONG));
        let ask = |warmth: &Warmth, now, answer: bool| {
            let looks = RefCell::new(0);
            let warm = warmth.is_warm_at(now, &(0..BLOCK), |_| {
                *looks.borrow_mut() += 1;
                answer
            });
            (warm, looks.take())
        };
        assert_eq!([&one, &other].map(|warmth| ask(warmth, 5, true)), [(true, 1); 2]);
        // As long as that is believed, it is looked at in one place.
        assert_eq!([&one, &other].map(|warmth| ask(warmth, 5, true)), [(true, 1); 2]);
        assert_eq!(ask(&one, 5, false), (false, 1));
        let small = |now, answer| other.is_warm_at(now, &(1..2), |_| answer);
        assert!(!small(5 + DISBELIEF - 1, false));
        assert!(small(5 + DISBELIEF, true));
        assert!(small(5 + DISBELIEF, false));
    }

    #[test]
    #[allow(clippy::single_range_in_vec_init)] // what was looked at, not what is in it
    fn looks_once_in_a_while_at_whole_blocks() {
        let warmth = Warmth::with(2 * BLOCK + 10, &NEVER);
        let looks = RefCell::new(Vec::new());
        let ask = |now, part: Range<u64>, answer: bool| {
            let warm = warmth.is_warm_at(now, &part, |at| {
                looks.borrow_mut().push(at.clone());
                answer
            });
            (warm, looks.take())
        };
        assert_eq!(ask(7, 5..6, true), (true, vec![0..BLOCK]));
        assert_eq!(ask(7, 0..LARGE - 1, false), (true, vec![]));
        assert_eq!(ask(7, 5..5 + LARGE, true), (true, vec![5..6]));
        assert_eq!(ask(8, 9..10, false), (true, vec![]));
        // Forgotten.
        let end = BLOCK + 1..2 * BLOCK + 10;
        let last = 2 * BLOCK..2 * BLOCK + 10;
        assert_eq!(ask(9, end, true), (true, vec![BLOCK..2 * BLOCK, last.clone()]));
        // What was cold is looked at until it is not; the rest is as it was.
        assert_eq!(ask(9, 9..10, false), (false, vec![0..BLOCK, 9..10]));
        assert_eq!(ask(9, 9..10, false), (false, vec![0..BLOCK, 9..10]));
        assert_eq!(ask(9, 9..10, true), (true, vec![0..BLOCK]));
        assert_eq!(ask(9, 9..10, false), (true, vec![]));
        assert_eq!(ask(9, last.clone(), false), (true, vec![]));
        // The clock's seconds come again.
        assert_eq!(ask(u16::MAX, 0..1, true).1.len(), 1);
        assert_eq!(ask(1, 0..1, false), (true, vec![]));
    }

    #[test]
    fn a_part_may_be_warm_in_a_cold_block() {
        let warmth = Warmth::with(BLOCK, &NEVER);
        let part = 10..20;
        assert!(warmth.is_warm_at(1, &part, |at| *at == part));
        assert!(!warmth.is_warm_at(1, &(30..40), |at| *at == part));
        assert!(Warmth::with(0, &NEVER).is_warm_at(1, &(0..0), |_| false));
    }
}
