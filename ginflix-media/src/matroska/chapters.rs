//! Chapters (RFC 9559, section 5.1.7).

use ginflix_api::inspection::Chapter;

use super::ebml;
use crate::source::{Result, Source, Span};

/// The most chapters.
const CHAPTERS_LIMIT: usize = 1_000;

/// Reads the chapters of the first edition. Those in others, and nested ones, are other views of the
/// same content.
pub fn read(source: &mut Source<'_>, content: Span) -> Result<Vec<Chapter>> {
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
