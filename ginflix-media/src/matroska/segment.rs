//! The segment: its metadata before and after the clusters (RFC 9559, section 5.1).

use std::collections::BTreeSet;

use ginflix_api::inspection::{Inspection, Problem, TrackKind};

use super::clusters::{self, Clusters};
use super::ebml::{self, Element};
use super::tags::FileTags;
use super::tracks::{self, TrackEntry};
use super::{attachments, chapters, seek_head};
use crate::source::{Result, Source, Span, bits_a_second};

/// The ID of the information about a segment.
pub const INFO: u32 = 0x1549_A966;
const TIMESTAMP_SCALE: u32 = 0x2A_D7B1;
const DURATION: u32 = 0x4489;
const TITLE: u32 = 0x7BA9;
/// The ID of the tracks.
pub const TRACKS: u32 = 0x1654_AE6B;
/// The ID of the chapters.
pub const CHAPTERS: u32 = 0x1043_A770;
/// The ID of the tags.
pub const TAGS: u32 = 0x1254_C367;

/// The elements before the first cluster that are looked at.
pub const ELEMENTS_LIMIT: usize = 64;
/// The nanoseconds of a tick in a file without a TimestampScale.
const DEFAULT_TIMESTAMP_SCALE: u64 = 1_000_000;

/// What was read of a segment.
#[derive(Default)]
struct Segment {
    timestamp_scale: u64,
    duration_ticks: f64,
    tracks: Vec<TrackEntry>,
    tags: FileTags,
    /// The elements that were read, by their offset.
    seen: BTreeSet<u64>,
    /// The elements that a seek head names, by their offset.
    seeks: BTreeSet<u64>,
}

/// Reads a segment.
pub fn read(source: &mut Source<'_>, element: &Element, found: &mut Inspection) -> Result<()> {
    let size = source.size();
    let content = Span { start: element.content.start, end: element.content.end.min(size) };
    if element.content.end > size {
        found.problems.push(Problem::Truncated { missing_bytes: element.content.end - size });
    }
    let mut segment = Segment { timestamp_scale: DEFAULT_TIMESTAMP_SCALE, ..Segment::default() };
    let mut outcome = segment.read_elements(source, content, found);
    let mut clusters = Clusters::default();
    if let Ok(Some(first)) = outcome {
        let walked =
            clusters.walk(source, first, content, &mut segment.tracks, segment.timestamp_scale);
        if let Err(stop) = walked {
            outcome = Err(stop);
        }
    }
    if outcome.is_ok() {
        outcome = segment.follow_seeks(source, content, found).map(|()| None);
    }
    segment.describe(&clusters, found);
    outcome.map(drop)
}

impl Segment {
    /// Reads the elements before the first cluster, and returns the offset of that.
    fn read_elements(
        &mut self,
        source: &mut Source<'_>,
        content: Span,
        found: &mut Inspection,
    ) -> Result<Option<u64>> {
        let mut at = content.start;
        for _ in 0..ELEMENTS_LIMIT {
            let Some(element) = ebml::element(source, at, content.end)? else { break };
            if element.id == clusters::CLUSTER {
                return Ok(Some(at));
            }
            self.read_element(source, &element, content, found)?;
            at = element.content.end;
        }
        Ok(None)
    }

    fn read_element(
        &mut self,
        source: &mut Source<'_>,
        element: &Element,
        segment: Span,
        found: &mut Inspection,
    ) -> Result<()> {
        if !self.seen.insert(element.start) {
            return Ok(());
        }
        let content = element.within(segment);
        match element.id {
            seek_head::SEEK_HEAD => {
                seek_head::read(source, content, segment, &mut self.seeks)?;
            }
            INFO => self.read_info(source, content, found)?,
            TRACKS if self.tracks.is_empty() => self.tracks = tracks::read(source, content)?,
            CHAPTERS if found.chapters.is_empty() => {
                found.chapters = chapters::read(source, content)?;
            }
            TAGS => self.tags.read(source, content)?,
            attachments::ATTACHMENTS => {
                let files = attachments::read(source, content)?;
                found.attachments = files.into_iter().map(|(attachment, _)| attachment).collect();
            }
            _ => {}
        }
        Ok(())
    }

    fn read_info(
        &mut self,
        source: &mut Source<'_>,
        content: Span,
        found: &mut Inspection,
    ) -> Result<()> {
        for element in ebml::children(source, content, ELEMENTS_LIMIT)? {
            match element.id {
                TIMESTAMP_SCALE => {
                    let scale = ebml::unsigned(source, &element)?;
                    self.timestamp_scale = if scale == 0 { DEFAULT_TIMESTAMP_SCALE } else { scale };
                }
                DURATION => self.duration_ticks = ebml::float(source, &element)?,
                TITLE => found.title = ebml::text(source, &element)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// Reads the elements that seek heads name and that come after the clusters.
    fn follow_seeks(
        &mut self,
        source: &mut Source<'_>,
        content: Span,
        found: &mut Inspection,
    ) -> Result<()> {
        while let Some(at) = self.seeks.pop_first() {
            if at >= content.end || self.seen.contains(&at) {
                continue;
            }
            if let Some(element) = ebml::element(source, at, content.end)? {
                self.read_element(source, &element, content, found)?;
            }
        }
        Ok(())
    }

    /// Adds what was read to `found`.
    fn describe(mut self, clusters: &Clusters, found: &mut Inspection) {
        let stated = self.duration_ticks * self.timestamp_scale as f64 / 1e9;
        let measured = clusters.duration_seconds();
        let seconds = if stated > 0.0 { Some(stated) } else { measured };
        found.duration_seconds = seconds.filter(|s| (f64::MIN_POSITIVE..=3.2e7).contains(s));
        found.peak_bit_rate = clusters.peak_bit_rate(found.duration_seconds);
        let is_known = found.problems.iter().any(|p| matches!(p, Problem::Truncated { .. }));
        if clusters.missing_bytes > 0 && !is_known {
            found.problems.push(Problem::Truncated { missing_bytes: clusters.missing_bytes });
        }
        if clusters.count == 0 && !self.tracks.is_empty() && found.problems.is_empty() {
            found.problems.push(Problem::Truncated { missing_bytes: 1 });
        }
        if self.tracks.iter().any(|track| track.encodings.is_encrypted) {
            found.problems.push(Problem::Encrypted);
        }
        found.tracks =
            self.tracks.iter().map(|track| track.describe(&self.tags.statistics)).collect();
        let (tags, title) = std::mem::take(&mut self.tags).finish();
        (found.tags, found.title) = (tags, found.title.take().or(title));
        self.estimate_bit_rate(found, clusters.bytes);
    }

    /// Gives the only video track without a bit rate what the other tracks leave.
    fn estimate_bit_rate(&self, found: &mut Inspection, bytes: u64) {
        let Some(total) = found.duration_seconds.and_then(|s| bits_a_second(bytes, s)) else {
            return;
        };
        let others: u64 = found.tracks.iter().filter_map(|track| track.bit_rate).sum();
        let is_known = |track: &&mut ginflix_api::inspection::Track| {
            track.bit_rate.is_none()
                && matches!(track.kind, TrackKind::Video(_) | TrackKind::Audio(_))
        };
        let mut unknown: Vec<_> = found.tracks.iter_mut().filter(is_known).collect();
        if let [track] = unknown.as_mut_slice() {
            track.bit_rate = total.checked_sub(others);
        }
    }
}
