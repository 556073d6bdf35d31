//! The text of an event.

use super::header::{Header, NamedStyle};
use super::overrides::{Override, overrides};
use crate::placement::Placement;
use crate::runs::{Runs, Style};
use crate::settings::Settings;
use crate::text::Node;

/// Parses the text of an event whose style has this name.
pub(crate) fn parse(text: &str, header: &Header, style: &str) -> (Vec<Node>, Settings) {
    let base = header.style(style);
    let mut state = State { base, style: base.style, is_drawing: false, alignment: None, at: None };
    let mut runs = Runs::default();
    let mut has_closing = true;
    let mut rest = text;
    while let Some(at) = rest.find(['{', '\\']) {
        let (plain, special) = rest.split_at(at);
        state.push(&mut runs, plain);
        let block = special.strip_prefix('{').filter(|_| has_closing);
        if let Some((block, after)) = block.and_then(|block| block.split_once('}')) {
            state.apply(block, header);
            rest = after;
            continue;
        }
        has_closing &= block.is_none();
        let (replacement, length) = escape(special, header.is_unwrapped);
        state.push(&mut runs, replacement);
        rest = special.get(length..).unwrap_or_default();
    }
    state.push(&mut runs, rest);
    let alignment = state.alignment.unwrap_or(base.alignment);
    let placement = Placement { alignment, at: state.at.map(|at| header.percent(at)) };
    let settings = placement.settings(runs.lines());
    (runs.into_nodes(), settings)
}

/// Returns what an escape sequence stands for, and its length.
fn escape(text: &str, is_unwrapped: bool) -> (&str, usize) {
    match text.as_bytes() {
        [b'\\', b'N', ..] => ("\n", 2),
        [b'\\', b'n', ..] => (if is_unwrapped { "\n" } else { " " }, 2),
        [b'\\', b'h', ..] => ("\u{a0}", 2),
        [b'\\', b'{', ..] => ("{", 2),
        [b'\\', b'}', ..] => ("}", 2),
        _ => (text.get(..1).unwrap_or_default(), 1),
    }
}

/// What override blocks changed so far.
struct State {
    base: NamedStyle,
    style: Style,
    is_drawing: bool,
    /// The first alignment counts, as in libass.
    alignment: Option<u8>,
    /// The first place counts.
    at: Option<[f64; 2]>,
}

impl State {
    fn push(&self, runs: &mut Runs, text: &str) {
        if !self.is_drawing {
            runs.push(self.style, text);
        }
    }

    fn apply(&mut self, block: &str, header: &Header) {
        for tag in overrides(block) {
            let base = self.base.style;
            match tag {
                Override::Bold(is_on) => self.style.bold = is_on.unwrap_or(base.bold),
                Override::Italic(is_on) => self.style.italic = is_on.unwrap_or(base.italic),
                Override::Underline(is_on) => {
                    self.style.underline = is_on.unwrap_or(base.underline);
                }
                Override::Alignment(key) => self.alignment = self.alignment.or(Some(key)),
                Override::Position(at) => self.at = self.at.or(Some(at)),
                Override::Drawing(is_on) => self.is_drawing = is_on,
                Override::Reset("") => self.style = base,
                Override::Reset(name) => self.style = header.style(name).style,
            }
        }
    }
}
