//! The time as it is stored.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;

/// A machine's clock that is set back by less than this is not followed:
/// what was watched meanwhile would seem to have taken less time than it did.
/// One that was wrong by more was wrong from the start.
const NOT_FOLLOWED: SignedDuration = SignedDuration::from_hours(1);

/// A time, and when it was so.
type Anchor = (Timestamp, Instant);

/// Now, to the millisecond: every backend keeps as much, and people need no more.
pub fn now() -> Timestamp {
    static ANCHOR: OnceLock<Mutex<Anchor>> = OnceLock::new();
    let (wall, tick) = (Timestamp::now(), Instant::now());
    let anchor = ANCHOR.get_or_init(|| Mutex::new((wall, tick)));
    let mut anchor = anchor.lock();
    let now = steady(anchor.0, wall, tick.saturating_duration_since(anchor.1));
    if now == wall {
        *anchor = (wall, tick);
    }
    Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
}

/// The machine's clock, unless it was set back since `then`, which was `ago`.
fn steady(then: Timestamp, wall: Timestamp, ago: Duration) -> Timestamp {
    let expected = SignedDuration::try_from(ago)
        .ok()
        .and_then(|ago| then.checked_add(ago).ok())
        .unwrap_or(wall);
    let behind = expected.duration_since(wall);
    if behind > SignedDuration::ZERO && behind < NOT_FOLLOWED { expected } else { wall }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    #[test]
    fn a_clock_that_is_set_back_a_little_goes_on() {
        let ago = Duration::from_secs(20);
        assert_eq!(steady(at(1000), at(1020), ago), at(1020));
        assert_eq!(steady(at(1000), at(1006), ago), at(1020));
        assert_eq!(steady(at(1000), at(900), ago), at(1020));
    }

    #[test]
    fn a_clock_that_is_set_forward_or_far_back_is_followed() {
        let ago = Duration::from_secs(20);
        assert_eq!(steady(at(1000), at(5000), ago), at(5000));
        assert_eq!(steady(at(100_000), at(1000), ago), at(1000));
    }

    #[test]
    fn now_never_goes_back() {
        let times: Vec<_> = (0..1000).map(|_| now()).collect();
        assert!(times.is_sorted());
    }
}
