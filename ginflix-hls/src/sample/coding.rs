//! The coding of one sample.

use super::Sample;
use crate::error::{Error, Result};
use crate::varint;

/// The meaning of the bits of the first byte of a sample.
mod flag {
    /// Decoding can start with the sample.
    pub const SYNC: u8 = 1;
    /// The size follows; else it is that of the sample before.
    pub const SIZE: u8 = 2;
    /// The gap follows; else it is 0.
    pub const GAP: u8 = 4;
    /// The duration follows; else it is that of the sample before.
    pub const DURATION: u8 = 8;
    /// The composition offset follows; else it is that of the sample before.
    pub const COMPOSITION: u8 = 16;
    /// The bits that have a meaning.
    pub const ALL: u8 = SYNC | SIZE | GAP | DURATION | COMPOSITION;
}

/// What the coding of a sample refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct State {
    /// The offset after the sample before.
    pub end: u64,
    /// The size of the sample before.
    pub size: u32,
    /// The duration of the sample before.
    pub duration: u32,
    /// The composition offset of the sample before.
    pub composition: i32,
    /// The decoding time of the next sample.
    pub time: i64,
}

impl State {
    /// Appends a sample.
    pub fn write(&mut self, sample: &Sample, to: &mut Vec<u8>) {
        let at = to.len();
        to.push(if sample.is_sync { flag::SYNC } else { 0 });
        let mut flags = 0;
        if sample.size != self.size {
            flags |= flag::SIZE;
            varint::write(u64::from(sample.size), to);
        }
        if sample.offset != self.end {
            flags |= flag::GAP;
            varint::write_signed(sample.offset.wrapping_sub(self.end).cast_signed(), to);
        }
        if sample.duration != self.duration {
            flags |= flag::DURATION;
            varint::write(u64::from(sample.duration), to);
        }
        if sample.composition != self.composition {
            flags |= flag::COMPOSITION;
            varint::write_signed(i64::from(sample.composition), to);
        }
        to[at] |= flags;
        self.follow(sample);
    }

    /// Reads a sample at the start of `bytes`, and removes it from them.
    ///
    /// # Errors
    /// The bytes are no sample.
    pub fn read(&mut self, bytes: &mut &[u8]) -> Result<Sample> {
        const DAMAGED: Error = Error::Index("a sample is damaged");
        let (flags, mut rest) = bytes.split_first().ok_or(DAMAGED)?;
        if flags & !flag::ALL != 0 {
            return Err(DAMAGED);
        }
        let mut sample = Sample {
            offset: self.end,
            size: self.size,
            time: self.time,
            duration: self.duration,
            composition: self.composition,
            is_sync: flags & flag::SYNC != 0,
        };
        if flags & flag::SIZE != 0 {
            let size = varint::read(&mut rest).ok_or(DAMAGED)?;
            sample.size = u32::try_from(size).map_err(|_| DAMAGED)?;
        }
        if flags & flag::GAP != 0 {
            let gap = varint::read_signed(&mut rest).ok_or(DAMAGED)?;
            sample.offset = self.end.wrapping_add_signed(gap);
        }
        if flags & flag::DURATION != 0 {
            let duration = varint::read(&mut rest).ok_or(DAMAGED)?;
            sample.duration = u32::try_from(duration).map_err(|_| DAMAGED)?;
        }
        if flags & flag::COMPOSITION != 0 {
            let composition = varint::read_signed(&mut rest).ok_or(DAMAGED)?;
            sample.composition = i32::try_from(composition).map_err(|_| DAMAGED)?;
        }
        sample.offset.checked_add(u64::from(sample.size)).ok_or(DAMAGED)?;
        sample.time.checked_add(i64::from(sample.duration)).ok_or(DAMAGED)?;
        self.follow(&sample);
        *bytes = rest;
        Ok(sample)
    }

    fn follow(&mut self, sample: &Sample) {
        self.end = sample.offset.wrapping_add(u64::from(sample.size));
        self.size = sample.size;
        self.duration = sample.duration;
        self.composition = sample.composition;
        self.time = sample.time.saturating_add(i64::from(sample.duration));
    }
}
