//! The rules of positions: what counts as the beginning and as the end of a movie. `assets/position.js` has the same ones
//! for visitors.

use ginflix_api::watching::{MAX_DURATION_SECONDS, WatchPosition};

use super::Result;
use crate::error::AppError;

/// A position within the first or last seconds is no place to continue from.
const EDGE_SECONDS: f64 = 15.0;
/// The part of a movie at its end that counts as watched to the end, if that is longer than [`EDGE_SECONDS`]: credits.
const CREDITS_SHARE: f64 = 0.03;
/// In a short movie, the beginning and the end are at most this part of it each.
const EDGE_SHARE_LIMIT: f64 = 0.25;

/// The part of a movie that a position is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// So near to the beginning that nothing was watched yet.
    Beginning,
    /// A place to continue from.
    Middle,
    /// So near to the end that the movie was watched.
    End,
}

/// Returns the part of a movie that a position is in.
pub fn part_of(position: &WatchPosition) -> Part {
    let WatchPosition { position_seconds: at, duration_seconds: length } = *position;
    let short_edge = length * EDGE_SHARE_LIMIT;
    let end = EDGE_SECONDS.max(length * CREDITS_SHARE).min(short_edge);
    if at > length - end {
        Part::End
    } else if at < EDGE_SECONDS.min(short_edge) {
        Part::Beginning
    } else {
        Part::Middle
    }
}

/// Checks a position, and limits it to the length.
///
/// # Errors
/// `Invalid` if the length is not positive, or a number is out of range.
pub fn check(position: WatchPosition) -> Result<WatchPosition> {
    let WatchPosition { position_seconds, duration_seconds } = position;
    if !(duration_seconds > 0.0 && duration_seconds <= MAX_DURATION_SECONDS) {
        let message = format!("must be more than 0 and at most {MAX_DURATION_SECONDS}");
        return Err(AppError::invalid("duration_seconds", message));
    }
    if !(0.0..=MAX_DURATION_SECONDS).contains(&position_seconds) {
        let message = format!("must be 0 to {MAX_DURATION_SECONDS}");
        return Err(AppError::invalid("position_seconds", message));
    }
    let position_seconds = position_seconds.min(duration_seconds);
    Ok(WatchPosition { position_seconds, duration_seconds })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(position_seconds: f64, duration_seconds: f64) -> WatchPosition {
        WatchPosition { position_seconds, duration_seconds }
    }

    #[test]
    fn seconds_at_the_beginning_and_the_credits_are_no_place_to_continue() {
        let hour = |seconds| part_of(&at(seconds, 3600.0));
        assert_eq!([0.0, 14.9].map(hour), [Part::Beginning; 2]);
        assert_eq!([15.0, 1800.0, 3492.0].map(hour), [Part::Middle; 3]);
        assert_eq!([3492.1, 3600.0].map(hour), [Part::End; 2]);
    }

    #[test]
    fn half_of_a_short_movie_is_a_place_to_continue() {
        let short = |seconds| part_of(&at(seconds, 20.0));
        assert_eq!([0.0, 4.9].map(short), [Part::Beginning; 2]);
        assert_eq!([5.0, 15.0].map(short), [Part::Middle; 2]);
        assert_eq!([15.1, 20.0].map(short), [Part::End; 2]);
    }

    #[test]
    fn a_position_is_limited_to_the_length() {
        assert_eq!(check(at(70.0, 60.0)).unwrap(), at(60.0, 60.0));
        assert_eq!(check(at(0.0, MAX_DURATION_SECONDS)).unwrap().position_seconds, 0.0);
        for (position, field) in [
            (at(0.0, 0.0), "duration_seconds"),
            (at(0.0, -1.0), "duration_seconds"),
            (at(0.0, f64::NAN), "duration_seconds"),
            (at(0.0, MAX_DURATION_SECONDS * 2.0), "duration_seconds"),
            (at(-0.5, 60.0), "position_seconds"),
            (at(f64::NAN, 60.0), "position_seconds"),
            (at(f64::INFINITY, 60.0), "position_seconds"),
        ] {
            let error = check(position).unwrap_err();
            assert!(
                matches!(error, AppError::Invalid { field: named, .. } if named == field),
                "{position:?}: {error}"
            );
        }
    }
}
