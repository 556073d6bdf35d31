//! Playlists and segments of texts.
//!
//! The segments of a text are those of another rendition, its guide, so that their durations are the same.

use ginflix_subtitles::{Cue, cue, webvtt};

use crate::index::{Entry, Index};
use crate::moment::rescale;
use crate::playlist::{self, UriSuffix};
use crate::rendition::{Rendition, RenditionKind};
use crate::resource::Revision;

/// The ticks a second of milliseconds.
const MILLISECONDS: u32 = 1000;

/// Returns the position of the rendition whose segments the texts have: the video, or the first audio. `None` for an index
/// without renditions, which [`index::build()`](crate::index::build()) does not make.
pub fn guide(index: &Index) -> Option<usize> {
    index.find(RenditionKind::Video, 0).or_else(|| index.find(RenditionKind::Audio, 0))
}

fn guide_rendition(index: &Index) -> Option<&Rendition> {
    index.renditions.get(guide(index)?)
}

/// Writes the media playlist of the text with this number, from 0. `entries` are all segments of the [`guide`]
/// ([`Index::entries`]). `None` without a guide.
pub fn playlist(
    index: &Index,
    number: usize,
    entries: &[Entry],
    revision: &Revision,
    suffix: &UriSuffix,
) -> Option<String> {
    let timescale = guide_rendition(index)?.timescale;
    Some(playlist::text(index, number, timescale, entries, revision, suffix))
}

/// Writes a segment of a text: the cues that are shown in it. `entry` is the segment `number`, from 0, of the [`guide`]
/// ([`Index::entry`]). The cues are sorted by their start. The last segment has the cues after it too, which are shown while
/// other renditions last longer than the guide. `None` without a guide.
pub fn segment(index: &Index, number: u32, entry: &Entry, cues: &[Cue]) -> Option<String> {
    let guide = guide_rendition(index)?;
    let milliseconds = |ticks: u64| {
        let ticks = i64::try_from(ticks).unwrap_or(i64::MAX);
        rescale(ticks, guide.timescale, MILLISECONDS).max(0).unsigned_abs()
    };
    let is_last = number.saturating_add(1) >= guide.segments;
    let end = match is_last {
        true => cue::TIME_LIMIT_MS,
        false => milliseconds(entry.start.saturating_add(entry.duration)),
    };
    Some(webvtt::segment(cues, milliseconds(entry.start)..end, 0))
}

/// Writes a whole text as a file of WebVTT.
pub fn document(cues: &[Cue]) -> String {
    webvtt::document(cues, 0)
}
