//! Judges what a target sent of a media file by the rules of playlists, segments and responses.

use super::delivery;
use super::fault::{FaultArea, RuleFault};
use super::fragment::{self, FragmentFacts};
use super::init::{self, Broken, TrackFacts};
use super::master::{self, PlaylistRole};
use super::media::{self, MediaPlaylist};
use super::presentation::{FetchedPlaylist, FetchedSegment, Presentation};

/// The rule that the durations of a playlist are those of the media file.
const WHOLE_DURATION: &str = "Apple's HLS authoring specification, rule 8.1";
/// The rule of decoding times.
const TIMES: &str = "ISO/IEC 14496-12, section 8.8.12";
/// The rule of the attribute `BANDWIDTH`.
const BANDWIDTH: &str = "RFC 8216, section 4.3.4.2";
/// The rule that URIs lead to what belongs to the presentation.
const REFERENCES: &str = "RFC 3986, section 5";

/// How much of its bandwidth a rendition may use, as a ratio.
const BANDWIDTH_RATIO: (u128, u128) = (11, 10);
/// The least tolerance for the sum of durations in seconds: a frame of most codecs of audio, which may last longer than the video.
const LEAST_TOLERANCE_SECONDS: f64 = 0.027;
/// The tolerance where the frame rate is unknown, in seconds.
const TOLERANCE_SECONDS: f64 = 0.1;

const MICROSECONDS: i128 = 1_000_000;

/// What is known of the media file.
#[derive(Debug, Clone, Copy, Default)]
pub struct FileFacts {
    /// The play time in seconds.
    pub duration_seconds: Option<f64>,
    /// The duration of a frame of the video in seconds.
    pub frame_seconds: Option<f64>,
}

/// Returns what breaks a rule.
pub fn judge(presentation: &Presentation, file: &FileFacts) -> Vec<RuleFault> {
    let Presentation { master, playlists, foreign } = presentation;
    let mut faults = delivery::check_playlist(master);
    if let Some(content) = master.content() {
        faults.extend(master::read(&master.name, content).1);
    }
    for (place, uri) in foreign {
        let uri = super::lines::shortened(uri).escape_debug().to_string();
        let found = format!("`{uri}` leads away from the media file");
        faults.push(RuleFault::new(FaultArea::Playlist, REFERENCES, place, found));
    }
    let mut read: Vec<(&str, PlaylistRole, MediaPlaylist)> = Vec::new();
    for fetched in playlists {
        faults.extend(delivery::check_playlist(&fetched.resource));
        let Some(content) = fetched.resource.content() else { continue };
        let (playlist, found) = media::read(&fetched.resource.name, fetched.role, content);
        faults.extend(found);
        faults.extend(judge_segments(fetched, &playlist));
        read.push((&fetched.resource.name, fetched.role, playlist));
    }
    let together: Vec<_> =
        read.iter().map(|(name, role, playlist)| (*name, *role, playlist)).collect();
    faults.extend(media::check_together(&together));
    faults.extend(check_duration(&together, file));
    faults
}

/// Compares the longest playlist with the media file.
fn check_duration(
    playlists: &[(&str, PlaylistRole, &MediaPlaylist)],
    file: &FileFacts,
) -> Option<RuleFault> {
    let is_main = |role| matches!(role, PlaylistRole::Variant | PlaylistRole::Audio);
    let main = playlists.iter().filter(|(_, role, _)| is_main(*role));
    let (name, _, longest) = main.max_by_key(|(_, _, playlist)| playlist.duration())?;
    let own = longest.duration() as f64 / MICROSECONDS as f64;
    let expected = file.duration_seconds?;
    let tolerance = file.frame_seconds.unwrap_or(TOLERANCE_SECONDS).max(LEAST_TOLERANCE_SECONDS);
    // Without segments another rule is broken already.
    let is_wrong = !longest.segments.is_empty() && (own - expected).abs() > tolerance;
    is_wrong.then(|| {
        let found =
            format!("the durations are {own:.3} s together, and the file has {expected:.3} s");
        RuleFault::new(FaultArea::Playlist, WHOLE_DURATION, *name, found).harmless()
    })
}

fn judge_segments(fetched: &FetchedPlaylist, playlist: &MediaPlaylist) -> Vec<RuleFault> {
    let mut faults = Vec::new();
    let broken =
        |place: &str, (rule, found): Broken| RuleFault::new(FaultArea::Segment, rule, place, found);
    let mut track = None;
    if let Some(init) = &fetched.init {
        let facts = init.content().map(init::read);
        let is_video = matches!(&facts, Some(Ok(facts)) if facts.is_video);
        // What cannot be read shows no kind, so its type is not judged either.
        if matches!(facts, None | Some(Ok(_))) {
            faults.extend(delivery::check_segment(init, is_video));
        }
        match facts {
            Some(Ok(facts)) => track = Some(facts),
            Some(Err(found)) => faults.push(broken(&init.name, found)),
            None => {}
        }
    }
    let Some(track) = track else { return faults };
    let mut before: Option<(usize, FragmentFacts)> = None;
    for segment in &fetched.segments {
        faults.extend(delivery::check_segment(&segment.resource, track.is_video));
        let (Some(content), Some(size)) = (segment.resource.content(), segment.resource.size())
        else {
            continue;
        };
        faults.extend(check_bandwidth(fetched, segment, playlist, size));
        let is_i_frames = fetched.role == PlaylistRole::IFrames;
        match fragment::read(content, size, &track, is_i_frames) {
            Err(found) => faults.push(broken(&segment.resource.name, found)),
            Ok(facts) => {
                let time = check_start(segment.position, &facts, &track, playlist);
                let follows = before.filter(|(before, _)| before + 1 == segment.position);
                let follows =
                    follows.and_then(|(_, before)| check_sequence(&before, &facts, &track));
                let found = time.or(follows.filter(|_| !is_i_frames));
                faults.extend(found.map(|found| broken(&segment.resource.name, found)));
                before = Some((segment.position, facts));
            }
        }
    }
    faults
}

/// Checks that a segment starts when the playlist says. What a decoder needs before the presentation starts is in the first segment.
fn check_start(
    position: usize,
    facts: &FragmentFacts,
    track: &TrackFacts,
    playlist: &MediaPlaylist,
) -> Option<Broken> {
    let listed = playlist.segments.get(position)?;
    let timescale = i128::from(track.timescale);
    let own = i128::from(facts.presentation_time) * MICROSECONDS / timescale;
    let (start, end) = (i128::from(listed.start), i128::from(listed.start + listed.duration));
    // A tick, and what rounding to microseconds takes away.
    let tolerance = MICROSECONDS / timescale + 2;
    let is_right = match position {
        0 => own < end + tolerance,
        _ => (own - start).abs() <= tolerance,
    };
    let seconds = |time: i128| time as f64 / MICROSECONDS as f64;
    (!is_right).then(|| {
        let (own, start) = (seconds(own), seconds(start));
        (
            TIMES,
            format!("the first sample is shown at {own:.6} s, and the playlist says {start:.6} s"),
        )
    })
}

/// Checks that the decoding times of two successive segments follow each other.
fn check_sequence(
    before: &FragmentFacts,
    facts: &FragmentFacts,
    track: &TrackFacts,
) -> Option<Broken> {
    let expected = before.decode_time.saturating_add(before.duration);
    (facts.decode_time.abs_diff(expected) > 1).then(|| {
        let (own, scale) = (facts.decode_time, track.timescale);
        let found = format!(
            "it is decoded at tick {own} of {scale} a second, and the segment before ends at {expected}"
        );
        (TIMES, found)
    })
}

/// Checks the bit rate of a segment. Shorter and longer segments say nothing about it (RFC 8216, section 4.3.4.2).
fn check_bandwidth(
    fetched: &FetchedPlaylist,
    segment: &FetchedSegment,
    playlist: &MediaPlaylist,
    size: u64,
) -> Option<RuleFault> {
    let duration = playlist.segments.get(segment.position)?.duration;
    let half_target = playlist.target? * 500_000;
    if !(half_target..=3 * half_target).contains(&duration) || fetched.bandwidth == 0 {
        return None;
    }
    let rate = u128::from(size) * 8 * MICROSECONDS.unsigned_abs() / u128::from(duration.max(1));
    let (more, than) = BANDWIDTH_RATIO;
    (rate * than > u128::from(fetched.bandwidth) * more).then(|| {
        let stated = fetched.bandwidth;
        let found = format!("it has {rate} bits a second, and BANDWIDTH is {stated}");
        RuleFault::new(FaultArea::Playlist, BANDWIDTH, &segment.resource.name, found)
    })
}

#[cfg(test)]
mod tests;
