//! Decoding times from presentation times.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// The frames after which a frame is no longer reordered: more than any codec allows.
const REORDER_FRAMES: usize = 32;

/// Derives the order of decoding times: the times of presentation, sorted. It looks at the frames that follow, because a
/// frame may be presented before frames that are decoded earlier.
#[derive(Debug, Default)]
pub struct Reorder {
    waiting: BinaryHeap<Reverse<i64>>,
}

impl Reorder {
    /// Adds the presentation time of a frame; returns the decoding time of the frame that was added
    /// [`REORDER_FRAMES`] before.
    pub fn push(&mut self, time: i64) -> Option<i64> {
        self.waiting.push(Reverse(time));
        (self.waiting.len() > REORDER_FRAMES).then(|| self.pop()).flatten()
    }

    /// Returns the decoding time of the next frame after the last was added.
    pub fn pop(&mut self) -> Option<i64> {
        self.waiting.pop().map(|Reverse(time)| time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decoding_times_are_sorted_presentation_times() {
        let mut reorder = Reorder::default();
        let presented: Vec<i64> = (0..30).flat_map(|n| [n * 3, n * 3 + 2, n * 3 + 1]).collect();
        let mut decoded: Vec<i64> = presented.iter().filter_map(|t| reorder.push(*t)).collect();
        decoded.extend(std::iter::from_fn(|| reorder.pop()));
        assert_eq!(decoded, (0..90).collect::<Vec<_>>());
    }
}
