//! What a viewer does, second by second of a clock of the test's own; and what
//! that comes to, worked out on a bitmap of the film.

use ginflix_api::playback::{PlaybackReport, PlayedRange};
use ginflix_api::views::Reason;

/// Positions are multiples of this, seconds: exact as binary fractions.
const TICK: f64 = 0.25;
const TICKS_A_SECOND: i64 = 4;
/// The rule, as DESIGN has it: this much distinct content, or half of a shorter film.
const NEEDED: f64 = 30.0;
/// What a player may be ahead of the server's clock.
const GRACE: f64 = 2.0;

/// Numbers that look random; the same for the same seed.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn below(&mut self, end: i64) -> i64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) as i64 % end
    }
}

/// How a viewer goes about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// Plays, seeks and pauses.
    Honest,
    /// The page is open, the film never starts.
    Idle,
    /// Says at once that all was played.
    Boastful,
    /// A machine that does as if it played.
    Crawler,
}

/// A report, and when it arrives, ticks after the start.
#[derive(Debug, Clone)]
pub struct Delivery {
    pub at: i64,
    pub report: PlaybackReport,
    /// Sent twice at once.
    pub twice: bool,
}

/// One viewer of a film of so many ticks.
pub struct Script {
    pub manner: Manner,
    pub deliveries: Vec<Delivery>,
    known_length: Option<i64>,
}

/// What a playback must come to: when it counted, ticks after the start, or why not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Truth {
    Counted(i64),
    Not(Reason),
}

impl Script {
    /// Somebody watches a film of this length; the server may not know it.
    pub fn of(random: &mut Random, seconds: i64, is_known: bool) -> Self {
        let length = seconds * TICKS_A_SECOND;
        let manner = match random.below(10) {
            0 => Manner::Idle,
            1 => Manner::Boastful,
            2 => Manner::Crawler,
            _ => Manner::Honest,
        };
        let mut deliveries = match manner {
            Manner::Idle => (0..random.below(3)).map(|n| said(n * 40, &[], 0)).collect(),
            Manner::Boastful => {
                let all = [(0, length)];
                // The second one comes when the clock may have caught up, or not.
                vec![said(1, &all, length), said(random.below(300), &all, length)]
            }
            Manner::Honest | Manner::Crawler => play(random, length),
        };
        disturb(random, &mut deliveries);
        Self { manner, deliveries, known_length: is_known.then_some(length) }
    }

    /// By bitmap: for each report that arrived, what of the film was played by
    /// then, and whether that is enough and can be.
    pub fn truth(&self) -> Truth {
        if self.manner == Manner::Crawler {
            return Truth::Not(Reason::Crawler);
        }
        let needed =
            self.known_length.map_or(NEEDED, |length| (length as f64 * TICK / 2.0).min(NEEDED));
        let mut film = vec![false; 100_000];
        let mut outcome = Truth::Not(Reason::NeverPlayed);
        for delivery in &self.deliveries {
            for range in &delivery.report.played {
                let (start, end) = ((range.start / TICK) as usize, (range.end / TICK) as usize);
                film[start..end].fill(true);
            }
            let watched = film.iter().filter(|tick| **tick).count() as f64 * TICK;
            let possible = delivery.at as f64 * TICK + GRACE;
            outcome = match () {
                () if watched == 0.0 => Truth::Not(Reason::NeverPlayed),
                () if watched < needed => Truth::Not(Reason::TooShort),
                () if possible < needed => Truth::Not(Reason::AheadOfClock),
                () => return Truth::Counted(delivery.at),
            };
        }
        outcome
    }
}

fn said(at: i64, played: &[(i64, i64)], position: i64) -> Delivery {
    let seconds = |ticks: i64| ticks as f64 * TICK;
    let played = played.iter().map(|&(a, b)| PlayedRange { start: seconds(a), end: seconds(b) });
    let report = PlaybackReport { position_seconds: seconds(position), played: played.collect() };
    Delivery { at, report, twice: false }
}

/// A player as browsers have it: reports every ten seconds of playing, at each
/// pause and at each seek, and always all that was played.
fn play(random: &mut Random, length: i64) -> Vec<Delivery> {
    let (mut at, mut position) = (0, 0);
    let mut played: Vec<(i64, i64)> = Vec::new();
    let mut deliveries = Vec::new();
    for _ in 0..1 + random.below(6) {
        let stretch = random.below(20 * TICKS_A_SECOND).min(length - position);
        // Some watch at double speed.
        let speed = 1 + random.below(4) / 3;
        if stretch > 0 {
            let begin = position;
            while position < begin + stretch {
                let step = (10 * TICKS_A_SECOND * speed).min(begin + stretch - position);
                position += step;
                at += step / speed;
                let mut now = played.clone();
                now.push((begin, position));
                deliveries.push(said(at, &now, position));
            }
            played.push((begin, position));
        }
        match random.below(3) {
            0 => at += random.below(120 * TICKS_A_SECOND), // a pause
            1 => position = random.below(length),          // a seek
            _ => position = (position - random.below(40)).max(0), // once more
        }
    }
    deliveries
}

/// What a network does: loses reports, delays them past later ones, sends them twice.
fn disturb(random: &mut Random, deliveries: &mut Vec<Delivery>) {
    for delivery in deliveries.iter_mut() {
        if random.below(5) == 0 {
            delivery.at += random.below(60 * TICKS_A_SECOND);
        }
        delivery.twice = random.below(6) == 0;
    }
    deliveries.retain(|_| random.below(10) > 0);
    deliveries.sort_by_key(|delivery| delivery.at);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_outcome_is_tried() {
        let mut random = Random::new(1);
        let truths: Vec<Truth> =
            (0..1000).map(|_| Script::of(&mut random, 300, true).truth()).collect();
        for reason in [Reason::NeverPlayed, Reason::TooShort, Reason::AheadOfClock, Reason::Crawler]
        {
            assert!(truths.contains(&Truth::Not(reason)), "{reason:?}");
        }
        assert!(truths.iter().filter(|truth| matches!(truth, Truth::Counted(_))).count() > 100);
    }
}
