//! The ways in which a browser can play a file: the file itself, or its tracks by HLS.

use ginflix_api::inspection::{Inspection, Problem};
use ginflix_api::playability::{Browser, Outcome};

use super::played_tracks;
use super::support::{
    ALL, NONE, No, Row, Yes, audio_support, better, container_support, hls_audio_support,
    video_support,
};
use crate::packaging;

/// What browsers support of a file when they play it in one way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// Whether tracks are sent instead of the file.
    pub is_hls: bool,
    /// The support of the container.
    pub container: Row,
    /// The support of the video.
    pub picture: Row,
    /// The support of the audio.
    pub sound: Row,
    /// Whether there is video.
    pub has_video: bool,
    /// Whether there is audio.
    pub has_audio: bool,
}

impl Route {
    /// Returns the way that sends the file itself.
    pub fn of_file(found: &Inspection) -> Self {
        let (video, audio) = played_tracks(found);
        let is_encrypted = found.problems.contains(&Problem::Encrypted);
        Self {
            is_hls: false,
            container: if is_encrypted { NONE } else { container_support(found.container) },
            picture: video.map_or(ALL, video_support),
            sound: audio.map_or(ALL, |track| audio_support(track.codec)),
            has_video: video.is_some(),
            has_audio: audio.is_some(),
        }
    }

    /// Returns the way that sends tracks by HLS, if the file can be packaged. A player leaves out audio that its browser
    /// does not play, so one track is enough.
    pub fn of_hls(found: &Inspection) -> Option<Self> {
        let selection = packaging::select(found).ok()?;
        let track = |position: &usize| found.tracks.get(*position);
        let audio = selection.audio.iter().filter_map(track);
        let sound = audio.map(|track| hls_audio_support(track.codec)).reduce(better);
        let file = Self::of_file(found);
        Some(Self {
            is_hls: true,
            container: ALL,
            picture: selection.video.as_ref().and_then(track).map_or(ALL, video_support),
            sound: sound.unwrap_or(if file.has_audio { NONE } else { ALL }),
            ..file
        })
    }

    /// Returns what a browser does. `index` is its position in [`Browser::ALL`].
    pub fn outcome(&self, index: usize) -> Outcome {
        match (self.container[index], self.picture[index], self.sound[index]) {
            (No, ..) => Outcome::No,
            (_, No, No) => Outcome::No,
            (_, No, _) if self.has_audio => Outcome::SoundOnly,
            (_, No, _) => Outcome::No,
            (_, _, No) if self.has_video => Outcome::PictureOnly,
            (_, _, No) => Outcome::No,
            (Yes, Yes, Yes) if self.is_hls => Outcome::PlaysByHls,
            (Yes, Yes, Yes) => Outcome::Plays,
            _ => Outcome::DependsOnDevice,
        }
    }

    /// Returns the better of both ways for each browser, with its outcomes.
    pub fn best(found: &Inspection) -> (Self, [Outcome; 4]) {
        let mut best = Self::of_file(found);
        let mut outcomes = [0, 1, 2, 3].map(|index| best.outcome(index));
        let Some(hls) = Self::of_hls(found) else { return (best, outcomes) };
        for (index, outcome) in outcomes.iter_mut().enumerate().take(Browser::ALL.len()) {
            let by_hls = hls.outcome(index);
            if by_hls < *outcome {
                *outcome = by_hls;
                best.container[index] = hls.container[index];
                best.picture[index] = hls.picture[index];
                best.sound[index] = hls.sound[index];
            }
        }
        (best, outcomes)
    }
}
