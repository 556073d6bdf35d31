//! The rule that judges playbacks by what streamers sent, as pure functions.
//!
//! A playback that [`super::rule`] accepts counts if the streamers sent its client enough of the
//! media file. What pays for one view is marked as spent, so that no byte pays for two. A client
//! that only revalidates its cached copy, or of which it cannot be known what it was sent, counts
//! within [`HOURLY_LIMIT`].

use std::collections::HashMap;

use ginflix_api::movie::Movie;
use ginflix_api::views::{NotCountedReason, ViewBasis};
use jiff::{SignedDuration, Timestamp};

use crate::catalog::store::{
    CLOCK_SLACK, ClientHash, EvidenceRow, JudgementBatch, LIMIT_PERIOD, PlaybackRecord, SentAmount,
    StreamerCoverage,
};

/// Views in an hour that are believed of one client without bytes that pay for them.
pub const HOURLY_LIMIT: usize = 20;
/// How long a playback waits for the report of a streamer. Then the streamer counts as lost.
pub const STREAMER_TIMEOUT: SignedDuration = SignedDuration::from_secs(20);

/// Part of the average bytes of the needed seconds that a view needs: scenes may need few bits, and
/// HLS leaves out sound tracks that nobody selected.
const NEEDED_PART: f64 = 0.25;
/// Bytes of a file of unknown duration that a view needs.
const UNKNOWN_DURATION_BYTES: u64 = 64 << 10;

/// Returns the bytes of its media file that a view of this movie needs, for so many needed seconds.
pub fn needed_bytes(movie: &Movie, needed_seconds: f64) -> u64 {
    let size = movie.size_bytes.unwrap_or(UNKNOWN_DURATION_BYTES);
    let bytes = match movie.duration_seconds {
        Some(length) if length > 0.0 && length.is_finite() => {
            (size as f64 / length * needed_seconds * NEEDED_PART) as u64
        }
        _ => UNKNOWN_DURATION_BYTES,
    };
    bytes.min(size).max(1)
}

/// Returns the time until which playbacks can be judged now: those that became eligible by then
/// either have the reports of all streamers, or have waited for [`STREAMER_TIMEOUT`].
///
/// `available_since` is when the catalogue became available: no earlier could a streamer report.
pub fn eligible_until(
    coverage: &[StreamerCoverage],
    available_since: Timestamp,
    now: Timestamp,
) -> Timestamp {
    let reported = coverage.iter().map(|streamer| earlier(streamer.until, CLOCK_SLACK)).min();
    let is_waited = now.duration_since(available_since) >= STREAMER_TIMEOUT;
    let timed_out = is_waited.then(|| earlier(now, STREAMER_TIMEOUT));
    reported.max(timed_out).unwrap_or(Timestamp::MIN)
}

/// Judges all playbacks of a batch.
pub fn judge(batch: &mut JudgementBatch) {
    let JudgementBatch { playbacks, evidence, limited, coverage } = batch;
    let mut by_key: HashMap<(ClientHash, String), Vec<&mut EvidenceRow>> = HashMap::new();
    for row in evidence {
        let (client, media) = row.key();
        by_key.entry((client, media.to_owned())).or_default().push(row);
    }
    for playback in playbacks {
        let client = playback.client_or_unknown();
        let at = playback.eligible_at.unwrap_or(playback.started_at);
        let since = earlier(at, LIMIT_PERIOD);
        let recent = limited.iter().filter(|(other, time)| *other == client && *time > since);
        let is_within_limit = recent.count() < HOURLY_LIMIT;
        let key = (client, playback.media_text().to_owned());
        let rows = by_key.get_mut(&key).map(Vec::as_mut_slice).unwrap_or_default();
        let is_complete = is_covered(playback, coverage);
        match decide(playback.needed_bytes.max(1), rows, is_within_limit, is_complete) {
            Ok(basis) => {
                if basis != ViewBasis::Sent {
                    limited.push((client, at));
                }
                (playback.counted_at, playback.reason) = (Some(at), None);
                playback.basis = Some(basis);
            }
            Err(reason) => playback.reason = Some(reason),
        }
    }
}

/// Decides on one playback, and spends the evidence for it.
fn decide(
    needed_bytes: u64,
    rows: &mut [&mut EvidenceRow],
    is_within_limit: bool,
    is_complete: bool,
) -> Result<ViewBasis, NotCountedReason> {
    let left = total(rows.iter().map(|row| row.left()));
    if left.bytes >= needed_bytes && left.responses > 0 {
        spend(rows, SentAmount { bytes: needed_bytes, responses: 1, revalidations: 0 });
        return Ok(ViewBasis::Sent);
    }
    if left.revalidations > 0 {
        if !is_within_limit {
            return Err(NotCountedReason::UnverifiedLimit);
        }
        spend(rows, SentAmount { revalidations: 1, ..SentAmount::default() });
        return Ok(ViewBasis::Revalidated);
    }
    if !is_complete {
        return if is_within_limit {
            Ok(ViewBasis::Unverified)
        } else {
            Err(NotCountedReason::UnverifiedLimit)
        };
    }
    let sent = total(rows.iter().map(|row| row.delivered.sent));
    Err(match sent == SentAmount::default() {
        true => NotCountedReason::NoEvidence,
        false => NotCountedReason::MoreThanSent,
    })
}

/// Returns whether all that was sent during a playback is in the catalogue: from its start until it
/// became eligible.
fn is_covered(playback: &PlaybackRecord, coverage: &[StreamerCoverage]) -> bool {
    let (start, end) = (playback.started_at, playback.eligible_at.unwrap_or(playback.started_at));
    let covers = |streamer: &StreamerCoverage| {
        streamer.from <= start && end <= earlier(streamer.until, CLOCK_SLACK)
    };
    !coverage.is_empty() && coverage.iter().all(covers)
}

fn total(amounts: impl Iterator<Item = SentAmount>) -> SentAmount {
    amounts.fold(SentAmount::default(), |sum, amount| SentAmount {
        bytes: sum.bytes.saturating_add(amount.bytes),
        responses: sum.responses.saturating_add(amount.responses),
        revalidations: sum.revalidations.saturating_add(amount.revalidations),
    })
}

/// Marks an amount as spent, of the oldest rows first.
fn spend(rows: &mut [&mut EvidenceRow], mut amount: SentAmount) {
    for row in rows {
        let left = row.left();
        let part = SentAmount {
            bytes: left.bytes.min(amount.bytes),
            responses: left.responses.min(amount.responses),
            revalidations: left.revalidations.min(amount.revalidations),
        };
        row.spent = total([row.spent, part].into_iter());
        amount = SentAmount {
            bytes: amount.bytes - part.bytes,
            responses: amount.responses - part.responses,
            revalidations: amount.revalidations - part.revalidations,
        };
    }
}

fn earlier(time: Timestamp, by: SignedDuration) -> Timestamp {
    time.checked_sub(by).unwrap_or(Timestamp::MIN)
}

#[cfg(test)]
mod tests;
