//! Builds an index from the tables of a media file.

mod assemble;
mod plan;
mod preroll;

use std::io::Write;

use ginflix_api::inspection::{Codec, Container, Inspection, Track, TrackKind};
use ginflix_media::packaging;
use ginflix_media::source::{Budget, ReadAt, Source};

use self::plan::PlannedRendition;
use super::Index;
use crate::error::{Error, Result};
use crate::rendition::{Rendition, RenditionKind};
use crate::sample::Samples;
use crate::track::SourceTrack;
use crate::{matroska, mp4};

/// What building an index may use up.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The most samples of all tracks together. One takes three to seven bytes of memory.
    pub samples: u64,
    /// The most bytes and reads.
    pub budget: Budget,
}

impl Default for Limits {
    /// Enough for 12 hours of 60 frames a second and 8 audio tracks, in about 100 MB.
    fn default() -> Self {
        Self { samples: 20_000_000, budget: Budget { bytes: 256 << 30, reads: 40_000_000 } }
    }
}

/// An index that was built and can be written.
#[derive(Debug)]
pub struct Built {
    index: Index,
    directories: Vec<Vec<super::Entry>>,
    samples: Vec<Samples>,
}

impl Built {
    /// Returns the header.
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// Writes the index.
    ///
    /// # Errors
    /// Writing fails.
    pub fn write(&self, to: &mut dyn Write) -> std::io::Result<()> {
        assemble::write(self, to)
    }

    /// Returns the index as bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        // Writing to memory does not fail.
        let _ = self.write(&mut bytes);
        bytes
    }
}

/// Builds the index of a media file, of which `found` was read before ([`ginflix_media::inspect`]).
///
/// # Errors
/// [`Error::Unsupported`] with the reason if the file cannot be packaged, [`Error::TooLarge`] if it exceeds the limits,
/// [`Error::Damaged`] if what it states is impossible, [`Error::Io`] if it cannot be read.
pub fn build(content: &dyn ReadAt, found: &Inspection, limits: &Limits) -> Result<Built> {
    let wanted = wanted(found)?;
    let mut source = Source::new(content, limits.budget)?;
    let tracks = match found.container {
        Container::Mp4 | Container::QuickTime => mp4::read(&mut source, &wanted, limits)?,
        _ => matroska::read(&mut source, &wanted, limits)?,
    };
    build_from(wanted, tracks)
}

/// Selects the tracks that are packaged: the video if there is one, and the audio tracks.
pub(crate) fn wanted(found: &Inspection) -> Result<Vec<&Track>> {
    let selection = packaging::select(found).map_err(Error::Unsupported)?;
    let positions = selection.video.iter().chain(&selection.audio);
    Ok(positions.filter_map(|position| found.tracks.get(*position)).collect())
}

/// Builds an index of the wanted tracks, of which `tracks` were found.
pub(crate) fn build_from(wanted: Vec<&Track>, tracks: Vec<SourceTrack>) -> Result<Built> {
    let mut pairs = Vec::new();
    for track in wanted {
        let own = tracks.iter().position(|own| own.number == track.number);
        let is_video = matches!(track.kind, TrackKind::Video(_));
        match own {
            Some(own) if tracks[own].samples.count() > 0 => pairs.push((track, own)),
            _ if is_video => return Err(Error::Damaged("its video has no samples")),
            _ => {} // an audio track without samples is left out
        }
    }
    if pairs.is_empty() {
        return Err(Error::Damaged("it has no samples"));
    }
    let mut slots: Vec<Option<SourceTrack>> = tracks.into_iter().map(Some).collect();
    let pairs = pairs.into_iter().filter_map(|(track, own)| Some((track, slots[own].take()?)));
    let plan = plan::plan(pairs.collect())?;
    assemble::assemble(plan)
}

/// Describes a rendition before its segments are known.
fn describe(track: &Track, source: &SourceTrack, kind: RenditionKind) -> Rendition {
    let mut rendition = Rendition {
        kind,
        track: track.number,
        codec: track.codec,
        codecs: source.codecs.clone().unwrap_or_else(|| codecs(track)),
        timescale: source.timescale,
        language: track.language.clone(),
        name: track.name.clone(),
        video: source.video.clone(),
        audio: source.audio.clone(),
        sample_entry: source.sample_entry.clone(),
        sample_prefix: source.sample_prefix.clone(),
        shifts: crate::rendition::Shifts::default(),
        duration: 0,
        segments: 0,
        bit_rates: crate::rendition::BitRates::default(),
    };
    rendition.audio.is_default = track.default;
    rendition
}

/// Returns the codec as HLS names it.
fn codecs(track: &Track) -> String {
    match track.codec {
        Codec::Opus => "Opus".to_owned(),
        Codec::Flac => "fLaC".to_owned(),
        Codec::Ac3 => "ac-3".to_owned(),
        Codec::Eac3 => "ec-3".to_owned(),
        // The object type of MPEG-1 layer 3 in ISO/IEC 14496-3, which Apple's specification names.
        Codec::Mp3 => "mp4a.40.34".to_owned(),
        // The sample entries are written as `hvc1` and `avc1`.
        _ => track.codec_string.clone().unwrap_or_default(),
    }
}

/// What the plan of all renditions is.
#[derive(Debug)]
struct Plan {
    renditions: Vec<PlannedRendition>,
    origin: u64,
}
