//! Reads a file (WebVTT, section 6.1): its blocks, which empty lines separate.

use crate::collect::{Backwards, Collector, Draft};
use crate::cue::{self, Cue, CueId};
use crate::problem::Problem;
use crate::settings::Settings;
use crate::time;
use crate::webvtt::tags;

/// The ticks of the clock of an MPEG transport stream in a millisecond.
const TICKS_PER_MS: i64 = 90;
/// The range of that clock, which has 33 bits.
const TICKS_RANGE: i64 = 1 << 33;

/// Tells whether a text begins as a WebVTT file.
pub(crate) fn has_signature(text: &str) -> bool {
    let rest = text.trim_start_matches('\u{feff}').trim_start().strip_prefix("WEBVTT");
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\n']))
}

/// The lines of a text, of which the next ones can be seen.
struct Lines<'a> {
    text: &'a str,
    offset: usize,
}

impl<'a> Lines<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.offset..).unwrap_or_default()
    }

    fn peek(&self) -> Option<&'a str> {
        self.rest().split('\n').next().filter(|_| self.offset < self.text.len())
    }

    fn skip(&mut self) {
        let length = self.peek().map_or(0, str::len) + 1;
        self.offset = (self.offset + length).min(self.text.len());
    }

    /// Skips what is between blocks.
    fn skip_white_space(&mut self) {
        self.offset = self.text.len() - self.rest().trim_start_matches([' ', '\t', '\n']).len();
    }

    /// Tells whether the next line ends a block. White space alone does so only if a cue follows.
    fn is_blank(&self) -> bool {
        let mut lines = self.rest().split('\n');
        let line = lines.next().unwrap_or_default();
        let is_white = line.bytes().all(|b| matches!(b, b' ' | b'\t'));
        line.is_empty() || is_white && lines.take(2).any(has_arrow)
    }
}

fn has_arrow(line: &str) -> bool {
    // Most lines have no such character, which is found faster than the arrow.
    line.contains('>') && line.contains("-->")
}

/// Reads a file, or several segments after each other.
pub(crate) fn read(text: &str) -> (Vec<Cue>, Vec<Problem>) {
    let mut collector = Collector::new(Backwards::Lengthen);
    let mut lines = Lines { text, offset: 0 };
    let mut clock = Clock::default();
    loop {
        lines.skip_white_space();
        let Some(first) = lines.peek() else { break };
        lines.skip();
        let second = lines.peek().unwrap_or_default();
        if has_arrow(first) {
            cue(&mut lines, &mut collector, &clock, first, None);
        } else if has_arrow(second) {
            lines.skip();
            cue(&mut lines, &mut collector, &clock, second, CueId::new(first));
        } else {
            other_block(&mut lines, &mut collector, &mut clock, first);
        }
    }
    collector.finish(cue::looks)
}

/// Reads the rest of a block without a cue.
fn other_block(lines: &mut Lines<'_>, found: &mut Collector, clock: &mut Clock, first: &str) {
    let first = first.trim_start_matches('\u{feff}').trim();
    let is_header = first.starts_with("WEBVTT");
    if is_header {
        clock.reset();
    }
    while lines.peek().is_some_and(|line| !has_arrow(line)) && !lines.is_blank() {
        let line = lines.peek().unwrap_or_default();
        if is_header && let Some(map) = line.trim().strip_prefix("X-TIMESTAMP-MAP=") {
            clock.set(map);
        }
        lines.skip();
    }
    let is_note = first
        .strip_prefix("NOTE")
        .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t']));
    match first {
        "STYLE" => found.has_style_sheets = true,
        "REGION" => {}
        _ if is_header || is_note => {}
        _ => found.text_without_times += 1,
    }
}

/// Reads the rest of a block with a cue.
fn cue(
    lines: &mut Lines<'_>,
    found: &mut Collector,
    clock: &Clock,
    timing: &str,
    id: Option<CueId>,
) {
    let start = lines.offset;
    while lines.peek().is_some_and(|line| !has_arrow(line)) && !lines.is_blank() {
        lines.skip();
    }
    let payload = lines.text.get(start..lines.offset).unwrap_or_default().trim_end_matches('\n');
    let Some(timing) = time::timing_line(timing) else { return found.invalid_time() };
    if found.is_full() {
        return;
    }
    let offset = clock.offset();
    found.push(Draft {
        start: timing.start.saturating_add(offset),
        end: timing.end.saturating_add(offset),
        id,
        settings: Settings::parse(timing.rest),
        nodes: tags::parse(payload, offset),
    });
}

/// The times of segments (RFC 8216, section 3.5): a line `X-TIMESTAMP-MAP` says which time of the cues is which time of the media.
///
/// A media file that is stored starts at 0, whatever its clock was in the stream. So the media time of the first segment is taken
/// as 0, and that of further segments counts from there.
#[derive(Default)]
struct Clock {
    /// The media time of the first segment, in ticks.
    first: Option<i64>,
    /// The media time and the cue time that are the same, the first in ticks, the second in milliseconds.
    map: Option<(i64, i64)>,
}

impl Clock {
    /// Forgets the line of the segment before.
    fn reset(&mut self) {
        self.map = None;
    }

    /// Parses the value of a line, such as `LOCAL:00:00:00.000,MPEGTS:900000`.
    fn set(&mut self, map: &str) {
        let value = |name: &str| map.split(',').find_map(|part| part.trim().strip_prefix(name));
        let Some(ticks) = value("MPEGTS:").and_then(|ticks| ticks.trim().parse().ok()) else {
            return;
        };
        let Some((local, _)) = value("LOCAL:").and_then(time::time) else { return };
        let ticks = i64::rem_euclid(ticks, TICKS_RANGE);
        self.first.get_or_insert(ticks);
        self.map = Some((ticks, local));
    }

    /// What is added to the times of cues, in milliseconds.
    fn offset(&self) -> i64 {
        let (Some((ticks, local)), Some(first)) = (self.map, self.first) else { return 0 };
        let since_first = i64::rem_euclid(ticks - first, TICKS_RANGE);
        (since_first / TICKS_PER_MS).saturating_sub(local)
    }
}

#[cfg(test)]
mod tests;
