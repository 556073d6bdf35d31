use ginflix_api::movie::MovieId;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use uuid::Uuid;

use super::*;

const LENGTHS: [Option<f64>; 6] =
    [None, Some(0.0), Some(f64::NAN), Some(16.0), Some(50.0), Some(5400.0)];

fn start() -> Timestamp {
    Timestamp::from_second(1_700_000_000).unwrap()
}

fn playback(length: Option<f64>) -> PlaybackRecord {
    PlaybackRecord {
        id: Uuid::nil(),
        movie_id: MovieId(Uuid::nil()),
        started_at: start(),
        reported_at: None,
        needed_seconds: needed_seconds(length),
        played: vec![],
        watched_seconds: 0.0,
        counted_at: None,
        reason: Some(NotCountedReason::NeverPlayed),
        client: None,
        media: None,
        needed_bytes: 0,
        eligible_at: None,
        basis: None,
    }
}

fn range(start: f64, end: f64) -> PlayedRange {
    PlayedRange { start, end }
}

/// A report of `played`, `after` seconds since the start.
fn report(played: &[(f64, f64)], after: i64) -> PlaybackUpdate {
    let played = played.iter().map(|&(start, end)| range(start, end)).collect();
    PlaybackUpdate { id: Uuid::nil(), played, at: start() + SignedDuration::from_secs(after) }
}

fn after(length: Option<f64>, reports: &[PlaybackUpdate]) -> PlaybackRecord {
    let mut record = playback(length);
    reports.iter().for_each(|report| apply_report(&mut record, report));
    record
}

#[test]
fn half_of_a_short_movie_or_thirty_seconds_make_a_view() {
    let needed: Vec<f64> = LENGTHS.into_iter().map(needed_seconds).collect();
    assert_eq!(needed, [30.0, 30.0, 30.0, 8.0, 25.0, 30.0]);
    assert_eq!(needed_seconds(Some(-1.0)), 30.0);
    assert_eq!(needed_seconds(Some(f64::INFINITY)), 30.0);
}

#[test]
fn thirty_seconds_are_eligible_at_once_and_once() {
    let reports = [report(&[(0.0, 29.9)], 31), report(&[(0.0, 30.0)], 32)];
    let short = after(None, &reports[..1]);
    assert_eq!((short.eligible_at, short.reason), (None, Some(NotCountedReason::TooShort)));
    let mut eligible = after(None, &reports);
    let awaiting = Some(NotCountedReason::AwaitingEvidence);
    assert_eq!((eligible.eligible_at, eligible.reason), (Some(reports[1].at), awaiting));
    apply_report(&mut eligible, &report(&[(0.0, 500.0)], 600));
    assert_eq!((eligible.eligible_at, eligible.reason), (Some(reports[1].at), awaiting));
    assert_eq!((eligible.watched_seconds, eligible.counted_at), (500.0, None));
}

#[test]
fn a_view_that_counted_stays_as_it_is() {
    let mut counted = after(None, &[report(&[(0.0, 30.0)], 32)]);
    (counted.counted_at, counted.reason) = (counted.eligible_at, None);
    let before = counted.clone();
    apply_report(&mut counted, &report(&[(0.0, 500.0)], 600));
    assert_eq!((counted.counted_at, counted.reason), (before.counted_at, None));
    assert_eq!(counted.eligible_at, before.eligible_at);
}

#[test]
fn only_more_played_content_makes_a_refused_playback_await_evidence_again() {
    let mut refused = after(None, &[report(&[(0.0, 30.0)], 32)]);
    refused.reason = Some(NotCountedReason::NoEvidence);
    apply_report(&mut refused, &report(&[(10.0, 30.0)], 40));
    assert_eq!(refused.reason, Some(NotCountedReason::NoEvidence));
    let news = report(&[(0.0, 31.0)], 42);
    apply_report(&mut refused, &news);
    let awaiting = Some(NotCountedReason::AwaitingEvidence);
    assert_eq!((refused.reason, refused.eligible_at), (awaiting, Some(news.at)));
}

#[test]
fn the_same_seconds_count_once() {
    let rewound = after(None, &[report(&[(0.0, 20.0)], 25), report(&[(5.0, 20.0)], 300)]);
    assert_eq!((rewound.watched_seconds, rewound.reason), (20.0, Some(NotCountedReason::TooShort)));
}

#[test]
fn no_playback_is_faster_than_the_clock() {
    let early = after(None, &[report(&[(0.0, 4000.0)], 10)]);
    assert_eq!(early.watched_seconds, 10.0 + GRACE_SECONDS);
    assert_eq!((early.counted_at, early.reason), (None, Some(NotCountedReason::AheadOfClock)));
    // If the server's clock was set back, the elapsed time is 0.
    assert_eq!(after(None, &[report(&[(0.0, 9.0)], -100)]).watched_seconds, GRACE_SECONDS);
}

#[test]
fn ranges_past_the_end_of_a_short_movie_do_not_count() {
    let past = after(Some(16.0), &[report(&[(-5.0, 1.0), (12.0, 90.0), (100.0, 200.0)], 900)]);
    assert_eq!(past.played, [range(0.0, 1.0), range(12.0, 16.0)]);
    assert_eq!(past.reason, Some(NotCountedReason::TooShort));
}

#[test]
fn an_opened_movie_that_is_never_played_does_not_count() {
    let idle = after(None, &[report(&[], 100), report(&[(7.0, 7.0)], 200)]);
    assert_eq!((idle.reason, idle.watched_seconds), (Some(NotCountedReason::NeverPlayed), 0.0));
}

#[test]
fn a_crawler_never_counts() {
    let mut crawler = playback(None);
    crawler.reason = Some(NotCountedReason::Crawler);
    apply_report(&mut crawler, &report(&[(0.0, 100.0)], 1000));
    assert_eq!((crawler.counted_at, crawler.reason), (None, Some(NotCountedReason::Crawler)));
}

#[test]
fn the_longest_ranges_are_kept() {
    let orders: [fn(usize) -> bool; 3] =
        [|n| n.is_multiple_of(2), |n| n < MAX_RANGES, |n| n >= MAX_RANGES];
    for is_long in orders {
        let nth_range = |n: usize| {
            let start = 10.0 * n as f64;
            range(start, start + if is_long(n) { 0.5 } else { 0.25 })
        };
        let all = 0..2 * MAX_RANGES;
        let long: Vec<_> = all.clone().filter(|n| is_long(*n)).map(nth_range).collect();
        assert_eq!(merge_ranges(all.map(nth_range), f64::INFINITY), long);
    }
}

/// Multiples of half a second, some of which make no valid range.
fn any_range() -> impl Strategy<Value = (f64, f64)> {
    let odd = prop_oneof![Just(f64::NAN), Just(f64::INFINITY), Just(f64::NEG_INFINITY)];
    let place = prop_oneof![20 => (-10i32..200).prop_map(|n| f64::from(n) / 2.0), 1 => odd];
    (place.clone(), place)
}

fn any_report() -> impl Strategy<Value = PlaybackUpdate> {
    (prop::collection::vec(any_range(), 0..6), -5i64..120).prop_map(|(r, at)| report(&r, at))
}

fn any_reports() -> impl Strategy<Value = Vec<PlaybackUpdate>> {
    prop::collection::vec(any_report(), 0..8)
}

fn any_length() -> impl Strategy<Value = Option<f64>> {
    prop::sample::select(LENGTHS.to_vec())
}

/// The rule in its naive form, with one flag for each half second of the movie.
fn naive_watched(length: Option<f64>, reports: &[PlaybackUpdate]) -> f64 {
    let halves = match length {
        Some(length) if length > 0.0 => (length * 2.0) as i32,
        _ => i32::MAX,
    };
    let all = || reports.iter().flat_map(|report| &report.played);
    let covers = |r: &PlayedRange, at: f64| {
        r.start.is_finite() && r.end.is_finite() && r.start <= at && at + 0.5 <= r.end
    };
    let seen = (0..halves.min(400)).filter(|&n| all().any(|r| covers(r, f64::from(n) / 2.0)));
    let last = reports.iter().map(|report| report.at).max().unwrap_or(start());
    let elapsed = last.duration_since(start()).as_secs_f64().max(0.0);
    (seen.count() as f64 / 2.0).min(elapsed + GRACE_SECONDS)
}

proptest! {
    #[test]
    fn the_rule_equals_the_naive_one(length in any_length(), reports in any_reports()) {
        let record = after(length, &reports);
        prop_assert_eq!(record.watched_seconds, naive_watched(length, &reports));
        prop_assert_eq!(record.eligible_at.is_some(), record.watched_seconds >= record.needed_seconds);
        let is_awaiting = record.reason == Some(NotCountedReason::AwaitingEvidence);
        prop_assert_eq!(record.eligible_at.is_some(), is_awaiting);
        prop_assert_eq!(record.counted_at, None, "a report alone counts nothing");
        prop_assert!(record.played.is_sorted_by(|a, b| a.end < b.start));
        prop_assert!(record.played.iter().all(|r| r.start < r.end && r.start >= 0.0));
    }

    #[test]
    fn order_and_repetition_change_nothing(
        length in any_length(),
        (once, again) in any_reports().prop_flat_map(|reports| {
            let twice = [reports.clone(), reports.clone()].concat();
            (Just(reports), Just(twice).prop_shuffle())
        }),
    ) {
        let (once, again) = (after(length, &once), after(length, &again));
        prop_assert_eq!(&once.played, &again.played);
        prop_assert_eq!(once.watched_seconds, again.watched_seconds);
        prop_assert_eq!(once.eligible_at.is_some(), again.eligible_at.is_some());
        prop_assert_eq!(once.reason, again.reason);
    }

    #[test]
    fn watched_time_only_grows_and_is_eligible_once_and_not_too_early(
        length in any_length(),
        reports in any_reports(),
    ) {
        let mut record = playback(length);
        let mut counts = 0;
        for report in &reports {
            let before = record.clone();
            apply_report(&mut record, report);
            prop_assert!(record.watched_seconds >= before.watched_seconds);
            match before.eligible_at {
                Some(_) => prop_assert_eq!(record.eligible_at, before.eligible_at),
                None => counts += usize::from(record.eligible_at.is_some()),
            }
        }
        prop_assert!(counts <= 1);
        if let Some(at) = record.eligible_at {
            let elapsed = at.duration_since(start()).as_secs_f64();
            prop_assert!(elapsed + GRACE_SECONDS >= record.needed_seconds);
        }
    }
}

#[test]
fn seconds_are_rounded_to_the_millisecond() {
    assert_eq!(to_millis(1.234_56), 1.235);
    assert_eq!(to_millis(59.999_4), 59.999);
}

proptest! {
    #[test]
    fn milliseconds_survive_json(seconds in 0.0..1e6) {
        let exact = seconds;
        let seconds = to_millis(exact);
        prop_assert!((seconds - exact).abs() <= 0.000_500_001, "{exact} became {seconds}");
        let json = serde_json::to_string(&seconds).unwrap();
        prop_assert_eq!(serde_json::from_str::<f64>(&json).unwrap(), seconds);
    }
}
