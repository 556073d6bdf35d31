//! Text tracks as the containers give them.

use std::cell::Cell;
use std::rc::Rc;

use ginflix_api::inspection::Track;
use ginflix_media::matroska::ebml;
use ginflix_media::matroska::encodings::Compression;
use ginflix_media::matroska::tracks::TrackEntry;
use ginflix_media::mp4::boxes;
use ginflix_media::source::Source;
use ginflix_subtitles::TrackFormat;

use super::Limits;
use crate::error::{Error, Result};
use crate::index;
use crate::matroska::{self, Frame, FrameSink, OpenTrack};
use crate::moment::rescale;
use crate::mp4 as mp4_reader;
use crate::track::SourceTrack;

/// The ticks a second of nanoseconds.
const NANOSECONDS: u32 = 1_000_000_000;
/// How long a sample of Matroska without a duration is shown at most, in nanoseconds.
const UNSTATED_DURATION: i64 = 5_000_000_000;
/// The bytes of a sample entry before what only its format has: `reserved` and `data_reference_index`.
const SAMPLE_ENTRY_BYTES: usize = 8;

/// A text track: the form of its samples, or why it cannot be read, and where they are.
#[derive(Debug)]
pub struct SourceText {
    /// The number that the container gives to the track.
    pub number: u64,
    /// How the samples are read.
    pub form: Result<SampleForm>,
    /// The samples, in the order of the file.
    pub samples: Vec<TextSample>,
}

/// How the samples of a track are read.
#[derive(Debug)]
pub struct SampleForm {
    /// The format.
    pub format: TrackFormat,
    /// The configuration of the track.
    pub configuration: Vec<u8>,
    /// What the file lacks at the start of each sample.
    pub prefix: Vec<u8>,
    /// Whether each sample is a stream of zlib.
    pub is_zlib: bool,
}

/// A sample of a text track. Times are nanoseconds of the file, after its edit list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextSample {
    /// The offset in the file.
    pub offset: u64,
    /// The size in bytes.
    pub size: u32,
    /// When it appears.
    pub start: i64,
    /// When it disappears.
    pub end: i64,
}

/// Recognizes the format of a sample entry. QuickTime's `text` has the samples of `tx3g`, but another sample entry.
pub fn mp4_format(sample_entry: [u8; 4]) -> Option<TrackFormat> {
    match &sample_entry {
        b"text" => Some(TrackFormat::Tx3g),
        _ => TrackFormat::from_mp4(sample_entry),
    }
}

/// Reads the text tracks of MP4 and QuickTime.
pub fn mp4(source: &mut Source<'_>, wanted: &[&Track], limits: &Limits) -> Result<Vec<SourceText>> {
    let limits = index::Limits { samples: limits.samples, budget: limits.budget };
    match mp4_reader::read(source, wanted, &limits) {
        Ok(tracks) => Ok(tracks.into_iter().map(from_mp4).collect()),
        Err(Error::Io(error)) => Err(Error::Io(error)),
        // One of them is damaged; each is read without the others.
        Err(_) => wanted.iter().map(|track| mp4_alone(source, track, &limits)).collect(),
    }
}

fn mp4_alone(
    source: &mut Source<'_>,
    wanted: &Track,
    limits: &index::Limits,
) -> Result<SourceText> {
    let number = wanted.number;
    let failed = |reason| SourceText { number, form: Err(reason), samples: Vec::new() };
    match mp4_reader::read(source, &[wanted], limits) {
        Ok(tracks) => {
            let missing = || failed(Error::Damaged("a text track is not found again"));
            Ok(tracks.into_iter().next().map_or_else(missing, from_mp4))
        }
        Err(Error::Io(error)) => Err(Error::Io(error)),
        Err(reason) => Ok(failed(reason)),
    }
}

fn from_mp4(track: SourceTrack) -> SourceText {
    let nanoseconds = |ticks| rescale(ticks, track.timescale, NANOSECONDS);
    let (from, until) = match track.edit {
        Some(edit) => (edit.start, edit.end.unwrap_or(i64::MAX)),
        None => (i64::MIN, i64::MAX),
    };
    let samples = track.samples.iter().filter(|sample| sample.size > 0).filter_map(|sample| {
        let start = sample.presentation();
        let end = start.saturating_add(i64::from(sample.duration)).min(until);
        let start = start.max(from);
        (start < end).then(|| TextSample {
            offset: sample.offset,
            size: sample.size,
            start: nanoseconds(start.saturating_add(track.offset)),
            end: nanoseconds(end.saturating_add(track.offset)),
        })
    });
    let samples = samples.collect();
    SourceText { number: track.number, form: mp4_form(&track.sample_entry), samples }
}

fn mp4_form(sample_entry: &[u8]) -> Result<SampleForm> {
    let entry = boxes::in_bytes(sample_entry).next();
    let (kind, content) = entry.ok_or(Error::Damaged("a track has no sample entry"))?;
    let format = mp4_format(kind).ok_or(Error::Unsupported("The format of a text changed."))?;
    let own = content.get(SAMPLE_ENTRY_BYTES..).filter(|_| kind != *b"text");
    let configuration = own.unwrap_or_default().to_vec();
    Ok(SampleForm { format, configuration, prefix: Vec::new(), is_zlib: false })
}

/// Reads the text tracks of Matroska and WebM. The blocks of all tracks are looked at.
pub fn matroska(
    source: &mut Source<'_>,
    wanted: &[&Track],
    samples: u64,
) -> Result<Vec<SourceText>> {
    let samples_left = Rc::new(Cell::new(samples));
    let open = |entry, scale| OpenText::open(entry, scale, wanted, &samples_left).map(Ok);
    let opened = matroska::read_frames(source, u64::MAX, open)?;
    Ok(opened.into_iter().map(|track| track.text).collect())
}

/// Reads the frames of video and audio of Matroska and WebM, as [`matroska::read`] does, and in the same pass the text tracks.
pub fn matroska_with_media(
    source: &mut Source<'_>,
    media: &[&Track],
    texts: &[&Track],
    limits: &index::Limits,
    text_samples: u64,
) -> Result<(Vec<SourceTrack>, Vec<SourceText>)> {
    let samples_left = Rc::new(Cell::new(text_samples));
    let open = |entry: TrackEntry, scale| {
        if !media.iter().any(|track| track.number == entry.number) {
            return OpenText::open(entry, scale, texts, &samples_left).map(Sink::Text).map(Ok);
        }
        let track = OpenTrack::new(entry, media, scale)?;
        Some(track.map(|track| Sink::Media(Box::new(track))))
    };
    let (mut tracks, mut found) = (Vec::new(), Vec::new());
    for sink in matroska::read_frames(source, limits.samples, open)? {
        match sink {
            Sink::Media(track) => tracks.extend(track.finish()?),
            Sink::Text(track) => found.push(track.text),
        }
    }
    Ok((tracks, found))
}

/// A track of any kind to which clusters add frames.
#[derive(Debug)]
enum Sink {
    Media(Box<OpenTrack>),
    Text(OpenText),
}

impl FrameSink for Sink {
    fn number(&self) -> u64 {
        match self {
            Self::Media(track) => track.number(),
            Self::Text(track) => track.number(),
        }
    }

    fn push(&mut self, source: &mut Source<'_>, frame: Frame) -> Result<()> {
        match self {
            Self::Media(track) => track.push(source, frame),
            Self::Text(track) => track.push(source, frame),
        }
    }
}

/// A text track to which clusters add samples.
#[derive(Debug)]
struct OpenText {
    text: SourceText,
    /// The nanoseconds of a tick.
    scale: i64,
    /// The nanoseconds by which all samples are presented earlier.
    delay: i64,
    /// Whether the end of the last sample is not stated.
    is_open: bool,
    /// The samples that all text tracks together may still have.
    samples_left: Rc<Cell<u64>>,
}

impl OpenText {
    /// Opens a track; `None` if it is not wanted.
    fn open(
        entry: TrackEntry,
        scale: u64,
        wanted: &[&Track],
        samples_left: &Rc<Cell<u64>>,
    ) -> Option<Self> {
        wanted.iter().find(|track| track.number == entry.number)?;
        let nanoseconds = |value| i64::try_from(value).unwrap_or(i64::MAX);
        let (scale, delay) = (nanoseconds(scale), nanoseconds(entry.codec_delay));
        let (number, form) = (entry.number, matroska_form(entry));
        let text = SourceText { number, form, samples: Vec::new() };
        let samples_left = Rc::clone(samples_left);
        Some(Self { text, scale, delay, is_open: false, samples_left })
    }

    /// Ends the last sample, if its end is not stated, when the next one appears. One that appears earlier or at the same time
    /// does not end it.
    fn end_last(&mut self, next: i64) {
        let last = self.text.samples.last_mut().filter(|_| self.is_open);
        if let Some(last) = last.filter(|last| next > last.start) {
            last.end = last.end.min(next);
        }
    }
}

impl FrameSink for OpenText {
    fn number(&self) -> u64 {
        self.text.number
    }

    fn push(&mut self, source: &mut Source<'_>, frame: Frame) -> Result<()> {
        // Texts are not laced: each needs a time.
        let Some(time) = frame.time.filter(|_| self.text.form.is_ok()) else { return Ok(()) };
        let Some(left) = self.samples_left.get().checked_sub(1) else {
            self.text.form = Err(Error::TooLarge("a text track has too many samples"));
            return Ok(());
        };
        self.samples_left.set(left);
        let start = time.saturating_mul(self.scale).saturating_sub(self.delay);
        self.end_last(start);
        let stated = match &frame.duration {
            Some(element) => ebml::unsigned(source, element)?,
            None => 0,
        };
        self.is_open = stated == 0;
        let duration = match i64::try_from(stated).unwrap_or(i64::MAX) {
            0 => UNSTATED_DURATION,
            ticks => ticks.saturating_mul(self.scale),
        };
        let end = start.saturating_add(duration);
        self.text.samples.push(TextSample { offset: frame.offset, size: frame.size, start, end });
        Ok(())
    }
}

fn matroska_form(entry: TrackEntry) -> Result<SampleForm> {
    let format = TrackFormat::from_matroska(&entry.codec_id)
        .ok_or(Error::Unsupported("The format of a text changed."))?;
    let encodings = entry.encodings;
    if encodings.is_encrypted {
        return Err(Error::Unsupported("An encrypted text track is not read."));
    }
    if encodings.compression == Compression::Other {
        return Err(Error::Unsupported("A text track is compressed by an unknown algorithm."));
    }
    Ok(SampleForm {
        format,
        configuration: entry.codec_private,
        prefix: encodings.prefix,
        is_zlib: encodings.compression == Compression::Zlib,
    })
}
