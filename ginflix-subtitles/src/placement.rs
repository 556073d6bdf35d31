//! Places of the older formats as cue settings of WebVTT.
//!
//! Only those settings are used that all browsers know: they ignore a `line` or a `position` with an alignment of its own. So a text
//! of which the lower edge or the middle is known is placed by its number of lines.

use crate::settings::{Align, Line, LineOffset, Percent, Position, Settings};

/// The height of a line in percent of the video, nearly that of WebVTT (section 7.2).
const LINE_PERCENT: f64 = 6.0;
/// How far from its default place a text must be for a place of its own, in percent.
const TOLERANCE_PERCENT: f64 = 6.0;
/// The lower edge of a text from which it is at the bottom, in percent.
const BOTTOM_PERCENT: f64 = 85.0;

/// A place as SubStation Alpha has it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Placement {
    /// The part of the text that is placed, as the keys of a number pad: 1 is the lower left, 9 the upper right.
    pub(crate) alignment: u8,
    /// Where it is placed: percent of the width and of the height.
    pub(crate) at: Option<[f64; 2]>,
}

impl Placement {
    /// The bottom, centred.
    pub(crate) const DEFAULT: Self = Self { alignment: 2, at: None };

    /// Converts to cue settings, for a text of so many lines.
    pub(crate) fn settings(self, lines: usize) -> Settings {
        let key = self.alignment.clamp(1, 9) - 1;
        let height = LINE_PERCENT * lines.min(20) as f64;
        let (line, position) = match self.at {
            None => (line(key / 3, height), None),
            Some([x, y]) => (line_at(key / 3, y, height), position(key % 3, x)),
        };
        let align = match key % 3 {
            0 => Some(Align::Left),
            2 => Some(Align::Right),
            _ => None,
        };
        Settings { line, position, align, ..Settings::default() }
    }
}

const TOP: Line = Line { offset: LineOffset::Number(0), align: None };

/// The line of a text in the lower, middle or upper third.
fn line(third: u8, height: f64) -> Option<Line> {
    match third {
        0 => None,
        1 => Some(line_from_top(50.0 - height / 2.0)),
        _ => Some(TOP),
    }
}

/// The line of a text of which the lower edge, the middle or the upper edge is at `y`.
fn line_at(third: u8, y: f64, height: f64) -> Option<Line> {
    let (top, bottom) = match third {
        0 => (y - height, y),
        1 => (y - height / 2.0, y + height / 2.0),
        _ => (y, y + height),
    };
    (bottom < BOTTOM_PERCENT).then(|| line_from_top(top))
}

fn line_from_top(percent: f64) -> Line {
    if percent < TOLERANCE_PERCENT {
        return TOP;
    }
    Line { offset: LineOffset::Percent(Percent::nearest(percent.round())), align: None }
}

/// The position of a text of which the left, the middle or the right is at `x`.
fn position(third: u8, x: f64) -> Option<Position> {
    let default = [0.0, 50.0, 100.0].get(usize::from(third)).copied().unwrap_or(50.0);
    let percent = Percent::nearest(x.round());
    ((x - default).abs() > TOLERANCE_PERCENT).then_some(Position { percent, align: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alignments_become_settings() {
        for (alignment, settings) in [
            (1, " align:left"),
            (2, ""),
            (3, " align:right"),
            (4, " line:47% align:left"),
            (5, " line:47%"),
            (7, " line:0 align:left"),
            (8, " line:0"),
            (9, " line:0 align:right"),
        ] {
            let placement = Placement { alignment, at: None };
            assert_eq!(placement.settings(1).to_string(), settings, "{alignment}");
        }
    }

    #[test]
    fn coordinates_become_percentages() {
        for (alignment, at, lines, settings) in [
            (2, [50.0, 95.0], 1, ""),
            (2, [50.0, 50.0], 2, " line:38%"),
            (5, [25.0, 50.0], 2, " line:44% position:25%"),
            (7, [10.0, 20.0], 1, " line:20% position:10% align:left"),
            (9, [98.0, 3.0], 1, " line:0 align:right"),
            (8, [f64::NAN, f64::INFINITY], 1, ""),
            (8, [-500.0, -9.0], 1, " line:0 position:0%"),
        ] {
            let placement = Placement { alignment, at: Some(at) };
            assert_eq!(placement.settings(lines).to_string(), settings, "{alignment} {at:?}");
        }
    }
}
