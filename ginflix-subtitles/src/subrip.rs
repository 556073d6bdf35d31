//! SubRip (`.srt`): numbers, times and text with a few tags of HTML. There is no standard; what players read is read.
//!
//! A cue is what follows a line with two times, up to the next one. So numbers may be missing or wrong, and the text may have
//! empty lines. Coordinates after the times are not used, because they are pixels of a video whose size is not known.

mod markup;

use crate::collect::{Backwards, Collector, Draft};
use crate::cue::{self, Cue};
use crate::problem::Problem;
use crate::settings::Settings;
use crate::time;

pub(crate) use self::markup::parse as parse_text;

/// What a line with times began.
enum Open {
    /// There was none so far.
    Nothing,
    /// A cue with these times.
    Cue { start: i64, end: i64, settings: Settings },
    /// A cue whose times cannot be read.
    Broken,
}

/// Reads a file.
pub(crate) fn read(text: &str) -> (Vec<Cue>, Vec<Problem>) {
    let mut collector = Collector::new(Backwards::Lengthen);
    let (mut open, mut number) = (Open::Nothing, None);
    let (mut payload_start, mut offset) = (0, 0);
    for line in text.split_inclusive('\n') {
        let before = text.get(payload_start..offset).unwrap_or_default();
        offset += line.len();
        let next = match time::timing_line(line) {
            Some(timing) => Open::Cue {
                start: timing.start,
                end: timing.end,
                settings: Settings::parse(timing.rest),
            },
            None if is_broken(line, before) => Open::Broken,
            None => continue,
        };
        let (payload, next_number) = match open {
            Open::Nothing => ("", last_number(before)),
            _ => split_number(before, number),
        };
        finish(&mut collector, open, payload);
        (open, number, payload_start) = (next, next_number, offset);
    }
    finish(&mut collector, open, text.get(payload_start..).unwrap_or_default());
    collector.finish(cue::looks)
}

fn finish(collector: &mut Collector, open: Open, payload: &str) {
    match open {
        Open::Broken => collector.invalid_time(),
        Open::Cue { start, end, settings } if !collector.is_full() => {
            let (nodes, placement) = parse_text(payload.trim_matches('\n'));
            let settings = placement.unwrap_or(settings);
            collector.push(Draft { start, end, id: None, settings, nodes });
        }
        Open::Nothing | Open::Cue { .. } => {}
    }
}

/// Tells whether a line is where times must be, and was meant as such, after what was `before` it since the last times.
fn is_broken(line: &str, before: &str) -> bool {
    let arrow = line.contains('>').then(|| line.split_once("-->")).flatten();
    let Some((start, _)) = arrow else { return false };
    let last = before.strip_suffix('\n').unwrap_or(before).rsplit('\n').next().unwrap_or_default();
    let digits = start.bytes().filter(u8::is_ascii_digit).count();
    digits >= 3 && (last.trim().is_empty() || parse_number(last).is_some())
}

/// Splits the number of the next cue from the end of a text. If an empty line follows the number, it must be the one
/// after `number`, because a text can end with a number too.
fn split_number(text: &str, number: Option<u64>) -> (&str, Option<u64>) {
    let body = text.strip_suffix('\n').unwrap_or(text);
    let (before, last) = body.rsplit_once('\n').unwrap_or(("", body));
    if let Some(found) = parse_number(last) {
        return (before, Some(found));
    }
    let body = body.trim_end();
    let (before, last) = body.rsplit_once('\n').unwrap_or(("", body));
    let is_alone = before.rsplit('\n').next().unwrap_or_default().trim().is_empty();
    match parse_number(last) {
        Some(found) if is_alone && number.is_some_and(|number| found == number + 1) => {
            (before, Some(found))
        }
        _ => (body, number),
    }
}

/// Returns the number at the end of a text, if there is one.
fn last_number(text: &str) -> Option<u64> {
    text.trim_end().rsplit('\n').next().and_then(parse_number)
}

fn parse_number(line: &str) -> Option<u64> {
    let line = line.trim_matches(['\u{feff}', ' ', '\t']);
    let is_number = (1..=9).contains(&line.len()) && line.bytes().all(|b| b.is_ascii_digit());
    line.parse().ok().filter(|_| is_number)
}

#[cfg(test)]
mod tests;
