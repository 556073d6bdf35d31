//! The bytes that a `Range` field selects: RFC 9110, section 14, as arithmetic.
//!
//! The parser is our own, because the rules that matter lie between parsing and responding: which
//! values are ignored, which are refused, and which ranges are joined, in which order.

use std::ops::Range;

/// The most ranges of one request; one with more gets 416. No player sends so many, and responding
/// would cost far more than requesting them (RFC 9110, section 17.15).
pub const MAX_RANGES: usize = 16;

/// Ranges with a gap of at most this many bytes are sent as one: the header of a part is longer.
const MAX_JOINED_GAP_BYTES: u64 = 80;

/// The part of a file that a response sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RangeSelection {
    /// The whole file, as if there were no `Range`.
    Whole,
    /// One range: 206 with `Content-Range`.
    One(Range<u64>),
    /// At least two ranges that do not touch: 206 as `multipart/byteranges`.
    Several(Vec<Range<u64>>),
    /// No byte of the file: 416.
    Unsatisfiable,
}

/// Returns what the value of a `Range` field selects of a file of `size` bytes. A value that is
/// malformed or in other units is ignored.
pub fn select(value: &[u8], size: u64) -> RangeSelection {
    let Some(set) = range_set(value) else { return RangeSelection::Whole };
    if let Some(only @ RangeSpec::Int { .. }) = parse_spec(set) {
        // A single range is what nearly all players send; it needs no list.
        return only.resolve(size).map_or(RangeSelection::Unsatisfiable, RangeSelection::One);
    }
    let Some(specs) = parse_list(set) else { return RangeSelection::Whole };
    if specs.len() > MAX_RANGES {
        return RangeSelection::Unsatisfiable;
    }
    if size == 0 && specs.iter().any(|spec| matches!(spec, RangeSpec::Suffix(1..))) {
        // Satisfiable (section 14.1.2), but `Content-Range` cannot express an empty range.
        return RangeSelection::Whole;
    }
    let mut ranges = Vec::with_capacity(specs.len());
    for range in specs.iter().filter_map(|spec| spec.resolve(size)) {
        join(&mut ranges, range);
    }
    match ranges.len() {
        0 => RangeSelection::Unsatisfiable,
        1 => RangeSelection::One(ranges.swap_remove(0)),
        _ => RangeSelection::Several(ranges),
    }
}

/// A `range-spec`, as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RangeSpec {
    /// `first-last` or `first-`: positions of bytes, both inclusive. The last may be beyond the
    /// end.
    Int { first: u64, last: u64 },
    /// `-length`: the last `length` bytes.
    Suffix(u64),
}

impl RangeSpec {
    /// Returns the bytes of the range that a file of this size has, if any.
    fn resolve(self, size: u64) -> Option<Range<u64>> {
        let range = match self {
            Self::Int { first, last } => first..size.min(last.saturating_add(1)),
            Self::Suffix(length) => size.saturating_sub(length)..size,
        };
        (range.start < range.end).then_some(range)
    }
}

/// Returns what follows `bytes=`; the case of the unit does not matter.
fn range_set(value: &[u8]) -> Option<&[u8]> {
    let (unit, set) = value.split_at_checked(b"bytes=".len())?;
    unit.eq_ignore_ascii_case(b"bytes=").then_some(set)
}

fn parse_list(set: &[u8]) -> Option<Vec<RangeSpec>> {
    let specs: Option<Vec<RangeSpec>> = set
        .split(|byte| *byte == b',')
        .map(trim_whitespace)
        .filter(|spec| !spec.is_empty()) // empty elements are legal: section 5.6.1.2
        .map(parse_spec)
        .collect();
    specs.filter(|specs| !specs.is_empty())
}

/// Strips optional whitespace: section 5.6.3.
fn trim_whitespace(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = text {
        text = rest;
    }
    text
}

fn parse_spec(text: &[u8]) -> Option<RangeSpec> {
    match split_once(text, b'-')? {
        (b"", length) => Some(RangeSpec::Suffix(parse_number(length)?)),
        (first, b"") => Some(RangeSpec::Int { first: parse_number(first)?, last: u64::MAX }),
        (first, last) => {
            let (first, last) = (parse_number(first)?, parse_number(last)?);
            (first <= last).then_some(RangeSpec::Int { first, last })
        }
    }
}

fn split_once(text: &[u8], separator: u8) -> Option<(&[u8], &[u8])> {
    let index = text.iter().position(|byte| *byte == separator)?;
    Some((&text[..index], &text[index + 1..]))
}

/// Parses digits. A number that is too large for any file becomes the largest one.
fn parse_number(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_u64, |number, digit| {
        let digit = digit.is_ascii_digit().then(|| u64::from(digit - b'0'))?;
        Some(number.saturating_mul(10).saturating_add(digit))
    })
}

/// Adds a range, joined with those that it overlaps or nearly touches. The others keep the order of
/// the request.
fn join(ranges: &mut Vec<Range<u64>>, mut range: Range<u64>) {
    let near = |a: &Range<u64>, b: &Range<u64>| {
        a.start <= b.end.saturating_add(MAX_JOINED_GAP_BYTES)
            && b.start <= a.end.saturating_add(MAX_JOINED_GAP_BYTES)
    };
    let mut position = ranges.len();
    // A range that has grown may reach one that it did not reach before.
    while let Some(index) = ranges.iter().position(|other| near(other, &range)) {
        let other = ranges.remove(index);
        range = range.start.min(other.start)..range.end.max(other.end);
        position = position.min(index);
    }
    ranges.insert(position, range);
}

#[cfg(test)]
mod tests;
