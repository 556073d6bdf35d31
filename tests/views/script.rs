//! Scripts of viewers on a simulated clock, and the expected result of each, computed with a bitmap
//! of the movie.

use ginflix_api::playback::{PlaybackReport, PlayedRange};
use ginflix_api::views::NotCountedReason;
use ginflix_tests::random::Random;

/// Seconds in a tick. All positions are whole ticks, which binary fractions represent exactly.
const TICK: f64 = 0.25;
const TICKS_PER_SECOND: i64 = 4;
/// Seconds of distinct content that a view needs; of a shorter movie, half of its length.
const NEEDED_SECONDS: f64 = 30.0;
/// Seconds by which a player may be ahead of the server's clock.
const GRACE_SECONDS: f64 = 2.0;

/// The behaviour of a viewer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behaviour {
    /// Plays, seeks and pauses, and reports what was played.
    Honest,
    /// Opens the page and never plays.
    Idle,
    /// Reports at once that everything was played.
    Cheating,
    /// A crawler that reports like a player.
    Crawler,
}

/// A report and its time of arrival, in ticks after the start.
#[derive(Debug, Clone)]
pub struct Delivery {
    pub at: i64,
    pub report: PlaybackReport,
    /// Whether it is sent twice at the same time.
    pub is_duplicated: bool,
}

/// The reports of one playback.
pub struct Script {
    pub behaviour: Behaviour,
    pub deliveries: Vec<Delivery>,
    /// The length of the movie in ticks, if the server knows it.
    known_length: Option<i64>,
}

/// The expected result of a playback.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// The playback counts, at a time in ticks after the start.
    Counted(i64),
    /// The playback does not count.
    NotCounted(NotCountedReason),
}

impl Script {
    /// Generates a script for a movie of this length in seconds, which the server may not know.
    pub fn generate(random: &mut Random, seconds: i64, is_known: bool) -> Self {
        let length = seconds * TICKS_PER_SECOND;
        let behaviour = match random.below(10) {
            0 => Behaviour::Idle,
            1 => Behaviour::Cheating,
            2 => Behaviour::Crawler,
            _ => Behaviour::Honest,
        };
        let mut deliveries = match behaviour {
            Behaviour::Idle => (0..random.below(3)).map(|n| report(n * 40, &[], 0)).collect(),
            Behaviour::Cheating => {
                let all = [(0, length)];
                // At the second report the clock may or may not have caught up.
                vec![report(1, &all, length), report(random.below(300), &all, length)]
            }
            Behaviour::Honest | Behaviour::Crawler => play(random, length),
        };
        disturb(random, &mut deliveries);
        Self { behaviour, deliveries, known_length: is_known.then_some(length) }
    }

    /// Computes the result with a bitmap of the movie: after each report, whether enough was played,
    /// and whether that was possible by then.
    pub fn expected(&self) -> Expected {
        if self.behaviour == Behaviour::Crawler {
            return Expected::NotCounted(NotCountedReason::Crawler);
        }
        let needed = self
            .known_length
            .map_or(NEEDED_SECONDS, |length| (length as f64 * TICK / 2.0).min(NEEDED_SECONDS));
        let mut played_ticks = vec![false; 100_000];
        let mut outcome = Expected::NotCounted(NotCountedReason::NeverPlayed);
        for delivery in &self.deliveries {
            for range in &delivery.report.played {
                let (start, end) = ((range.start / TICK) as usize, (range.end / TICK) as usize);
                played_ticks[start..end].fill(true);
            }
            let watched = played_ticks.iter().filter(|tick| **tick).count() as f64 * TICK;
            let possible = delivery.at as f64 * TICK + GRACE_SECONDS;
            outcome = match () {
                () if watched == 0.0 => Expected::NotCounted(NotCountedReason::NeverPlayed),
                () if watched < needed => Expected::NotCounted(NotCountedReason::TooShort),
                () if possible < needed => Expected::NotCounted(NotCountedReason::AheadOfClock),
                () => return Expected::Counted(delivery.at),
            };
        }
        outcome
    }
}

/// A report after which the playback is at `position`; all times are in ticks.
fn report(at: i64, played: &[(i64, i64)], position: i64) -> Delivery {
    let seconds = |ticks: i64| ticks as f64 * TICK;
    let played = played.iter().map(|&(a, b)| PlayedRange { start: seconds(a), end: seconds(b) });
    let report = PlaybackReport { position_seconds: seconds(position), played: played.collect() };
    Delivery { at, report, is_duplicated: false }
}

/// Simulates the player of a browser. It reports all ranges played so far: after every ten seconds
/// of playing, at each pause and at each seek.
fn play(random: &mut Random, length: i64) -> Vec<Delivery> {
    let (mut at, mut position) = (0, 0);
    let mut played: Vec<(i64, i64)> = Vec::new();
    let mut deliveries = Vec::new();
    for _ in 0..1 + random.below(6) {
        let duration = random.below(20 * TICKS_PER_SECOND).min(length - position);
        // Some viewers watch at double speed.
        let speed = 1 + random.below(4) / 3;
        if duration > 0 {
            let begin = position;
            while position < begin + duration {
                let step = (10 * TICKS_PER_SECOND * speed).min(begin + duration - position);
                position += step;
                at += step / speed;
                let mut so_far = played.clone();
                so_far.push((begin, position));
                deliveries.push(report(at, &so_far, position));
            }
            played.push((begin, position));
        }
        match random.below(3) {
            0 => at += random.below(120 * TICKS_PER_SECOND), // a pause
            1 => position = random.below(length),            // a seek
            _ => position = (position - random.below(40)).max(0), // watch it again
        }
    }
    deliveries
}

/// Simulates a network, which loses, delays, reorders and duplicates reports.
fn disturb(random: &mut Random, deliveries: &mut Vec<Delivery>) {
    for delivery in deliveries.iter_mut() {
        if random.below(5) == 0 {
            delivery.at += random.below(60 * TICKS_PER_SECOND);
        }
        delivery.is_duplicated = random.below(6) == 0;
    }
    deliveries.retain(|_| random.below(10) > 0);
    deliveries.sort_by_key(|delivery| delivery.at);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_cover_all_results() {
        let mut random = Random::new(1);
        let results: Vec<Expected> =
            (0..1000).map(|_| Script::generate(&mut random, 300, true).expected()).collect();
        for reason in [
            NotCountedReason::NeverPlayed,
            NotCountedReason::TooShort,
            NotCountedReason::AheadOfClock,
            NotCountedReason::Crawler,
        ] {
            assert!(results.contains(&Expected::NotCounted(reason)), "{reason:?}");
        }
        assert!(
            results.iter().filter(|result| matches!(result, Expected::Counted(_))).count() > 100
        );
    }
}
