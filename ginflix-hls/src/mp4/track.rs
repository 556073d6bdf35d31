//! A track box (ISO/IEC 14496-12, section 8.3).

use ginflix_api::inspection::{Track, TrackKind};
use ginflix_media::mp4::boxes::{self, BoxHeader};
use ginflix_media::source::{Source, Span, u32_at};

use super::edits::{self, EditList};
use super::fragments::Defaults;
use super::{HEADER_LIMIT_BYTES, Movie, tables};
use crate::entry;
use crate::error::{Error, Result};
use crate::rendition::{AudioFormat, VideoFormat};
use crate::sample::{Sample, SampleWriter};
use crate::track::SourceTrack;

/// The most bytes of a box that is read whole: sample entries, an edit list.
const BOX_LIMIT_BYTES: usize = 256 * 1024;

/// A track to which fragments may add samples.
#[derive(Debug, Default)]
pub struct OpenTrack {
    /// The identifier.
    pub id: u32,
    /// The samples so far.
    pub writer: SampleWriter,
    /// What samples of fragments have by default.
    pub defaults: Defaults,
    /// The decoding time of the next sample.
    pub next_time: i64,
    is_text: bool,
    track: SourceTrack,
}

impl OpenTrack {
    /// Reads a track; `None` if it is not wanted.
    pub fn read(
        source: &mut Source<'_>,
        content: Span,
        movie: &mut Movie,
        wanted: &[&Track],
    ) -> Result<Option<Self>> {
        let children = boxes::children(source, content)?;
        let Some(header) = boxes::find(&children, b"tkhd") else { return Ok(None) };
        let header = source.vec(header, HEADER_LIMIT_BYTES)?;
        let is_long = header.first() == Some(&1);
        let id = u32_at(&header, if is_long { 20 } else { 12 });
        let is_known = movie.tracks.iter().any(|track| track.id == id);
        let Some(found) = wanted.iter().find(|track| track.number == u64::from(id) && !is_known)
        else {
            return Ok(None);
        };
        let is_text = matches!(found.kind, TrackKind::Text);
        let mut track = Self { id, is_text, ..Self::default() };
        track.track.number = u64::from(id);
        if let TrackKind::Audio(audio) = &found.kind {
            track.track.audio = AudioFormat {
                channels: audio.channels,
                sample_rate: audio.sample_rate,
                is_default: found.default,
            };
        }
        let media =
            boxes::find(&children, b"mdia").ok_or(Error::Damaged("a track has no media"))?;
        track.read_media(source, media, found, movie)?;
        track.read_edits(source, &children, movie)?;
        if let TrackKind::Video(video) = &found.kind {
            track.track.video = VideoFormat {
                matrix: matrix(&header, if is_long { 52 } else { 40 }),
                ..entry::video_format(video)
            };
        }
        Ok(Some(track))
    }

    fn read_media(
        &mut self,
        source: &mut Source<'_>,
        media: Span,
        found: &Track,
        movie: &mut Movie,
    ) -> Result<()> {
        let children = boxes::children(source, media)?;
        if let Some(header) = boxes::find(&children, b"mdhd") {
            let header = source.vec(header, HEADER_LIMIT_BYTES)?;
            let at = if header.first() == Some(&1) { 20 } else { 12 };
            self.track.timescale = u32_at(&header, at);
        }
        if self.track.timescale == 0 {
            return Err(Error::Damaged("a track has no timescale"));
        }
        let children = descend(source, &children, b"minf")?;
        let children = descend(source, &children, b"stbl")?;
        let description =
            boxes::find(&children, b"stsd").ok_or(Error::Damaged("a track has no sample entry"))?;
        let description = source.vec(description, BOX_LIMIT_BYTES)?;
        let entries = description.get(8..).unwrap_or_default();
        let (kind, content) =
            boxes::in_bytes(entries).next().ok_or(Error::Damaged("a track has no sample entry"))?;
        let rebuilt = entry::from_mp4(kind, content, found)?;
        (self.track.sample_entry, self.track.codecs) = (rebuilt.bytes, rebuilt.codecs);
        movie.take(tables::count(source, &children)?)?;
        tables::read(source, &children, &mut self.writer)?;
        self.next_time = self.writer.end();
        Ok(())
    }

    fn read_edits(
        &mut self,
        source: &mut Source<'_>,
        children: &[BoxHeader],
        movie: &Movie,
    ) -> Result<()> {
        let Some(edits) = boxes::find(children, b"edts") else { return Ok(()) };
        let Some(list) = boxes::find(&boxes::children(source, edits)?, b"elst") else {
            return Ok(());
        };
        let list = source.vec(list, BOX_LIMIT_BYTES)?;
        let EditList { delay, mut edit } =
            edits::read(&list, movie.timescale, self.track.timescale)?;
        if let Some(edit) = &mut edit {
            self.track.offset = edit.start.saturating_neg();
            // The duration is that of the samples before the fragments.
            edit.end = edit.end.filter(|_| !movie.is_fragmented);
        }
        self.track.offset = self.track.offset.saturating_add(delay);
        self.track.edit = edit;
        Ok(())
    }

    /// Fills the time from the last sample to that of the next with an empty one, because a text is not shown any longer than its
    /// sample states. Other samples last until the next.
    pub fn fill_gap(&mut self, next: i64) {
        let (time, is_gap) = (self.writer.end(), self.is_text && self.writer.count() > 0);
        if let Ok(duration @ 1..) = u32::try_from(next.saturating_sub(time))
            && is_gap
        {
            self.writer.push(Sample { time, duration, ..Sample::default() });
        }
    }

    /// Returns the track with all its samples.
    pub fn finish(self) -> Result<SourceTrack> {
        Ok(SourceTrack { samples: self.writer.finish(), ..self.track })
    }
}

/// Reads the children of a child.
fn descend(
    source: &mut Source<'_>,
    children: &[BoxHeader],
    kind: &[u8; 4],
) -> Result<Vec<BoxHeader>> {
    match boxes::find(children, kind) {
        Some(content) => Ok(boxes::children(source, content)?),
        None => Ok(Vec::new()),
    }
}

/// Reads a transformation matrix.
fn matrix(header: &[u8], at: usize) -> [u32; 9] {
    let mut matrix = [0; 9];
    for (index, value) in matrix.iter_mut().enumerate() {
        *value = u32_at(header, at + 4 * index);
    }
    matrix
}
