//! The rule that decides whether enough of a movie was watched for a view, as pure functions. A
//! playback that it accepts awaits the judgement of [`super::judgement`].
//!
//! A view needs [`VIEW_SECONDS`] of distinct content, and no playback can have watched more seconds
//! than have passed since its start, but for [`GRACE_SECONDS`]. Reports are merged by union, so
//! they may come twice, late or in any order.

use ginflix_api::playback::{MAX_RANGES, PlayedRange};
use ginflix_api::views::NotCountedReason;

use crate::catalog::store::{PlaybackRecord, PlaybackUpdate};

/// Seconds of distinct content that make a view. A movie shorter than twice that needs half of its
/// length.
pub const VIEW_SECONDS: f64 = 30.0;

/// Seconds by which a player may run ahead of the server's clock: reports are sent at the end of a
/// range, and clocks drift.
pub const GRACE_SECONDS: f64 = 2.0;

/// Rounds seconds to the millisecond. Numbers with so few digits keep their exact value through
/// JSON, the journal and the database.
pub fn to_millis(seconds: f64) -> f64 {
    (seconds * 1000.0).round() / 1000.0
}

/// Returns the seconds of content that make a view of a movie of this length.
///
/// A movie of unknown or invalid length needs [`VIEW_SECONDS`].
pub fn needed_seconds(duration_seconds: Option<f64>) -> f64 {
    match duration_seconds {
        Some(length) if length > 0.0 => (length / 2.0).min(VIEW_SECONDS),
        _ => VIEW_SECONDS,
    }
}

/// Returns the union of ranges between 0 and `end` seconds, as sorted and disjoint ranges.
///
/// Invalid ranges (backwards, empty, not a number) are dropped. If more than [`MAX_RANGES`] remain,
/// which no player needs, the shortest are dropped too.
pub fn merge_ranges(played: impl IntoIterator<Item = PlayedRange>, end: f64) -> Vec<PlayedRange> {
    let mut ranges: Vec<PlayedRange> = played
        .into_iter()
        .filter(|range| range.start.is_finite() && range.end.is_finite())
        .map(|range| PlayedRange { start: range.start.max(0.0), end: range.end.min(end) })
        .filter(|range| range.start < range.end)
        .collect();
    ranges.sort_by(|a, b| a.start.total_cmp(&b.start));
    ranges.dedup_by(|next, last| {
        let touches = next.start <= last.end;
        if touches {
            last.end = last.end.max(next.end);
        }
        touches
    });
    if ranges.len() > MAX_RANGES {
        ranges.sort_by(|a, b| (b.end - b.start).total_cmp(&(a.end - a.start)));
        ranges.truncate(MAX_RANGES);
        ranges.sort_by(|a, b| a.start.total_cmp(&b.start));
    }
    ranges
}

/// Returns the total length of disjoint ranges in seconds.
pub fn total_seconds(disjoint: &[PlayedRange]) -> f64 {
    disjoint.iter().map(|range| range.end - range.start).sum()
}

/// Applies a report to a playback. Once enough was watched, the playback awaits evidence. If it was
/// judged not to count, every report with more played content makes it await evidence again.
pub fn apply_report(playback: &mut PlaybackRecord, report: &PlaybackUpdate) {
    let reported_at = playback.reported_at.map_or(report.at, |last| last.max(report.at));
    let elapsed = reported_at.duration_since(playback.started_at).as_secs_f64().max(0.0);
    let previous = std::mem::take(&mut playback.played);
    let end = end_seconds(playback.needed_seconds);
    let all = previous.iter().chain(&report.played).copied();
    playback.played = merge_ranges(all, end);
    let has_news = playback.played != previous;
    playback.reported_at = Some(reported_at);

    let claimed = total_seconds(&playback.played);
    playback.watched_seconds = claimed.min(elapsed + GRACE_SECONDS);
    if is_final(playback) || !has_news && playback.eligible_at.is_some() {
        return;
    }
    playback.reason = if claimed == 0.0 {
        Some(NotCountedReason::NeverPlayed)
    } else if claimed < playback.needed_seconds {
        Some(NotCountedReason::TooShort)
    } else if playback.watched_seconds < playback.needed_seconds {
        Some(NotCountedReason::AheadOfClock)
    } else {
        if playback.reason != Some(NotCountedReason::AwaitingEvidence) {
            playback.eligible_at = Some(reported_at);
        }
        Some(NotCountedReason::AwaitingEvidence)
    };
}

/// Whether later reports cannot change whether the playback counts.
fn is_final(playback: &PlaybackRecord) -> bool {
    playback.counted_at.is_some() || playback.reason == Some(NotCountedReason::Crawler)
}

/// Returns the length of a movie in seconds, computed from the seconds that make a view of it. The
/// length is infinite if that is [`VIEW_SECONDS`]: then it does not matter.
fn end_seconds(needed_seconds: f64) -> f64 {
    if needed_seconds < VIEW_SECONDS { needed_seconds * 2.0 } else { f64::INFINITY }
}

#[cfg(test)]
mod tests;
