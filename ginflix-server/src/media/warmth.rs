//! Which parts of a file were in memory when last looked at, a moment ago.

use std::ops::Range;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Instant;

/// What is remembered is so large: two bytes for each.
const BLOCK: u64 = 1024 * 1024;

static START: LazyLock<Instant> = LazyLock::new(Instant::now);

/// For so many seconds after a part was found cold nothing is remembered: a file
/// that is read from the disk may be on its way out of memory as well.
const DOUBT: u16 = 10;

/// Remembers for one to two seconds: what was just used is the last to go.
#[derive(Debug)]
pub struct Warmth {
    /// The second in which some part was found cold; 0 for never.
    cold: AtomicU16,
    /// The second in which a block was found in memory; 0 for never.
    blocks: Box<[AtomicU16]>,
    size: u64,
}

impl Warmth {
    /// Of a file of `size` bytes.
    pub fn of(size: u64) -> Self {
        let blocks = (0..size.div_ceil(BLOCK)).map(|_| AtomicU16::new(0)).collect();
        Self { cold: AtomicU16::new(0), blocks, size }
    }

    /// Whether a part is in memory, as far as is remembered, else as `look`
    /// says: it is asked for whole blocks, and only where one is not for less.
    pub fn is_warm(&self, part: &Range<u64>, look: impl Fn(&Range<u64>) -> bool) -> bool {
        self.is_warm_at(second(), part, look)
    }

    fn is_warm_at(&self, now: u16, part: &Range<u64>, look: impl Fn(&Range<u64>) -> bool) -> bool {
        let cold = self.cold.load(Ordering::Relaxed);
        let in_doubt = cold != 0 && now.wrapping_sub(cold) < DOUBT;
        let numbers = part.start / BLOCK..part.end.div_ceil(BLOCK);
        let is_warm = numbers.into_iter().all(|number| {
            let Some(known) = self.blocks.get(number as usize) else { return look(part) };
            let then = known.load(Ordering::Relaxed);
            if !in_doubt && then != 0 && (then == now || then == before(now)) {
                return true;
            }
            let block = number * BLOCK..self.size.min((number + 1) * BLOCK);
            if look(&block) {
                known.store(now, Ordering::Relaxed);
                return true;
            }
            look(&(part.start.max(block.start)..part.end.min(block.end)))
        });
        if !is_warm {
            self.cold.store(now, Ordering::Relaxed);
        }
        is_warm
    }
}

/// Seconds since the start, never 0. They come again after 18 hours, and all
/// that this can do is to take for warm what is not.
fn second() -> u16 {
    (START.elapsed().as_secs() % u64::from(u16::MAX)) as u16 + 1
}

fn before(second: u16) -> u16 {
    if second > 1 { second - 1 } else { u16::MAX }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[test]
    #[allow(clippy::single_range_in_vec_init)] // what was looked at, not what is in it
    fn looks_once_in_a_while_at_whole_blocks() {
        let warmth = Warmth::of(2 * BLOCK + 10);
        let looks = RefCell::new(Vec::new());
        let ask = |now, part: Range<u64>, answer: bool| {
            let warm = warmth.is_warm_at(now, &part, |at| {
                looks.borrow_mut().push(at.clone());
                answer
            });
            (warm, looks.take())
        };
        assert_eq!(ask(7, 5..6, true), (true, vec![0..BLOCK]));
        assert_eq!(ask(7, 0..BLOCK, false), (true, vec![]));
        assert_eq!(ask(8, 9..10, false), (true, vec![]));
        // Forgotten.
        let end = BLOCK + 1..2 * BLOCK + 10;
        let last = 2 * BLOCK..2 * BLOCK + 10;
        assert_eq!(ask(9, end, true), (true, vec![BLOCK..2 * BLOCK, last.clone()]));
        // Now a part is cold, and for a while all are looked at each time.
        assert_eq!(ask(9, 9..10, false), (false, vec![0..BLOCK, 9..10]));
        for now in [9, 9 + DOUBT - 1] {
            assert_eq!(ask(now, last.clone(), true), (true, vec![last.clone()]));
        }
        assert_eq!(ask(9 + DOUBT, last, false), (true, vec![]));
        // The clock's seconds come again.
        assert_eq!(ask(u16::MAX, 0..1, true).1.len(), 1);
        assert_eq!(ask(1, 0..1, false), (true, vec![]));
    }

    #[test]
    fn a_part_may_be_warm_in_a_cold_block() {
        let warmth = Warmth::of(BLOCK);
        let part = 10..20;
        assert!(warmth.is_warm_at(1, &part, |at| *at == part));
        assert!(!warmth.is_warm_at(1, &(30..40), |at| *at == part));
        assert!(Warmth::of(0).is_warm_at(1, &(0..0), |_| false));
    }
}
