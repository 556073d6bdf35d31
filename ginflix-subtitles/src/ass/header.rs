//! The sections before the events: the size of the script, and styles.

use std::collections::HashMap;

use crate::placement::Placement;
use crate::runs::Style;

/// The most styles of a file.
const STYLES_LIMIT: usize = 10_000;
/// The name of the style that events have without one.
const DEFAULT_STYLE: &str = "Default";
/// The fields of a style that are read, in their order in files of v4+ and v4.
const V4_PLUS_FIELDS: &str = "Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, \
    Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment";
const V4_FIELDS: &str = "Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, TertiaryColour, BackColour, Bold, \
    Italic, BorderStyle, Outline, Shadow, Alignment";

/// The sections of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Section {
    ScriptInfo,
    V4Styles,
    V4PlusStyles,
    Events,
    /// Encoded fonts and pictures.
    Attachments,
    Other,
}

impl Section {
    /// Parses the first line of a section; `None` for another line.
    pub(super) fn parse(line: &str) -> Option<Self> {
        let name = line.trim().trim_start_matches('\u{feff}').strip_prefix('[')?;
        let (name, _) = name.split_once(']')?;
        Some(match name.trim().to_ascii_lowercase().as_str() {
            "script info" => Self::ScriptInfo,
            "v4 styles" => Self::V4Styles,
            "v4+ styles" | "v4 styles+" | "v4++ styles" => Self::V4PlusStyles,
            "events" => Self::Events,
            "fonts" | "graphics" => Self::Attachments,
            _ => Self::Other,
        })
    }
}

/// Returns the value of a line `name: value`; `None` if it has another name.
pub(super) fn value<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let (found, value) = line.trim_start().split_once(':')?;
    found.trim_end().eq_ignore_ascii_case(name).then_some(value)
}

/// The names of fields in lower case.
pub(super) fn fields(line: &str) -> impl Iterator<Item = String> {
    line.split(',').map(|field| field.trim().to_ascii_lowercase())
}

/// A named style.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct NamedStyle {
    pub(super) style: Style,
    /// As the keys of a number pad.
    pub(super) alignment: u8,
}

impl NamedStyle {
    const PLAIN: Self = Self {
        style: Style { bold: false, italic: false, underline: false, color: None },
        alignment: Placement::DEFAULT.alignment,
    };
}

/// What the sections before the events state.
#[derive(Debug, Default)]
pub(crate) struct Header {
    width: Option<f64>,
    height: Option<f64>,
    /// Whether `\n` is a line break.
    pub(super) is_unwrapped: bool,
    styles: HashMap<String, NamedStyle>,
}

impl Header {
    /// Parses a file, or the private data of a codec of Matroska.
    pub(crate) fn parse(text: &str) -> Self {
        let mut header = Self::default();
        let mut section = Section::Other;
        let mut format: Vec<String> = Vec::new();
        for line in text.lines() {
            if let Some(next) = Section::parse(line) {
                section = next;
                let names = if next == Section::V4Styles { V4_FIELDS } else { V4_PLUS_FIELDS };
                format = fields(names).collect();
                continue;
            }
            match section {
                Section::ScriptInfo => header.script_info(line),
                Section::V4Styles | Section::V4PlusStyles => {
                    if let Some(names) = value(line, "Format") {
                        format = fields(names).take(64).collect();
                    } else if let Some(values) = value(line, "Style") {
                        header.style_line(values, &format, section == Section::V4Styles);
                    }
                }
                _ => {}
            }
        }
        header
    }

    fn script_info(&mut self, line: &str) {
        let size = |value: &str| value.trim().parse().ok().filter(|size: &f64| *size >= 1.0);
        if let Some(width) = value(line, "PlayResX") {
            self.width = size(width);
        } else if let Some(height) = value(line, "PlayResY") {
            self.height = size(height);
        } else if let Some(style) = value(line, "WrapStyle") {
            self.is_unwrapped = style.trim() == "2";
        }
    }

    fn style_line(&mut self, values: &str, format: &[String], is_v4: bool) {
        let mut named = NamedStyle::PLAIN;
        let mut name = "";
        for (field, value) in format.iter().zip(values.split(',')) {
            let value = value.trim();
            let is_on = value.parse().is_ok_and(|number: i32| number != 0);
            match field.as_str() {
                "name" => name = value,
                "bold" => named.style.bold = is_on,
                "italic" => named.style.italic = is_on,
                "underline" => named.style.underline = is_on,
                "alignment" => {
                    let number = value.parse().unwrap_or(0);
                    let key = if is_v4 { from_v4(number) } else { Some(number) };
                    let key = key.filter(|key| (1..=9).contains(key));
                    named.alignment = key.unwrap_or(Placement::DEFAULT.alignment);
                }
                _ => {}
            }
        }
        if self.styles.len() < STYLES_LIMIT {
            self.styles.insert(style_name(name).to_owned(), named);
        }
    }

    /// Returns a style, or the default one if there is none of this name.
    pub(super) fn style(&self, name: &str) -> NamedStyle {
        let style = self.styles.get(style_name(name));
        style.or_else(|| self.styles.get(DEFAULT_STYLE)).copied().unwrap_or(NamedStyle::PLAIN)
    }

    /// Converts coordinates to percent of the width and of the height.
    pub(super) fn percent(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        // A missing size follows from the other by the ratio 4:3, as libass has it.
        let [width, height] = match (self.width, self.height) {
            (Some(width), Some(height)) => [width, height],
            (Some(width), None) => [width, width * 3.0 / 4.0],
            (None, Some(height)) => [height * 4.0 / 3.0, height],
            (None, None) => [384.0, 288.0],
        };
        [x / width * 100.0, y / height * 100.0]
    }
}

/// The name of a style without the asterisk that v4 writes before it.
fn style_name(name: &str) -> &str {
    name.trim().trim_start_matches('*')
}

/// Converts an alignment of v4 (1 to 3 at the bottom, 5 to 7 at the top, 9 to 11 in the middle) to a key of a number pad.
pub(super) fn from_v4(alignment: u8) -> Option<u8> {
    match alignment {
        1..=3 => Some(alignment),
        5..=7 => Some(alignment + 2),
        9..=11 => Some(alignment - 5),
        _ => None,
    }
}
