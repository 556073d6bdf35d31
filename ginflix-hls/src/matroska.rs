//! Reads the frames of Matroska and WebM files (RFC 9559): of blocks with and without lacing, with and without cues.

mod blocks;
mod clock;
mod frames;
mod track;

use ginflix_api::inspection::Track;
use ginflix_media::matroska::SEGMENT;
use ginflix_media::matroska::ebml::{self, Element};
use ginflix_media::matroska::tracks::{self, TrackEntry};
use ginflix_media::source::{Source, Span};

pub use self::blocks::{Frame, FrameSink};
pub use self::track::OpenTrack;
use crate::error::{Error, Result};
use crate::index::Limits;
use crate::track::SourceTrack;

const INFO: u32 = 0x1549_A966;
const TIMESTAMP_SCALE: u32 = 0x2A_D7B1;
const TRACKS: u32 = 0x1654_AE6B;
const CLUSTER: u32 = 0x1F43_B675;
/// The elements of the top level that are looked at before the segment.
const TOP_LEVEL_LIMIT: usize = 16;
/// The elements of the segment information that are read.
const INFO_LIMIT: usize = 64;
/// The nanoseconds of a tick in a file without a TimestampScale.
const DEFAULT_TIMESTAMP_SCALE: u64 = 1_000_000;

/// The segment while it is read.
#[derive(Debug)]
pub struct Segment<T> {
    /// The nanoseconds of a tick.
    scale: u64,
    tracks: Vec<T>,
    /// The samples that may still be read.
    samples_left: u64,
}

/// Reads the frames of the wanted tracks.
pub fn read(
    source: &mut Source<'_>,
    wanted: &[&Track],
    limits: &Limits,
) -> Result<Vec<SourceTrack>> {
    let open = |entry, scale| OpenTrack::new(entry, wanted, scale);
    let tracks = read_frames(source, limits.samples, open)?;
    tracks.into_iter().filter_map(|track| track.finish().transpose()).collect()
}

/// Reads at most `samples` frames of the tracks that `open` opens: it gets the entry of each track and the nanoseconds of a
/// tick.
pub fn read_frames<T: FrameSink>(
    source: &mut Source<'_>,
    samples: u64,
    open: impl Fn(TrackEntry, u64) -> Option<Result<T>>,
) -> Result<Vec<T>> {
    let (mut at, size) = (0, source.size());
    for _ in 0..TOP_LEVEL_LIMIT {
        let Some(element) = ebml::element(source, at, size)? else { break };
        if element.id == SEGMENT {
            let content = Span { start: element.content.start, end: element.content.end.min(size) };
            return read_segment(source, content, samples, open);
        }
        at = element.content.end;
    }
    Err(Error::Damaged("it has no segment"))
}

fn read_segment<T: FrameSink>(
    source: &mut Source<'_>,
    content: Span,
    samples: u64,
    open: impl Fn(TrackEntry, u64) -> Option<Result<T>>,
) -> Result<Vec<T>> {
    let mut segment =
        Segment { scale: DEFAULT_TIMESTAMP_SCALE, tracks: Vec::new(), samples_left: samples };
    let (mut at, mut entries) = (content.start, Vec::new());
    while let Some(element) = ebml::element(source, at, content.end)? {
        at = element.content.end;
        let inner = element.within(content);
        match element.id {
            INFO => segment.scale = timestamp_scale(source, inner)?,
            TRACKS if entries.is_empty() => entries = tracks::read(source, inner)?,
            CLUSTER => {
                if segment.tracks.is_empty() {
                    let entries = std::mem::take(&mut entries).into_iter();
                    let opened = entries.filter_map(|entry| open(entry, segment.scale));
                    segment.tracks = opened.collect::<Result<_>>()?;
                }
                if segment.tracks.is_empty() {
                    return Err(Error::Unsupported("Tracks after the clusters are not packaged."));
                }
                at = segment.read_cluster(source, &element, inner)?;
            }
            _ => {}
        }
    }
    Ok(segment.tracks)
}

fn timestamp_scale(source: &mut Source<'_>, content: Span) -> Result<u64> {
    for element in ebml::children(source, content, INFO_LIMIT)? {
        if element.id == TIMESTAMP_SCALE {
            let scale = ebml::unsigned(source, &element)?;
            return Ok(if scale == 0 { DEFAULT_TIMESTAMP_SCALE } else { scale });
        }
    }
    Ok(DEFAULT_TIMESTAMP_SCALE)
}

impl<T: FrameSink> Segment<T> {
    /// Reads the blocks of a cluster, and returns the offset after it.
    fn read_cluster(
        &mut self,
        source: &mut Source<'_>,
        cluster: &Element,
        content: Span,
    ) -> Result<u64> {
        let (mut at, mut time) = (content.start, 0);
        while let Some(element) = ebml::element(source, at, content.end)? {
            // A cluster of unknown size ends where an element of the segment begins: those have IDs of 4 bytes.
            if cluster.is_unknown_size && element.id > 0xFF_FFFF {
                return Ok(at);
            }
            if element.content.end > content.end {
                break; // the file is truncated
            }
            blocks::read_element(self, source, &element, &mut time)?;
            at = element.content.end;
        }
        Ok(if cluster.is_unknown_size { at } else { cluster.content.end })
    }

    fn take_sample(&mut self) -> Result<()> {
        let left = self.samples_left.checked_sub(1);
        self.samples_left = left.ok_or(Error::TooLarge("it has too many samples"))?;
        Ok(())
    }
}

#[cfg(test)]
pub(crate) mod tests;
