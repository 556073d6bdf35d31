//! A track as the readers of containers give it.

use crate::rendition::{AudioFormat, VideoFormat};
use crate::sample::Samples;

/// The part of a track that an edit list shows, in ticks of its media.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edit {
    /// The presentation time at which the part starts.
    pub start: i64,
    /// The presentation time at which it ends.
    pub end: Option<i64>,
}

/// A track with all its samples.
#[derive(Debug, Default)]
pub struct SourceTrack {
    /// The number that the container gives to the track.
    pub number: u64,
    /// The ticks a second.
    pub timescale: u32,
    /// The samples.
    pub samples: Samples,
    /// What is added to presentation times, in ticks.
    pub offset: i64,
    /// The part that is shown, if an edit list says so.
    pub edit: Option<Edit>,
    /// The sample entry, which is a box.
    pub sample_entry: Vec<u8>,
    /// The bytes that the source lacks at the start of each sample.
    pub sample_prefix: Vec<u8>,
    /// The codec as a parameter of a media type, where it is not what the inspection says.
    pub codecs: Option<String>,
    /// What only a video has.
    pub video: VideoFormat,
    /// What only audio has.
    pub audio: AudioFormat,
}
