//! Plans the renditions of a file: which samples each has, and where it is cut.

use ginflix_api::inspection::{Track, TrackKind};

use super::{Plan, describe, preroll};
use crate::error::{Error, Result};
use crate::moment::{Moment, rescale};
use crate::rendition::{Rendition, RenditionKind, Shifts};
use crate::sample::{Sample, SampleWriter, Samples};
use crate::segmentation::{self, Cut};
use crate::track::SourceTrack;

/// The samples of audio before the start of an edit that are kept, because decoders need them.
const PREROLL_SAMPLES: u64 = 4;
/// A presentation that starts later than this is moved to the start, in seconds.
const LATEST_START_SECONDS: i64 = 1;
/// The least time between two I-frames in seconds (Apple's HLS authoring specification, rule 6.2).
const I_FRAME_SECONDS: i64 = 1;

/// A rendition with its samples and cuts.
#[derive(Debug)]
pub struct PlannedRendition {
    /// What is known of the rendition but for its segments.
    pub rendition: Rendition,
    /// All samples of the track.
    pub samples: Samples,
    /// The number of the first sample that is used.
    pub first: u64,
    /// The number of samples that are used.
    pub count: u64,
    /// The cuts, with the numbers of samples counted from `first` and the presentation times from the origin.
    pub cuts: Vec<Cut>,
    /// The presentation time at which the last sample ends, from the origin.
    pub end: i64,
}

/// A track with the part that is used.
struct Used<'a> {
    track: &'a Track,
    source: SourceTrack,
    first: u64,
    count: u64,
    /// The decoding time of the first used sample.
    first_time: i64,
    /// The first presentation time, and the end of the last.
    start: i64,
    end: i64,
}

impl Used<'_> {
    fn is_video(&self) -> bool {
        matches!(self.track.kind, TrackKind::Video(_))
    }

    /// Iterates over the used samples and their presentation times, from the origin.
    fn samples(&self) -> impl Iterator<Item = (Sample, i64)> {
        let used = self.source.samples.iter().skip(self.first as usize).take(self.count as usize);
        used.map(|sample| (sample, sample.presentation().saturating_add(self.source.offset)))
    }
}

/// Plans the renditions of these tracks, of which the first is the video if there is one.
pub fn plan(tracks: Vec<(&Track, SourceTrack)>) -> Result<Plan> {
    let mut used: Vec<Used<'_>> =
        tracks.into_iter().map(|(track, source)| use_part(track, source)).collect();
    if used.iter().any(|track| track.is_video() && track.count == 0) {
        return Err(Error::Damaged("its video has no sync samples that are shown"));
    }
    used.retain(|track| track.count > 0);
    let origin = move_to_start(&mut used);
    let mut renditions = Vec::new();
    let (mut video_cuts, mut video_end, mut i_frames) = (Vec::new(), Moment::START, None);
    for track in used {
        if track.is_video() {
            let cuts = video(&track);
            let timescale = track.source.timescale;
            video_cuts = cuts.iter().map(|cut| Moment::new(cut.time, timescale)).collect();
            video_end = Moment::new(track.end, timescale);
            i_frames = Some(plan_i_frames(&track));
            renditions.push(planned(track, RenditionKind::Video, cuts));
        } else {
            let timescale = track.source.timescale;
            let end = Moment::new(track.end, timescale);
            let boundaries = segmentation::audio_boundaries(&video_cuts, video_end, end);
            let samples = track.samples().map(|(sample, time)| (time, sample.duration));
            let cuts = segmentation::aligned(samples, timescale, &boundaries);
            renditions.push(planned(track, RenditionKind::Audio, cuts));
        }
    }
    renditions.extend(i_frames);
    if renditions.is_empty() {
        return Err(Error::Damaged("its edit list shows nothing"));
    }
    Ok(Plan { renditions, origin })
}

fn video(track: &Used<'_>) -> Vec<Cut> {
    let timescale = track.source.timescale;
    let sync = (0..).zip(track.samples()).filter(|(_, (sample, _))| sample.is_sync);
    let mut cuts = segmentation::at_sync_samples(sync.map(|(n, (_, time))| (n, time)), timescale);
    segmentation::join_tail(&mut cuts, timescale, track.end);
    cuts
}

fn planned(track: Used<'_>, kind: RenditionKind, cuts: Vec<Cut>) -> PlannedRendition {
    let mut rendition = describe(track.track, &track.source, kind);
    let lowest = track.source.samples.lowest_composition();
    rendition.shifts = Shifts::new(track.first_time, lowest, track.source.offset);
    let Used { first, count, end, .. } = track;
    PlannedRendition { rendition, samples: track.source.samples, first, count, cuts, end }
}

/// Finds the part of a track that its edit list shows: from the sync sample at or before its start, or for audio some
/// samples before, to the last sample that starts before its end.
fn use_part<'a>(track: &'a Track, source: SourceTrack) -> Used<'a> {
    let source = match track.kind {
        TrackKind::Video(_) => preroll::present_hidden(source),
        _ => source,
    };
    let mut used =
        Used { track, source, first: 0, count: 0, first_time: 0, start: 0, end: i64::MIN };
    let (is_video, edit) = (used.is_video(), used.source.edit);
    let (mut last, mut first_sync) = (0, None);
    for (number, sample) in (0..).zip(used.source.samples.iter()) {
        let time = sample.presentation();
        if sample.is_sync {
            first_sync = first_sync.or(Some(number));
            if edit.is_some_and(|edit| time <= edit.start) {
                used.first = number;
            }
        }
        if edit.and_then(|edit| edit.end).is_none_or(|end| time < end) {
            last = number + 1;
        }
    }
    if is_video {
        // What comes before the first sync sample cannot be decoded.
        used.first = used.first.max(first_sync.unwrap_or(u64::MAX));
    } else {
        used.first = used.first.saturating_sub(PREROLL_SAMPLES);
    }
    used.count = last.saturating_sub(used.first);
    let (mut start, mut end, mut first_time) = (i64::MAX, i64::MIN, None);
    for (sample, time) in used.samples() {
        start = start.min(time);
        end = end.max(time.saturating_add(i64::from(sample.duration)));
        first_time = first_time.or(Some(sample.time));
    }
    (used.start, used.end, used.first_time) = (start, end, first_time.unwrap_or_default());
    used
}

/// Moves a presentation that starts late to the start, and returns by how many nanoseconds.
fn move_to_start(used: &mut [Used<'_>]) -> u64 {
    const NANOSECONDS: u32 = 1_000_000_000;
    let starts = used.iter().map(|track| Moment::new(track.start, track.source.timescale));
    let Some(origin) = starts.min().filter(|start| start.to_ticks(1) >= LATEST_START_SECONDS)
    else {
        return 0;
    };
    for track in used {
        let by = rescale(origin.ticks, origin.timescale, track.source.timescale);
        track.source.offset = track.source.offset.saturating_sub(by);
        track.start = track.start.saturating_sub(by);
        track.end = track.end.saturating_sub(by);
    }
    origin.to_ticks(NANOSECONDS).unsigned_abs()
}

/// Makes a rendition of sync samples at least a second apart, each of which is a segment.
fn plan_i_frames(video: &Used<'_>) -> PlannedRendition {
    let mut writer = SampleWriter::default();
    let mut cuts: Vec<Cut> = Vec::new();
    let between = i64::from(video.source.timescale) * I_FRAME_SECONDS;
    for (sample, time) in video.samples().filter(|(sample, _)| sample.is_sync) {
        if cuts.last().is_none_or(|last| time.saturating_sub(last.time) >= between) {
            cuts.push(Cut { sample: writer.count(), time });
            let duration = video.end.saturating_sub(time).clamp(0, i64::from(u32::MAX)) as u32;
            writer.push(Sample { time, duration, composition: 0, ..sample });
        }
    }
    let samples = writer.finish();
    let mut rendition = describe(video.track, &video.source, RenditionKind::IFrames);
    rendition.shifts = Shifts::new(samples.first_time(), 0, 0);
    let count = samples.count();
    PlannedRendition { rendition, samples, first: 0, count, cuts, end: video.end }
}
