//! The sample tables (ISO/IEC 14496-12, sections 8.6 and 8.7), read side by side from the first sample to the last.

use ginflix_media::mp4::boxes::{self, BoxHeader};
use ginflix_media::source::{Source, Span, TableReader, u32_at};

use crate::error::{Error, Result};
use crate::sample::{Sample, SampleWriter};

/// A table box: where its entries are, and how many it claims to have.
#[derive(Debug, Clone, Copy)]
struct Table {
    span: Span,
    count: u32,
}

impl Table {
    /// Finds a table whose entries have this many bytes, after `skipped` bytes and the count.
    fn find(
        source: &mut Source<'_>,
        children: &[BoxHeader],
        kind: &[u8; 4],
        entry_bytes: u64,
        skipped: u64,
    ) -> Result<Option<Self>> {
        let minimum = 8 + skipped;
        let Some(content) = boxes::find(children, kind).filter(|c| c.len() >= minimum) else {
            return Ok(None);
        };
        let count = u32::from_be_bytes(source.array(content.start + 4 + skipped)?);
        let start = content.start + minimum;
        let end = content.end.min(start.saturating_add(u64::from(count) * entry_bytes));
        Ok(Some(Self { span: Span { start, end }, count }))
    }
}

/// Values in runs: `stts` and `ctts`. After the last run, its value goes on.
struct Runs {
    table: Option<TableReader>,
    left: u32,
    value: u32,
}

impl Runs {
    fn new(table: Option<Table>) -> Self {
        Self { table: table.map(|table| TableReader::new(table.span)), left: 0, value: 0 }
    }

    fn next(&mut self, source: &mut Source<'_>) -> Result<u32> {
        // A run may be empty.
        while self.left == 0 {
            let Some(table) = &mut self.table else { return Ok(self.value) };
            let Some(entry) = table.next::<8>(source)? else {
                self.table = None;
                return Ok(self.value);
            };
            (self.left, self.value) = (u32_at(&entry, 0), u32_at(&entry, 4));
        }
        self.left -= 1;
        Ok(self.value)
    }
}

/// The sizes of samples: `stsz` and `stz2`.
enum Sizes {
    Same(u32),
    Words(TableReader),
    Halves(TableReader),
    Bytes(TableReader),
}

impl Sizes {
    /// Finds the sizes, and their number.
    fn find(source: &mut Source<'_>, children: &[BoxHeader]) -> Result<Option<(Self, u32)>> {
        if let Some(table) = Table::find(source, children, b"stsz", 4, 4)? {
            let same = u32::from_be_bytes(source.array(table.span.start - 8)?);
            let sizes = match same {
                0 => Self::Words(TableReader::new(table.span)),
                same => Self::Same(same),
            };
            return Ok(Some((sizes, table.count)));
        }
        let Some(table) = Table::find(source, children, b"stz2", 2, 4)? else { return Ok(None) };
        let [.., field_bits] = source.array::<4>(table.span.start - 8)?;
        match field_bits {
            16 => Ok(Some((Self::Halves(TableReader::new(table.span)), table.count))),
            8 => {
                let end = table.span.end.min(table.span.start + u64::from(table.count));
                let span = Span { end, ..table.span };
                Ok(Some((Self::Bytes(TableReader::new(span)), table.count)))
            }
            _ => Err(Error::Unsupported("Sizes of four bits are not packaged.")),
        }
    }

    fn next(&mut self, source: &mut Source<'_>) -> Result<Option<u32>> {
        Ok(match self {
            Self::Same(size) => Some(*size),
            Self::Words(table) => table.next::<4>(source)?.map(u32::from_be_bytes),
            Self::Halves(table) => table.next::<2>(source)?.map(|s| u16::from_be_bytes(s).into()),
            Self::Bytes(table) => table.next::<1>(source)?.map(|[size]| size.into()),
        })
    }
}

/// The offsets of chunks (`stco`, `co64`), and the samples of each (`stsc`).
struct Chunks {
    offsets: TableReader,
    is_64_bit: bool,
    runs: TableReader,
    /// The number of the chunk that was read last, from 1.
    number: u32,
    samples: u32,
    /// The run that follows: its first chunk, and the samples of each.
    following: Option<(u32, u32)>,
}

impl Chunks {
    fn find(source: &mut Source<'_>, children: &[BoxHeader]) -> Result<Option<Self>> {
        let Some(runs) = Table::find(source, children, b"stsc", 12, 0)? else { return Ok(None) };
        let (mut offsets, mut is_64_bit) = (Table::find(source, children, b"stco", 4, 0)?, false);
        if offsets.is_none() {
            (offsets, is_64_bit) = (Table::find(source, children, b"co64", 8, 0)?, true);
        }
        let Some(offsets) = offsets else { return Ok(None) };
        let mut chunks = Self {
            offsets: TableReader::new(offsets.span),
            is_64_bit,
            runs: TableReader::new(runs.span),
            number: 0,
            samples: 0,
            following: None,
        };
        chunks.following = chunks.next_run(source)?;
        Ok(Some(chunks))
    }

    fn next_run(&mut self, source: &mut Source<'_>) -> Result<Option<(u32, u32)>> {
        let Some(entry) = self.runs.next::<12>(source)? else { return Ok(None) };
        if u32_at(&entry, 8) != 1 {
            return Err(Error::Unsupported("A track of several sample entries is not packaged."));
        }
        Ok(Some((u32_at(&entry, 0), u32_at(&entry, 4))))
    }

    /// Returns the offset of the next chunk and its number of samples.
    fn next(&mut self, source: &mut Source<'_>) -> Result<Option<(u64, u32)>> {
        let offset = if self.is_64_bit {
            self.offsets.next::<8>(source)?.map(u64::from_be_bytes)
        } else {
            self.offsets.next::<4>(source)?.map(|offset| u32::from_be_bytes(offset).into())
        };
        let Some(offset) = offset else { return Ok(None) };
        self.number = self.number.saturating_add(1);
        while let Some((first, samples)) = self.following
            && first <= self.number
        {
            self.samples = samples;
            self.following = self.next_run(source)?;
        }
        Ok(Some((offset, self.samples)))
    }
}

/// The numbers of sync samples (`stss`). Without the table, all are.
struct SyncSamples {
    table: Option<TableReader>,
    next: u32,
    are_all: bool,
}

impl SyncSamples {
    fn find(source: &mut Source<'_>, children: &[BoxHeader]) -> Result<Self> {
        let table = Table::find(source, children, b"stss", 4, 0)?;
        let are_all = table.is_none();
        Ok(Self { table: table.map(|table| TableReader::new(table.span)), next: 0, are_all })
    }

    /// Returns whether the sample with this number, from 1, is one. The numbers must grow.
    fn contains(&mut self, source: &mut Source<'_>, number: u32) -> Result<bool> {
        while self.next < number
            && let Some(table) = &mut self.table
        {
            match table.next::<4>(source)? {
                Some(entry) => self.next = u32::from_be_bytes(entry),
                None => self.table = None,
            }
        }
        Ok(self.are_all || self.next == number)
    }
}

/// Returns the number of samples that the tables claim to have.
pub fn count(source: &mut Source<'_>, children: &[BoxHeader]) -> Result<u64> {
    Ok(Sizes::find(source, children)?.map_or(0, |(_, count)| u64::from(count)))
}

/// Adds the samples of the tables to `writer`. Those that the file does not contain are left out.
pub fn read(
    source: &mut Source<'_>,
    children: &[BoxHeader],
    writer: &mut SampleWriter,
) -> Result<()> {
    let Some((mut sizes, count)) = Sizes::find(source, children)? else { return Ok(()) };
    let Some(mut chunks) = Chunks::find(source, children)? else { return Ok(()) };
    let mut durations = Runs::new(Table::find(source, children, b"stts", 8, 0)?);
    let mut compositions = Runs::new(Table::find(source, children, b"ctts", 8, 0)?);
    let mut sync = SyncSamples::find(source, children)?;
    let (mut number, mut time) = (0_u32, 0_i64);
    while let Some((mut offset, samples)) = chunks.next(source)? {
        for _ in 0..samples {
            if number >= count {
                return Ok(());
            }
            let Some(size) = sizes.next(source)? else { return Ok(()) };
            number += 1;
            let end = offset.checked_add(u64::from(size)).filter(|end| *end <= source.size());
            let Some(end) = end else { return Ok(()) };
            let duration = durations.next(source)?;
            writer.push(Sample {
                offset,
                size,
                time,
                duration,
                // In version 0 it is unsigned, but programs wrote negative ones, and none needs more bits.
                composition: compositions.next(source)?.cast_signed(),
                is_sync: sync.contains(source, number)?,
            });
            time = time.saturating_add(i64::from(duration));
            offset = end;
        }
    }
    Ok(())
}
