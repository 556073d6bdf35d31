//! Text tracks as WebVTT: reads them, stores them, and writes their playlists and segments.
//!
//! [`read()`] reads the text tracks of a media file, and [`read_with_index`] builds the index in the same pass. [`encode`] makes
//! a record of them that is stored beside the sample index, and [`decode`] reads it. [`playlist`], [`segment`] and [`document`]
//! are what players get. They need cues and a [`TextInfo`] only, so texts that are no tracks of the media file take the same
//! way.
//!
//! # Times
//! Cues are on the timeline of the presentation, as the samples of the other renditions are:
//! - The edit list of the text track moves and cuts it (ISO/IEC 14496-12, section 8.6.6), as it does for video and audio. In
//!   Matroska, the codec delay is subtracted.
//! - The origin, [`Index::origin`](crate::index::Index::origin), is subtracted. It is the time in the file at which the
//!   presentation starts. What would be before 0 is cut off.
//! - Times are rounded to milliseconds, which is what WebVTT has.
//!
//! The samples of the other renditions start at 0 after the edit list of their initialization segment, so the time 0 of a
//! segment of WebVTT is the time 0 of MPEG-2 transport streams, which stands for the presentation time 0 of fragmented MP4:
//! `X-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000` (RFC 8216, section 3.5).
//!
//! # Layout
//! - `containers`: a text track as the containers give it: where its samples are, and when each is shown
//! - `collect`: from samples to cues, within limits
//! - `record`: the form in which texts are stored
//! - `segments`: playlists and segments

mod collect;
mod containers;
mod record;
mod segments;

use ginflix_api::inspection::{Container, Inspection, Track, TrackKind};
use ginflix_media::source::{Budget, ReadAt, Source};
use ginflix_subtitles::{Cue, TrackFormat};

use self::collect::Allowance;
use self::containers::SourceText;
pub use self::record::{RECORD_LIMIT_BYTES, StoredText, decode, encode, encode_stored};
pub use self::segments::{document, guide, playlist, segment};
use crate::error::{Error, Result};
use crate::index;
use crate::index::build::{self, Built};
use crate::rendition::TextInfo;

/// What reading the texts of a file may use up.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The most samples of all text tracks together. One takes 32 bytes of memory.
    pub samples: u64,
    /// The most cues of all text tracks together; one track has at most [`ginflix_subtitles::cue::CUES_LIMIT`].
    pub cues: usize,
    /// The most bytes of the samples of all text tracks together, and of their documents.
    pub bytes: usize,
    /// The most bytes and reads.
    pub budget: Budget,
}

impl Default for Limits {
    /// Enough for 40 languages with two tracks each, in some 250 MB at the worst.
    fn default() -> Self {
        Self {
            samples: 1_000_000,
            cues: 300_000,
            bytes: 24 << 20,
            budget: Budget { bytes: 256 << 30, reads: 40_000_000 },
        }
    }
}

/// A text track with its cues.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextTrack {
    /// The number that the container gives to the track.
    pub track: u64,
    /// What is known of it.
    pub info: TextInfo,
    /// The cues, at least one, sorted by their start and on the timeline of the presentation.
    pub cues: Vec<Cue>,
    /// The number of samples that were left out because they are damaged.
    pub damaged_samples: u64,
}

/// A text track that cannot be read.
#[derive(Debug)]
pub struct LeftOut {
    /// The number that the container gives to the track.
    pub track: u64,
    /// The reason.
    pub reason: Error,
}

/// The text tracks of a media file.
#[derive(Debug, Default)]
pub struct Texts {
    /// The tracks, in the order of the file.
    pub tracks: Vec<TextTrack>,
    /// The tracks that cannot be read, though their formats are supported.
    pub left_out: Vec<LeftOut>,
}

/// Returns whether a media file has text tracks that [`read()`] reads. If not, that reads nothing.
pub fn has_texts(found: &Inspection) -> bool {
    !wanted(found).is_empty()
}

/// Reads the text tracks of a media file, of which `found` was read before ([`ginflix_media::inspect`]). `origin` is that of the
/// sample index in nanoseconds ([`Index::origin`](crate::index::Index::origin)), or 0 for the timeline of the file.
///
/// A track that is damaged or exceeds the limits is left out, and so are tracks of formats that are no text, such as pictures.
///
/// # Errors
/// [`Error::Io`] if the file cannot be read, [`Error::TooLarge`] if finding the samples exceeds the limits,
/// [`Error::Damaged`] if what the file states is impossible.
pub fn read(
    content: &dyn ReadAt,
    found: &Inspection,
    origin: u64,
    limits: &Limits,
) -> Result<Texts> {
    let wanted = wanted(found);
    if wanted.is_empty() {
        return Ok(Texts::default());
    }
    let mut source = Source::new(content, limits.budget)?;
    let tracks = match found.container {
        Container::Mp4 | Container::QuickTime => containers::mp4(&mut source, &wanted, limits)?,
        _ => containers::matroska(&mut source, &wanted, limits.samples)?,
    };
    read_tracks(&mut source, wanted, tracks, Allowance::new(limits, origin))
}

/// Builds the index of a media file as [`index::build()`] does, and reads its text tracks as [`read()`] does. The clusters of
/// Matroska, which are as long as the file, are looked at only once for both, within the budget of the index.
///
/// # Errors
/// As [`index::build()`]; the errors of [`read()`] are in the second part of the result.
pub fn read_with_index(
    content: &dyn ReadAt,
    found: &Inspection,
    limits: &index::Limits,
    text_limits: &Limits,
) -> Result<(Built, Result<Texts>)> {
    let texts = wanted(found);
    if texts.is_empty() || matches!(found.container, Container::Mp4 | Container::QuickTime) {
        let built = index::build(content, found, limits)?;
        let texts = read(content, found, built.index().origin, text_limits);
        return Ok((built, texts));
    }
    let media = build::wanted(found)?;
    let mut source = Source::new(content, limits.budget)?;
    let samples = text_limits.samples;
    let (tracks, found_texts) =
        containers::matroska_with_media(&mut source, &media, &texts, limits, samples)?;
    let built = build::build_from(media, tracks)?;
    let allowance = Allowance::new(text_limits, built.index().origin);
    let texts = read_tracks(&mut source, texts, found_texts, allowance);
    Ok((built, texts))
}

/// Returns the text tracks of a file that are read.
fn wanted(found: &Inspection) -> Vec<&Track> {
    let is_wanted = |track: &&Track| format_of(found.container, track).is_some();
    found.tracks.iter().filter(is_wanted).collect()
}

fn read_tracks(
    source: &mut Source<'_>,
    wanted: Vec<&Track>,
    mut tracks: Vec<SourceText>,
    mut allowance: Allowance,
) -> Result<Texts> {
    let mut texts = Texts::default();
    for track in wanted {
        let own = tracks.iter().position(|own| own.number == track.number);
        let text = own.map(|own| tracks.swap_remove(own));
        match read_track(source, track, text, &mut allowance) {
            Ok(text) => texts.tracks.push(text),
            Err(Error::Io(error)) => return Err(Error::Io(error)),
            Err(reason) => texts.left_out.push(LeftOut { track: track.number, reason }),
        }
    }
    Ok(texts)
}

fn read_track(
    source: &mut Source<'_>,
    track: &Track,
    text: Option<SourceText>,
    allowance: &mut Allowance,
) -> Result<TextTrack> {
    let text = text.ok_or(Error::Damaged("a text track is not found again"))?;
    let (cues, damaged_samples) = collect::cues(source, text.form?, &text.samples, allowance)?;
    Ok(TextTrack { track: track.number, info: TextInfo::from(track), cues, damaged_samples })
}

/// Returns the format of the samples of a track; `None` if it has no text that is read.
fn format_of(container: Container, track: &Track) -> Option<TrackFormat> {
    if !matches!(track.kind, TrackKind::Text) {
        return None;
    }
    match container {
        Container::Mp4 | Container::QuickTime => {
            containers::mp4_format(<[u8; 4]>::try_from(track.codec_id.as_bytes()).ok()?)
        }
        Container::Matroska | Container::WebM => TrackFormat::from_matroska(&track.codec_id),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
