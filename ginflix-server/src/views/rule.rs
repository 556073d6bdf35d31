//! The view rule: pure arithmetic on what was played, when.
//!
//! What counts is distinct content, and never more of it than time has passed.
//! Every step only adds, so reports may come twice, late or in any order.

use ginflix_api::playback::{MAX_RANGES, PlayedRange};
use ginflix_api::views::Reason;

use crate::catalog::store::{PlaybackRecord, PlaybackUpdate};

/// Distinct content that makes a view, seconds; half of a shorter movie does.
pub const VIEW_SECONDS: f64 = 30.0;

/// How far a player may run ahead of our clock, seconds: reports are sent at
/// the end of a stretch, and clocks tick apart.
pub const GRACE_SECONDS: f64 = 2.0;

/// Seconds to the millisecond, and so with few digits: on their way through
/// JSON, in the journal and in the database, they stay exactly what they are.
pub fn to_millis(seconds: f64) -> f64 {
    (seconds * 1000.0).round() / 1000.0
}

/// Content that makes a view of a movie of this length, seconds.
///
/// A length that is not known, or cannot be, is taken for a long one.
pub fn needed_seconds(duration_seconds: Option<f64>) -> f64 {
    match duration_seconds {
        Some(length) if length > 0.0 => (length / 2.0).min(VIEW_SECONDS),
        _ => VIEW_SECONDS,
    }
}

/// Sorted, disjoint stretches that cover what all of these cover between the
/// start of the movie and `end`, seconds.
///
/// What is no stretch (backwards, empty, not a number) is dropped. Where more
/// than [`MAX_RANGES`] remain, which no player needs, the shortest go.
pub fn union(played: impl IntoIterator<Item = PlayedRange>, end: f64) -> Vec<PlayedRange> {
    let mut stretches: Vec<PlayedRange> = played
        .into_iter()
        .filter(|range| range.start.is_finite() && range.end.is_finite())
        .map(|range| PlayedRange { start: range.start.max(0.0), end: range.end.min(end) })
        .filter(|range| range.start < range.end)
        .collect();
    stretches.sort_by(|a, b| a.start.total_cmp(&b.start));
    stretches.dedup_by(|next, last| {
        let touches = next.start <= last.end;
        if touches {
            last.end = last.end.max(next.end);
        }
        touches
    });
    if stretches.len() > MAX_RANGES {
        stretches.sort_by(|a, b| (b.end - b.start).total_cmp(&(a.end - a.start)));
        stretches.truncate(MAX_RANGES);
        stretches.sort_by(|a, b| a.start.total_cmp(&b.start));
    }
    stretches
}

/// How much content disjoint stretches hold, seconds.
pub fn total_seconds(disjoint: &[PlayedRange]) -> f64 {
    disjoint.iter().map(|range| range.end - range.start).sum()
}

/// What a report makes of a playback: more is watched, and once there is
/// enough of it, the playback has counted for good.
pub fn decide(playback: &mut PlaybackRecord, report: &PlaybackUpdate) {
    let reported_at = playback.reported_at.map_or(report.at, |last| last.max(report.at));
    let elapsed = reported_at.duration_since(playback.started_at).as_secs_f64().max(0.0);
    let known = std::mem::take(&mut playback.played);
    let end = end_seconds(playback.needed_seconds);
    playback.played = union(known.into_iter().chain(report.played.iter().copied()), end);
    playback.reported_at = Some(reported_at);

    let claimed = total_seconds(&playback.played);
    playback.watched_seconds = claimed.min(elapsed + GRACE_SECONDS);
    if is_settled(playback) {
        return;
    }
    playback.reason = if claimed == 0.0 {
        Some(Reason::NeverPlayed)
    } else if claimed < playback.needed_seconds {
        Some(Reason::TooShort)
    } else if playback.watched_seconds < playback.needed_seconds {
        Some(Reason::AheadOfClock)
    } else {
        playback.counted_at = Some(reported_at);
        None
    };
}

/// Whether no time that passes changes any more what the playback is counted as.
fn is_settled(playback: &PlaybackRecord) -> bool {
    playback.counted_at.is_some() || playback.reason == Some(Reason::Crawler)
}

/// Where the movie ends, seconds, as far as it matters: of a movie that needs
/// less than [`VIEW_SECONDS`] that is half of its length.
fn end_seconds(needed_seconds: f64) -> f64 {
    if needed_seconds < VIEW_SECONDS { needed_seconds * 2.0 } else { f64::INFINITY }
}

#[cfg(test)]
mod tests;
