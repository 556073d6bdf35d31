//! A track box (ISO/IEC 14496-12, section 8.3).

use ginflix_api::inspection::{self, AudioTrack, Codec, Hdr, Ratio, TrackKind, VideoTrack};

use super::boxes::{self, BoxHeader};
use super::movie::times;
use super::sample_entry::{self, SampleEntry};
use super::tables::{SampleStatistics, Tables};
use super::user_data::Kinds;
use crate::source::{Result, Source, Span, bits_a_second, u16_at, u32_at};
use crate::text;
use crate::{codec, language};

/// The most bytes of a box that is read whole: a sample entry, a name.
const BOX_LIMIT_BYTES: usize = 64 * 1024;
/// The most tracks of chapters to which a track may refer.
const CHAPTER_TRACKS_LIMIT: usize = 8;

/// A track, as the movie box and the fragments describe it.
#[derive(Debug, Default)]
pub struct Track {
    /// The identifier.
    pub id: u32,
    /// Whether players show the track by default.
    pub enabled: bool,
    /// The clockwise rotation in degrees.
    pub rotation: u16,
    /// The handler type, such as `vide`.
    pub handler: [u8; 4],
    /// The name of the handler.
    pub handler_name: Option<String>,
    /// The ticks a second.
    pub timescale: u32,
    /// The play time in ticks that the header states.
    pub duration: u64,
    /// The language (BCP 47).
    pub language: Option<String>,
    /// What the user data states.
    pub kinds: Kinds,
    /// The first sample entry.
    pub entry: SampleEntry,
    /// The identifiers of the tracks with the titles of chapters.
    pub chapter_tracks: Vec<u32>,
    /// Where the sample tables are.
    pub tables: Tables,
    /// The samples, summed up.
    pub samples: SampleStatistics,
    /// The offset after the last sample of the sample tables.
    pub samples_end: u64,
    /// The default duration of samples of fragments in ticks.
    pub default_duration: u32,
    /// The default size of samples of fragments in bytes.
    pub default_size: u32,
}

impl Track {
    /// Reads a track. `None` if it has no media. Adds the sizes of its samples to `seconds`.
    pub fn read(
        source: &mut Source<'_>,
        content: Span,
        seconds: &mut Vec<u64>,
    ) -> Result<Option<Self>> {
        let mut track = Self::default();
        let children = boxes::children(source, content)?;
        let Some(media) = boxes::find(&children, b"mdia") else { return Ok(None) };
        for child in &children {
            let span = child.content;
            match &child.kind {
                b"tkhd" => track.read_header(&source.vec(span, 128)?),
                b"tref" => track.read_references(source, span)?,
                b"udta" => track.kinds = Kinds::read(source, span)?,
                _ => {}
            }
        }
        track.read_media(source, media, seconds)?;
        Ok(Some(track))
    }

    fn read_header(&mut self, header: &[u8]) {
        self.enabled = header.get(3).is_some_and(|flags| flags & 1 != 0);
        // Version 1 has times of 64 bits.
        let (id, matrix) = if header.first() == Some(&1) { (20, 52) } else { (12, 40) };
        self.id = u32_at(header, id);
        let [a, b, c, d] =
            [0, 4, 12, 16].map(|entry| u32_at(header, matrix + entry).cast_signed().signum());
        self.rotation = match (a, b, c, d) {
            (0, 1, -1, 0) => 90,
            (-1, 0, 0, -1) => 180,
            (0, -1, 1, 0) => 270,
            _ => 0,
        };
    }

    fn read_references(&mut self, source: &mut Source<'_>, content: Span) -> Result<()> {
        let children = boxes::children(source, content)?;
        if let Some(chapters) = boxes::find(&children, b"chap") {
            let ids = source.vec(chapters, 4 * CHAPTER_TRACKS_LIMIT)?;
            self.chapter_tracks = ids.chunks_exact(4).map(|id| u32_at(id, 0)).collect();
        }
        Ok(())
    }

    fn read_media(
        &mut self,
        source: &mut Source<'_>,
        content: Span,
        seconds: &mut Vec<u64>,
    ) -> Result<()> {
        let children = boxes::children(source, content)?;
        for child in &children {
            let span = child.content;
            match &child.kind {
                b"mdhd" => self.read_media_header(&source.vec(span, 64)?),
                b"elng" => {
                    let tag = source.vec(span, 64)?;
                    let tag = tag.get(4..).and_then(text::decode);
                    self.language =
                        tag.as_deref().and_then(language::from_tag).or(self.language.take());
                }
                b"hdlr" => self.read_handler(&source.vec(span, BOX_LIMIT_BYTES)?),
                _ => {}
            }
        }
        let Some(information) = boxes::find(&children, b"minf") else { return Ok(()) };
        let children = boxes::children(source, information)?;
        let Some(table) = boxes::find(&children, b"stbl") else { return Ok(()) };
        let children = boxes::children(source, table)?;
        self.read_description(source, &children)?;
        self.tables = Tables::find(source, &children)?;
        self.samples = self.tables.statistics(source, self.timescale, seconds)?;
        self.samples_end = self.tables.samples_end(source)?;
        Ok(())
    }

    fn read_media_header(&mut self, header: &[u8]) {
        (self.timescale, self.duration) = times(header, 12);
        let packed = u16_at(header, if header.first() == Some(&1) { 32 } else { 20 });
        // Less than 0x400 is a language code of the Macintosh, which says English for "unknown".
        if packed >= 0x400 {
            let letter = |shift: u16| char::from((packed >> shift & 31) as u8 + 0x60);
            let code: String = [10, 5, 0].map(letter).iter().collect();
            self.language = language::from_iso_639_2(&code);
        }
    }

    fn read_handler(&mut self, content: &[u8]) {
        if let Some(handler) = content.get(8..).and_then(<[u8]>::first_chunk::<4>) {
            self.handler = *handler;
        }
        let name = content.get(24..).unwrap_or_default();
        // QuickTime has the length first.
        let is_counted = name.first().is_some_and(|length| usize::from(*length) + 1 == name.len());
        self.handler_name = text::decode(if is_counted { &name[1..] } else { name });
    }

    fn read_description(&mut self, source: &mut Source<'_>, children: &[BoxHeader]) -> Result<()> {
        let Some(description) = boxes::find(children, b"stsd") else { return Ok(()) };
        let content = source.vec(description, BOX_LIMIT_BYTES)?;
        let entries = content.get(8..).unwrap_or_default();
        if let Some((kind, entry)) = boxes::in_bytes(entries).next() {
            self.entry = sample_entry::read(kind, self.handler, entry);
        }
        Ok(())
    }

    /// Returns the play time in seconds.
    pub fn duration_seconds(&self) -> Option<f64> {
        let ticks = if self.samples.ticks > 0 { self.samples.ticks } else { self.duration };
        let seconds = ticks as f64 / f64::from(self.timescale);
        (seconds.is_finite() && seconds > 0.0).then_some(seconds)
    }

    /// Describes the track.
    pub fn describe(&self) -> inspection::Track {
        let seconds = self.duration_seconds();
        let entry = &self.entry;
        let kind = match &self.handler {
            b"vide" => TrackKind::Video(self.video()),
            b"soun" => TrackKind::Audio(AudioTrack {
                channels: entry.audio.channels.unwrap_or_default(),
                sample_rate: entry.audio.sample_rate.unwrap_or_default(),
            }),
            b"subt" | b"text" | b"sbtl" | b"clcp" => TrackKind::Text,
            _ => TrackKind::Other,
        };
        inspection::Track {
            number: u64::from(self.id),
            codec: entry.codec.unwrap_or(Codec::Other),
            codec_id: entry.codec_id.clone(),
            codec_string: entry.video.codec_string.clone().or(entry.audio.codec_string.clone()),
            language: self.language.clone(),
            name: self.kinds.name.clone().or_else(|| self.stated_handler_name()),
            default: self.enabled,
            forced: self.kinds.forced,
            hearing_impaired: self.kinds.hearing_impaired,
            duration_seconds: seconds,
            bit_rate: seconds.and_then(|seconds| bits_a_second(self.samples.bytes, seconds)),
            peak_bit_rate: bits_a_second(self.samples.peak_bytes, 1.0),
            kind,
        }
    }

    /// Returns the name of the handler, unless it is one that programs write by themselves.
    fn stated_handler_name(&self) -> Option<String> {
        let name = self.handler_name.as_deref()?;
        let is_generic = name.contains("Handler")
            || name.contains("Core Media")
            || name.contains("GPAC")
            || name.contains('@');
        (!is_generic).then(|| name.to_owned())
    }

    fn video(&self) -> VideoTrack {
        let entry = &self.entry;
        let (width, height) = entry.size;
        let transfer = entry.video.colour.transfer;
        VideoTrack {
            width,
            height,
            rotation: self.rotation,
            sample_aspect_ratio: entry.video.sample_aspect_ratio,
            frame_rate: self.frame_rate(),
            constant_frame_rate: self.samples.is_constant(),
            bit_depth: entry.video.bit_depth.or(entry.codec.and_then(codec::fixed_bit_depth)),
            colour: entry.video.colour,
            hdr: entry.dolby_vision.or(match transfer {
                Some(16) => Some(Hdr::Pq),
                Some(18) => Some(Hdr::Hlg),
                _ => None,
            }),
        }
    }

    fn frame_rate(&self) -> Option<Ratio> {
        let (samples, timescale) = (&self.samples, u64::from(self.timescale));
        if samples.is_constant() == Some(true) && samples.min_delta == samples.max_delta {
            return Ratio::new(timescale, u64::from(samples.max_delta));
        }
        Ratio::new(samples.count.saturating_mul(timescale), samples.ticks)
    }
}
