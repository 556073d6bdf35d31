//! Attachments (RFC 9559, section 5.1.6), and which of them is the cover.

use std::collections::BTreeSet;

use ginflix_api::inspection::Attachment;

use super::ebml::{self, Element};
use super::{clusters, seek_head};
use crate::source::{Result, Source, Span};

/// The ID of the attachments of a segment.
pub const ATTACHMENTS: u32 = 0x1941_A469;
const ATTACHED_FILE: u32 = 0x61A7;
const FILE_NAME: u32 = 0x466E;
const FILE_MEDIA_TYPE: u32 = 0x4660;
const FILE_DATA: u32 = 0x465C;

/// The most attachments.
const ATTACHMENTS_LIMIT: usize = 1_000;

/// Reads the names of attachments, and where their content is.
pub fn read(source: &mut Source<'_>, content: Span) -> Result<Vec<(Attachment, Span)>> {
    let mut attachments = Vec::new();
    for file in ebml::children(source, content, ATTACHMENTS_LIMIT)? {
        if file.id != ATTACHED_FILE {
            continue;
        }
        let mut data = Span { start: file.content.end, end: file.content.end };
        let (mut name, mut media_type) = (String::new(), String::new());
        for element in ebml::children(source, file.content, 16)? {
            match element.id {
                FILE_NAME => name = ebml::text(source, &element)?.unwrap_or_default(),
                FILE_MEDIA_TYPE => media_type = ebml::text(source, &element)?.unwrap_or_default(),
                FILE_DATA => data = element.content,
                _ => {}
            }
        }
        attachments.push((Attachment { name, media_type, size_bytes: data.len() }, data));
    }
    Ok(attachments)
}

/// Returns where the attached pictures are, the cover first.
pub fn covers(source: &mut Source<'_>, segment: &Element) -> Result<Vec<Span>> {
    let segment = Span { end: segment.content.end.min(source.size()), ..segment.content };
    let Some(attachments) = find(source, segment)? else { return Ok(Vec::new()) };
    let mut covers = Vec::new();
    for (attachment, content) in read(source, attachments)? {
        covers.extend(rank(&attachment).map(|rank| (rank, content)));
    }
    covers.sort_by_key(|(rank, _)| *rank);
    Ok(covers.into_iter().map(|(_, content)| content).collect())
}

/// Returns 0 for the cover, more for other pictures, and `None` for other files. The names are those of
/// <https://www.matroska.org/technical/attachments.html>: `cover_land` is wide.
fn rank(attachment: &Attachment) -> Option<u8> {
    let name = attachment.name.to_ascii_lowercase();
    let (stem, extension) = name.rsplit_once('.').unwrap_or((&name, ""));
    let types = ["image/jpeg", "image/jpg", "image/png", "image/webp"];
    let is_picture = ["jpg", "jpeg", "png", "webp"].contains(&extension)
        || types.iter().any(|known| attachment.media_type.eq_ignore_ascii_case(known));
    let rank = match stem {
        "cover" => 0,
        "cover_land" => 1,
        _ => 2,
    };
    is_picture.then_some(rank)
}

/// Finds the attachments: before the first cluster, or where a seek head says.
fn find(source: &mut Source<'_>, segment: Span) -> Result<Option<Span>> {
    let (mut seeks, mut seen) = (BTreeSet::new(), BTreeSet::new());
    let mut at = segment.start;
    for _ in 0..super::segment::ELEMENTS_LIMIT {
        let Some(element) = ebml::element(source, at, segment.end)? else { break };
        match element.id {
            ATTACHMENTS => return Ok(Some(element.within(segment))),
            seek_head::SEEK_HEAD => {
                seek_head::read(source, element.within(segment), segment, &mut seeks)?;
            }
            clusters::CLUSTER => break,
            _ => {}
        }
        seen.insert(at);
        at = element.content.end;
    }
    while let Some(at) = seeks.pop_first() {
        if at >= segment.end || !seen.insert(at) {
            continue;
        }
        match ebml::element(source, at, segment.end)? {
            Some(element) if element.id == ATTACHMENTS => {
                return Ok(Some(element.within(segment)));
            }
            Some(element) if element.id == seek_head::SEEK_HEAD => {
                seek_head::read(source, element.within(segment), segment, &mut seeks)?;
            }
            _ => {}
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn covers_come_before_other_pictures() {
        let rank = |name: &str, media_type: &str| {
            rank(&Attachment { name: name.into(), media_type: media_type.into(), size_bytes: 1 })
        };
        assert_eq!(rank("Cover.JPG", ""), Some(0));
        assert_eq!(rank("cover_land.png", "image/png"), Some(1));
        assert_eq!(rank("small_cover.webp", "image/webp"), Some(2));
        assert_eq!(rank("front", "image/PNG"), Some(2));
        assert_eq!(rank("cover.ttf", "font/ttf"), None);
        assert_eq!(rank("picture.svg", "image/svg+xml"), None);
    }
}
