//! The sample tables (ISO/IEC 14496-12, sections 8.6 and 8.7), read entry by entry, so that an index
//! of any size needs little memory.

use super::boxes::{self, BoxHeader};
use super::movie::add_to_second;
use crate::source::{Result, Source, Span, TableReader};

/// A table box: where its entries are, and how many it claims to have.
#[derive(Debug, Clone, Copy, Default)]
pub struct Table {
    start: u64,
    end: u64,
    /// The number of entries that the box states.
    pub count: u32,
}

impl Table {
    fn read(
        source: &mut Source<'_>,
        children: &[BoxHeader],
        kind: &[u8; 4],
        entry: u64,
    ) -> Result<Option<Self>> {
        let Some(content) = boxes::find(children, kind).filter(|content| content.len() >= 8) else {
            return Ok(None);
        };
        let count = u32::from_be_bytes(source.array(content.start + 4)?);
        let start = content.start + 8;
        let end = content.end.min(start.saturating_add(u64::from(count) * entry));
        Ok(Some(Self { start, end, count }))
    }

    fn reader(self) -> TableReader {
        TableReader::new(Span { start: self.start, end: self.end })
    }
}

/// The sample tables of a track.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tables {
    /// `stts`: the durations of samples, by runs.
    times: Option<Table>,
    /// `stsz`: the sizes of samples.
    sizes: Option<Table>,
    /// The size of each sample if all have the same.
    constant_size: u32,
    /// `stsc`: the samples of each chunk, by runs.
    chunks: Option<Table>,
    /// `stco` or `co64`: the offsets of chunks.
    offsets: Option<Table>,
    is_64_bit: bool,
}

/// The samples of a track, summed up.
#[derive(Debug, Clone, Default)]
pub struct SampleStatistics {
    /// The number of samples.
    pub count: u64,
    /// The duration of all samples in ticks.
    pub ticks: u64,
    /// The size of all samples in bytes.
    pub bytes: u64,
    /// The most bytes in a second.
    pub peak_bytes: u64,
    /// The shortest and the longest duration of a sample in ticks; the last one does not count.
    pub min_delta: u32,
    /// See `min_delta`.
    pub max_delta: u32,
    second: u64,
    second_bytes: u64,
}

impl SampleStatistics {
    /// Adds a run of samples of the same duration to the durations.
    pub fn add_run(&mut self, count: u64, delta: u32, is_last: bool) {
        self.ticks = self.ticks.saturating_add(count.saturating_mul(u64::from(delta)));
        if is_last && count <= 1 && self.max_delta > 0 {
            return; // the last sample may be shown for any time
        }
        self.min_delta = if self.max_delta == 0 { delta } else { self.min_delta.min(delta) };
        self.max_delta = self.max_delta.max(delta);
    }

    /// Adds samples that start in this second, with this size in all.
    pub fn add_samples(&mut self, second: u64, count: u64, bytes: u64) {
        self.count = self.count.saturating_add(count);
        self.bytes = self.bytes.saturating_add(bytes);
        if second != self.second {
            (self.second, self.second_bytes) = (second, 0);
        }
        self.second_bytes = self.second_bytes.saturating_add(bytes);
        self.peak_bytes = self.peak_bytes.max(self.second_bytes);
    }

    /// Returns whether all samples have the same duration, but for rounding to ticks; `None`
    /// without samples.
    pub fn is_constant(&self) -> Option<bool> {
        let rounding = u32::from(self.min_delta >= 10);
        (self.count > 1).then_some(self.max_delta - self.min_delta <= rounding)
    }
}

impl Tables {
    /// Finds the tables among the children of the sample table box.
    pub fn find(source: &mut Source<'_>, children: &[BoxHeader]) -> Result<Self> {
        let mut tables = Self {
            times: Table::read(source, children, b"stts", 8)?,
            chunks: Table::read(source, children, b"stsc", 12)?,
            offsets: Table::read(source, children, b"stco", 4)?,
            ..Self::default()
        };
        if let Some(content) = boxes::find(children, b"stsz").filter(|content| content.len() >= 12)
        {
            tables.constant_size = u32::from_be_bytes(source.array(content.start + 4)?);
            let count = u32::from_be_bytes(source.array(content.start + 8)?);
            let start = content.start + 12;
            let end = content.end.min(start.saturating_add(u64::from(count) * 4));
            tables.sizes = Some(Table { start, end, count });
        }
        if tables.offsets.is_none() {
            tables.offsets = Table::read(source, children, b"co64", 8)?;
            tables.is_64_bit = true;
        }
        Ok(tables)
    }

    /// Sums up all samples, and adds their sizes to the `seconds` of their times.
    pub fn statistics(
        &self,
        source: &mut Source<'_>,
        timescale: u32,
        seconds: &mut Vec<u64>,
    ) -> Result<SampleStatistics> {
        let mut found = SampleStatistics::default();
        let (Some(times), Some(sizes)) = (self.times, self.sizes) else { return Ok(found) };
        if self.constant_size > 0 {
            self.add_equal_samples(source, times, sizes, timescale, &mut found)?;
            return Ok(found);
        }
        let timescale = u64::from(timescale.max(1));
        let (mut times, mut sizes) = (times.reader(), sizes.reader());
        let (mut left, mut delta, mut time) = (0_u32, 0_u32, 0_u64);
        let mut run = 0_u64;
        while let Some(size) = sizes.next::<4>(source)? {
            if left == 0
                && let Some(entry) = times.next::<8>(source)?
            {
                found.add_run(run, delta, false);
                run = 0;
                left = u32::from_be_bytes([entry[0], entry[1], entry[2], entry[3]]);
                delta = u32::from_be_bytes([entry[4], entry[5], entry[6], entry[7]]);
            }
            let (size, second) = (u64::from(u32::from_be_bytes(size)), time / timescale);
            found.add_samples(second, 1, size);
            add_to_second(seconds, second, size);
            time = time.saturating_add(u64::from(delta));
            left = left.saturating_sub(1);
            run += 1;
        }
        found.add_run(run, delta, true);
        Ok(found)
    }

    /// Sums up samples of equal size by the runs of their durations, of which there may be billions
    /// of samples in a few entries.
    fn add_equal_samples(
        &self,
        source: &mut Source<'_>,
        times: Table,
        sizes: Table,
        timescale: u32,
        found: &mut SampleStatistics,
    ) -> Result<()> {
        let (mut times, mut left) = (times.reader(), u64::from(sizes.count));
        while let Some(entry) = times.next::<8>(source)? {
            let count = u32::from_be_bytes([entry[0], entry[1], entry[2], entry[3]]);
            let delta = u32::from_be_bytes([entry[4], entry[5], entry[6], entry[7]]);
            let count = u64::from(count).min(left);
            left -= count;
            found.add_run(count, delta, left == 0);
        }
        found.count = u64::from(sizes.count);
        found.bytes = found.count.saturating_mul(u64::from(self.constant_size));
        let a_second = u64::from(timescale) / u64::from(found.min_delta.max(1));
        found.peak_bytes = a_second.saturating_mul(u64::from(self.constant_size)).min(found.bytes);
        Ok(())
    }

    /// Returns the offset after the last sample of the chunk with the highest offset.
    pub fn samples_end(&self, source: &mut Source<'_>) -> Result<u64> {
        let Some(last) = self.last_chunk(source)? else { return Ok(0) };
        let (Some(chunks), Some(sizes)) = (self.chunks, self.sizes) else { return Ok(last.offset) };
        let (first, length) = samples_of_chunk(source, chunks, last.index)?;
        if self.constant_size > 0 {
            return Ok(last
                .offset
                .saturating_add(length.saturating_mul(u64::from(self.constant_size))));
        }
        let start = sizes.start.saturating_add(first.saturating_mul(4)).min(sizes.end);
        let end = start.saturating_add(length.saturating_mul(4)).min(sizes.end);
        let (mut reader, mut bytes) = (TableReader::new(Span { start, end }), 0_u64);
        while let Some(size) = reader.next::<4>(source)? {
            bytes = bytes.saturating_add(u64::from(u32::from_be_bytes(size)));
        }
        Ok(last.offset.saturating_add(bytes))
    }

    /// Returns the chunk with the highest offset.
    fn last_chunk(&self, source: &mut Source<'_>) -> Result<Option<Chunk>> {
        let Some(offsets) = self.offsets else { return Ok(None) };
        let (mut reader, mut last, mut index) = (offsets.reader(), None, 0);
        while let Some(offset) = self.next_offset(&mut reader, source)? {
            if last.is_none_or(|last: Chunk| offset >= last.offset) {
                last = Some(Chunk { index, offset });
            }
            index += 1;
        }
        Ok(last)
    }

    fn next_offset(
        &self,
        reader: &mut TableReader,
        source: &mut Source<'_>,
    ) -> Result<Option<u64>> {
        if self.is_64_bit {
            return Ok(reader.next::<8>(source)?.map(u64::from_be_bytes));
        }
        Ok(reader.next::<4>(source)?.map(|offset| u64::from(u32::from_be_bytes(offset))))
    }

    /// Returns the first `limit` samples: time in ticks, offset and size.
    pub fn samples(&self, source: &mut Source<'_>, limit: usize) -> Result<Vec<Sample>> {
        let mut samples: Vec<Sample> = Vec::new();
        let (Some(times), Some(sizes)) = (self.times, self.sizes) else { return Ok(samples) };
        let (Some(chunks), Some(offsets)) = (self.chunks, self.offsets) else { return Ok(samples) };
        let (mut offset_reader, mut chunk_index) = (offsets.reader(), 0);
        let (mut times, mut sizes) = (times.reader(), sizes.reader());
        let (mut left, mut delta, mut time) = (0_u32, 0_u32, 0_u64);
        while let Some(mut offset) = self.next_offset(&mut offset_reader, source)? {
            if chunk_index >= limit as u64 {
                break; // a chunk without samples is not legal
            }
            let (_, length) = samples_of_chunk(source, chunks, chunk_index)?;
            chunk_index += 1;
            for _ in 0..length {
                if samples.len() >= limit {
                    return Ok(samples);
                }
                let size = match self.constant_size {
                    0 => sizes.next::<4>(source)?.map(u32::from_be_bytes),
                    size => Some(size),
                };
                let Some(size) = size else { return Ok(samples) };
                if left == 0
                    && let Some(entry) = times.next::<8>(source)?
                {
                    left = u32::from_be_bytes([entry[0], entry[1], entry[2], entry[3]]);
                    delta = u32::from_be_bytes([entry[4], entry[5], entry[6], entry[7]]);
                }
                samples.push(Sample { time, offset, size });
                offset = offset.saturating_add(u64::from(size));
                time = time.saturating_add(u64::from(delta));
                left = left.saturating_sub(1);
            }
        }
        Ok(samples)
    }
}

/// A chunk: its number from 0, and where it is.
#[derive(Clone, Copy)]
struct Chunk {
    index: u64,
    offset: u64,
}

/// A sample: its time in ticks, where it is, and its size in bytes.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    /// The decoding time in ticks.
    pub time: u64,
    /// The offset in the file.
    pub offset: u64,
    /// The size in bytes.
    pub size: u32,
}

/// Returns the number of the first sample of a chunk, and how many it has.
fn samples_of_chunk(source: &mut Source<'_>, chunks: Table, wanted: u64) -> Result<(u64, u64)> {
    let mut reader = chunks.reader();
    let (mut first_sample, mut first_chunk, mut length) = (0_u64, 0_u64, 0_u64);
    while let Some(entry) = reader.next::<12>(source)? {
        let run = u64::from(u32::from_be_bytes([entry[0], entry[1], entry[2], entry[3]]))
            .saturating_sub(1);
        if run > wanted {
            break;
        }
        let chunks = run.saturating_sub(first_chunk);
        first_sample = first_sample.saturating_add(chunks.saturating_mul(length));
        first_chunk = run;
        length = u64::from(u32::from_be_bytes([entry[4], entry[5], entry[6], entry[7]]));
    }
    let before = (wanted - first_chunk.min(wanted)).saturating_mul(length);
    Ok((first_sample.saturating_add(before), length))
}
