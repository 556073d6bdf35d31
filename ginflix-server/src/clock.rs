//! The wall-clock time that is stored with records.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;

/// The limit below which [`playback_now`] ignores a step back of the system clock. A larger step is
/// followed: it corrects a clock that was wrong from the start.
const IGNORED_STEP_LIMIT: SignedDuration = SignedDuration::from_hours(1);

/// A wall-clock time and the monotonic time at which it was read.
type Anchor = (Timestamp, Instant);

/// Returns the time of the system clock, truncated to milliseconds: the precision that both database
/// backends store. It follows every step of that clock.
pub fn now() -> Timestamp {
    truncated(Timestamp::now())
}

/// Returns the time as [`now`] does, but ignores small steps back of the system clock until it has
/// caught up: a playback during the step would otherwise seem to have taken less time than it did.
/// Use it only to compare playing time with the time that has passed.
pub fn playback_now() -> Timestamp {
    static ANCHOR: OnceLock<Mutex<Anchor>> = OnceLock::new();
    let (wall, monotonic) = (Timestamp::now(), Instant::now());
    let anchor = ANCHOR.get_or_init(|| Mutex::new((wall, monotonic)));
    let mut anchor = anchor.lock();
    let now =
        without_small_steps_back(anchor.0, wall, monotonic.saturating_duration_since(anchor.1));
    if now == wall {
        *anchor = (wall, monotonic);
    }
    truncated(now)
}

fn truncated(time: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(time.as_millisecond()).unwrap_or(time)
}

/// Returns `wall`, or the time that should have been reached `elapsed` after `anchor` if the system
/// clock was set back a little since then.
fn without_small_steps_back(anchor: Timestamp, wall: Timestamp, elapsed: Duration) -> Timestamp {
    let expected = SignedDuration::try_from(elapsed)
        .ok()
        .and_then(|elapsed| anchor.checked_add(elapsed).ok())
        .unwrap_or(wall);
    let behind = expected.duration_since(wall);
    if behind > SignedDuration::ZERO && behind < IGNORED_STEP_LIMIT { expected } else { wall }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    #[test]
    fn small_steps_back_are_not_followed() {
        let elapsed = Duration::from_secs(20);
        assert_eq!(without_small_steps_back(at(1000), at(1020), elapsed), at(1020));
        assert_eq!(without_small_steps_back(at(1000), at(1006), elapsed), at(1020));
        assert_eq!(without_small_steps_back(at(1000), at(900), elapsed), at(1020));
    }

    #[test]
    fn steps_forward_and_large_steps_back_are_followed() {
        let elapsed = Duration::from_secs(20);
        assert_eq!(without_small_steps_back(at(1000), at(5000), elapsed), at(5000));
        assert_eq!(without_small_steps_back(at(100_000), at(1000), elapsed), at(1000));
    }

    #[test]
    fn the_time_of_playbacks_never_goes_back() {
        let times: Vec<_> = (0..1000).map(|_| playback_now()).collect();
        assert!(times.is_sorted());
    }
}
