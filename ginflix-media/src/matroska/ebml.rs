//! Elements of EBML (RFC 8794).

use crate::source::{Result, Source, Span};
use crate::text;

/// The longest header: an ID of 4 bytes and a size of 8.
const HEADER_BYTES: u64 = 12;

/// An element: its ID, and where its content is.
#[derive(Debug, Clone, Copy)]
pub struct Element {
    /// The ID with its marker bit.
    pub id: u32,
    /// The offset of the ID.
    pub start: u64,
    /// The content. It may end beyond the parent in a damaged file.
    pub content: Span,
    /// Whether the size is unknown (section 6.2). The content then ends with the parent.
    pub is_unknown_size: bool,
}

/// Reads the header of the element at `at`, in a parent that ends at `end`. `None` at the end, and if the
/// header is invalid.
pub fn element(source: &mut Source<'_>, at: u64, end: u64) -> Result<Option<Element>> {
    let room = end.min(source.size()).saturating_sub(at).min(HEADER_BYTES);
    if room < 2 {
        return Ok(None);
    }
    let header = source.bytes(at, room as usize)?;
    Ok(parse(header, at, end))
}

fn parse(header: &[u8], at: u64, end: u64) -> Option<Element> {
    let id_length = width(*header.first()?, 4)?;
    let id = header.get(..id_length)?.iter().fold(0, |id, byte| id << 8 | u32::from(*byte));
    let first = *header.get(id_length)?;
    let size_length = width(first, 8)?;
    let rest = header.get(id_length + 1..id_length + size_length)?;
    // The marker bit belongs to an ID, but not to a size.
    let first_bits = u64::from(first) & (0xFF >> size_length);
    let size = rest.iter().fold(first_bits, |size, byte| size << 8 | u64::from(*byte));
    let is_unknown_size = size == (1 << (7 * size_length)) - 1;
    let start = at + (id_length + size_length) as u64;
    let end = if is_unknown_size { end } else { start.checked_add(size)? };
    Some(Element { id, start: at, content: Span { start, end: end.max(start) }, is_unknown_size })
}

/// Returns the width in bytes of a variable-size integer (section 4): the zero bits at its start, plus one.
fn width(first: u8, limit: usize) -> Option<usize> {
    let width = first.leading_zeros() as usize + 1;
    (width <= limit).then_some(width)
}

/// Parses a variable-size integer at the start of `bytes`: its value, and its width.
pub fn variable_integer(bytes: &[u8]) -> Option<(u64, usize)> {
    let first = *bytes.first()?;
    let width = width(first, 8)?;
    let rest = bytes.get(1..width)?;
    let first_bits = u64::from(first) & (0xFF >> width);
    Some((rest.iter().fold(first_bits, |value, byte| value << 8 | u64::from(*byte)), width))
}

/// Reads the headers of at most `limit` children. Those that end beyond the parent are shortened.
pub fn children(source: &mut Source<'_>, parent: Span, limit: usize) -> Result<Vec<Element>> {
    let (mut found, mut at) = (Vec::new(), parent.start);
    while found.len() < limit {
        let Some(mut child) = element(source, at, parent.end)? else { break };
        at = child.content.end;
        child.content = child.within(parent);
        found.push(child);
    }
    Ok(found)
}

/// Reads an unsigned integer; 0 if it is empty or too long.
pub fn unsigned(source: &mut Source<'_>, element: &Element) -> Result<u64> {
    match element.content.len() {
        length @ 1..=8 => {
            let bytes = source.bytes(element.content.start, length as usize)?;
            Ok(bytes.iter().fold(0, |value, byte| value << 8 | u64::from(*byte)))
        }
        _ => Ok(0),
    }
}

/// Reads a floating-point number; 0 if its length is wrong.
pub fn float(source: &mut Source<'_>, element: &Element) -> Result<f64> {
    let bits = unsigned(source, element)?;
    Ok(match element.content.len() {
        4 => f64::from(f32::from_bits(bits as u32)),
        8 => f64::from_bits(bits),
        _ => 0.0,
    })
}

/// Reads a text.
pub fn text(source: &mut Source<'_>, element: &Element) -> Result<Option<String>> {
    Ok(text::decode(&source.vec(element.content, text::TEXT_LIMIT_BYTES)?))
}
