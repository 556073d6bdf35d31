//! Whether browsers play a media file, as it is or by HLS: a pure function of its tracks.

mod names;
mod remedy;
mod route;
mod support;
mod types;

use ginflix_api::inspection::{Container, Inspection, Problem, Track, TrackKind, VideoTrack};
use ginflix_api::playability::{Browser, BrowserPlayability, Playability};

pub use self::names::{codec_name, container_name};
use self::remedy::remedy;
use self::route::Route;
use self::support::{ALL, Device, NONE, No, Row};
pub use self::types::{TrackTypes, media_type, track_types};

/// Returns how browsers play a file with this content. `name` is its name, for the remedy.
pub fn playability(found: &Inspection, name: &str) -> Playability {
    let mut result = Playability::default();
    if found.container == Container::Unknown {
        result.reasons.push("The format of the file is not known.".to_owned());
        return result;
    }
    let (route, outcomes) = Route::best(found);
    let browsers = Browser::ALL.into_iter().zip(outcomes);
    result.browsers =
        browsers.map(|(browser, outcome)| BrowserPlayability { browser, outcome }).collect();
    if found.problems.contains(&Problem::Encrypted) {
        result.reasons.push("The file is encrypted.".to_owned());
        return result;
    }
    add_reasons(&mut result, found, &route);
    if !result.is_universal() {
        result.remedy = Some(remedy(name, &route));
    }
    result
}

/// The parts of a file that keep browsers from playing it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Obstacles {
    /// The container.
    pub container: bool,
    /// The video track.
    pub picture: bool,
    /// The audio.
    pub sound: bool,
}

/// Returns which parts of a file keep at least one browser from playing it. Encryption is none of them.
pub fn obstacles(found: &Inspection) -> Obstacles {
    if found.problems.contains(&Problem::Encrypted) {
        return Obstacles::default();
    }
    let (Route { container, picture, sound, .. }, _) = Route::best(found);
    Obstacles { container: container != ALL, picture: picture != ALL, sound: sound != ALL }
}

/// Returns the video and the audio track that players select by themselves.
pub fn played_tracks(found: &Inspection) -> (Option<&Track>, Option<&Track>) {
    let video = found.tracks.iter().find(|track| matches!(track.kind, TrackKind::Video(_)));
    let mut audio = found.tracks.iter().filter(|track| matches!(track.kind, TrackKind::Audio(_)));
    let first = audio.clone().next();
    (video, audio.find(|track| track.default).or(first))
}

fn picture_name(track: &Track) -> String {
    let name = codec_name(track.codec);
    match &track.kind {
        TrackKind::Video(VideoTrack { bit_depth: Some(depth), .. }) if *depth > 8 => {
            format!("{name} of {depth} bits")
        }
        _ => name.to_owned(),
    }
}

/// Adds a sentence for each part that is in the way.
fn add_reasons(result: &mut Playability, found: &Inspection, route: &Route) {
    let (video, audio) = played_tracks(found);
    let container = format!("The container is {}", container_name(found.container));
    add_reason(result, &container, route.container);
    if let Some(video) = video {
        add_reason(result, &format!("The picture is {}", picture_name(video)), route.picture);
    }
    if let Some(audio) = audio {
        let name = codec_name(audio.codec);
        add_reason(result, &format!("The sound is {name}"), route.sound);
    }
}

/// Adds a sentence that names the browsers which lack something.
fn add_reason(result: &mut Playability, what: &str, row: Row) {
    let with = |support| Browser::ALL.into_iter().zip(row).filter(move |(_, s)| *s == support);
    let names = |support| join(with(support).map(|(browser, _)| browser.name()));
    let sentence = match (names(No), names(Device)) {
        (None, None) => return,
        (Some(_), None) if row == NONE => format!("{what}: no browser plays it."),
        (Some(no), None) => format!("{what}: {no} cannot play it."),
        (None, Some(device)) => format!("{what}: {device} can play it only on some devices."),
        (Some(no), Some(device)) => {
            format!("{what}: {no} cannot play it, and {device} only on some devices.")
        }
    };
    result.reasons.push(sentence);
}

/// Joins names to "a, b and c"; `None` without names.
fn join(names: impl Iterator<Item = &'static str>) -> Option<String> {
    let names: Vec<_> = names.collect();
    match names.as_slice() {
        [] => None,
        [one] => Some((*one).to_owned()),
        [first @ .., last] => Some(format!("{} and {last}", first.join(", "))),
    }
}

#[cfg(test)]
mod tests;
