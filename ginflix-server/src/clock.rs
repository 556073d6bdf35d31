//! The time as it is stored.

use jiff::Timestamp;

/// Now, to the millisecond: every backend keeps as much, and people need no more.
pub fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
}
