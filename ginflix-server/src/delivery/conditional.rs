//! Conditional requests for a file: RFC 9110 section 13 as pure rules.

use std::time::SystemTime;

use http::header::{
    HeaderName, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, IF_UNMODIFIED_SINCE,
};
use httpdate::HttpDate;

use super::fields::Fields;

/// What tells one state of a file from another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Validators<'a> {
    /// Entity tag, with its quotes; strong unless it starts with `W/`.
    pub etag: &'a str,
    modified: SystemTime,
}

impl<'a> Validators<'a> {
    /// Of a file with this tag that was last changed then, seen `now`.
    pub fn new(etag: &'a str, modified: SystemTime, now: SystemTime) -> Self {
        // Section 8.8.2.1 forbids dates later than the response; and HTTP has
        // none before the epoch.
        let modified = modified.clamp(SystemTime::UNIX_EPOCH, now.max(SystemTime::UNIX_EPOCH));
        Self { etag, modified }
    }

    /// As `Last-Modified` says it: whole seconds, never in the future.
    pub fn modified(&self) -> HttpDate {
        HttpDate::from(self.modified)
    }
}

/// How to go on with a GET or HEAD.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Answer it.
    Proceed,
    /// 304: the client has this state.
    NotModified,
    /// 412: the client wants another state.
    Failed,
}

/// Evaluates all preconditions but `If-Range`, in the order of section 13.2.2.
pub fn evaluate<F: Fields + ?Sized>(fields: &F, current: &Validators<'_>) -> Verdict {
    if fields.has(&IF_MATCH) {
        if !any_tag(fields, &IF_MATCH, |tag| strongly_equal(tag, current.etag.as_bytes())) {
            return Verdict::Failed;
        }
    } else if date(fields, &IF_UNMODIFIED_SINCE).is_some_and(|since| current.modified() > since) {
        return Verdict::Failed;
    }
    if fields.has(&IF_NONE_MATCH) {
        if any_tag(fields, &IF_NONE_MATCH, |tag| opaque(tag) == opaque(current.etag.as_bytes())) {
            return Verdict::NotModified;
        }
    } else if date(fields, &IF_MODIFIED_SINCE).is_some_and(|since| current.modified() <= since) {
        return Verdict::NotModified;
    }
    Verdict::Proceed
}

/// Whether `If-Range`, if there is one, lets `Range` apply. A date has to be
/// the very date of `Last-Modified`; clients send it only where section 8.8.2.2
/// makes it a strong validator.
pub fn range_applies<F: Fields + ?Sized>(fields: &F, current: &Validators<'_>) -> bool {
    if !fields.has(&IF_RANGE) {
        return true;
    }
    let Some(value) = fields.only(&IF_RANGE) else { return false };
    match first_tag(value) {
        Some((tag, rest)) => rest.is_empty() && strongly_equal(tag, current.etag.as_bytes()),
        None => date(fields, &IF_RANGE) == Some(current.modified()),
    }
}

/// Whether the field is `*` or has a tag that passes.
pub fn any_tag<F: Fields + ?Sized>(
    fields: &F,
    name: &HeaderName,
    passes: impl Fn(&[u8]) -> bool,
) -> bool {
    if fields.only(name).is_some_and(|value| value.trim_ascii() == b"*") {
        return true;
    }
    fields.lines(name).any(|line| tags(line).any(&passes))
}

/// The tags of one line; ends where it is no list of tags any more.
fn tags(mut rest: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let start = rest.iter().position(|b| !b" \t,".contains(b))?;
        let (tag, after) = first_tag(&rest[start..])?;
        rest = after;
        Some(tag)
    })
}

/// `"…"` or `W/"…"` at the start, and what follows.
fn first_tag(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let open = if text.starts_with(b"W/") { 2 } else { 0 };
    let inside = text[open..].strip_prefix(b"\"")?;
    let length = inside.iter().position(|b| *b == b'"')?;
    Some(text.split_at(open + length + 2))
}

/// Section 8.8.3.2: equal, and neither is weak.
fn strongly_equal(a: &[u8], b: &[u8]) -> bool {
    a == b && !a.starts_with(b"W/")
}

/// A tag without its mark of weakness.
fn opaque(tag: &[u8]) -> &[u8] {
    tag.strip_prefix(b"W/").unwrap_or(tag)
}

/// The field's date; one that is none is as good as absent.
fn date<F: Fields + ?Sized>(fields: &F, name: &HeaderName) -> Option<HttpDate> {
    std::str::from_utf8(fields.only(name)?).ok()?.trim_ascii().parse().ok()
}

#[cfg(test)]
mod tests;
