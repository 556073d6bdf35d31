//! Moments of the presentation, which tracks of different timescales share.

use std::cmp::Ordering;

/// A time in ticks, with the ticks a second.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// The ticks since the start of the presentation.
    pub ticks: i64,
    /// The ticks a second.
    pub timescale: u32,
}

impl Moment {
    /// The start of the presentation.
    pub const START: Self = Self { ticks: 0, timescale: 1 };

    /// Returns a moment.
    pub fn new(ticks: i64, timescale: u32) -> Self {
        Self { ticks, timescale: timescale.max(1) }
    }

    /// Returns the nearest number of ticks in another timescale.
    pub fn to_ticks(self, timescale: u32) -> i64 {
        rescale(self.ticks, self.timescale, timescale)
    }

    /// Returns the moment so many seconds later.
    pub fn after(self, seconds: u32) -> Self {
        let ticks = i64::from(self.timescale) * i64::from(seconds);
        Self { ticks: self.ticks.saturating_add(ticks), ..self }
    }

    /// Returns the seconds since the start of the presentation.
    pub fn seconds(self) -> f64 {
        self.ticks as f64 / f64::from(self.timescale)
    }
}

/// Converts ticks of one timescale to the nearest ones of another; an impossible number becomes the nearest
/// possible one.
pub fn rescale(ticks: i64, from: u32, to: u32) -> i64 {
    let from = i128::from(from.max(1));
    let scaled = i128::from(ticks) * i128::from(to);
    let rounded = (2 * scaled + from).div_euclid(2 * from);
    rounded.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64
}

impl PartialEq for Moment {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Moment {}

impl PartialOrd for Moment {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Moment {
    fn cmp(&self, other: &Self) -> Ordering {
        let left = i128::from(self.ticks) * i128::from(other.timescale);
        left.cmp(&(i128::from(other.ticks) * i128::from(self.timescale)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_of_different_timescales_are_compared() {
        assert_eq!(Moment::new(1001, 24_000), Moment::new(2002, 48_000));
        assert!(Moment::new(1001, 24_000) > Moment::new(41, 1000));
        assert!(Moment::new(-1024, 44_100) < Moment::START);
        assert_eq!(Moment::new(1, 2).after(3), Moment::new(7, 2));
    }

    #[test]
    fn rescaling_rounds_to_the_nearest_tick() {
        assert_eq!(rescale(1, 3, 10), 3);
        assert_eq!(rescale(2, 3, 10), 7);
        assert_eq!(rescale(-2, 3, 10), -7);
        assert_eq!(rescale(i64::MAX, 1, u32::MAX), i64::MAX);
        assert_eq!(rescale(5, 0, 1), 5);
    }
}
