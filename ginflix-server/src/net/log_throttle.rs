//! One log line for many events of the same kind, so that a flood of them does not fill the log.

use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// The least time between two lines.
pub const LOG_PERIOD: Duration = Duration::from_secs(60);

/// Counts events of one kind, and tells when a line about them is due: at once for the first one, and
/// then at most one in each [`LOG_PERIOD`].
#[derive(Debug, Default)]
pub struct LogThrottle(Mutex<Counted>);

#[derive(Debug, Default)]
struct Counted {
    /// The events that no line has reported.
    events: u64,
    /// The time before which no line is written; `None` before the first.
    next_line: Option<Instant>,
}

/// When a line about an event is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineDue {
    /// Now, about this many events.
    Now(u64),
    /// After this time the caller has to write a line about the events of [`LogThrottle::take`].
    After(Duration),
    /// An earlier event has caused [`LineDue::After`], and its line will include this one.
    Included,
}

impl LogThrottle {
    /// Counts an event.
    pub fn count(&self, now: Instant) -> LineDue {
        let mut counted = self.0.lock();
        counted.events += 1;
        match counted.next_line {
            Some(next_line) if now < next_line => match counted.events {
                1 => LineDue::After(next_line - now),
                _ => LineDue::Included,
            },
            _ => LineDue::Now(counted.take(now)),
        }
    }

    /// Returns how many events no line has reported, for a line that is written now; 0 if there is
    /// none.
    pub fn take(&self, now: Instant) -> u64 {
        let mut counted = self.0.lock();
        if counted.events == 0 { 0 } else { counted.take(now) }
    }
}

impl Counted {
    fn take(&mut self, now: Instant) -> u64 {
        self.next_line = Some(now + LOG_PERIOD);
        std::mem::take(&mut self.events)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_has_one_line_in_each_period_and_no_event_is_lost() {
        let (throttle, start) = (LogThrottle::default(), Instant::now());
        assert_eq!(throttle.count(start), LineDue::Now(1));
        let second = start + Duration::from_secs(1);
        assert_eq!(throttle.count(second), LineDue::After(LOG_PERIOD - Duration::from_secs(1)));
        for _ in 0..1000 {
            assert_eq!(throttle.count(second), LineDue::Included);
        }
        let end = start + LOG_PERIOD;
        assert_eq!(throttle.take(end), 1001);
        assert_eq!(throttle.take(end), 0);
        assert_eq!(throttle.count(end), LineDue::After(LOG_PERIOD));
        // An event may come before the task that was to write the line.
        assert_eq!(throttle.count(end + LOG_PERIOD), LineDue::Now(2));
        assert_eq!(throttle.take(end + LOG_PERIOD), 0);
        // After a quiet time, the first event has a line at once again.
        assert_eq!(throttle.count(end + 3 * LOG_PERIOD), LineDue::Now(1));
    }
}
