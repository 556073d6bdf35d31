//! What the script of a movie's page needs to choose between the file itself and HLS.

use ginflix_api::inspection::{Codec, Inspection, Track, TrackKind};
use ginflix_api::media::Media;
use ginflix_api::playability::{Browser, Outcome, Playability};
use ginflix_media::packaging::{self, Selection};
use ginflix_media::playability::{codec_name, media_type, played_tracks, track_types};
use serde::Serialize;

use super::playing::listed;
use crate::catalog::playability_of;
use crate::http::assets;
use crate::locale::Locale;

/// The ways in which a media file can be played; a script reads this as JSON.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlaybackOptions {
    /// Whether all browsers play the file itself.
    pub is_universal: bool,
    /// The media types of the container, of which browsers know at least one if they play it.
    pub container: &'static [&'static str],
    /// The video track; `None` without one.
    pub video: Option<VideoOption>,
    /// The audio tracks, in the order of the file.
    pub audio: Vec<AudioOption>,
    /// Whether the file can be packaged as HLS.
    pub is_packaged: bool,
    /// Whether the file can be packaged and the server has hls.js, without which most browsers play no HLS.
    pub has_hls_js: bool,
    /// The browsers that play the file on every device, such as "Chrome and Safari" in the language of the page; may be empty.
    pub browsers: String,
}

/// A video track, as browsers are asked about it (`MediaCapabilities.decodingInfo`).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct VideoOption {
    /// The name of the codec for people.
    pub name: &'static str,
    /// The media type.
    pub media_type: String,
    /// The width in samples.
    pub width: u32,
    /// The height in samples.
    pub height: u32,
    /// The bit rate in bits a second; 0 if it is not known.
    pub bit_rate: u64,
    /// The frames a second; 0 if this is not known.
    pub frame_rate: f64,
}

/// An audio track.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AudioOption {
    /// The codec, as the routes of HLS name it.
    pub codec: Codec,
    /// The name of the codec for people.
    pub name: &'static str,
    /// The media type.
    pub media_type: String,
    /// The language (BCP 47).
    pub language: Option<String>,
    /// The title that the file has for the track.
    pub title: Option<String>,
    /// The number of channels; 0 if it is not known.
    pub channels: u32,
    /// Whether browsers select the track when they play the file itself.
    pub is_default: bool,
    /// Whether the track is a rendition of HLS. The renditions have the order of the tracks.
    pub is_packaged: bool,
}

impl PlaybackOptions {
    /// Describes a media file; `None` if it is not inspected.
    pub fn of(media: &Media, locale: Locale) -> Option<Self> {
        let found = media.inspection.as_ref()?;
        let playability = playability_of(media);
        let selection = packaging::select(found).ok();
        Some(Self {
            is_universal: is_universal(&playability),
            container: track_types(found).container,
            video: played_tracks(found).0.map(|track| VideoOption::new(track, found)),
            audio: audio_options(found, selection.as_ref()),
            is_packaged: selection.is_some(),
            has_hls_js: selection.is_some() && assets::has_hls_js(),
            browsers: listed(&browsers_that_play(&playability), locale),
        })
    }

    /// Returns whether only the file itself can be played, or every browser plays it and has no other track to choose.
    pub fn has_no_choice(&self) -> bool {
        !self.is_packaged || (self.is_universal && self.audio.len() < 2)
    }

    /// Writes the options as JSON.
    pub fn to_json(&self) -> String {
        // Only maps with other keys than strings cannot be written.
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl VideoOption {
    fn new(track: &Track, found: &Inspection) -> Self {
        let (width, height, frame_rate) = match &track.kind {
            TrackKind::Video(video) => (video.width, video.height, video.frame_rate),
            _ => (0, 0, None),
        };
        Self {
            name: codec_name(track.codec),
            media_type: media_type(track),
            width,
            height,
            bit_rate: track.bit_rate.or(found.bit_rate).unwrap_or_default(),
            frame_rate: frame_rate.map_or(0.0, |rate| rate.value()),
        }
    }
}

fn audio_options(found: &Inspection, selection: Option<&Selection>) -> Vec<AudioOption> {
    let played = played_tracks(found).1;
    let mut options = Vec::new();
    for (position, track) in found.tracks.iter().enumerate() {
        let TrackKind::Audio(audio) = &track.kind else { continue };
        options.push(AudioOption {
            codec: track.codec,
            name: codec_name(track.codec),
            media_type: media_type(track),
            language: track.language.clone(),
            title: track.name.clone(),
            channels: audio.channels,
            is_default: played.is_some_and(|played| std::ptr::eq(played, track)),
            is_packaged: selection.is_some_and(|selected| selected.audio.contains(&position)),
        });
    }
    options
}

fn is_universal(playability: &Playability) -> bool {
    playability.browsers.iter().all(|entry| entry.outcome == Outcome::Plays)
        && !playability.browsers.is_empty()
}

/// Returns the names of the browsers that play a file on every device.
pub fn browsers_that_play(playability: &Playability) -> Vec<&'static str> {
    let plays = |browser: &Browser| playability.of(*browser).is_some_and(Outcome::is_whole);
    Browser::ALL.into_iter().filter(plays).map(Browser::name).collect()
}

/// Returns the URL of the master playlist of a media file, whose URL may be a signed link.
pub fn master_playlist(stream: &str) -> String {
    let (path, query) = stream.split_once('?').unwrap_or((stream, ""));
    let separator = if query.is_empty() { "" } else { "?" };
    format!("{path}/hls/master.m3u8{separator}{query}")
}

#[cfg(test)]
mod tests;
