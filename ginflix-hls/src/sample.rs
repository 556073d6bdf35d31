//! Samples, and their compact form: each is coded by its difference from the one before.
//!
//! A sample is a byte of flags ([`State`]) and the fields that the flags announce, as variable-length
//! integers: the size, the gap between the end of the sample before and this one, the duration, and the composition
//! offset. A frame of audio that follows the one before takes three bytes.

mod coding;

pub use self::coding::State;
use crate::varint;

/// The bytes of a chunk of samples in memory.
const CHUNK_BYTES: usize = 64 * 1024;
/// The most bytes that one sample takes: the flags and four integers.
const SAMPLE_LIMIT_BYTES: usize = 1 + 4 * varint::LIMIT_BYTES;

/// A sample, which is what ISO/IEC 14496-12 calls the data of one time stamp: a frame of video or of audio.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sample {
    /// The offset in the source file.
    pub offset: u64,
    /// The size in the source file in bytes.
    pub size: u32,
    /// The decoding time in ticks of the track.
    pub time: i64,
    /// The time until the next sample is decoded, in ticks.
    pub duration: u32,
    /// The presentation time minus the decoding time, in ticks.
    pub composition: i32,
    /// Whether decoding can start with the sample.
    pub is_sync: bool,
}

impl Sample {
    /// Returns the presentation time in ticks, before the shift of the track.
    pub fn presentation(&self) -> i64 {
        self.time.saturating_add(i64::from(self.composition))
    }
}

/// Codes samples one after the other.
#[derive(Debug, Default)]
pub struct SampleWriter {
    chunks: Vec<Vec<u8>>,
    state: State,
    /// The sample that was added last: its duration is known when the next one is added.
    last: Option<Sample>,
    first_time: i64,
    count: u64,
    lowest_composition: i32,
}

impl SampleWriter {
    /// Returns the number of samples.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Returns the decoding time at which the last sample ends; 0 without samples.
    pub fn end(&self) -> i64 {
        self.last.map_or(0, |last| last.time.saturating_add(i64::from(last.duration)))
    }

    /// Adds a sample. The duration of the one before becomes the difference of their times; a time before that of the
    /// one before becomes equal to it.
    pub fn push(&mut self, mut sample: Sample) {
        match self.last {
            None => (self.first_time, self.state.time) = (sample.time, sample.time),
            Some(mut last) => {
                let between = sample.time.saturating_sub(last.time);
                last.duration = between.clamp(0, i64::from(u32::MAX)) as u32;
                let time = last.time.saturating_add(i64::from(last.duration));
                // The presentation stays as the file states it.
                let presentation = sample.presentation();
                sample.composition = i32_of(presentation.saturating_sub(time));
                sample.time = time;
                self.write(&last);
            }
        }
        self.lowest_composition = self.lowest_composition.min(sample.composition);
        self.count += 1;
        self.last = Some(sample);
    }

    /// Returns the coded samples.
    pub fn finish(mut self) -> Samples {
        if let Some(last) = self.last.take() {
            self.write(&last);
        }
        Samples {
            chunks: self.chunks,
            first_time: self.first_time,
            count: self.count,
            lowest_composition: self.lowest_composition,
        }
    }

    fn write(&mut self, sample: &Sample) {
        let has_room = |chunk: &Vec<u8>| chunk.len() + SAMPLE_LIMIT_BYTES <= CHUNK_BYTES;
        if !self.chunks.last().is_some_and(has_room) {
            if let Some(chunk) = self.chunks.last_mut() {
                chunk.shrink_to_fit();
            }
            self.chunks.push(Vec::new());
        }
        if let Some(chunk) = self.chunks.last_mut() {
            self.state.write(sample, chunk);
        }
    }
}

fn i32_of(value: i64) -> i32 {
    value.clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32
}

/// Coded samples of a track.
#[derive(Debug, Default)]
pub struct Samples {
    chunks: Vec<Vec<u8>>,
    first_time: i64,
    count: u64,
    lowest_composition: i32,
}

impl Samples {
    /// Returns the number of samples.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Returns the decoding time of the first sample in ticks.
    pub fn first_time(&self) -> i64 {
        self.first_time
    }

    /// Returns the lowest composition offset, or 0 if all are positive.
    pub fn lowest_composition(&self) -> i32 {
        self.lowest_composition
    }

    /// Returns the coded bytes.
    pub fn chunks(&self) -> impl Iterator<Item = &[u8]> {
        self.chunks.iter().map(Vec::as_slice)
    }

    /// Iterates over the samples.
    pub fn iter(&self) -> SamplesIter<'_> {
        let state = State { time: self.first_time, ..State::default() };
        SamplesIter { chunks: self.chunks.iter(), chunk: &[], state, position: 0 }
    }
}

/// Iterates over coded samples, and tells where each is.
#[derive(Debug, Clone)]
pub struct SamplesIter<'a> {
    chunks: std::slice::Iter<'a, Vec<u8>>,
    chunk: &'a [u8],
    state: State,
    position: u64,
}

impl SamplesIter<'_> {
    /// Returns what the coding of the next sample refers to.
    pub fn state(&self) -> State {
        self.state
    }

    /// Returns the number of coded bytes before the next sample.
    pub fn position(&self) -> u64 {
        self.position
    }
}

impl Iterator for SamplesIter<'_> {
    type Item = Sample;

    fn next(&mut self) -> Option<Sample> {
        if self.chunk.is_empty() {
            self.chunk = self.chunks.next()?;
        }
        let before = self.chunk.len();
        let sample = self.state.read(&mut self.chunk).ok()?;
        self.position += (before - self.chunk.len()) as u64;
        Some(sample)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn samples() -> impl Strategy<Value = Vec<Sample>> {
        let sample = (any::<u32>(), any::<u32>(), 0..5_000_u32, -2_000..2_000_i32, any::<bool>());
        proptest::collection::vec(sample, 1..200).prop_map(|list| {
            let mut time = -500;
            let mut build = |(offset, size, duration, composition, is_sync)| {
                let offset = u64::from(offset) * 1000;
                let sample = Sample { offset, size, time, duration, composition, is_sync };
                time += i64::from(duration);
                sample
            };
            list.into_iter().map(&mut build).collect()
        })
    }

    proptest! {
        #[test]
        fn samples_survive_their_coding(list in samples()) {
            let mut writer = SampleWriter::default();
            list.iter().for_each(|sample| writer.push(*sample));
            let coded = writer.finish();
            prop_assert_eq!(coded.iter().collect::<Vec<_>>(), list);
        }

        #[test]
        fn arbitrary_bytes_are_read_without_panic(bytes: Vec<u8>) {
            let (mut state, mut rest) = (State::default(), bytes.as_slice());
            while !rest.is_empty() && state.read(&mut rest).is_ok() {}
        }
    }

    #[test]
    fn a_frame_that_follows_takes_three_bytes() {
        let mut writer = SampleWriter::default();
        let mut sample = Sample { duration: 1024, is_sync: true, ..Sample::default() };
        for size in [300, 310, 320] {
            (sample.size, sample.time) = (size, sample.time + 1024);
            writer.push(sample);
            sample.offset += u64::from(size);
        }
        let coded = writer.finish();
        assert_eq!(coded.chunks().map(<[u8]>::len).sum::<usize>(), 5 + 3 + 3);
    }

    #[test]
    fn time_never_runs_backwards() {
        let mut writer = SampleWriter::default();
        for time in [100, 200, 150, 300] {
            writer.push(Sample { time, duration: 7, size: 1, ..Sample::default() });
        }
        let coded = writer.finish();
        let times: Vec<_> = coded.iter().map(|s| (s.time, s.duration, s.presentation())).collect();
        assert_eq!(times, [(100, 100, 100), (200, 0, 200), (200, 100, 150), (300, 7, 300)]);
    }
}
