//! Conditional requests for a file: RFC 9110, section 13, as pure rules.

use std::time::SystemTime;

use http::header::{
    HeaderName, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, IF_UNMODIFIED_SINCE,
};
use httpdate::HttpDate;

use super::fields::HeaderFields;

/// The validators of a file, which distinguish one state of it from another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Validators<'a> {
    /// The entity tag, with its quotes; strong unless it starts with `W/`.
    pub etag: &'a str,
    modified: SystemTime,
}

impl<'a> Validators<'a> {
    /// Creates the validators of a file for a response that is sent `now`.
    pub fn new(etag: &'a str, modified: SystemTime, now: SystemTime) -> Self {
        // Section 8.8.2.1 forbids dates later than the response, and HTTP dates begin at the epoch.
        let modified = modified.clamp(SystemTime::UNIX_EPOCH, now.max(SystemTime::UNIX_EPOCH));
        Self { etag, modified }
    }

    /// Returns the value of `Last-Modified`: in whole seconds, and never in the future.
    pub fn modified(&self) -> HttpDate {
        HttpDate::from(self.modified)
    }
}

/// The outcome of the preconditions of a GET or HEAD request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PreconditionOutcome {
    /// The request is answered as if it were unconditional.
    Proceed,
    /// The client has the current state: 304.
    NotModified,
    /// The client requires another state: 412.
    Failed,
}

/// Evaluates all preconditions except `If-Range`, in the order of section 13.2.2.
pub fn evaluate<F: HeaderFields + ?Sized>(
    fields: &F,
    current: &Validators<'_>,
) -> PreconditionOutcome {
    if fields.contains(&IF_MATCH) {
        if !matches_any_tag(fields, &IF_MATCH, |tag| strongly_equal(tag, current.etag.as_bytes())) {
            return PreconditionOutcome::Failed;
        }
    } else if date(fields, &IF_UNMODIFIED_SINCE).is_some_and(|since| current.modified() > since) {
        return PreconditionOutcome::Failed;
    }
    if fields.contains(&IF_NONE_MATCH) {
        if matches_any_tag(fields, &IF_NONE_MATCH, |tag| {
            opaque(tag) == opaque(current.etag.as_bytes())
        }) {
            return PreconditionOutcome::NotModified;
        }
    } else if date(fields, &IF_MODIFIED_SINCE).is_some_and(|since| current.modified() <= since) {
        return PreconditionOutcome::NotModified;
    }
    PreconditionOutcome::Proceed
}

/// Returns whether `If-Range`, if present, lets `Range` apply: section 13.1.5. A date must be equal
/// to `Last-Modified`; clients send one only if section 8.8.2.2 makes it a strong validator.
pub fn range_applies<F: HeaderFields + ?Sized>(fields: &F, current: &Validators<'_>) -> bool {
    if !fields.contains(&IF_RANGE) {
        return true;
    }
    let Some(value) = fields.single(&IF_RANGE) else { return false };
    match first_tag(value) {
        Some((tag, rest)) => rest.is_empty() && strongly_equal(tag, current.etag.as_bytes()),
        None => date(fields, &IF_RANGE) == Some(current.modified()),
    }
}

/// Returns whether the field is `*`, or lists an entity tag for which `matches` holds.
pub fn matches_any_tag<F: HeaderFields + ?Sized>(
    fields: &F,
    name: &HeaderName,
    matches: impl Fn(&[u8]) -> bool,
) -> bool {
    if fields.single(name).is_some_and(|value| value.trim_ascii() == b"*") {
        return true;
    }
    fields.lines(name).any(|line| tags(line).any(&matches))
}

/// Iterates over the entity tags of a field line. Ends at the first syntax error.
fn tags(mut rest: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let start = rest.iter().position(|b| !b" \t,".contains(b))?;
        let (tag, after) = first_tag(&rest[start..])?;
        rest = after;
        Some(tag)
    })
}

/// Splits an entity tag, `"…"` or `W/"…"`, off the beginning of the text.
fn first_tag(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let open = if text.starts_with(b"W/") { 2 } else { 0 };
    let inside = text[open..].strip_prefix(b"\"")?;
    let length = inside.iter().position(|b| *b == b'"')?;
    Some(text.split_at(open + length + 2))
}

/// Compares strongly (section 8.8.3.2): the tags are equal, and neither is weak.
fn strongly_equal(a: &[u8], b: &[u8]) -> bool {
    a == b && !a.starts_with(b"W/")
}

/// Returns a tag without the mark of weakness, for weak comparison.
fn opaque(tag: &[u8]) -> &[u8] {
    tag.strip_prefix(b"W/").unwrap_or(tag)
}

/// Returns the date in a field. An invalid date counts as absent.
fn date<F: HeaderFields + ?Sized>(fields: &F, name: &HeaderName) -> Option<HttpDate> {
    std::str::from_utf8(fields.single(name)?).ok()?.trim_ascii().parse().ok()
}

#[cfg(test)]
mod tests;
