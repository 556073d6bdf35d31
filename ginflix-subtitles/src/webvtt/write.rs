//! Writes files and segments.

use std::fmt::Write as _;
use std::ops::Range;

use crate::cue::{Cue, TIME_LIMIT_MS};
use crate::text::{CueText, Node, Tag};

/// Writes a file with all cues, moved by `offset_ms`. Cues that would end at 0 or before are left out; one that would start before
/// starts at 0.
pub fn document(cues: &[Cue], offset_ms: i64) -> String {
    let mut document = String::from("WEBVTT\n\n");
    append_cues(cues, 0..TIME_LIMIT_MS, offset_ms, &mut document);
    document
}

/// Writes a segment for HLS (RFC 8216, section 3.5) with the cues that are shown in `range`, which is in milliseconds of the
/// presentation; the cues are sorted and moved by `offset_ms` first. A cue that is shown in two segments is in both, with its
/// times.
///
/// The presentation starts at the time 0 of MPEG-2 transport streams, as the segments of `ginflix-hls` do.
pub fn segment(cues: &[Cue], range: Range<u64>, offset_ms: i64) -> String {
    let mut segment = String::from("WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000\n\n");
    append_cues(cues, range, offset_ms, &mut segment);
    segment
}

fn append_cues(cues: &[Cue], range: Range<u64>, offset_ms: i64, output: &mut String) {
    let moved = |time: u64| time.saturating_add_signed(offset_ms);
    for cue in cues {
        let (start, end) = (moved(cue.start_ms), moved(cue.end_ms).min(TIME_LIMIT_MS - 1));
        if start >= range.end {
            break;
        }
        if end > start && end > range.start && !cue.text.is_empty() {
            append_cue(cue, start..end, offset_ms, output);
        }
    }
}

fn append_cue(cue: &Cue, times: Range<u64>, offset_ms: i64, output: &mut String) {
    if let Some(id) = &cue.id {
        output.push_str(id.as_str());
        output.push('\n');
    }
    append_time(times.start, output);
    output.push_str(" --> ");
    append_time(times.end, output);
    let _ = write!(output, "{}", cue.settings); // writing to a string does not fail
    output.push('\n');
    if offset_ms == 0 {
        append_text(cue.text.nodes(), output);
    } else {
        let mut text: CueText = cue.text.clone();
        text.shift(offset_ms);
        append_text(text.nodes(), output);
    }
    output.push_str("\n\n");
}

fn append_time(time: u64, output: &mut String) {
    let (seconds, milliseconds) = (time / 1000, time % 1000);
    let (minutes, seconds) = (seconds / 60, seconds % 60);
    let (hours, minutes) = (minutes / 60, minutes % 60);
    let _ = write!(output, "{hours:02}:{minutes:02}:{seconds:02}.{milliseconds:03}");
}

/// Writes the text of a cue.
pub(crate) fn append_text(nodes: &[Node], output: &mut String) {
    for node in nodes {
        match node {
            Node::Text(text) => append_escaped(text, output),
            Node::Timestamp(time) => {
                output.push('<');
                append_time(*time, output);
                output.push('>');
            }
            Node::Element(element) => {
                let name = name(&element.tag);
                output.push('<');
                output.push_str(name);
                for class in &element.classes {
                    output.push('.');
                    output.push_str(class);
                }
                if let Tag::Voice(annotation) | Tag::Language(annotation) = &element.tag {
                    output.push(' ');
                    append_escaped(annotation, output);
                }
                output.push('>');
                append_text(&element.children, output);
                output.push_str("</");
                output.push_str(name);
                output.push('>');
            }
        }
    }
}

fn name(tag: &Tag) -> &'static str {
    match tag {
        Tag::Class => "c",
        Tag::Bold => "b",
        Tag::Italic => "i",
        Tag::Underline => "u",
        Tag::Ruby => "ruby",
        Tag::RubyText => "rt",
        Tag::Voice(_) => "v",
        Tag::Language(_) => "lang",
    }
}

/// Writes a text so that it has neither tags nor an arrow.
fn append_escaped(text: &str, output: &mut String) {
    for c in text.chars() {
        match c {
            '&' => output.push_str("&amp;"),
            '<' => output.push_str("&lt;"),
            '>' => output.push_str("&gt;"),
            c => output.push(c),
        }
    }
}

#[cfg(test)]
mod tests;
