//! Boxes (ISO/IEC 14496-12, section 4.2).

use crate::source::{Result, Source, Span};

/// The most children of a box that are read. Only a fragmented file has more, at the top level.
const CHILDREN_LIMIT: usize = 1_000;

/// A box: its type, and where its content is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BoxHeader {
    /// The four-character code.
    pub kind: [u8; 4],
    /// The content, which may end beyond the parent in a damaged file.
    pub content: Span,
}

/// Reads the header of the box at `at`, in a parent that ends at `end`. `None` if there is no room
/// for one, or if its size is impossible.
pub fn header(source: &mut Source<'_>, at: u64, end: u64) -> Result<Option<BoxHeader>> {
    if at.saturating_add(8) > end {
        return Ok(None);
    }
    let [a, b, c, d, kind @ ..] = source.array::<8>(at)?;
    let (start, next) = match u32::from_be_bytes([a, b, c, d]) {
        0 => (at + 8, end), // the box extends to the end
        1 => {
            let size = u64::from_be_bytes(source.array(at + 8)?);
            (at + 16, at.saturating_add(size))
        }
        size => (at + 8, at + u64::from(size)),
    };
    Ok((next >= start).then_some(BoxHeader { kind, content: Span { start, end: next } }))
}

/// Reads the headers of all boxes in a span. Boxes that end beyond it are shortened.
pub fn children(source: &mut Source<'_>, parent: Span) -> Result<Vec<BoxHeader>> {
    let (mut found, mut at) = (Vec::new(), parent.start);
    while found.len() < CHILDREN_LIMIT {
        let Some(mut child) = header(source, at, parent.end)? else { break };
        at = child.content.end;
        child.content.end = child.content.end.min(parent.end);
        found.push(child);
    }
    Ok(found)
}

/// Returns the content of the first child of this type.
pub fn find(children: &[BoxHeader], kind: &[u8; 4]) -> Option<Span> {
    children.iter().find(|child| child.kind == *kind).map(|child| child.content)
}

/// Iterates over the boxes in a byte string; ends at the first that is invalid.
pub fn in_bytes(bytes: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let (head, _) = rest.split_first_chunk::<8>()?;
        let [a, b, c, d, kind @ ..] = *head;
        let size = match u32::from_be_bytes([a, b, c, d]) as usize {
            0 => rest.len(),
            size => size,
        };
        let content = rest.get(8..size)?;
        rest = &rest[size..];
        Some((kind, content))
    })
}
