//! Samples of the subtitle tracks of containers.

mod tx3g;
mod wvtt;

use crate::ass::{self, Header};
use crate::cue::{Cue, CueId, TIME_LIMIT_MS};
use crate::settings::Settings;
use crate::text::{CueText, Node};
use crate::{Error, Result, subrip, webvtt};

/// The most bytes of a sample.
pub const SAMPLE_LIMIT_BYTES: usize = 64 << 10;
/// The most bytes of the configuration of a track that are read.
const CONFIGURATION_LIMIT_BYTES: usize = 1 << 20;

/// The form of the samples of a track.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TrackFormat {
    /// 3GPP timed text in MP4 (TS 26.245), which has the sample entry `tx3g`.
    Tx3g,
    /// WebVTT in MP4 (ISO/IEC 14496-30), which has the sample entry `wvtt`.
    Wvtt,
    /// SubRip in Matroska: the text without times.
    SubRip,
    /// SubStation Alpha v4 in Matroska: an event without times.
    Ssa,
    /// SubStation Alpha v4+ in Matroska: an event without times.
    Ass,
    /// WebVTT in Matroska: the text, whose time stamps count from the start of the block.
    MatroskaWebVtt,
    /// WebVTT in early WebM: the identifier, the settings and the text, each on lines of their own.
    WebmWebVtt,
}

impl TrackFormat {
    /// Recognizes a codec of Matroska by its identifier. `None` for pictures and other formats.
    pub fn from_matroska(codec_id: &str) -> Option<Self> {
        Some(match codec_id {
            "S_TEXT/UTF8" | "S_TEXT/ASCII" => Self::SubRip,
            "S_TEXT/SSA" | "S_SSA" => Self::Ssa,
            "S_TEXT/ASS" | "S_ASS" => Self::Ass,
            "S_TEXT/WEBVTT" => Self::MatroskaWebVtt,
            "D_WEBVTT/SUBTITLES" | "D_WEBVTT/CAPTIONS" | "D_WEBVTT/DESCRIPTIONS" => {
                Self::WebmWebVtt
            }
            _ => return None,
        })
    }

    /// Recognizes a sample entry of MP4 by its type. `None` for pictures and other formats.
    pub fn from_mp4(sample_entry: [u8; 4]) -> Option<Self> {
        match &sample_entry {
            b"tx3g" => Some(Self::Tx3g),
            b"wvtt" => Some(Self::Wvtt),
            _ => None,
        }
    }
}

/// Converts the samples of one track to cues.
///
/// MP4 splits cues where others start or end; [`cue::merge`](crate::cue::merge) joins them.
#[derive(Debug)]
pub struct TrackConverter {
    format: TrackFormat,
    /// The styles of SubStation Alpha.
    header: Header,
    /// The style of texts of `tx3g` that have none of their own.
    face: u8,
}

impl TrackConverter {
    /// Creates a converter. `configuration` is the `CodecPrivate` of a track of Matroska, or what follows the fields that all sample
    /// entries have (`reserved` and `data_reference_index`) in that of MP4. If it is empty or not valid, defaults apply.
    pub fn new(format: TrackFormat, configuration: &[u8]) -> Self {
        let configuration = configuration.get(..CONFIGURATION_LIMIT_BYTES).unwrap_or(configuration);
        let (mut header, mut face) = (Header::default(), 0);
        match format {
            TrackFormat::Ssa | TrackFormat::Ass => header = Header::parse(&decode(configuration)),
            TrackFormat::Tx3g => face = tx3g::default_face(configuration),
            _ => {}
        }
        Self { format, header, face }
    }

    /// Converts a sample that is shown from `start_ms` to `end_ms`, in milliseconds. There is none for a pause or a drawing, and
    /// one for most samples; `wvtt` may have several that are shown together.
    ///
    /// # Errors
    /// The sample is damaged, or has more than [`SAMPLE_LIMIT_BYTES`].
    pub fn cues(&self, start_ms: u64, end_ms: u64, sample: &[u8]) -> Result<Vec<Cue>> {
        if sample.len() > SAMPLE_LIMIT_BYTES {
            return Err(Error::Sample("it is larger than 64 KiB"));
        }
        if start_ms >= end_ms || end_ms >= TIME_LIMIT_MS {
            return Ok(Vec::new());
        }
        let mut parts = match self.format {
            TrackFormat::Wvtt => wvtt::parse(sample)?,
            TrackFormat::Tx3g => vec![Part::from(tx3g::parse(sample, self.face)?)],
            _ => vec![self.matroska(&decode(sample), start_ms)?],
        };
        parts.retain(|part| !part.text.is_empty());
        let cue = |Part { id, settings, text }: Part| Cue { start_ms, end_ms, id, settings, text };
        Ok(parts.into_iter().map(cue).collect())
    }

    fn matroska(&self, text: &str, start_ms: u64) -> Result<Part> {
        match self.format {
            TrackFormat::Ssa | TrackFormat::Ass => {
                // ReadOrder, Layer, Style, Name, MarginL, MarginR, MarginV, Effect, Text
                let mut fields = text.splitn(9, ',');
                let style = fields.nth(2).unwrap_or_default();
                let text = fields.nth(5).ok_or(Error::Sample("it has too few fields"))?;
                let (nodes, settings) =
                    ass::parse_text(text.trim_end_matches('\n'), &self.header, style);
                Ok(Part { id: None, settings, text: CueText::new(nodes) })
            }
            TrackFormat::WebmWebVtt => {
                let mut lines = text.splitn(3, '\n');
                let id = lines.next().and_then(CueId::new);
                let settings = Settings::parse(lines.next().unwrap_or_default());
                let nodes = webvtt::parse_text(lines.next().unwrap_or_default(), 0);
                Ok(Part { id, settings, text: CueText::new(nodes) })
            }
            TrackFormat::MatroskaWebVtt => {
                let offset = i64::try_from(start_ms).unwrap_or(0);
                Ok(Part::from(webvtt::parse_text(text, offset)))
            }
            _ => {
                let (nodes, settings) = subrip::parse_text(text);
                let settings = settings.unwrap_or_default();
                Ok(Part { id: None, settings, text: CueText::new(nodes) })
            }
        }
    }
}

/// A cue without its times.
struct Part {
    id: Option<CueId>,
    settings: Settings,
    text: CueText,
}

impl From<Vec<Node>> for Part {
    fn from(nodes: Vec<Node>) -> Self {
        Self { id: None, settings: Settings::default(), text: CueText::new(nodes) }
    }
}

/// Decodes UTF-8, which Matroska and MP4 prescribe, and makes all line ends LF. Padding and faults do no harm.
fn decode(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).replace("\r\n", "\n").replace('\r', "\n")
}

#[cfg(test)]
mod tests;
