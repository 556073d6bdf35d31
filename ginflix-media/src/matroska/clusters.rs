//! Clusters (RFC 9559, section 5.1.3): how much data they have, and the times of the first frames.

use super::ebml::{self, Element};
use super::tracks::TrackEntry;
use crate::source::{Result, Source, Span, u16_at};

/// The ID of a cluster.
pub const CLUSTER: u32 = 0x1F43_B675;
const TIMESTAMP: u32 = 0xE7;
const SIMPLE_BLOCK: u32 = 0xA3;
const BLOCK_GROUP: u32 = 0xA0;
const BLOCK: u32 = 0xA1;
/// The frames of each track whose times are kept.
const FIRST_FRAMES_LIMIT: usize = 240;
/// The blocks that are read one by one, to find the times of the first frames.
const BLOCKS_LIMIT: usize = 4_000;

/// What the clusters of a segment have.
#[derive(Debug, Default)]
pub struct Clusters {
    /// The number of clusters.
    pub count: u64,
    /// The size of all clusters in bytes.
    pub bytes: u64,
    /// The bytes that the last cluster lacks.
    pub missing_bytes: u64,
    first_time: Option<f64>,
    last_time: f64,
    last_bytes: u64,
    /// The most bytes a second of a cluster, until the next one begins.
    peak: f64,
    blocks: usize,
}

impl Clusters {
    /// Walks over the clusters of a segment from the first one.
    pub fn walk(
        &mut self,
        source: &mut Source<'_>,
        first: u64,
        segment: Span,
        tracks: &mut [TrackEntry],
        scale: u64,
    ) -> Result<()> {
        let mut at = first;
        while let Some(element) = ebml::element(source, at, segment.end)? {
            at = match element.id {
                CLUSTER if element.is_unknown_size => {
                    self.add(source, &element, segment, scale)?;
                    self.read_blocks(source, &element, segment, tracks, scale, usize::MAX)?
                }
                CLUSTER => {
                    self.add(source, &element, segment, scale)?;
                    if self.blocks < BLOCKS_LIMIT {
                        let limit = BLOCKS_LIMIT - self.blocks;
                        self.read_blocks(source, &element, segment, tracks, scale, limit)?;
                    }
                    element.content.end
                }
                _ => element.content.end,
            };
            self.missing_bytes = at.saturating_sub(segment.end);
        }
        Ok(())
    }

    /// Adds a cluster: its size and its time.
    fn add(
        &mut self,
        source: &mut Source<'_>,
        cluster: &Element,
        segment: Span,
        scale: u64,
    ) -> Result<()> {
        let content = cluster.within(segment);
        let mut ticks = 0;
        for element in ebml::children(source, content, 2)? {
            if element.id == TIMESTAMP {
                ticks = ebml::unsigned(source, &element)?;
            }
        }
        let time = ticks as f64 * scale as f64 / 1e9;
        if self.first_time.is_some() {
            let seconds = time - self.last_time;
            // A cluster shorter than this says nothing about a second.
            if seconds >= 0.5 {
                self.peak = self.peak.max(self.last_bytes as f64 / seconds);
                self.last_bytes = 0;
                self.last_time = time;
            }
        } else {
            (self.first_time, self.last_time) = (Some(time), time);
        }
        self.count += 1;
        if !cluster.is_unknown_size {
            self.add_bytes(content.len());
        }
        Ok(())
    }

    fn add_bytes(&mut self, bytes: u64) {
        self.bytes = self.bytes.saturating_add(bytes);
        self.last_bytes = self.last_bytes.saturating_add(bytes);
    }

    /// Reads the headers of at most `limit` blocks of a cluster, and returns the offset after the last.
    fn read_blocks(
        &mut self,
        source: &mut Source<'_>,
        cluster: &Element,
        segment: Span,
        tracks: &mut [TrackEntry],
        scale: u64,
        limit: usize,
    ) -> Result<u64> {
        let content = cluster.within(segment);
        let (mut at, mut cluster_time) = (content.start, 0);
        for _ in 0..limit {
            let Some(element) = ebml::element(source, at, content.end)? else { break };
            // A cluster of unknown size ends where an element of the segment begins: those have IDs of 4 bytes.
            if cluster.is_unknown_size && element.id > 0xFF_FFFF {
                return Ok(at);
            }
            let mut block = None;
            match element.id {
                TIMESTAMP => cluster_time = ebml::unsigned(source, &element)?,
                SIMPLE_BLOCK => block = Some(element.content),
                BLOCK_GROUP => {
                    let children = ebml::children(source, element.within(content), 1)?;
                    block = children
                        .first()
                        .filter(|child| child.id == BLOCK)
                        .map(|child| child.content);
                }
                _ => {}
            }
            if let Some(block) = block {
                self.blocks += 1;
                if block.end <= source.size() {
                    read_block(source, block, cluster_time, scale, tracks)?;
                }
            }
            if cluster.is_unknown_size {
                self.add_bytes(element.content.end.min(content.end) - at);
            }
            at = element.content.end;
        }
        Ok(at)
    }

    /// Returns the time between the first and the last cluster.
    pub fn duration_seconds(&self) -> Option<f64> {
        self.first_time.map(|first| self.last_time - first)
    }

    /// Returns the bit rate of the cluster with the most data for its time.
    pub fn peak_bit_rate(&self, duration: Option<f64>) -> Option<u64> {
        let rest = duration.unwrap_or_default() - self.last_time;
        let last = if rest >= 0.5 { self.last_bytes as f64 / rest } else { 0.0 };
        let bits = (self.peak.max(last) * 8.0).round();
        (bits.is_finite() && bits > 0.0).then_some(bits as u64)
    }
}

/// Adds the time of a block to its track.
fn read_block(
    source: &mut Source<'_>,
    block: Span,
    cluster_time: u64,
    scale: u64,
    tracks: &mut [TrackEntry],
) -> Result<()> {
    let head = source.vec(block, 12)?;
    let Some((number, width)) = ebml::variable_integer(&head) else { return Ok(()) };
    let Some(track) = tracks.iter_mut().find(|track| track.number == number) else { return Ok(()) };
    if track.first_times.len() < FIRST_FRAMES_LIMIT {
        let relative = i64::from(u16_at(&head, width).cast_signed());
        let ticks = cluster_time.saturating_add_signed(relative);
        track.first_times.push(ticks.saturating_mul(scale));
    }
    Ok(())
}
