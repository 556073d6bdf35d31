//! Media playlists (RFC 8216, section 4.3.3).

use std::fmt::Write;

use super::{UriSuffix, VERSION};
use crate::index::{Entry, Index};
use crate::moment::rescale;
use crate::rendition::RenditionKind;
use crate::resource::{RenditionName, Resource, Revision};

/// The parts of a second in which durations are written.
const PRECISION: u32 = 1_000_000;
/// Writes the media playlist of a rendition of `index`; `None` if there is no such rendition. `entries` are all its segments
/// ([`Index::entries`]).
pub fn media(
    index: &Index,
    name: RenditionName,
    entries: &[Entry],
    revision: &Revision,
    suffix: &UriSuffix,
) -> Option<String> {
    let rendition = index.renditions.get(index.find(name.kind, name.number)?)?;
    Some(write(index, name, rendition.timescale, entries, revision, suffix))
}

/// Writes the media playlist of a text, whose segments are those of the rendition of this timescale.
pub fn text(
    index: &Index,
    number: usize,
    timescale: u32,
    entries: &[Entry],
    revision: &Revision,
    suffix: &UriSuffix,
) -> String {
    let name = RenditionName { kind: RenditionKind::Text, number };
    write(index, name, timescale, entries, revision, suffix)
}

fn write(
    index: &Index,
    name: RenditionName,
    timescale: u32,
    entries: &[Entry],
    revision: &Revision,
    suffix: &UriSuffix,
) -> String {
    let mut text = String::with_capacity(256 + entries.len() * (60 + suffix.0.len()));
    let mut line = |line: std::fmt::Arguments<'_>| {
        let _ = text.write_fmt(line); // writing to a string does not fail
        text.push('\n');
    };
    line(format_args!("#EXTM3U"));
    line(format_args!("#EXT-X-VERSION:{VERSION}"));
    line(format_args!("#EXT-X-TARGETDURATION:{}", index.target_duration));
    line(format_args!("#EXT-X-MEDIA-SEQUENCE:0"));
    line(format_args!("#EXT-X-PLAYLIST-TYPE:VOD"));
    line(format_args!("#EXT-X-INDEPENDENT-SEGMENTS"));
    if name.kind == RenditionKind::IFrames {
        line(format_args!("#EXT-X-I-FRAMES-ONLY"));
    }
    if name.kind != RenditionKind::Text {
        let init = Resource::Init(name, revision.clone());
        line(format_args!("#EXT-X-MAP:URI=\"{init}{suffix}\""));
    }
    // Each end is rounded, not each duration, so that the sum stays right.
    let rounded = |ticks: u64| {
        let ticks = i64::try_from(ticks).unwrap_or(i64::MAX);
        rescale(ticks, timescale, PRECISION).max(0).unsigned_abs()
    };
    let mut start = 0;
    for (number, entry) in (0..).zip(entries) {
        let end = rounded(entry.start.saturating_add(entry.duration));
        let duration = Seconds(end.saturating_sub(start));
        let segment = Resource::Segment(name, revision.clone(), number);
        line(format_args!("#EXTINF:{duration},\n{segment}{suffix}"));
        start = end;
    }
    line(format_args!("#EXT-X-ENDLIST"));
    text
}

/// A duration in parts of a second, which is written in seconds.
struct Seconds(u64);

impl std::fmt::Display for Seconds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let precision = u64::from(PRECISION);
        write!(f, "{}.{:06}", self.0 / precision, self.0 % precision)
    }
}
