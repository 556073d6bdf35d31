//! Matroska and WebM files (RFC 9559).

mod attachments;
mod chapters;
mod clusters;
mod codecs;
pub mod ebml;
pub mod encodings;
pub mod light;
mod seek_head;
mod segment;
pub mod statistics;
mod tags;
pub mod tracks;

use ginflix_api::inspection::{Container, Inspection, Problem};

use self::ebml::Element;
use crate::source::{Result, Source, Span};

const EBML_HEADER: u32 = 0x1A45_DFA3;
const DOC_TYPE: u32 = 0x4282;
/// The ID of a segment.
pub const SEGMENT: u32 = 0x1853_8067;
/// The elements of the top level that are looked at before the segment.
const TOP_LEVEL_LIMIT: usize = 16;

/// Reads the header and the first segment of a file.
pub fn inspect(source: &mut Source<'_>, found: &mut Inspection) -> Result<()> {
    found.container = Container::Matroska;
    let (mut at, size) = (0, source.size());
    for _ in 0..TOP_LEVEL_LIMIT {
        let Some(element) = ebml::element(source, at, size)? else { break };
        match element.id {
            EBML_HEADER => found.container = doc_type(source, element.content)?,
            SEGMENT => return segment::read(source, &element, found),
            _ => {}
        }
        at = element.content.end;
    }
    found.problems.push(Problem::NoIndex);
    Ok(())
}

/// Returns where the attached pictures of the first segment are, the cover first.
pub fn covers(source: &mut Source<'_>) -> Result<Vec<Span>> {
    let (mut at, size) = (0, source.size());
    for _ in 0..TOP_LEVEL_LIMIT {
        let Some(element) = ebml::element(source, at, size)? else { break };
        if element.id == SEGMENT {
            return attachments::covers(source, &element);
        }
        at = element.content.end;
    }
    Ok(Vec::new())
}

fn doc_type(source: &mut Source<'_>, header: Span) -> Result<Container> {
    for element in ebml::children(source, header, 64)? {
        if element.id == DOC_TYPE && ebml::text(source, &element)?.as_deref() == Some("webm") {
            return Ok(Container::WebM);
        }
    }
    Ok(Container::Matroska)
}

impl Element {
    /// Returns the content, up to the end of the parent.
    pub fn within(&self, parent: Span) -> Span {
        Span { start: self.content.start, end: self.content.end.min(parent.end) }
    }
}
