//! The seek head (RFC 9559, section 5.1.1): where the elements of a segment are.

use std::collections::BTreeSet;

use super::attachments::ATTACHMENTS;
use super::ebml;
use super::segment::{CHAPTERS, INFO, TAGS, TRACKS};
use crate::source::{Result, Source, Span};

/// The ID of a seek head.
pub const SEEK_HEAD: u32 = 0x114D_9B74;
const SEEK: u32 = 0x4DBB;
const SEEK_ID: u32 = 0x53AB;
const SEEK_POSITION: u32 = 0x53AC;

/// The elements that are of interest.
const WANTED: [u32; 6] = [SEEK_HEAD, INFO, TRACKS, CHAPTERS, TAGS, ATTACHMENTS];
/// The entries that are looked at.
const SEEKS_LIMIT: usize = 64;

/// Adds the offsets that a seek head has.
pub fn read(
    source: &mut Source<'_>,
    content: Span,
    segment: Span,
    offsets: &mut BTreeSet<u64>,
) -> Result<()> {
    for seek in ebml::children(source, content, SEEKS_LIMIT)? {
        if seek.id != SEEK {
            continue;
        }
        let (mut id, mut position) = (0, None);
        for element in ebml::children(source, seek.content, 8)? {
            match element.id {
                SEEK_ID => id = ebml::unsigned(source, &element)?,
                SEEK_POSITION => position = Some(ebml::unsigned(source, &element)?),
                _ => {}
            }
        }
        let is_wanted = WANTED.iter().any(|wanted| u64::from(*wanted) == id);
        if let Some(position) = position.filter(|_| is_wanted && offsets.len() < SEEKS_LIMIT) {
            offsets.insert(segment.start.saturating_add(position));
        }
    }
    Ok(())
}
