//! Exact times from those of Matroska, which are rounded to milliseconds in most files.

use ginflix_api::inspection::{Ratio, VideoTrack};

/// The nanoseconds of a second.
const SECOND: i64 = 1_000_000_000;
/// The ticks a second of a video whose times have no common unit.
const FALLBACK_TIMESCALE: u32 = 1_000_000;
/// The least ticks a second of a video of a constant rate.
const SMALLEST_TIMESCALE: u32 = 10_000;

/// Converts nanoseconds to the nearest ticks.
pub fn ticks(nanoseconds: i64, timescale: u32) -> i64 {
    let scaled = i128::from(nanoseconds) * i128::from(timescale);
    let second = i128::from(SECOND);
    (2 * scaled + second).div_euclid(2 * second).clamp(i64::MIN.into(), i64::MAX.into()) as i64
}

/// Gives video frames their exact times: multiples of the duration of a frame, where the rounded times allow it.
#[derive(Debug)]
pub struct VideoClock {
    /// The ticks a second.
    pub timescale: u32,
    /// The ticks of a frame, if all have the same.
    pub frame: Option<i64>,
    /// The ticks by which a rounded time may differ from the exact one.
    tolerance: i64,
    first: Option<i64>,
}

impl VideoClock {
    /// Creates a clock for times that are rounded to `scale` nanoseconds.
    pub fn new(video: &VideoTrack, scale: u64) -> Self {
        let rate = video.frame_rate.filter(|_| video.constant_frame_rate == Some(true));
        let scale = i64::try_from(scale).unwrap_or(SECOND).clamp(1, SECOND);
        let (timescale, frame) = match rate.and_then(timescale_of) {
            Some((timescale, frame)) => (timescale, Some(frame)),
            None if SECOND % scale == 0 && scale >= 1000 => ((SECOND / scale) as u32, None),
            None => (FALLBACK_TIMESCALE, None),
        };
        let tolerance = scale * i64::from(timescale) / SECOND;
        Self { timescale, frame, tolerance, first: None }
    }

    /// Returns the time in ticks of a frame at this time in nanoseconds.
    pub fn time(&mut self, nanoseconds: i64) -> i64 {
        let rounded = ticks(nanoseconds, self.timescale);
        let first = *self.first.get_or_insert(rounded);
        let Some(frame) = self.frame else { return rounded };
        let since = rounded.saturating_sub(first);
        let number = (since.saturating_add(frame / 2)).div_euclid(frame);
        let exact = first.saturating_add(number.saturating_mul(frame));
        if exact.abs_diff(rounded) <= self.tolerance.unsigned_abs() { exact } else { rounded }
    }
}

/// Returns a timescale in which frames of this rate have a whole number of ticks, and that number.
fn timescale_of(rate: Ratio) -> Option<(u32, i64)> {
    let (mut timescale, mut frame) = (rate.numerator, rate.denominator);
    while timescale < SMALLEST_TIMESCALE {
        (timescale, frame) = (timescale.checked_mul(10)?, frame.checked_mul(10)?);
    }
    (timescale <= FALLBACK_TIMESCALE && frame > 0).then_some((timescale, i64::from(frame)))
}

/// Gives audio frames their exact times: each follows the one before, as long as the rounded times allow it.
#[derive(Debug)]
pub struct AudioClock {
    /// The ticks a second.
    pub timescale: u32,
    tolerance: i64,
    expected: i64,
    is_running: bool,
}

impl AudioClock {
    /// Creates a clock for times that are rounded to `scale` nanoseconds.
    pub fn new(timescale: u32, scale: u64) -> Self {
        let scale = i64::try_from(scale).unwrap_or(SECOND).clamp(1, SECOND);
        let tolerance = scale * i64::from(timescale) / SECOND + 1;
        Self { timescale, tolerance, expected: 0, is_running: false }
    }

    /// Returns the time in ticks of a frame of this duration, which should be at this time in nanoseconds, if the
    /// file states it.
    pub fn time(&mut self, nanoseconds: Option<i64>, duration: u32) -> i64 {
        let stated = nanoseconds.map(|nanoseconds| ticks(nanoseconds, self.timescale));
        let is_near = |stated: i64| stated.abs_diff(self.expected) <= self.tolerance.unsigned_abs();
        let time = match stated {
            Some(stated) if !self.is_running || !is_near(stated) => stated,
            _ => self.expected,
        };
        self.is_running = true;
        self.expected = time.saturating_add(i64::from(duration));
        time
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn video(rate: Option<Ratio>) -> VideoTrack {
        VideoTrack {
            frame_rate: rate,
            constant_frame_rate: Some(rate.is_some()),
            ..VideoTrack::default()
        }
    }

    #[test]
    fn rounded_times_of_a_constant_rate_become_exact() {
        let mut clock = VideoClock::new(&video(Ratio::new(24_000, 1001)), 1_000_000);
        let times: Vec<i64> = [0, 42, 83, 125, 500].map(|ms| clock.time(ms * 1_000_000)).into();
        assert_eq!((clock.timescale, clock.frame), (24_000, Some(1001)));
        // The last is no multiple, and stays.
        assert_eq!(times, [0, 1001, 2002, 3003, 12_012]);
        assert_eq!(clock.time(520_000_000), 12_480);
    }

    #[test]
    fn times_of_a_variable_rate_stay() {
        let mut clock = VideoClock::new(&video(None), 1_000_000);
        assert_eq!((clock.timescale, clock.time(42_000_000)), (1000, 42));
        assert_eq!(VideoClock::new(&video(None), 333_333).timescale, FALLBACK_TIMESCALE);
        assert_eq!(VideoClock::new(&video(Ratio::new(25, 1)), 1_000_000).timescale, 25_000);
    }

    #[test]
    fn audio_follows_itself_until_there_is_a_gap() {
        let mut clock = AudioClock::new(48_000, 1_000_000);
        let stated = [Some(0), Some(21), None, Some(64), Some(500)];
        let times = stated.map(|ms| clock.time(ms.map(|ms: i64| ms * 1_000_000), 1024));
        assert_eq!(times, [0, 1024, 2048, 3072, 24_000]);
    }
}
