use proptest::prelude::*;

use super::*;

/// Cuts a video with sync samples at these times in seconds.
fn cut(times: &[i64]) -> Vec<i64> {
    let sync = times.iter().map(|time| (*time as u64, *time));
    at_sync_samples(sync, 1).iter().map(|cut| cut.time).collect()
}

#[test]
fn a_segment_is_as_long_as_the_target_allows() {
    assert_eq!(cut(&[0, 2, 4, 6, 8, 10, 12, 13]), [0, 6, 12, 13]);
    assert_eq!(cut(&[0, 4, 8, 12]), [0, 4, 8, 12]);
    assert_eq!(cut(&[0, 5, 10]), [0, 5, 10]);
    assert_eq!(cut(&[0, 10, 20, 21, 25, 40]), [0, 10, 20, 25, 40]);
    assert_eq!(cut(&[0, 1, 20]), [0, 1, 20]);
    assert_eq!(cut(&[3]), [3]);
    assert!(cut(&[]).is_empty());
}

#[test]
fn sync_samples_out_of_order_are_passed_over() {
    assert_eq!(cut(&[0, 6, 5, 6, 12]), [0, 6, 12]);
}

#[test]
fn a_short_tail_joins_the_last_segment() {
    let mut cuts = at_sync_samples([(0, 0), (1, 5), (2, 8), (3, 9)], 1);
    join_tail(&mut cuts, 1, 11);
    assert_eq!(cuts.iter().map(|cut| cut.time).collect::<Vec<_>>(), [0, 5]);
    let mut cuts = at_sync_samples([(0, 0), (1, 5)], 1);
    join_tail(&mut cuts, 1, 8);
    assert_eq!(cuts.len(), 2);
    for (end, count) in [(6_499, 1), (6_500, 2)] {
        let mut cuts = at_sync_samples([(0, 0), (1, 5_000)], 1000);
        join_tail(&mut cuts, 1000, end);
        assert_eq!(cuts.len(), count, "{end}");
    }
}

#[test]
fn audio_is_cut_at_the_nearest_samples() {
    let samples = (0..30).map(|number| (number * 10 - 10, 10));
    let boundaries = [0, 96, 94, 200].map(|time| Moment::new(time, 10));
    let cuts = aligned(samples, 10, &boundaries);
    let times: Vec<_> = cuts.iter().map(|cut| (cut.sample, cut.time)).collect();
    assert_eq!(times, [(0, -10), (1, 0), (11, 100), (21, 200)]);
}

#[test]
fn audio_alone_is_cut_evenly() {
    let seconds = |moments: Vec<Moment>| moments.iter().map(|m| m.to_ticks(1)).collect::<Vec<_>>();
    let end = |seconds| Moment::new(seconds, 1);
    assert_eq!(seconds(audio_boundaries(&[], Moment::START, end(20))), [6, 12]);
    assert_eq!(seconds(audio_boundaries(&[], Moment::START, end(22))), [6, 12, 18]);
    let video = [end(0), end(10)];
    assert_eq!(seconds(audio_boundaries(&video, end(15), end(17))), [10]);
    assert_eq!(seconds(audio_boundaries(&video, end(15), end(25))), [10, 15, 21]);
}

#[test]
fn priming_is_no_segment_of_its_own() {
    let boundaries = audio_boundaries(&[0, 6].map(|t| Moment::new(t, 1)), end_of(8), end_of(8));
    let samples = (-1..800).map(|number| (number, 1));
    let cuts = aligned(samples, 100, &boundaries);
    assert_eq!(cuts.iter().map(|cut| cut.time).collect::<Vec<_>>(), [-1, 600]);
}

fn end_of(seconds: i64) -> Moment {
    Moment::new(seconds, 1)
}

#[test]
fn the_target_duration_is_rounded() {
    for (ticks, seconds) in [(0, 1), (600, 6), (649, 6), (650, 7), (1200, 12)] {
        assert_eq!(target_duration(Moment::new(ticks, 100)), seconds, "{ticks}");
    }
}

proptest! {
    #[test]
    fn cuts_are_sync_samples_in_order(gaps in proptest::collection::vec(1..900_i64, 1..200)) {
        let mut time = 0;
        let times: Vec<i64> = std::iter::once(0).chain(gaps.iter().map(|gap| { time += gap; time })).collect();
        let sync: Vec<_> = (0..).zip(times.iter().copied()).collect();
        let cuts = at_sync_samples(sync.iter().copied(), 100);
        prop_assert_eq!(cuts[0].time, 0);
        prop_assert!(cuts.iter().all(|cut| sync.contains(&(cut.sample, cut.time))));
        for pair in cuts.windows(2) {
            let (start, end) = (pair[0].time, pair[1].time);
            prop_assert!(start < end);
            // Longer than the target only without a sync sample between.
            let has_sync_between = times.iter().any(|time| (start + 1..end).contains(time));
            prop_assert!(end - start <= 600 || !has_sync_between);
        }
    }

    #[test]
    fn audio_cuts_are_within_half_a_sample_of_the_video(
        gaps in proptest::collection::vec(100..1200_i64, 1..50),
        duration in 1..50_u32,
    ) {
        let mut time = 0;
        let boundaries: Vec<Moment> = std::iter::once(0)
            .chain(gaps.iter().map(|gap| { time += gap; time }))
            .map(|time| Moment::new(time, 100))
            .collect();
        let samples = (0..).map(|number| (number * i64::from(duration), duration));
        let samples = samples.take_while(|(start, _)| *start < time + 500);
        let cuts = aligned(samples, 100, &boundaries);
        prop_assert_eq!(cuts.len(), boundaries.len());
        for (cut, boundary) in cuts.iter().zip(&boundaries) {
            prop_assert!((cut.time - boundary.ticks).abs() <= i64::from(duration / 2) + 1);
        }
    }
}
