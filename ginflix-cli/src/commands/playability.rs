//! Formats what is known about the content of a media file: whether browsers play it, what is
//! wrong with it, and what helps.

use std::borrow::Cow;

use ginflix_api::inspection::{Container, Inspection, Problem, Track, TrackKind};
use ginflix_api::media::Media;
use ginflix_api::playability::{Outcome, Playability};
use ginflix_api::replica::ListedMedia;
use ginflix_media::playability::{
    Obstacles, codec_name, container_name, obstacles, playability, played_tracks,
};

use crate::format::{in_one_line, join_names};

/// The browsers' outcomes that viewers notice, from the worst to the best.
const RESTRICTIONS: [Outcome; 4] =
    [Outcome::No, Outcome::SoundOnly, Outcome::PictureOnly, Outcome::DependsOnDevice];

/// The verdict on subtitles, pictures and the like.
const NOT_PLAYABLE: &str = "neither video nor audio";

/// What is known about the content of a media file.
pub struct ContentVerdict<'a> {
    media: &'a Media,
    playability: Cow<'a, Playability>,
}

impl<'a> ContentVerdict<'a> {
    /// Returns what the server says about a media file.
    pub fn of(listed: &'a ListedMedia) -> Self {
        Self::new(&listed.media, &listed.playability)
    }

    /// Returns what is known about a media file. If the server has inspected the file without
    /// telling what browsers do with it, as in the response to an upload, the rule is applied here.
    pub fn new(media: &'a Media, stated: &'a Playability) -> Self {
        let is_stated = !(stated.browsers.is_empty() && stated.reasons.is_empty());
        let playability = match &media.inspection {
            Some(found) if !is_stated => Cow::Owned(playability(found, media.name.as_str())),
            _ => Cow::Borrowed(stated),
        };
        Self { media, playability }
    }

    /// Returns how browsers play the file.
    pub fn playability(&self) -> &Playability {
        &self.playability
    }

    /// Returns whether the file should be played, unlike subtitles and pictures.
    fn is_playable(&self) -> bool {
        let (content_type, found) = (&self.media.content_type, &self.media.inspection);
        content_type.starts_with("video/")
            || content_type.starts_with("audio/")
            || found.as_ref().is_some_and(|found| found.container != Container::Unknown)
    }

    /// Returns whether the content of the file has still to be read by a streamer.
    pub fn is_pending(&self) -> bool {
        self.is_playable() && self.media.inspection.is_none()
    }

    /// Returns whether the file is damaged, or some browsers do not play it.
    pub fn is_problem(&self) -> bool {
        let problems = self.media.inspection.as_ref().map(|found| &found.problems);
        problems.is_some_and(|problems| !problems.is_empty())
            || (self.is_playable() && !self.is_pending() && !self.playability.is_universal())
    }

    /// Formats the verdict in one line, such as "Ogg: not in Safari".
    pub fn summary(&self) -> String {
        let Some(found) = &self.media.inspection else {
            let is_pending = self.is_pending();
            return if is_pending { "not inspected yet" } else { NOT_PLAYABLE }.to_owned();
        };
        let mut parts = Vec::new();
        let damage = join_problems(found, true);
        if !damage.is_empty() {
            parts.push(format!("damaged: {damage}"));
        }
        let problems = join_problems(found, false);
        if !problems.is_empty() {
            parts.push(problems);
        }
        let restrictions = restrictions(&self.playability);
        if !self.is_playable() {
            parts.push(NOT_PLAYABLE.to_owned());
        } else if found.container == Container::Unknown {
            parts.push("its format is not known".to_owned());
        } else if !restrictions.is_empty() {
            let causes = causes(found).join(", ");
            let causes = if causes.is_empty() { causes } else { format!("{causes}: ") };
            parts.push(format!("{causes}{restrictions}"));
        } else if parts.is_empty() {
            parts.push("plays everywhere".to_owned());
        }
        in_one_line(&parts.join("; "))
    }

    /// Formats the warning about a file that is damaged or does not play everywhere, with the
    /// reasons and the remedy. Returns `None` if all is well or nothing is known.
    pub fn warning(&self) -> Option<String> {
        let found = self.media.inspection.as_ref().filter(|_| self.is_problem())?;
        let name = &self.media.name;
        let (damage, problems) = (join_problems(found, true), join_problems(found, false));
        let headline = if !damage.is_empty() {
            format!("{name} is damaged: {damage}")
        } else if !problems.is_empty() {
            format!("{name} may not play: {problems}")
        } else if self.playability.is_hopeless() {
            format!("{name} does not play in any browser")
        } else if self.playability.browsers.is_empty() {
            format!("{name} may not play")
        } else {
            format!("{name} does not play in every browser")
        };
        let reasons = self.playability.reasons.iter().cloned();
        let remedy = self.playability.remedy.iter();
        let remedy = remedy.map(|command| format!("A copy that plays everywhere: {command}"));
        let lines = [format!("{headline}.")].into_iter().chain(reasons).chain(remedy);
        Some(lines.map(|line| in_one_line(&line)).collect::<Vec<_>>().join("\n  "))
    }
}

/// Formats what a browser does with a media file.
pub fn outcome_text(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Plays => "plays",
        Outcome::PlaysByHls => "plays by HLS",
        Outcome::DependsOnDevice => "plays on some devices only",
        Outcome::SoundOnly => "plays the sound without the picture",
        Outcome::PictureOnly => "plays the picture without the sound",
        Outcome::No => "does not play",
    }
}

/// Joins the problems that are damage, or those that are not.
fn join_problems(found: &Inspection, are_damage: bool) -> String {
    let problems = found.problems.iter().filter(|problem| problem.is_damage() == are_damage);
    problems.map(Problem::to_string).collect::<Vec<_>>().join(", and ")
}

/// Formats which browsers do not play a file, or not all of it; empty if all do.
fn restrictions(playability: &Playability) -> String {
    let of = |outcome: Outcome| {
        let names = playability.browsers.iter().filter(|entry| entry.outcome == outcome);
        let names: Vec<&str> = names.map(|entry| entry.browser.name()).collect();
        let is_everywhere = names.len() == playability.browsers.len();
        let names = join_names(&names)?;
        Some(match (outcome, is_everywhere) {
            (Outcome::Plays | Outcome::PlaysByHls, _) => return None,
            (Outcome::No, true) => "does not play in any browser".to_owned(),
            (Outcome::No, false) => format!("not in {names}"),
            (Outcome::SoundOnly, true) => "no picture in any browser".to_owned(),
            (Outcome::SoundOnly, false) => format!("no picture in {names}"),
            (Outcome::PictureOnly, true) => "no sound in any browser".to_owned(),
            (Outcome::PictureOnly, false) => format!("no sound in {names}"),
            (Outcome::DependsOnDevice, true) => "only on some devices".to_owned(),
            (Outcome::DependsOnDevice, false) => format!("in {names} only on some devices"),
        })
    };
    RESTRICTIONS.into_iter().filter_map(of).collect::<Vec<_>>().join("; ")
}

/// Returns what keeps some browsers from playing a file: its container, picture or sound.
fn causes(found: &Inspection) -> Vec<String> {
    let Obstacles { container, picture, sound } = obstacles(found);
    let (video, audio) = played_tracks(found);
    let container = container.then(|| container_name(found.container).to_owned());
    let picture = video.filter(|_| picture).map(codec_and_depth);
    let sound = audio.filter(|_| sound).map(codec_and_depth);
    [container, picture, sound].into_iter().flatten().collect()
}

/// Formats the codec of a track, and the bit depth of a picture with more than 8 bits.
fn codec_and_depth(track: &Track) -> String {
    let codec = short_codec_name(track);
    match &track.kind {
        TrackKind::Video(video) => match video.bit_depth.filter(|depth| *depth > 8) {
            Some(depth) => format!("{codec} of {depth} bits"),
            None => codec,
        },
        _ => codec,
    }
}

/// Returns the name of a codec without its other names, or the name in the container if the codec
/// is not known.
pub fn short_codec_name(track: &Track) -> String {
    match codec_name(track.codec) {
        "unknown" => in_one_line(&track.codec_id),
        name => name.split(" (").next().unwrap_or(name).to_owned(),
    }
}

#[cfg(test)]
mod tests;
