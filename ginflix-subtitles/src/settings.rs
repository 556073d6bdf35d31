//! Where a cue is shown: the cue settings of WebVTT (section 4.4).

use std::fmt;

/// Where a cue is shown. By default it is centred at the bottom.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Settings {
    /// The direction of vertical text.
    pub vertical: Option<Vertical>,
    /// The line.
    pub line: Option<Line>,
    /// The position within the line.
    pub position: Option<Position>,
    /// The width, or the height of vertical text.
    pub size: Option<Percent>,
    /// The alignment of the text.
    pub align: Option<Align>,
}

/// A percentage in hundredths of a percent, from 0 to 10,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Percent(u16);

impl Percent {
    /// Creates a percentage from hundredths of a percent; what exceeds 10,000 is 100%.
    pub fn from_hundredths(hundredths: u16) -> Self {
        Self(hundredths.min(10_000))
    }

    /// Creates a percentage; `percent` is moved into the range from 0 to 100.
    pub(crate) fn nearest(percent: f64) -> Self {
        Self((percent.clamp(0.0, 100.0) * 100.0).round() as u16)
    }

    /// Returns the hundredths of a percent.
    pub fn hundredths(self) -> u16 {
        self.0
    }

    fn parse(text: &str) -> Option<Self> {
        let number = text.strip_suffix('%')?;
        let is_number = number.bytes().all(|b| b.is_ascii_digit() || b == b'.')
            && number.starts_with(|c: char| c.is_ascii_digit())
            && !number.ends_with('.');
        let percent: f64 = number.parse().ok().filter(|_| is_number && number.len() <= 20)?;
        (0.0..=100.0).contains(&percent).then(|| Self::nearest(percent))
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", f64::from(self.0) / 100.0)?;
        f.write_str("%")
    }
}

/// The direction in which the lines of vertical text follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Vertical {
    /// From right to left, as in Japanese.
    RightToLeft,
    /// From left to right, as in Mongolian.
    LeftToRight,
}

/// The line of a cue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Line {
    /// Where it is.
    pub offset: LineOffset,
    /// Which side of the cue is there; the start by default.
    pub align: Option<Side>,
}

/// Where a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LineOffset {
    /// The number of a line; 0 is the top, -1 the bottom. The range is -1000 to 1000.
    Number(i16),
    /// A part of the height of the video, from the top.
    Percent(Percent),
}

/// A side or the middle of a cue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// The side where a line starts, or the first line.
    Start,
    /// The middle.
    Center,
    /// The side where a line ends, or the last line.
    End,
}

/// The position of a cue within the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Position {
    /// A part of the width of the video, from the left.
    pub percent: Percent,
    /// Which side of the cue is there; the start is the left. By default it follows the alignment of the text.
    pub align: Option<Side>,
}

/// The alignment of the text of a cue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Align {
    /// The side where lines start in the direction of the text.
    Start,
    /// The middle.
    Center,
    /// The side where lines end in the direction of the text.
    End,
    /// The left.
    Left,
    /// The right.
    Right,
}

impl Settings {
    /// Parses the cue settings that follow the times of a cue. Those that are not valid are left out.
    pub fn parse(text: &str) -> Self {
        let mut settings = Self::default();
        // There are six settings; the last of a kind counts.
        for (name, value) in
            text.split_ascii_whitespace().take(32).filter_map(|s| s.split_once(':'))
        {
            match name {
                "vertical" => settings.vertical = vertical(value).or(settings.vertical),
                "line" => settings.line = line(value).or(settings.line),
                "position" => settings.position = position(value).or(settings.position),
                "size" => settings.size = Percent::parse(value).or(settings.size),
                "align" => settings.align = align(value).or(settings.align),
                _ => {} // regions are not kept
            }
        }
        settings
    }
}

fn vertical(value: &str) -> Option<Vertical> {
    match value {
        "rl" => Some(Vertical::RightToLeft),
        "lr" => Some(Vertical::LeftToRight),
        _ => None,
    }
}

/// Splits a value at its comma.
fn parts(value: &str) -> (&str, Option<&str>) {
    value.split_once(',').map_or((value, None), |(first, second)| (first, Some(second)))
}

fn line(value: &str) -> Option<Line> {
    let (offset, align) = parts(value);
    let align = align.map(|align| match align {
        "start" => Some(Side::Start),
        "center" => Some(Side::Center),
        "end" => Some(Side::End),
        _ => None,
    });
    let number = || offset.parse().ok().filter(|n: &i16| (-1000..=1000).contains(n));
    let offset = match Percent::parse(offset) {
        Some(percent) => LineOffset::Percent(percent),
        None if offset.starts_with('+') => return None,
        None => LineOffset::Number(number()?),
    };
    optional(align).map(|align| Line { offset, align })
}

fn position(value: &str) -> Option<Position> {
    let (percent, align) = parts(value);
    let align = align.map(|align| match align {
        "line-left" => Some(Side::Start),
        "center" => Some(Side::Center),
        "line-right" => Some(Side::End),
        _ => None,
    });
    let percent = Percent::parse(percent)?;
    optional(align).map(|align| Position { percent, align })
}

/// A part that may be missing, but not wrong.
fn optional<T>(part: Option<Option<T>>) -> Option<Option<T>> {
    match part {
        None => Some(None),
        Some(None) => None,
        Some(part) => Some(part),
    }
}

fn align(value: &str) -> Option<Align> {
    match value {
        "start" => Some(Align::Start),
        "center" | "middle" => Some(Align::Center), // drafts of WebVTT had `middle`
        "end" => Some(Align::End),
        "left" => Some(Align::Left),
        "right" => Some(Align::Right),
        _ => None,
    }
}

/// Writes the settings as they follow the times of a cue, each after a space.
impl fmt::Display for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(vertical) = self.vertical {
            let rl = vertical == Vertical::RightToLeft;
            write!(f, " vertical:{}", if rl { "rl" } else { "lr" })?;
        }
        if let Some(line) = self.line {
            match line.offset {
                LineOffset::Number(number) => write!(f, " line:{}", number.clamp(-1000, 1000))?,
                LineOffset::Percent(percent) => write!(f, " line:{percent}")?,
            }
            f.write_str(side(line.align, [",start", ",center", ",end"]))?;
        }
        if let Some(position) = self.position {
            write!(f, " position:{}", position.percent)?;
            f.write_str(side(position.align, [",line-left", ",center", ",line-right"]))?;
        }
        if let Some(size) = self.size {
            write!(f, " size:{size}")?;
        }
        let Some(align) = self.align else { return Ok(()) };
        f.write_str(match align {
            Align::Start => " align:start",
            Align::Center => " align:center",
            Align::End => " align:end",
            Align::Left => " align:left",
            Align::Right => " align:right",
        })
    }
}

fn side(align: Option<Side>, [start, center, end]: [&'static str; 3]) -> &'static str {
    match align {
        None => "",
        Some(Side::Start) => start,
        Some(Side::Center) => center,
        Some(Side::End) => end,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn valid_settings_are_written_as_they_were_read() {
        for text in [
            "",
            " vertical:rl",
            " vertical:lr line:5",
            " line:0",
            " line:-1,end",
            " line:12.5%,center",
            " position:10%,line-left",
            " position:0.05%,line-right size:33.33%",
            " line:100% position:50%,center size:40% align:start",
            " align:left",
        ] {
            assert_eq!(Settings::parse(text).to_string(), text);
        }
    }

    #[test]
    fn settings_that_are_not_valid_are_left_out() {
        for text in [
            "vertical:up",
            "line:x",
            "line:1,middle",
            "line:101%",
            "line:+1",
            "line:1.5",
            "line:2000",
            "position:50",
            "position:-1%",
            "position:50%,left",
            "size:",
            "size:1e1%",
            "size:5.%",
            "align:top",
            "region:fred",
            "align",
            "X1:10",
            "size:NaN%",
            "position:.5%",
        ] {
            assert_eq!(Settings::parse(text), Settings::default(), "{text}");
        }
        assert_eq!(
            Settings::parse("align:middle line:x size:5%").to_string(),
            " size:5% align:center"
        );
        assert_eq!(Settings::parse("align:left\talign:right align:x").to_string(), " align:right");
    }
}
