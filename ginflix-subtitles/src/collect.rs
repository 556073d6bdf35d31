//! Collects the cues of a file within limits, and counts what was wrong.

use crate::cue::{self, CUES_LIMIT, Cue, CueId, TIME_LIMIT_MS};
use crate::problem::Problem;
use crate::settings::Settings;
use crate::text::{CueText, Node};

/// The most elements and time stamps of a file.
const FILE_NODES_LIMIT: usize = 250_000;
/// How long a cue is shown whose end is not after its start, in milliseconds.
const SHOWN_MS: u64 = 2_000;

/// What is done with a cue whose end is not after its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Backwards {
    /// It is shown for a while, as it was meant to be.
    Lengthen,
    /// It is left out: programs write such cues, and players do not show them.
    LeaveOut,
}

/// A cue as a format has it.
pub(crate) struct Draft {
    pub(crate) start: i64,
    pub(crate) end: i64,
    pub(crate) id: Option<CueId>,
    pub(crate) settings: Settings,
    pub(crate) nodes: Vec<Node>,
}

/// The cues of a file so far.
pub(crate) struct Collector {
    backwards: Backwards,
    cues: Vec<Cue>,
    nodes_left: usize,
    invalid_times: usize,
    ends_lengthened: usize,
    no_duration: usize,
    too_many: usize,
    cut: usize,
    styles_left_out: usize,
    /// The parts of a file that had text but no times.
    pub(crate) text_without_times: usize,
    /// Whether there were style sheets.
    pub(crate) has_style_sheets: bool,
}

impl Collector {
    pub(crate) fn new(backwards: Backwards) -> Self {
        Self {
            backwards,
            cues: Vec::new(),
            nodes_left: FILE_NODES_LIMIT,
            invalid_times: 0,
            ends_lengthened: 0,
            no_duration: 0,
            too_many: 0,
            cut: 0,
            styles_left_out: 0,
            text_without_times: 0,
            has_style_sheets: false,
        }
    }

    /// Counts a cue whose times cannot be read.
    pub(crate) fn invalid_time(&mut self) {
        self.invalid_times += 1;
    }

    /// Tells whether a further cue is left out, and counts it then.
    pub(crate) fn is_full(&mut self) -> bool {
        let is_full = self.cues.len() >= CUES_LIMIT;
        self.too_many += usize::from(is_full);
        is_full
    }

    /// Adds a cue unless it has no text.
    ///
    /// Callers ask [`Collector::is_full`] before they parse the text of a cue.
    pub(crate) fn push(&mut self, draft: Draft) {
        let (text, is_cut) = CueText::cut(draft.nodes);
        if text.is_empty() {
            return;
        }
        let Some((start_ms, end_ms)) = self.times(draft.start, draft.end) else { return };
        self.cut += usize::from(is_cut);
        let text = self.within_nodes(text);
        self.cues.push(Cue { start_ms, end_ms, id: draft.id, settings: draft.settings, text });
    }

    fn times(&mut self, start: i64, end: i64) -> Option<(u64, u64)> {
        let is_backwards = end <= start;
        if is_backwards && self.backwards == Backwards::LeaveOut {
            self.no_duration += 1;
            return None;
        }
        let is_before = if is_backwards { start < 0 } else { end <= 0 };
        let unsigned = |time| u64::try_from(time).unwrap_or(0);
        let start_ms = unsigned(start);
        let end_ms = if is_backwards { start_ms + SHOWN_MS } else { unsigned(end) };
        let end_ms = end_ms.min(TIME_LIMIT_MS - 1);
        if is_before || start_ms >= end_ms {
            self.invalid_times += 1;
            return None;
        }
        self.ends_lengthened += usize::from(is_backwards);
        Some((start_ms, end_ms))
    }

    /// Removes the elements of a text if the file has too many.
    fn within_nodes(&mut self, text: CueText) -> CueText {
        let count = text.node_count();
        if let Some(left) = self.nodes_left.checked_sub(count) {
            self.nodes_left = left;
            return text;
        }
        self.styles_left_out += 1;
        CueText::from(text.plain().as_str())
    }

    /// Returns the cues, sorted and without those that are there twice, and the problems.
    pub(crate) fn finish(self, key: fn(&Cue) -> String) -> (Vec<Cue>, Vec<Problem>) {
        let mut problems = Vec::new();
        for (count, problem) in [
            (self.invalid_times, Problem::InvalidTimes(self.invalid_times)),
            (self.ends_lengthened, Problem::EndsLengthened(self.ends_lengthened)),
            (self.no_duration, Problem::NoDuration(self.no_duration)),
            (self.text_without_times, Problem::TextWithoutTimes(self.text_without_times)),
            (self.too_many, Problem::TooManyCues(self.too_many)),
            (self.cut, Problem::TextCut(self.cut)),
            (self.styles_left_out, Problem::StylesLeftOut(self.styles_left_out)),
            (usize::from(self.has_style_sheets), Problem::StyleSheetsLeftOut),
        ] {
            if count > 0 {
                problems.push(problem);
            }
        }
        (cue::sort_and_merge(self.cues, key), problems)
    }
}
