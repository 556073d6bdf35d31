//! How times stand in SQLite's columns.

use jiff::Timestamp;

use crate::catalog::columns::damaged;
use crate::catalog::store::Result;

/// A time as microseconds.
pub fn micros(time: Timestamp) -> i64 {
    time.as_microsecond()
}

/// The time of so many microseconds.
pub fn time(micros: i64) -> Result<Timestamp> {
    Timestamp::from_microsecond(micros).map_err(damaged)
}
