//! Which bytes a `Range` field asks for: RFC 9110 section 14 as arithmetic.
//!
//! An own parser, because the rules that matter here lie between parsing and
//! answering: what is ignored, what is refused, what is joined, in which order.

use std::ops::Range;

/// The most ranges of one request. More are refused: they are no player's
/// doing, and cost far more to answer than to ask.
pub const MAX_RANGES: usize = 16;

/// Ranges closer than this are sent as one: the head of a part costs more.
const JOIN_GAP: u64 = 80;

/// What to send of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// All of it, as if there were no `Range`.
    Whole,
    /// One part: 206 with `Content-Range`.
    One(Range<u64>),
    /// At least two parts, apart from each other: 206 as `multipart/byteranges`.
    Several(Vec<Range<u64>>),
    /// Nothing of it: 416.
    Unsatisfiable,
}

/// Chooses from a file of `size` bytes what the value of a `Range` field asks
/// for. A value that is malformed or counts in other units is ignored.
pub fn select(value: &[u8], size: u64) -> Selection {
    let Some(set) = set_of_bytes(value) else { return Selection::Whole };
    if let Some(only @ Spec::Int { .. }) = parse_spec(set) {
        // What all players send needs no list.
        return only.resolve(size).map_or(Selection::Unsatisfiable, Selection::One);
    }
    let Some(specs) = parse_list(set) else { return Selection::Whole };
    if specs.len() > MAX_RANGES {
        return Selection::Unsatisfiable;
    }
    if size == 0 && specs.iter().any(|spec| matches!(spec, Spec::Suffix(1..))) {
        // Satisfiable, but `Content-Range` cannot say "no byte of none".
        return Selection::Whole;
    }
    let mut parts = Vec::with_capacity(specs.len());
    for part in specs.iter().filter_map(|spec| spec.resolve(size)) {
        join(&mut parts, part);
    }
    match parts.len() {
        0 => Selection::Unsatisfiable,
        1 => Selection::One(parts.swap_remove(0)),
        _ => Selection::Several(parts),
    }
}

/// One `range-spec`, as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Spec {
    /// `first-last` or `first-`: both ends included, the last may lie anywhere.
    Int { first: u64, last: u64 },
    /// `-length`: that many bytes from the end.
    Suffix(u64),
}

impl Spec {
    /// The bytes that are there, if any.
    fn resolve(self, size: u64) -> Option<Range<u64>> {
        let range = match self {
            Self::Int { first, last } => first..size.min(last.saturating_add(1)),
            Self::Suffix(length) => size.saturating_sub(length)..size,
        };
        (range.start < range.end).then_some(range)
    }
}

/// What follows `bytes=`, whose case does not matter.
fn set_of_bytes(value: &[u8]) -> Option<&[u8]> {
    let (unit, set) = value.split_at_checked(b"bytes=".len())?;
    unit.eq_ignore_ascii_case(b"bytes=").then_some(set)
}

fn parse_list(set: &[u8]) -> Option<Vec<Spec>> {
    let specs: Option<Vec<Spec>> = set
        .split(|byte| *byte == b',')
        .map(trimmed)
        .filter(|spec| !spec.is_empty()) // a list may have empty elements: section 5.6.1.2
        .map(parse_spec)
        .collect();
    specs.filter(|specs| !specs.is_empty())
}

/// Without optional white space: section 5.6.3.
fn trimmed(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = text {
        text = rest;
    }
    text
}

fn parse_spec(text: &[u8]) -> Option<Spec> {
    match split_once(text, b'-')? {
        (b"", length) => Some(Spec::Suffix(parse_number(length)?)),
        (first, b"") => Some(Spec::Int { first: parse_number(first)?, last: u64::MAX }),
        (first, last) => {
            let (first, last) = (parse_number(first)?, parse_number(last)?);
            (first <= last).then_some(Spec::Int { first, last })
        }
    }
}

fn split_once(text: &[u8], at: u8) -> Option<(&[u8], &[u8])> {
    let place = text.iter().position(|byte| *byte == at)?;
    Some((&text[..place], &text[place + 1..]))
}

/// Digits only; what is too large for any file stays too large.
fn parse_number(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_u64, |number, digit| {
        let digit = digit.is_ascii_digit().then(|| u64::from(digit - b'0'))?;
        Some(number.saturating_mul(10).saturating_add(digit))
    })
}

/// Adds a part, joined with those that it overlaps or nearly touches. The rest
/// keeps the order in which it was asked for.
fn join(parts: &mut Vec<Range<u64>>, mut part: Range<u64>) {
    let near = |a: &Range<u64>, b: &Range<u64>| {
        a.start <= b.end.saturating_add(JOIN_GAP) && b.start <= a.end.saturating_add(JOIN_GAP)
    };
    let mut place = parts.len();
    // A part that has grown may reach one that it did not reach before.
    while let Some(other) = parts.iter().position(|other| near(other, &part)) {
        let other_part = parts.remove(other);
        part = part.start.min(other_part.start)..part.end.max(other_part.end);
        place = place.min(other);
    }
    parts.insert(place, part);
}

#[cfg(test)]
mod tests;
