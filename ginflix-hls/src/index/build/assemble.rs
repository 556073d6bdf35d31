//! Makes the directories of the renditions, and writes an index.

use std::io::Write;

use super::plan::PlannedRendition;
use super::{Built, Plan};
use crate::error::{Error, Result};
use crate::index::{
    Entry, HEAD_BYTES, HEADER_LIMIT_BYTES, Index, MAGIC, Part, SEGMENT_SAMPLES_LIMIT,
    SEGMENTS_LIMIT, VERSION, header,
};
use crate::moment::Moment;
use crate::rendition::BitRates;
use crate::sample::Samples;
use crate::segmentation;

/// The bytes of a segment beside its samples, about.
const SEGMENT_OVERHEAD_BYTES: u64 = 150;
/// The bytes of a segment for each sample beside the sample itself, about.
const SAMPLE_OVERHEAD_BYTES: u64 = 8;

/// The most successive segments whose rate may be the peak.
const PEAK_SEGMENTS_LIMIT: usize = 64;

/// Makes the directories of all renditions.
pub fn assemble(plan: Plan) -> Result<Built> {
    let (mut directories, mut longest) = (Vec::new(), Moment::START);
    for planned in &plan.renditions {
        let entries = directory(planned)?;
        let timescale = planned.rendition.timescale;
        let durations = entries.iter().map(|entry| entry.duration);
        let duration = i64::try_from(durations.max().unwrap_or_default()).unwrap_or(i64::MAX);
        longest = longest.max(Moment::new(duration, timescale));
        directories.push(entries);
    }
    let target_duration = segmentation::target_duration(longest);
    let (mut renditions, mut samples) = (Vec::new(), Vec::new());
    for (planned, entries) in plan.renditions.into_iter().zip(&directories) {
        let mut rendition = planned.rendition;
        rendition.segments = entries.len() as u32;
        let ends = entries.iter().map(|entry| entry.start.saturating_add(entry.duration));
        rendition.duration = ends.max().unwrap_or_default();
        rendition.bit_rates = bit_rates(entries, rendition.timescale, target_duration);
        renditions.push(rendition);
        samples.push(planned.samples);
    }
    let mut index = Index { renditions, target_duration, origin: plan.origin, parts: Vec::new() };
    if place(&mut index, &samples) > HEADER_LIMIT_BYTES {
        return Err(Error::TooLarge("it has too many tracks"));
    }
    Ok(Built { index, directories, samples })
}

/// Makes the entries of the segments of a rendition.
fn directory(planned: &PlannedRendition) -> Result<Vec<Entry>> {
    if planned.cuts.len() > SEGMENTS_LIMIT as usize {
        return Err(Error::TooLarge("it has too many segments"));
    }
    let mut entries: Vec<Entry> = Vec::with_capacity(planned.cuts.len());
    let prefix = planned.rendition.sample_prefix.len() as u64;
    let mut cuts = planned.cuts.iter().peekable();
    let mut samples = planned.samples.iter();
    for number in 0..planned.first.saturating_add(planned.count) {
        let (state, position) = (samples.state(), samples.position());
        let Some(sample) = samples.next() else { break };
        let Some(number) = number.checked_sub(planned.first) else { continue };
        if let Some(cut) = cuts.next_if(|cut| cut.sample == number) {
            // Priming of audio is before 0.
            let start = cut.time.max(0).unsigned_abs();
            entries.push(Entry { start, position, state, ..Entry::default() });
        }
        let Some(entry) = entries.last_mut() else { continue };
        entry.count += 1;
        entry.bytes += u64::from(sample.size) + prefix;
        entry.length = u32::try_from(samples.position() - entry.position).unwrap_or(u32::MAX);
        if entry.count > SEGMENT_SAMPLES_LIMIT {
            return Err(Error::TooLarge("its sync samples are too far apart"));
        }
    }
    let mut next = planned.end.max(0).unsigned_abs();
    for entry in entries.iter_mut().rev() {
        entry.duration = next.saturating_sub(entry.start);
        next = entry.start;
    }
    add_checksums(&planned.samples, &mut entries);
    Ok(entries)
}

/// Adds the checksums of the coded samples, which are in chunks.
fn add_checksums(samples: &Samples, entries: &mut [Entry]) {
    let mut chunks = samples.chunks();
    let (mut chunk, mut at): (&[u8], u64) = (&[], 0);
    for entry in entries {
        let (mut hasher, end) =
            (crc32fast::Hasher::new(), entry.position + u64::from(entry.length));
        while at < end {
            if chunk.is_empty() {
                let Some(next) = chunks.next() else { return };
                chunk = next;
            }
            let until = if at < entry.position { entry.position } else { end };
            let (part, rest) = chunk.split_at(chunk.len().min((until - at) as usize));
            if at >= entry.position {
                hasher.update(part);
            }
            at += part.len() as u64;
            chunk = rest;
        }
        entry.samples_checksum = hasher.finalize();
    }
}

/// Measures the bit rates. The peak is that of successive segments of half to one and a half target durations.
fn bit_rates(entries: &[Entry], timescale: u32, target: u32) -> BitRates {
    let size = |entry: &Entry| {
        let overhead = SEGMENT_OVERHEAD_BYTES + SAMPLE_OVERHEAD_BYTES * u64::from(entry.count);
        entry.bytes.saturating_add(overhead)
    };
    let rate = |bytes: u64, ticks: u64| {
        let bits = u128::from(bytes) * 8 * u128::from(timescale);
        u64::try_from(bits.div_ceil(u128::from(ticks.max(1)))).unwrap_or(u64::MAX)
    };
    let target = u64::from(target) * u64::from(timescale);
    let (shortest, longest) = (target / 2, target.saturating_add(target / 2));
    let mut peak = 0;
    for start in 0..entries.len() {
        let (mut bytes, mut ticks) = (0_u64, 0_u64);
        for entry in entries[start..].iter().take(PEAK_SEGMENTS_LIMIT) {
            bytes = bytes.saturating_add(size(entry));
            ticks = ticks.saturating_add(entry.duration.max(1));
            if ticks > longest {
                break;
            }
            if ticks >= shortest {
                peak = peak.max(rate(bytes, ticks));
            }
        }
    }
    let bytes = entries.iter().map(size).fold(0, u64::saturating_add);
    let ticks = entries.iter().map(|entry| entry.duration).fold(0, u64::saturating_add);
    let average = rate(bytes, ticks);
    BitRates { peak: peak.max(average), average }
}

/// Calculates where the directories and the samples are, and returns the length of the header.
fn place(index: &mut Index, samples: &[Samples]) -> usize {
    index.parts = vec![Part::default(); index.renditions.len()];
    let length = header::encode(index).len();
    let mut at = (HEAD_BYTES + length) as u64;
    for ((part, rendition), samples) in index.parts.iter_mut().zip(&index.renditions).zip(samples) {
        part.directory = at;
        part.samples = at + u64::from(rendition.segments) * Entry::BYTES as u64;
        at = part.samples + samples.chunks().map(|chunk| chunk.len() as u64).sum::<u64>();
    }
    length
}

/// Writes an index.
pub fn write(built: &Built, to: &mut dyn Write) -> std::io::Result<()> {
    let header = header::encode(&built.index);
    to.write_all(MAGIC)?;
    for value in [VERSION, header.len() as u32, crc32fast::hash(&header)] {
        to.write_all(&value.to_be_bytes())?;
    }
    to.write_all(&header)?;
    for (entries, samples) in built.directories.iter().zip(&built.samples) {
        let mut directory = Vec::with_capacity(entries.len() * Entry::BYTES);
        entries.iter().for_each(|entry| entry.encode(&mut directory));
        to.write_all(&directory)?;
        for chunk in samples.chunks() {
            to.write_all(chunk)?;
        }
    }
    Ok(())
}
