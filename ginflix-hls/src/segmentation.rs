//! Where a presentation is cut into segments: pure functions of the times of its samples.
//!
//! Video is cut at sync samples, so that each segment can be decoded by itself. A segment is as long as possible up to
//! [`TARGET_SECONDS`]; only if the encoder wrote sync samples further apart is it longer. Audio is cut at the
//! samples nearest to the cuts of the video, so that segments of the same number belong together.

use crate::moment::Moment;

/// The wanted duration of a segment in seconds (Apple's HLS authoring specification, rule 7.5).
pub const TARGET_SECONDS: u32 = 6;
/// The rest of a track that is not worth a segment of its own, in seconds.
const SHORTEST_TAIL_SECONDS: u32 = 3;

/// The most moments at which audio is cut: more than an index may have segments.
const BOUNDARIES_LIMIT: usize = 200_001;

/// The start of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    /// The number of the first sample of the segment.
    pub sample: u64,
    /// The presentation time in ticks at which the segment starts.
    pub time: i64,
}

/// Cuts video at sync samples, of which `sync` has the number and the presentation time in ticks. The first one
/// starts the first segment.
pub fn at_sync_samples(sync: impl IntoIterator<Item = (u64, i64)>, timescale: u32) -> Vec<Cut> {
    let target = i64::from(TARGET_SECONDS) * i64::from(timescale);
    let (mut cuts, mut candidate): (Vec<Cut>, Option<Cut>) = (Vec::new(), None);
    for (sample, time) in sync {
        let here = Cut { sample, time };
        let Some(last) = cuts.last().copied() else {
            cuts.push(here);
            continue;
        };
        if time <= candidate.unwrap_or(last).time {
            continue; // the order of decoding differs from that of presentation
        }
        let mut start = last;
        if time.saturating_sub(start.time) > target
            && let Some(cut) = candidate.take()
        {
            cuts.push(cut);
            start = cut;
        }
        if time.saturating_sub(start.time) > target {
            cuts.push(here);
        } else {
            candidate = Some(here);
        }
    }
    // What is left after the last candidate is at most a target, but together they may be more.
    cuts.extend(candidate);
    cuts
}

/// Removes the last cut if the segment before and the rest are short enough to be one segment that ends at
/// `end`: less than half a second more than the target, which rounding to seconds takes away.
pub fn join_tail(cuts: &mut Vec<Cut>, timescale: u32, end: i64) {
    let target = i64::from(TARGET_SECONDS) * i64::from(timescale);
    if let [.., before, _last] = cuts[..]
        && end.saturating_sub(before.time).saturating_sub(target).saturating_mul(2)
            < i64::from(timescale)
    {
        cuts.pop();
    }
}

/// Returns the moments at which audio is cut: those of the video but the first, where everything starts, and further ones
/// each [`TARGET_SECONDS`] if the audio lasts until `end`, longer than the video until `video_end`. Without video, `video` is
/// empty.
pub fn audio_boundaries(video: &[Moment], video_end: Moment, end: Moment) -> Vec<Moment> {
    let mut boundaries = video.get(1..).unwrap_or_default().to_vec();
    let is_alone = video.is_empty();
    let mut next = if is_alone { Moment::START.after(TARGET_SECONDS) } else { video_end };
    while end > next.after(SHORTEST_TAIL_SECONDS) && boundaries.len() < BOUNDARIES_LIMIT {
        boundaries.push(next);
        next = next.after(TARGET_SECONDS);
    }
    boundaries
}

/// Cuts a track at the samples nearest to `boundaries`. `samples` has the presentation time and the
/// duration of each sample in ticks. A boundary before the first sample, or without samples until the next boundary, makes no
/// segment.
pub fn aligned(
    samples: impl IntoIterator<Item = (i64, u32)>,
    timescale: u32,
    boundaries: &[Moment],
) -> Vec<Cut> {
    let mut boundaries = boundaries.iter().peekable();
    let mut cuts: Vec<Cut> = Vec::new();
    for (sample, (time, duration)) in (0_u64..).zip(samples) {
        let middle = Moment::new(time.saturating_add(i64::from(duration / 2)), timescale);
        let mut is_cut = cuts.is_empty();
        while boundaries.next_if(|boundary| **boundary <= middle).is_some() {
            is_cut = true;
        }
        if is_cut {
            cuts.push(Cut { sample, time });
        }
    }
    cuts
}

/// Returns the target duration of all playlists of a file in seconds: the longest segment, rounded (RFC
/// 8216, section 4.3.3.1).
pub fn target_duration(longest: Moment) -> u32 {
    u32::try_from(longest.to_ticks(1)).unwrap_or(u32::MAX).max(1)
}

#[cfg(test)]
mod tests;
