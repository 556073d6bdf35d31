//! Pictures before the start of an edit list.
//!
//! A file that was cut without encoding starts with pictures that are decoded but not shown: from the sync sample before the
//! cut. Media Source Extensions drop what is presented before 0, and everything that refers to it (section 3.5.8 of Media
//! Source Extensions, coded frame processing), so the picture would start at the next sync sample, seconds later. Therefore these
//! pictures are presented from 0 on, one tick each, and the first picture that the edit list shows follows after them, less
//! than half of its duration late.

use crate::reorder::Reorder;
use crate::sample::{Sample, SampleWriter};
use crate::track::{Edit, SourceTrack};

/// The most pictures before the start of an edit list.
const HIDDEN_LIMIT: usize = 10_000;
/// The most ticks a second of a track.
const TIMESCALE_LIMIT: u32 = 10_000_000;

/// The pictures around the start of an edit.
struct Start {
    /// The number of the sample with which decoding starts.
    first: usize,
    /// The presentation times before the edit, sorted.
    hidden: Vec<i64>,
    /// The presentation times of the first two pictures that are shown.
    shown: [i64; 2],
}

/// Returns the track with the pictures that its edit list hides at the start. A track without such pictures stays as it is.
pub fn present_hidden(track: SourceTrack) -> SourceTrack {
    let Some((edit, start)) = track.edit.and_then(|edit| Some((edit, find(&track, edit)?))) else {
        return track;
    };
    let hidden = start.hidden.len() as i64;
    let room = start.shown[1].saturating_sub(edit.start).max(1);
    // With finer ticks, the hidden pictures take at most half of the time of the first that is shown.
    let factor = u32::try_from((2 * hidden + room - 1) / room).unwrap_or(u32::MAX);
    let timescale = track.timescale.saturating_mul(factor);
    if timescale > TIMESCALE_LIMIT {
        return track;
    }
    let scale = |ticks: i64| ticks.saturating_mul(i64::from(factor));
    let presented = |time: i64| match start.hidden.binary_search(&time) {
        Ok(rank) | Err(rank) if time < edit.start => scale(edit.start).saturating_add(rank as i64),
        _ => scale(time).max(scale(edit.start).saturating_add(hidden)),
    };
    let (mut writer, mut reorder) = (SampleWriter::default(), Reorder::default());
    let used = || track.samples.iter().skip(start.first);
    let mut waiting = used();
    let mut add = |sample: Option<Sample>, decoded: Option<i64>| {
        if let (Some(sample), Some(time)) = (sample, decoded) {
            let composition = presented(sample.presentation()).saturating_sub(time);
            let composition = composition.clamp(i32::MIN.into(), i32::MAX.into()) as i32;
            let duration = sample.duration.saturating_mul(factor);
            writer.push(Sample { time, duration, composition, ..sample });
        }
    };
    for sample in used() {
        if let Some(time) = reorder.push(presented(sample.presentation())) {
            add(waiting.next(), Some(time));
        }
    }
    while let Some(time) = reorder.pop() {
        add(waiting.next(), Some(time));
    }
    let edit = Edit { start: scale(edit.start), end: edit.end.map(scale) };
    let (samples, offset) = (writer.finish(), scale(track.offset));
    SourceTrack { timescale, samples, offset, edit: Some(edit), ..track }
}

/// Finds the pictures around the start of an edit; `None` if none is hidden, or too many are.
fn find(track: &SourceTrack, edit: Edit) -> Option<Start> {
    let numbered = || track.samples.iter().enumerate();
    let is_before =
        |(_, sample): &(usize, Sample)| sample.is_sync && sample.presentation() <= edit.start;
    let (first, _) = numbered().filter(is_before).last()?;
    let (mut hidden, mut shown) = (Vec::new(), [i64::MAX; 2]);
    for (_, sample) in numbered().skip(first) {
        let time = sample.presentation();
        if time < edit.start {
            hidden.push(time);
        } else if time < shown[0] {
            shown = [time, shown[0]];
        } else if time < shown[1] {
            shown[1] = time;
        }
        if hidden.len() > HIDDEN_LIMIT {
            return None;
        }
    }
    hidden.sort_unstable();
    (!hidden.is_empty() && shown[1] < i64::MAX).then_some(Start { first, hidden, shown })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Presentation times in the order of decoding, of which the first is a sync sample.
    fn track(times: &[i64], start: i64) -> SourceTrack {
        let mut writer = SampleWriter::default();
        for (number, time) in (0_i64..).zip(times) {
            let composition = (time - number * 10) as i32;
            let is_sync = number == 0;
            writer.push(Sample {
                time: number * 10,
                duration: 10,
                composition,
                is_sync,
                ..Sample::default()
            });
        }
        let edit = Some(Edit { start, end: Some(1000) });
        let samples = writer.finish();
        SourceTrack { timescale: 100, samples, offset: -start, edit, ..SourceTrack::default() }
    }

    /// The presentation times after the offset.
    fn presented(track: &SourceTrack) -> Vec<i64> {
        track.samples.iter().map(|sample| sample.presentation() + track.offset).collect()
    }

    #[test]
    fn hidden_pictures_are_presented_one_tick_each() {
        let found = present_hidden(track(&[0, 30, 10, 20, 60, 40, 50], 30));
        // 30 is shown but decoded before 10 and 20, which are hidden.
        assert_eq!(presented(&found), [0, 3, 1, 2, 30, 10, 20]);
        assert_eq!((found.timescale, found.edit), (100, Some(Edit { start: 30, end: Some(1000) })));
        let decoded: Vec<i64> = found.samples.iter().map(|sample| sample.time - 30).collect();
        assert_eq!(decoded, [0, 1, 2, 3, 10, 20, 30]);
    }

    #[test]
    fn many_hidden_pictures_get_finer_ticks() {
        let times: Vec<i64> = (0..12).map(|number| number * 10).collect();
        let found = present_hidden(track(&times, 100));
        assert_eq!(found.timescale, 200);
        assert_eq!(presented(&found), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 20]);
        assert_eq!(found.edit, Some(Edit { start: 200, end: Some(2000) }));
    }

    #[test]
    fn a_track_without_hidden_pictures_stays() {
        for start in [0, 5000] {
            let found = present_hidden(track(&[0, 20, 10], start));
            assert_eq!(presented(&found), [-start, 20 - start, 10 - start], "{start}");
        }
    }
}
