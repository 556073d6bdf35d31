//! Chapters, tags and attachments (RFC 9559, sections 5.1.6 to 5.1.8).

use ginflix_api::inspection::{Attachment, Chapter};

use super::ebml;
use crate::source::{Result, Source, Span, bits_a_second};

/// The most chapters, and the most attachments.
const CHAPTERS_LIMIT: usize = 1_000;
/// The most elements of one level.
const ELEMENTS_LIMIT: usize = 1_024;

/// Reads the chapters of the first edition. Those in others, and nested ones, are other views of the
/// same content.
pub fn chapters(source: &mut Source<'_>, content: Span) -> Result<Vec<Chapter>> {
    let editions = ebml::children(source, content, 16)?;
    let Some(edition) = editions.iter().find(|edition| edition.id == 0x45B9) else {
        return Ok(Vec::new());
    };
    let mut chapters = Vec::new();
    for atom in ebml::children(source, edition.content, CHAPTERS_LIMIT + 16)? {
        if atom.id == 0xB6 && chapters.len() < CHAPTERS_LIMIT {
            chapters.extend(chapter(source, atom.content)?);
        }
    }
    Ok(chapters)
}

/// Reads a chapter; `None` if it is hidden or disabled.
fn chapter(source: &mut Source<'_>, content: Span) -> Result<Option<Chapter>> {
    let (mut start, mut title, mut is_shown) = (0, None, true);
    for element in ebml::children(source, content, 64)? {
        match element.id {
            0x91 => start = ebml::unsigned(source, &element)?,
            0x98 => is_shown &= ebml::unsigned(source, &element)? == 0,
            0x4598 => is_shown &= ebml::unsigned(source, &element)? != 0,
            0x80 if title.is_none() => {
                for display in ebml::children(source, element.content, 16)? {
                    if display.id == 0x85 {
                        title = ebml::text(source, &display)?;
                    }
                }
            }
            _ => {}
        }
    }
    let chapter = Chapter { start_seconds: start as f64 / 1e9, title: title.unwrap_or_default() };
    Ok(is_shown.then_some(chapter))
}

/// The statistics of a track, which mkvmerge writes as tags.
#[derive(Debug, Default)]
pub struct Tags {
    /// The identifier of the track.
    pub track_uid: u64,
    /// The average bit rate.
    pub bit_rate: Option<u64>,
    /// The number of frames.
    pub frames: Option<u64>,
    /// The play time.
    pub duration_seconds: Option<f64>,
    bytes: Option<u64>,
}

/// Reads the statistics among the tags.
pub fn tags(source: &mut Source<'_>, content: Span) -> Result<Vec<Tags>> {
    let mut all = Vec::new();
    for tag in ebml::children(source, content, ELEMENTS_LIMIT)? {
        let mut tags = Tags::default();
        for element in ebml::children(source, tag.content, ELEMENTS_LIMIT)? {
            match element.id {
                0x63C0 => {
                    for target in ebml::children(source, element.content, 64)? {
                        if target.id == 0x63C5 {
                            tags.track_uid = ebml::unsigned(source, &target)?;
                        }
                    }
                }
                0x67C8 => tags.read(source, element.content)?,
                _ => {}
            }
        }
        if let (None, Some(bytes), Some(seconds)) =
            (tags.bit_rate, tags.bytes, tags.duration_seconds)
        {
            tags.bit_rate = bits_a_second(bytes, seconds);
        }
        if tags.track_uid != 0 {
            all.push(tags);
        }
    }
    Ok(all)
}

impl Tags {
    fn read(&mut self, source: &mut Source<'_>, simple: Span) -> Result<()> {
        let (mut name, mut value) = (None, None);
        for element in ebml::children(source, simple, 16)? {
            match element.id {
                0x45A3 => name = ebml::text(source, &element)?,
                0x4487 => value = ebml::text(source, &element)?,
                _ => {}
            }
        }
        let (Some(name), Some(value)) = (name, value) else { return Ok(()) };
        // mkvmerge adds the language of the track to the names.
        match name.split('-').next().unwrap_or_default() {
            "BPS" => self.bit_rate = value.parse().ok(),
            "NUMBER_OF_FRAMES" => self.frames = value.parse().ok(),
            "NUMBER_OF_BYTES" => self.bytes = value.parse().ok(),
            "DURATION" => self.duration_seconds = seconds(&value),
            _ => {}
        }
        Ok(())
    }
}

/// Parses `HH:MM:SS.fraction`.
fn seconds(text: &str) -> Option<f64> {
    let mut parts = text.trim().split(':');
    let (hours, minutes, seconds) = (parts.next()?, parts.next()?, parts.next()?);
    let total = hours.parse::<f64>().ok()? * 3600.0
        + minutes.parse::<f64>().ok()? * 60.0
        + seconds.parse::<f64>().ok()?;
    (total.is_finite() && total > 0.0).then_some(total)
}

/// Reads the names of attachments, and where their content is.
pub fn attachments(source: &mut Source<'_>, content: Span) -> Result<Vec<Attachment>> {
    let mut attachments = Vec::new();
    for file in ebml::children(source, content, CHAPTERS_LIMIT)? {
        if file.id != 0x61A7 {
            continue;
        }
        let mut attachment =
            Attachment { name: String::new(), media_type: String::new(), size_bytes: 0 };
        for element in ebml::children(source, file.content, 16)? {
            match element.id {
                0x466E => attachment.name = ebml::text(source, &element)?.unwrap_or_default(),
                0x4660 => attachment.media_type = ebml::text(source, &element)?.unwrap_or_default(),
                0x465C => attachment.size_bytes = element.content.len(),
                _ => {}
            }
        }
        attachments.push(attachment);
    }
    Ok(attachments)
}
