//! A track while its frames are read.

use std::collections::VecDeque;

use ginflix_api::inspection::{Track, TrackKind};
use ginflix_media::matroska::encodings::Compression;
use ginflix_media::matroska::tracks::TrackEntry;
use ginflix_media::source::Source;

use super::blocks::{Frame, FrameSink};
use super::clock::{AudioClock, VideoClock, ticks};
use super::frames::{FrameDuration, HEAD_BYTES};
use crate::entry;
use crate::error::{Error, Result};
use crate::rendition::AudioFormat;
use crate::reorder::Reorder;
use crate::sample::{Sample, SampleWriter};
use crate::track::SourceTrack;

/// The bytes of the first frame that are read, to configure the decoder: a frame of E-AC-3 with several substreams.
const FIRST_FRAME_BYTES: usize = 8192;

/// How the times of frames are found.
#[derive(Debug)]
enum Times {
    Video {
        clock: VideoClock,
        reorder: Reorder,
        /// The frames whose decoding times are not known yet, with their presentation times as `time`.
        waiting: VecDeque<Sample>,
        /// The two latest presentation times.
        latest: [i64; 2],
    },
    Audio {
        clock: AudioClock,
        durations: FrameDuration,
        /// The duration of the frame before, for one that does not say it.
        duration: u32,
    },
}

/// A track to which clusters add frames.
#[derive(Debug)]
pub struct OpenTrack {
    number: u64,
    found: Track,
    entry: TrackEntry,
    /// The nanoseconds of a tick of the file.
    scale: u64,
    times: Times,
    writer: SampleWriter,
    first_frame: Vec<u8>,
}

impl OpenTrack {
    /// Opens a track; `None` if it is not wanted.
    pub fn new(entry: TrackEntry, wanted: &[&Track], scale: u64) -> Option<Result<Self>> {
        let found = (*wanted.iter().find(|track| track.number == entry.number)?).clone();
        if entry.encodings.is_encrypted || entry.encodings.compression != Compression::None {
            return Some(Err(Error::Unsupported("A compressed track is not packaged.")));
        }
        let times = match &found.kind {
            TrackKind::Audio(audio) => Times::Audio {
                clock: AudioClock::new(audio.sample_rate.max(1), scale),
                durations: FrameDuration::new(&found, &entry.codec_private),
                duration: 0,
            },
            TrackKind::Video(video) => Times::Video {
                clock: VideoClock::new(video, scale),
                reorder: Reorder::default(),
                waiting: VecDeque::new(),
                latest: [i64::MIN; 2],
            },
            _ => return None,
        };
        let number = entry.number;
        let (writer, first_frame) = (SampleWriter::default(), Vec::new());
        Some(Ok(Self { number, found, entry, scale, times, writer, first_frame }))
    }

    /// Adds a frame.
    fn add(&mut self, source: &mut Source<'_>, frame: Frame) -> Result<()> {
        if self.writer.count() == 0 && self.first_frame.is_empty() {
            self.first_frame = self.head(source, frame, FIRST_FRAME_BYTES)?;
        }
        let scale = i64::try_from(self.scale).unwrap_or(i64::MAX);
        let time = frame.time.map(|time| time.saturating_mul(scale));
        let needs_head =
            matches!(&self.times, Times::Audio { durations, .. } if durations.needs_head());
        let head = if needs_head { self.head(source, frame, HEAD_BYTES)? } else { Vec::new() };
        match &mut self.times {
            Times::Audio { clock, durations, duration } => {
                *duration = durations.of(&head).unwrap_or(*duration);
                let time = clock.time(time, *duration);
                self.writer.push(Sample {
                    offset: frame.offset,
                    size: frame.size,
                    time,
                    duration: *duration,
                    composition: 0,
                    is_sync: true,
                });
            }
            Times::Video { clock, reorder, waiting, latest } => {
                // Video has no lacing; a frame without a time would follow the one before.
                let time = time.map_or(latest[1], |time| clock.time(time));
                if time > latest[1] {
                    *latest = [latest[1], time];
                }
                let (offset, size, is_sync) = (frame.offset, frame.size, frame.is_key);
                waiting.push_back(Sample { offset, size, time, is_sync, ..Sample::default() });
                let decoded = reorder.push(time);
                push_decoded(&mut self.writer, waiting.front().copied(), decoded, 0);
                if decoded.is_some() {
                    waiting.pop_front();
                }
            }
        }
        Ok(())
    }

    /// Reads the start of a frame, with what was removed from it.
    fn head(&self, source: &mut Source<'_>, frame: Frame, limit: usize) -> Result<Vec<u8>> {
        let prefix = &self.entry.encodings.prefix;
        let length = (frame.size as usize).min(limit.saturating_sub(prefix.len()));
        Ok([prefix, source.bytes(frame.offset, length)?].concat())
    }

    /// Returns the track with all its samples; `None` if it has none.
    pub fn finish(mut self) -> Result<Option<SourceTrack>> {
        let mut track = SourceTrack { number: self.number, ..SourceTrack::default() };
        match &mut self.times {
            Times::Audio { clock, .. } => track.timescale = clock.timescale,
            Times::Video { clock, reorder, waiting, latest } => {
                track.timescale = clock.timescale;
                let between = clock.frame.unwrap_or(latest[1].saturating_sub(latest[0]));
                let duration = u32::try_from(between).unwrap_or_default().min(clock.timescale);
                while let Some(sample) = waiting.pop_front() {
                    push_decoded(&mut self.writer, Some(sample), reorder.pop(), duration);
                }
            }
        }
        track.samples = self.writer.finish();
        if track.samples.count() == 0 {
            return Ok(None);
        }
        let private = &self.entry.codec_private;
        let built =
            entry::from_matroska(&self.found, private, &self.entry.light, &self.first_frame)?;
        (track.sample_entry, track.codecs) = (built.bytes, built.codecs);
        let delay = i64::try_from(self.entry.codec_delay).unwrap_or(0);
        track.offset = ticks(delay.saturating_neg(), track.timescale);
        track.sample_prefix = self.entry.encodings.prefix;
        match &self.found.kind {
            TrackKind::Video(video) => track.video = entry::video_format(video),
            TrackKind::Audio(audio) => {
                track.audio = AudioFormat {
                    channels: audio.channels,
                    sample_rate: audio.sample_rate,
                    is_default: self.found.default,
                };
            }
            _ => {}
        }
        Ok(Some(track))
    }
}

impl FrameSink for OpenTrack {
    fn number(&self) -> u64 {
        self.number
    }

    fn push(&mut self, source: &mut Source<'_>, frame: Frame) -> Result<()> {
        self.add(source, frame)
    }
}

/// Adds a sample whose decoding time is known now; its `time` is that of its presentation.
fn push_decoded(
    writer: &mut SampleWriter,
    sample: Option<Sample>,
    decoded: Option<i64>,
    duration: u32,
) {
    if let (Some(sample), Some(decoded)) = (sample, decoded) {
        let between = sample.time.saturating_sub(decoded);
        let composition = between.clamp(i32::MIN.into(), i32::MAX.into()) as i32;
        writer.push(Sample { time: decoded, duration, composition, ..sample });
    }
}
