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
    let start = if number == 0 { 0 } else { milliseconds(entry.start) };
    Some(webvtt::segment(cues, start..end, 0))
}

/// Writes a whole text as a file of WebVTT.
pub fn document(cues: &[Cue]) -> String {
    webvtt::document(cues, 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::playlist::tests::{audio, index, video};

    fn entries() -> [Entry; 2] {
        let entry = |start, duration| Entry { start, duration, ..Entry::default() };
        [entry(0, 144_144), entry(144_144, 71_071)]
    }

    #[test]
    fn a_playlist_has_the_segments_of_the_video() {
        let index = index(vec![video(RenditionKind::Video), video(RenditionKind::IFrames)]);
        let revision = Revision::new("0a1b2c3d").unwrap();
        let suffix = UriSuffix::new("?s=1").unwrap();
        let text = playlist(&index, 2, &entries(), &revision, &suffix).unwrap();
        let expected = "#EXTM3U\n\
            #EXT-X-VERSION:7\n\
            #EXT-X-TARGETDURATION:6\n\
            #EXT-X-MEDIA-SEQUENCE:0\n\
            #EXT-X-PLAYLIST-TYPE:VOD\n\
            #EXT-X-INDEPENDENT-SEGMENTS\n\
            #EXTINF:6.006000,\n\
            text-2/0a1b2c3d-2/0.vtt?s=1\n\
            #EXTINF:2.961292,\n\
            text-2/0a1b2c3d-2/1.vtt?s=1\n\
            #EXT-X-ENDLIST\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn the_guide_is_the_video_or_else_the_first_audio() {
        let sound = || audio(ginflix_api::inspection::Codec::Aac, "mp4a.40.2", None, None);
        assert_eq!(guide(&index(vec![video(RenditionKind::Video), sound()])), Some(0));
        assert_eq!(guide(&index(vec![sound(), sound()])), Some(0));
        let none = index(Vec::new());
        assert_eq!((guide(&none), segment(&none, 0, &Entry::default(), &[])), (None, None));
    }

    #[test]
    fn a_segment_has_what_is_shown_in_it_and_the_last_what_follows() {
        let cue = |start_ms, end_ms, text: &str| Cue::new(start_ms, end_ms, text.into());
        let cues = [
            cue(0, 1000, "one"),
            cue(5000, 6006, "two"),
            cue(5500, 6007, "three"),
            cue(6006, 7000, "four"),
            cue(9_000, 12_000, "five"),
        ];
        let index = index(vec![video(RenditionKind::Video)]);
        let [first, last] = entries();
        let texts = |text: String| {
            let words = ["one", "two", "three", "four", "five"];
            words.into_iter().filter(|word| text.contains(word)).collect::<Vec<_>>()
        };
        let text = segment(&index, 0, &first, &cues).unwrap();
        assert!(text.starts_with("WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000\n"));
        assert_eq!(texts(text), ["one", "two", "three"]);
        let text = segment(&index, 1, &last, &cues).unwrap();
        assert_eq!(texts(text), ["three", "four", "five"]);
        assert_eq!(texts(document(&cues)).len(), 5);
    }
}
