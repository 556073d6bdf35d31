//! SubStation Alpha, v4 (`.ssa`) and v4+ (`.ass`): styles, and events whose text has override blocks.
//!
//! Kept are the text, bold, italic and underlined parts, and roughly the place. Removed are colours, fonts, margins, effects,
//! karaoke, drawings and comments.

mod header;
mod overrides;
mod text;

use crate::collect::{Backwards, Collector, Draft};
use crate::cue::{self, Cue};
use crate::problem::Problem;
use crate::time;

use self::header::Section;

pub(crate) use self::header::Header;
pub(crate) use self::overrides::{Override, overrides};
pub(crate) use self::text::parse as parse_text;

/// The fields of an event in a file of v4+; v4 has `Marked` instead of the layer.
const EVENT_FIELDS: &str =
    "Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text";

/// Where the fields of events are.
struct EventFormat {
    count: usize,
    start: usize,
    end: usize,
    style: Option<usize>,
}

impl EventFormat {
    /// Parses a line `Format:`. `None` without times, or if the text is not last.
    fn parse(fields: &str) -> Option<Self> {
        let names: Vec<String> = header::fields(fields).take(64).collect();
        let place = |name: &str| names.iter().position(|field| field == name);
        let is_text_last = names.last().is_some_and(|name| name == "text");
        let format = Self {
            count: names.len(),
            start: place("start")?,
            end: place("end")?,
            style: place("style"),
        };
        is_text_last.then_some(format)
    }
}

/// An event with text.
struct Event<'a> {
    start: i64,
    end: i64,
    style: &'a str,
    text: &'a str,
}

impl<'a> Event<'a> {
    /// Parses what follows `Dialogue:`. `None` if there are too few fields, or a time is not valid.
    fn parse(line: &'a str, format: &EventFormat) -> Option<Self> {
        let (mut start, mut end, mut style, mut text) = (None, None, "", None);
        for (at, field) in line.splitn(format.count, ',').enumerate() {
            let whole = |(time, rest): (i64, &str)| rest.trim().is_empty().then_some(time);
            if at == format.start {
                start = time::time(field).and_then(whole);
            } else if at == format.end {
                end = time::time(field).and_then(whole);
            } else if Some(at) == format.style {
                style = field;
            } else if at + 1 == format.count {
                text = Some(field);
            }
        }
        Some(Self { start: start?, end: end?, style, text: text? })
    }
}

/// Reads a file.
pub(crate) fn read(text: &str) -> (Vec<Cue>, Vec<Problem>) {
    let header = Header::parse(text);
    let mut collector = Collector::new(Backwards::LeaveOut);
    let mut format = EventFormat::parse(EVENT_FIELDS);
    let mut section = Section::Other;
    for line in text.lines() {
        if let Some(next) = Section::parse(line) {
            section = next;
        } else if section == Section::Events
            && let Some(fields) = header::value(line, "Format")
        {
            format = EventFormat::parse(fields).or(format);
        } else if section != Section::Attachments
            && let (Some(fields), Some(format)) = (header::value(line, "Dialogue"), &format)
        {
            let Some(event) = Event::parse(fields, format) else {
                collector.invalid_time();
                continue;
            };
            if collector.is_full() {
                continue;
            }
            let (nodes, settings) = parse_text(event.text, &header, event.style);
            let (start, end) = (event.start, event.end);
            collector.push(Draft { start, end, id: None, settings, nodes });
        }
    }
    // Layers show a text several times to draw its border, and signs are moved frame by frame.
    let plain = |cue: &Cue| cue.text.plain();
    let (cues, problems) = collector.finish(plain);
    (cue::join(cues, plain), problems)
}

#[cfg(test)]
mod tests;
