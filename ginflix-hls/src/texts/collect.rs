//! Reads the samples of text tracks, and makes cues of them.

use std::io::Read;

use flate2::bufread::ZlibDecoder;
use ginflix_media::source::Source;
use ginflix_subtitles::cue::{self, CUES_LIMIT, Cue};
use ginflix_subtitles::encoding::FILE_LIMIT_BYTES;
use ginflix_subtitles::text::CueText;
use ginflix_subtitles::track::SAMPLE_LIMIT_BYTES;
use ginflix_subtitles::{TrackConverter, TrackFormat, webvtt};

use super::Limits;
use super::containers::{SampleForm, TextSample};
use crate::error::{Error, Result};

/// The most elements and time stamps of the texts of all tracks; further texts have no styles.
const NODES_LIMIT: usize = 500_000;
/// The most damaged samples of a track that is not damaged as a whole.
const DAMAGED_LIMIT: u64 = 100;
/// The nanoseconds of a millisecond.
const MILLISECOND: i64 = 1_000_000;

/// What the tracks of a file may still use up.
#[derive(Debug)]
pub struct Allowance {
    /// The nanoseconds that are subtracted from all times.
    origin: i64,
    cues: usize,
    bytes: usize,
    nodes: usize,
}

impl Allowance {
    /// Creates the allowance of a file.
    pub fn new(limits: &Limits, origin: u64) -> Self {
        let origin = i64::try_from(origin).unwrap_or(i64::MAX);
        Self { origin, cues: limits.cues, bytes: limits.bytes, nodes: NODES_LIMIT }
    }

    fn take_bytes(&mut self, bytes: usize) -> Result<()> {
        let left = self.bytes.checked_sub(bytes);
        self.bytes = left.ok_or(Error::TooLarge("it has too much text"))?;
        Ok(())
    }

    /// Returns a time in milliseconds of the presentation.
    fn milliseconds(&self, nanoseconds: i64) -> u64 {
        let since = nanoseconds.saturating_sub(self.origin).max(0);
        since.saturating_add(MILLISECOND / 2).unsigned_abs() / MILLISECOND.unsigned_abs()
    }
}

/// Returns the cues of a track, at least one, and the number of samples that are damaged.
///
/// # Errors
/// The file cannot be read, the track exceeds a limit, or it has no cue.
pub fn cues(
    source: &mut Source<'_>,
    form: SampleForm,
    samples: &[TextSample],
    allowance: &mut Allowance,
) -> Result<(Vec<Cue>, u64)> {
    const TOO_MANY: Error = Error::TooLarge("a text track has too many subtitles");
    let converter = TrackConverter::new(form.format, &form.configuration);
    let (mut cues, mut damaged_samples) = (Vec::new(), 0);
    for sample in samples {
        let (start, end) =
            (allowance.milliseconds(sample.start), allowance.milliseconds(sample.end));
        if start >= end {
            continue; // it is not shown
        }
        let found = match payload(source, &form, sample, allowance)? {
            Some(payload) => converter.cues(start, end, &payload).ok(),
            None => None,
        };
        damaged_samples += u64::from(found.is_none());
        if damaged_samples > DAMAGED_LIMIT {
            break;
        }
        for mut cue in found.into_iter().flatten() {
            if form.format != TrackFormat::MatroskaWebVtt {
                cue.text.shift(-allowance.origin / MILLISECOND); // time stamps, which count from 0
            }
            allowance.cues = allowance.cues.checked_sub(1).ok_or(TOO_MANY)?;
            cues.push(within_nodes(cue, allowance));
        }
        if cues.len() > CUES_LIMIT {
            return Err(TOO_MANY);
        }
    }
    let cues = cue::merge(cues);
    if damaged_samples > if cues.is_empty() { 0 } else { DAMAGED_LIMIT } {
        return Err(Error::Damaged("samples of a text track cannot be read"));
    }
    if cues.is_empty() {
        return Err(Error::Unsupported("The text track has no subtitles."));
    }
    let document = webvtt::document(&cues, 0).len();
    if document > FILE_LIMIT_BYTES {
        return Err(Error::TooLarge("a text track has too much text"));
    }
    allowance.take_bytes(document)?;
    Ok((cues, damaged_samples))
}

/// Removes the styles of a cue if the tracks have too many.
fn within_nodes(mut cue: Cue, allowance: &mut Allowance) -> Cue {
    match allowance.nodes.checked_sub(cue.text.node_count()) {
        Some(left) => allowance.nodes = left,
        None => cue.text = CueText::from(cue.text.plain().as_str()),
    }
    cue
}

/// Reads a sample, and puts back what was removed from it; `None` if it is damaged or too large.
fn payload(
    source: &mut Source<'_>,
    form: &SampleForm,
    sample: &TextSample,
    allowance: &mut Allowance,
) -> Result<Option<Vec<u8>>> {
    let size = sample.size as usize + form.prefix.len();
    if size > SAMPLE_LIMIT_BYTES {
        return Ok(None);
    }
    let stored = source.bytes(sample.offset, sample.size as usize)?;
    let payload = match form.is_zlib {
        true => inflate(stored),
        false => Some([&form.prefix, stored].concat()),
    };
    allowance.take_bytes(payload.as_ref().map_or(0, Vec::len))?;
    Ok(payload)
}

/// Decompresses a stream of zlib; `None` if it is damaged, or longer than a sample may be.
fn inflate(stored: &[u8]) -> Option<Vec<u8>> {
    let mut inflated = Vec::new();
    let limit = SAMPLE_LIMIT_BYTES as u64 + 1;
    ZlibDecoder::new(stored).take(limit).read_to_end(&mut inflated).ok()?;
    (inflated.len() <= SAMPLE_LIMIT_BYTES).then_some(inflated)
}
